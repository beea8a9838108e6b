"""Train: both people's faces in, a model that turns one into the other out."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from engine.errors import ProjectError, TrainingDiverged
from engine.model import backend
from engine.model.batches import Prefetcher, draw
from engine.model.checkpoint import digest, folder_name
from engine.model.examiner import Examiner
from engine.model.history import History
from engine.model.learner import Losses, mean_of
from engine.model.schedule import (
    TEST_STEPS,
    Budget,
    budget_of,
    cooling_from,
    has_plateau,
    is_preview_due,
    learning_rate,
)
from engine.project.folder import ProjectFolder
from engine.project.markers import Marker, fingerprint, is_done, write_marker
from engine.project.network import ModelSpec
from engine.project.presets import Preset, network_of
from engine.project.settings import Project, Wanted
from engine.project.stage import Ending, Outcome, Progress, Report, ShouldStop, StageName
from engine.stages.training.face_data import FacesToLearn, faces_to_learn
from engine.stages.training.preview_file import publish_preview
from engine.stages.training.run_state import Course, batch_plan, open_course, step_back

_REPORT_SECONDS = 0.5
_WISH_SECONDS = 2.0
"""How often the project file is looked at, for whether training is to end now."""
_LOSS_STEPS = 20
"""Steps whose losses make one line of the history."""


@dataclass(frozen=True)
class _Surroundings:
    """What a run is given and does not change."""

    folder: ProjectFolder
    project: Project
    budget: Budget
    faces: FacesToLearn
    examiner: Examiner
    report: Report
    should_stop: ShouldStop


class Train:
    """The stage."""

    name = StageName.TRAIN

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, specs: Callable[[Preset], ModelSpec] = network_of
    ) -> None:
        """Make the stage.

        Args:
            clock: Seconds from any moment on; only differences count.
            specs: Which network belongs to a preset.
        """
        self._clock = clock
        self._specs = specs

    def run(self, folder: ProjectFolder, project: Project, report: Report, should_stop: ShouldStop) -> Outcome:
        """Train until the budget is used up, the faces get no better, or a person says that it is good enough.

        Raises:
            NoFacesFound: There is too little to learn from.
            TrainingDiverged: The loss stopped being a number, twice.
            OutOfMemory: The memory did not suffice.
            OutOfDisk: There was no room for a checkpoint.
        """
        if is_done(folder, project, self.name):
            return Outcome.DONE
        with backend.translated_memory_errors():
            report(self._saying("reading the faces"))
            backend.prepare(project.seed, project.deterministic)
            spec = self._specs(project.train.preset)
            faces = faces_to_learn(folder, project, spec.size)
            # With a large model on a slow processor this, and the first step, take minutes.
            report(self._saying("getting the model ready"))
            course = open_course(folder, project, spec, faces)
            examiner = Examiner(spec, faces.held_out_source, faces.held_out_target)
            given = _Surroundings(folder, project, budget_of(project.train), faces, examiner, report, should_stop)
            ending, course = self._train(given, course)
            if ending is None:
                return Outcome.INTERRUPTED
        write_marker(
            folder, Marker(self.name, fingerprint(folder, project, self.name), _figures(course, faces, ending))
        )
        return Outcome.DONE

    def _saying(self, message: str) -> Progress:
        return Progress(stage=self.name, done=0, total=0, unit="", message=message)

    def _train(self, given: _Surroundings, course: Course) -> tuple[Ending | None, Course]:
        """Train to the end, or until asked to stop: then the ending is None."""
        while True:
            try:
                return self._follow(given, course), course
            except TrainingDiverged:
                earlier = step_back(given.folder, course)
                if earlier is None:
                    raise
                course = earlier

    def _follow(self, given: _Surroundings, course: Course) -> Ending | None:
        """Go on step by step from where the course stands."""
        plan, folder, settings = (
            batch_plan(given.folder, given.project, course.facts.spec),
            given.folder,
            given.project.train,
        )
        first = course.facts.step
        watch = _Watch(self._clock)
        with (
            Prefetcher(lambda step: draw(plan, step, given.faces.training), first) as batches,
            History(folder.history, first) as history,
        ):
            log = _LossLog(history)
            while True:
                ending = _ending(given, course, watch)
                if ending is not None or given.should_stop():
                    if course.facts.step > first or ending is not None:
                        course.publish(folder.checkpoints)
                    return ending

                batch = batches.next()
                rate = course.facts.rate_factor * learning_rate(
                    settings.learning_rate, course.steps_of_budget, _progress(given.budget, course)
                )
                losses = course.learner.step(batch, rate)
                if not losses.is_number:
                    raise _astray()
                course.change(step=course.facts.step + 1, seconds=course.facts.seconds + watch.lap())

                log.add(course, losses, rate)
                _examine(given, course, history)
                if watch.every("report", _REPORT_SECONDS):
                    given.report(_progress_report(given.budget, course, losses, watch.seconds_a_step))
                if watch.every("publish", settings.checkpoint_seconds):
                    course.publish(folder.checkpoints)


class _Watch:
    """What takes how long, and what is due again."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._last_lap = clock()
        self._due: dict[str, float] = {}
        self.seconds_a_step = 0.0
        """Of late."""

    def lap(self) -> float:
        """Return the seconds since the last lap."""
        now = self._clock()
        lap, self._last_lap = now - self._last_lap, now
        # The first step compiles the network and says nothing about the others.
        self.seconds_a_step = lap if not self.seconds_a_step else min(lap, 0.95 * self.seconds_a_step + 0.05 * lap)
        return lap

    def every(self, what: str, seconds: float) -> bool:
        """Return True once in so many seconds, counted from the first question."""
        now = self._clock()
        if now < self._due.setdefault(what, now + seconds):
            return False
        self._due[what] = now + seconds
        return True


class _LossLog:
    """Gathers the losses of a few steps into one line of the history."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._rows: list[Losses] = []

    def add(self, course: Course, losses: Losses, rate: float) -> None:
        self._rows.append(losses)
        if course.facts.step % _LOSS_STEPS == 0:
            self._history.add(course.facts.step, course.facts.seconds, mean_of(self._rows), rate)
            self._rows.clear()


def _ending(given: _Surroundings, course: Course, watch: _Watch) -> Ending | None:
    """Return why training ends here, if it does."""
    facts = course.facts
    if facts.cooling is not None and course.steps_of_budget >= facts.cooling.last_step:
        return Ending.PLATEAU
    if given.budget.progress(course.steps_of_budget, facts.seconds) >= 1.0:
        return Ending.BUDGET
    if facts.step > 0 and watch.every("wish", _WISH_SECONDS) and _is_finish_wanted(given.folder, given.project):
        return Ending.WISH
    return None


def _is_finish_wanted(folder: ProjectFolder, project: Project) -> bool:
    """Return whether the project file says by now that training may end."""
    try:
        return folder.load().wanted is Wanted.FINISH
    except ProjectError:
        # Somebody is in the middle of editing it.
        return project.wanted is Wanted.FINISH


def _progress(budget: Budget, course: Course) -> float:
    """Return how far the learning rate is on its way down, 0..1."""
    if course.facts.cooling is not None:
        return course.facts.cooling.progress_at(course.steps_of_budget)
    return budget.progress(course.steps_of_budget, course.facts.seconds)


def _examine(given: _Surroundings, course: Course, history: History) -> None:
    """Look at the faces held out of training where it is time, and write the preview where it is time for that."""
    step, facts = course.steps_of_budget, course.facts
    is_test, is_preview = step % TEST_STEPS == 0, is_preview_due(step)
    if not (is_test or is_preview):
        return
    weights = course.learner.averages()
    if is_preview:
        picture = given.examiner.preview(weights)
        name = f"{folder_name(facts.step)}.jpg"
        publish_preview(given.folder, given.project, name, picture, model_sha256=digest(weights))
    if is_test:
        test = given.examiner.test(weights, step)
        history.add_held_out(facts.step, test)
        held_out = (*facts.held_out, test)
        course.change(held_out=held_out)
        may_stop = given.project.train.stop_at_plateau and given.examiner.has_enough and facts.cooling is None
        if may_stop and has_plateau(step, held_out):
            course.change(cooling=cooling_from(step, _progress(given.budget, course)))


def _progress_report(budget: Budget, course: Course, losses: Losses, seconds_a_step: float) -> Progress:
    facts, step = course.facts, course.steps_of_budget
    left = budget.seconds_left(step, facts.seconds, seconds_a_step)
    message = f"{1000 * seconds_a_step:.0f} ms a step"
    if facts.cooling is not None:
        left = min(left, (facts.cooling.last_step - step) * seconds_a_step)
        message += ", finishing: the faces get no better"
    counted = {"done": float(step), "total": float(budget.steps or 0), "unit": "steps"}
    if budget.steps is None:
        counted = {"done": facts.seconds / 60, "total": (budget.seconds or 0) / 60, "unit": "minutes"}
    rate = 1 / seconds_a_step if budget.steps is not None else 1 / 60
    return Progress(
        stage=StageName.TRAIN,
        **counted,
        rate=rate,
        eta_seconds=left,
        message=message,
        loss=losses.total,
        step=facts.step,
    )


def _figures(course: Course, faces: FacesToLearn, ending: Ending) -> dict[str, float | int | str]:
    facts = course.facts
    figures: dict[str, float | int | str] = {
        "steps": facts.step,
        "seconds": round(facts.seconds, 1),
        "size": facts.spec.size,
        "precision": facts.precision,
        "ended_by": ending.value,
        "source_faces": len(faces.training.source),
        "target_faces": len(faces.training.target),
        "source_faces_usable": faces.usable[0],
        "target_faces_usable": faces.usable[1],
    }
    if facts.held_out:
        figures["held_out_loss"] = round((facts.held_out[-1].source + facts.held_out[-1].target) / 2, 5)
    return figures


def _astray() -> TrainingDiverged:
    return TrainingDiverged(
        "Training has gone astray: its loss is no longer a number.",
        "Lower learning_rate in [train] of project.toml and start again. The last good checkpoint is kept.",
    )
