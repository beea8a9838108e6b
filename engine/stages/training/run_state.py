"""The state of a training run: new, or restored from its newest checkpoint."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from engine.errors import ProjectError
from engine.host.cards import wanted_for_a_training
from engine.host.machine import this_machine
from engine.model import backend, checkpoint, precision
from engine.model.batches import BatchSpec, draw
from engine.model.checkpoint import Checkpoint, CheckpointFacts
from engine.model.learner import Learner
from engine.project import limits
from engine.project.checkpoints import checkpoint_folders
from engine.project.folder import ProjectFolder
from engine.project.markers import read_marker
from engine.project.network import ModelSpec
from engine.project.settings import Precision, Project
from engine.project.stage import StageName
from engine.stages.own_model import people_of, require_own_model
from engine.stages.training.face_data import FacesToLearn
from engine.stages.training.head_start import head_start, read_weights


class RunState:
    """A learner, and the facts that its next checkpoint will hold."""

    def __init__(self, learner: Learner, facts: CheckpointFacts) -> None:
        self.learner = learner
        self.facts = facts

    @property
    def steps_of_budget(self) -> int:
        """Steps done since the budget began."""
        return self.facts.step - self.facts.budget_step

    def change(self, **facts: object) -> None:
        """Replace some of the facts."""
        self.facts = self.facts.model_copy(update=facts)

    def publish(self, checkpoints: Path) -> None:
        """Write a checkpoint.

        Raises:
            TrainingDiverged: Some weights are not numbers.
            OutOfDisk: There is no room.
        """
        checkpoint.publish(checkpoints, self.snapshot())

    def snapshot(self) -> Checkpoint:
        """Return a copy of the state as it is now."""
        learner = self.learner
        return Checkpoint(self.facts, learner.weights(), learner.averages(), learner.optimizer_state())


def open_run_state(folder: ProjectFolder, project: Project, spec: ModelSpec, faces: FacesToLearn) -> RunState:
    """Return the state of the newest checkpoint that can be used, or that of a new training.

    Where the faces or the training settings have changed, the weights are kept and the budget starts again. The
    checkpoints of another network (other preset or seed) are put aside, and found again when it is wanted again.

    Raises:
        ProjectError: The newest checkpoint is from another project.
    """
    _bring_forward(folder, spec, project.seed)
    require_own_model(folder, project)
    stored = _newest(folder.checkpoints, spec)
    recipe = _recipe(project, faces)
    if stored is None:
        return _new_run_state(folder, project, spec, faces)
    facts = stored.facts
    if _must_choose_precision(project, facts):
        chosen = {"precision": _policy(folder, project, spec, faces), "machine": this_machine()}
        # With other memory, others of the faces may be held out, and the tests cannot be compared.
        held_out = facts.held_out if facts.machine == this_machine() else ()
        facts = facts.model_copy(update=chosen | {"held_out": held_out})
    if facts.recipe != recipe:
        renewed = {"recipe": recipe, "budget_step": facts.step, "seconds": 0.0, "held_out": (), "rate_decay": None}
        facts = facts.model_copy(update=renewed | {"people": people_of(folder, project)})
    elif facts.rate_decay is not None and _ended_at(folder) == facts.step:
        # Nothing got better, and a person wants more all the same: without this it would end again at once.
        facts = facts.model_copy(update={"held_out": (), "rate_decay": None})
    learner = _new_learner(folder, project, spec, facts.precision)
    learner.restore(facts.step, stored.weights, stored.average, stored.optimizer)
    return RunState(learner, facts)


def _new_run_state(folder: ProjectFolder, project: Project, spec: ModelSpec, faces: FacesToLearn) -> RunState:
    """Return the state of a new training, which begins from an earlier project's model where there is one that serves.

    Its steps count from 0 all the same: time, learning rate and average are this training's own.
    """
    people = people_of(folder, project)
    start = head_start(folder, spec, people)
    facts = CheckpointFacts(
        spec=spec,
        step=0,
        budget_step=0,
        steps_before=start.steps,
        seconds=0.0,
        recipe=_recipe(project, faces),
        seed=project.seed,
        precision=_policy(folder, project, spec, faces),
        machine=this_machine(),
        rate_factor=1.0,
        people=people,
    )
    learner = _new_learner(folder, project, spec, facts.precision)
    if start.steps:
        learner.begin_from(read_weights(folder.head_start, spec))
    return RunState(learner, facts)


def _new_learner(folder: ProjectFolder, project: Project, spec: ModelSpec, policy: str) -> Learner:
    """Return a learner whose steps fit into memory, divided among as many cards as are wanted."""
    plan = limits.batch_plan(project, limits.read_limits(folder))
    return Learner(spec, project.seed, policy, plan.accumulate, cards_of(folder, project))


def cards_of(folder: ProjectFolder, project: Project) -> int:
    """Return among how many graphics cards a step is divided; 1 where the processor learns."""
    plan = limits.batch_plan(project, limits.read_limits(folder))
    return backend.cards_for(plan.micro_batch, wanted_for_a_training())


def _must_choose_precision(project: Project, facts: CheckpointFacts) -> bool:
    """Return whether the arithmetic of a checkpoint is not to be used here as it is."""
    is_settled = project.train.precision is Precision.AUTO and precision.is_possible(facts.precision)
    return not is_settled or facts.machine != this_machine()


def _ended_at(folder: ProjectFolder) -> int | None:
    """Return the step at which a training ended; None where none did."""
    marker = read_marker(folder, StageName.TRAIN)
    steps = marker.figures.get("steps") if marker is not None else None
    return int(steps) if steps is not None else None


def steps_of_earlier_version(folder: ProjectFolder) -> int:
    """Return how many steps an earlier version trained a network that this one trains no further; 0 where it did not.

    Such a network has no reference. Its checkpoints are put aside when another one's training begins.
    """
    for path in reversed(checkpoint_folders(folder.checkpoints)):
        try:
            facts = checkpoint.read_checkpoint_facts(path)
        except ProjectError:
            continue
        return 0 if facts.spec.reference else facts.step
    return 0


def step_back(folder: ProjectFolder, state: RunState) -> RunState | None:
    """Return the state of the newest checkpoint, to go on at half the learning rate.

    None where that has been done before, or where there is no checkpoint.
    """
    if state.facts.rate_factor < 1.0:
        return None
    stored = _newest(folder.checkpoints, state.facts.spec)
    if stored is None:
        return None
    learner = state.learner
    learner.restore(stored.facts.step, stored.weights, stored.average, stored.optimizer)
    # The time that went into the steps undone is spent all the same.
    return RunState(learner, stored.facts.model_copy(update={"rate_factor": 0.5, "seconds": state.facts.seconds}))


def batch_spec(folder: ProjectFolder, project: Project, spec: ModelSpec) -> BatchSpec:
    """Return how the project's batches are drawn: of a size that can be cut into parts which fit into memory."""
    plan = limits.batch_plan(project, limits.read_limits(folder))
    return BatchSpec(project.seed, spec.size, plan.micro_batch * plan.accumulate)


def _newest(checkpoints: Path, spec: ModelSpec) -> Checkpoint | None:
    """Return the newest checkpoint that can be used; damaged ones newer than that are removed.

    They would count as the newest for ever, since the training that resumes from an earlier one has a lower step.
    """
    for path in reversed(checkpoint_folders(checkpoints)):
        try:
            return checkpoint.read(path, Learner.shapes(spec))
        except ProjectError:
            checkpoint.remove(path)
    return None


def _bring_forward(folder: ProjectFolder, spec: ModelSpec, seed: int) -> None:
    """Move the checkpoints of this network into place, and put those of another aside."""
    for path in reversed(checkpoint_folders(folder.checkpoints)):
        try:
            facts = checkpoint.read_checkpoint_facts(path)
        except ProjectError:
            continue
        if (facts.spec, facts.seed) != (spec, seed):
            folder.checkpoints.replace(_aside(folder, facts.spec, facts.seed))
        break
    if not folder.checkpoints.exists() and _aside(folder, spec, seed).exists():
        _aside(folder, spec, seed).replace(folder.checkpoints)


def _aside(folder: ProjectFolder, spec: ModelSpec, seed: int) -> Path:
    name = hashlib.sha256(repr((spec, seed)).encode()).hexdigest()[:8]
    return folder.checkpoints.with_name(f"checkpoints-{spec.size}px-{name}")


def _recipe(project: Project, faces: FacesToLearn) -> str:
    """Return a digest of the faces and settings that training depends on."""
    train = project.train
    facts = [faces.digest, train.batch_size, train.learning_rate, project.source.person, project.target.person]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def _policy(folder: ProjectFolder, project: Project, spec: ModelSpec, faces: FacesToLearn) -> str:
    batches = batch_spec(folder, project, spec)

    def time_step(policy: str) -> float:
        learner, batch = _new_learner(folder, project, spec, policy), draw(batches, 0, faces.training)
        return precision.fastest_of(lambda: learner.step(batch, 0.0))

    return precision.choose(project.train.precision, project.deterministic, time_step)
