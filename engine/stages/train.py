"""The second stage: train a model on both people's faces."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from engine.errors import ProjectError, TrainingDiverged
from engine.host.machine import cores
from engine.model import backend
from engine.model.batches import Prefetcher, draw
from engine.model.checkpoint import digest
from engine.model.device import this_device
from engine.model.examiner import Examiner
from engine.model.history import History
from engine.model.learner import Losses, mean_of
from engine.model.schedule import (
    TEST_STEPS,
    Budget,
    budget_of,
    has_plateau,
    is_preview_due,
    learning_rate,
    rate_decay_from,
)
from engine.project.checkpoints import checkpoint_folders, checkpoint_name
from engine.project.folder import ProjectFolder
from engine.project.markers import REMARKS, Marker, fingerprint, is_done, write_marker
from engine.project.network import ModelSpec
from engine.project.presets import Preset, network_of
from engine.project.settings import Project, Wanted
from engine.project.stage import Device, Ending, OnProgress, Outcome, ShouldStop, StageName
from engine.stages.own_model import people_of
from engine.stages.training.checkpoint_writer import CheckpointWriter
from engine.stages.training.face_data import FacesToLearn, faces_to_learn
from engine.stages.training.head_start import head_start
from engine.stages.training.preview_file import publish_preview
from engine.stages.training.run_state import (
    RunState,
    batch_spec,
    cards_of,
    open_run_state,
    step_back,
    steps_of_earlier_version,
)
from engine.stages.training.telling import Stopwatch, progress_of, saying

_REPORT_SECONDS = 0.5
_FINISH_CHECK_SECONDS = 2.0
"""How often the project file is read to see whether the user wants training to end."""
_MOST_DRAWING = 12
"""Threads that draw batches, at most: more wait for one another."""
_CORES_A_THREAD = 8
"""Cores for each thread that draws batches while the processor computes the steps, too."""
_LOSS_STEPS = 20
"""Steps whose mean losses make one line of the history."""


@dataclass(frozen=True)
class _RunContext:
    """What a run needs and does not change."""

    folder: ProjectFolder
    project: Project
    budget: Budget
    faces: FacesToLearn
    examiner: Examiner
    device: Device
    report: OnProgress
    should_stop: ShouldStop


class Train:
    """Train the model."""

    name = StageName.TRAIN

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, specs: Callable[[Preset], ModelSpec] = network_of
    ) -> None:
        """Make the stage.

        Args:
            clock: Returns seconds since any moment; only differences count.
            specs: Returns the network of a preset.
        """
        self._clock = clock
        self._specs = specs

    def run(self, folder: ProjectFolder, project: Project, report: OnProgress, should_stop: ShouldStop) -> Outcome:
        """Train until the budget is used up, the faces get no better, or the user ends it.

        Raises:
            NoFacesFound: There is too little to learn from.
            TrainingDiverged: The loss stopped being a number, twice.
            OutOfMemory: The memory did not suffice.
            OutOfDisk: There was no room for a checkpoint.
        """
        if is_done(folder, project, self.name):
            return Outcome.DONE
        with backend.translated_memory_errors():
            report(saying("reading the faces", Device()))
            backend.prepare(project.seed, project.deterministic)
            device = this_device(cards_of(folder, project))
            spec = self._specs(project.train.preset)
            faces = faces_to_learn(folder, project, spec.size)
            # With a large model on a slow processor this, and the first step, take minutes.
            report(saying(_getting_ready(folder, project, spec), device))
            state = open_run_state(folder, project, spec, faces)
            examiner = Examiner(spec, faces.held_out_source, faces.held_out_target)
            context = _RunContext(
                folder,
                project,
                budget_of(project.train, state.facts.steps_before),
                faces,
                examiner,
                device,
                report,
                should_stop,
            )
            ending, state = self._train(context, state)
            if ending is None:
                return Outcome.INTERRUPTED
        write_marker(
            folder, Marker(self.name, fingerprint(folder, project, self.name), _figures(context, state, ending))
        )
        return Outcome.DONE

    def _train(self, context: _RunContext, state: RunState) -> tuple[Ending | None, RunState]:
        """Train to the end, or until asked to stop: then the ending is None."""
        while True:
            try:
                return self._train_steps(context, state), state
            except TrainingDiverged:
                earlier = step_back(context.folder, state)
                if earlier is None:
                    raise
                state = earlier

    def _train_steps(self, context: _RunContext, state: RunState) -> Ending | None:
        """Train step by step from the state on."""
        folder, settings = context.folder, context.project.train
        spec = batch_spec(folder, context.project, state.facts.spec)
        first = state.facts.step
        stopwatch = Stopwatch(self._clock)
        threads = drawing_threads(cores(), on_card=bool(backend.gpu_names()))
        with (
            Prefetcher(
                lambda step: draw(spec, step, context.faces.training), first, 2 * threads + 2, threads
            ) as batches,
            History(folder.history, first) as history,
            CheckpointWriter(folder.checkpoints) as writer,
        ):
            log = _LossLog(history)
            while True:
                ending = _ending(context, state, stopwatch)
                if ending is not None or context.should_stop():
                    if state.facts.step > first or ending is not None:
                        writer.write_last(state)
                    return ending

                batch = batches.next()
                rate = state.facts.rate_factor * learning_rate(
                    settings.learning_rate, state.steps_of_budget, _progress(context.budget, state)
                )
                losses = state.learner.step(batch, rate)
                if not losses.is_number:
                    raise _diverged()
                state.change(step=state.facts.step + 1, seconds=state.facts.seconds + stopwatch.lap())

                log.add(state, losses, rate)
                _examine(context, state, history)
                if stopwatch.every("report", _REPORT_SECONDS):
                    context.report(progress_of(context.budget, state, losses.total, stopwatch, context.device))
                if stopwatch.every("publish", settings.checkpoint_seconds):
                    writer.write(state)


def drawing_threads(cores: int, *, on_card: bool) -> int:
    """Return how many threads draw batches: beside a card the processor has nothing else to do.

    Beside a step on the processor each takes a core from it.
    """
    return max(1, min(_MOST_DRAWING, cores - 1) if on_card else cores // _CORES_A_THREAD)


class _LossLog:
    """Gathers the losses of a few steps into one line of the history."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._rows: list[Losses] = []

    def add(self, state: RunState, losses: Losses, rate: float) -> None:
        self._rows.append(losses)
        if state.facts.step % _LOSS_STEPS == 0:
            self._history.add(state.facts.step, state.facts.seconds, mean_of(self._rows), rate)
            self._rows.clear()


def _ending(context: _RunContext, state: RunState, stopwatch: Stopwatch) -> Ending | None:
    """Return why training ends here, if it does."""
    facts = state.facts
    if facts.rate_decay is not None and state.steps_of_budget >= facts.rate_decay.last_step:
        return Ending.PLATEAU
    if context.budget.progress(state.steps_of_budget, facts.seconds) >= 1.0:
        return Ending.BUDGET
    if (
        facts.step > 0
        and stopwatch.every("finish", _FINISH_CHECK_SECONDS)
        and _is_finish_wanted(context.folder, context.project)
    ):
        return Ending.GOOD_ENOUGH
    return None


def _is_finish_wanted(folder: ProjectFolder, project: Project) -> bool:
    """Return whether the user has asked in the project file that training ends."""
    try:
        return folder.load().wanted is Wanted.FINISH
    except ProjectError:
        # Somebody is in the middle of editing it.
        return project.wanted is Wanted.FINISH


def _progress(budget: Budget, state: RunState) -> float:
    """Return how far the learning rate has decayed, 0..1."""
    if state.facts.rate_decay is not None:
        return state.facts.rate_decay.progress_at(state.steps_of_budget)
    return budget.progress(state.steps_of_budget, state.facts.seconds)


def _examine(context: _RunContext, state: RunState, history: History) -> None:
    """Test the held-out faces where a test is due, and write the preview where one is due."""
    step, facts = state.steps_of_budget, state.facts
    is_test, is_preview = step % TEST_STEPS == 0, is_preview_due(step)
    if not (is_test or is_preview):
        return
    weights = state.learner.averages()
    if is_preview:
        picture = context.examiner.preview(weights)
        name = f"{checkpoint_name(facts.step)}.jpg"
        publish_preview(context.folder, context.project, name, picture, model_sha256=digest(weights))
    if is_test:
        test = context.examiner.test(weights, step)
        history.add_held_out(facts.step, test)
        held_out = (*facts.held_out, test)
        state.change(held_out=held_out)
        may_stop = context.project.train.stop_at_plateau and context.examiner.has_enough and facts.rate_decay is None
        if may_stop and has_plateau(step, held_out):
            state.change(rate_decay=rate_decay_from(step, _progress(context.budget, state)))


def _getting_ready(folder: ProjectFolder, project: Project, spec: ModelSpec) -> str:
    said = "getting the model ready"
    if not checkpoint_folders(folder.checkpoints):
        return "; ".join(filter(None, (said, head_start(folder, spec, people_of(folder, project)).words)))
    earlier = steps_of_earlier_version(folder)
    if not earlier:
        return said
    return f"{said}; the {earlier:,} steps of an earlier version are put aside, since it painted without photographs"


def _figures(context: _RunContext, state: RunState, ending: Ending) -> dict[str, float | int | str]:
    facts, faces, device = state.facts, context.faces, context.device
    figures: dict[str, float | int | str] = {
        "steps": facts.step,
        "steps_before": facts.steps_before,
        "seconds": round(facts.seconds, 1),
        "size": facts.spec.size,
        "precision": facts.precision,
        "device": device.words,
        "ended_by": ending.value,
        "source_faces": len(faces.training.source),
        "target_faces": len(faces.training.target),
        "source_faces_usable": faces.usable[0],
        "target_faces_usable": faces.usable[1],
    }
    if facts.held_out:
        figures["held_out_loss"] = round((facts.held_out[-1].source + facts.held_out[-1].target) / 2, 5)
    return figures | ({REMARKS: device.remark} if device.remark else {})


def _diverged() -> TrainingDiverged:
    return TrainingDiverged(
        "Training has diverged: its loss is no longer a number.",
        "Lower learning_rate in [train] of project.toml and start again. The last good checkpoint is kept.",
    )
