from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tensorflow

from engine.errors import NoFacesFound, TrainingDiverged
from engine.host.machine import this_machine
from engine.model import checkpoint
from engine.model.checkpoint import Checkpoint, read_checkpoint_facts
from engine.model.device import device_words
from engine.model.learner import Learner
from engine.model.schedule import RateDecay
from engine.project.checkpoints import checkpoint_folders
from engine.project.folder import ProjectFolder, create_folder
from engine.project.markers import is_done, read_marker
from engine.project.presets import Preset
from engine.project.settings import Precision, Project, TrainSettings, Wanted
from engine.project.stage import Outcome, Progress, StageName
from engine.provenance.verify import verify
from engine.stages.train import Train, drawing_threads
from engine.stages.training.face_data import faces_to_learn
from engine.stages.training.run_state import open_run_state, step_back
from tests.learning import OTHER_SPEC, SPEC, same_arrays, small_spec, write_face_sets

pytestmark = pytest.mark.usefixtures("nothing_is_compiled", "gains_of_few_faces")


@pytest.fixture
def compiled() -> Iterator[None]:
    """Many steps are done sooner compiled."""
    tensorflow.config.run_functions_eagerly(False)
    yield
    tensorflow.config.run_functions_eagerly(True)


@pytest.fixture(scope="module")
def extracted(tmp_path_factory: pytest.TempPathFactory) -> ProjectFolder:
    """Both face sets; only ever copied."""
    made = create_folder(tmp_path_factory.mktemp("extracted") / "project")
    write_face_sets(made)
    return made


@pytest.fixture(scope="module")
def undisturbed(
    tmp_path_factory: pytest.TempPathFactory, extracted: ProjectFolder, repeatable: Project
) -> ProjectFolder:
    """Trained to the end in one go; only ever copied."""
    made = copy_of(extracted, tmp_path_factory.mktemp("undisturbed"))
    assert train(made, repeatable) is Outcome.DONE
    return made


@pytest.fixture
def folder(tmp_path: Path, extracted: ProjectFolder) -> ProjectFolder:
    return copy_of(extracted, tmp_path)


@pytest.fixture
def trained(tmp_path: Path, undisturbed: ProjectFolder) -> ProjectFolder:
    """A project whose training is done, after four steps."""
    return copy_of(undisturbed, tmp_path)


def copy_of(folder: ProjectFolder, place: Path) -> ProjectFolder:
    return ProjectFolder(Path(shutil.copytree(folder.path, place / "project")))


@pytest.fixture(scope="module")
def repeatable(project: Project) -> Project:
    settings = TrainSettings(steps=4, batch_size=2, checkpoint_seconds=0.001)
    return project.model_copy(update={"deterministic": True, "train": settings})


def train(
    folder: ProjectFolder, project: Project, stop_after: int | None = None, reports: list[Progress] | None = None
) -> Outcome:
    """Train; ask to stop once a step has been reported so many times."""
    folder.save(project)
    asked: Iterator[int] = iter(range(10**9))

    def should_stop() -> bool:
        return stop_after is not None and next(asked) >= stop_after

    return Train(specs=small_spec).run(folder, project, (reports if reports is not None else []).append, should_stop)


def newest(folder: ProjectFolder) -> Checkpoint:
    return checkpoint.read(checkpoint_folders(folder.checkpoints)[-1], Learner.shapes(SPEC))


def with_train(project: Project, **settings: object) -> Project:
    return project.model_copy(update={"train": project.train.model_copy(update=settings)})


@pytest.mark.slow
def test_stopped_at_any_step_and_gone_on_with_training_ends_in_the_same_weights(
    folder: ProjectFolder, undisturbed: ProjectFolder, repeatable: Project
) -> None:
    for more, step in ((1, 1), (2, 3)):
        assert train(folder, repeatable, stop_after=more) is Outcome.INTERRUPTED
        assert not is_done(folder, repeatable, StageName.TRAIN)
        assert newest(folder).facts.step == step
    assert train(folder, repeatable) is Outcome.DONE
    one, other = newest(undisturbed), newest(folder)
    assert one.facts.step == other.facts.step == 4
    assert same_arrays(one.weights, other.weights)
    assert same_arrays(one.average, other.average)
    assert same_arrays(one.optimizer, other.optimizer)


@pytest.mark.slow
def test_a_finished_training_is_left_alone_until_it_shall_go_on(folder: ProjectFolder, repeatable: Project) -> None:
    reports: list[Progress] = []
    assert train(folder, repeatable, reports=reports) is Outcome.DONE
    marker = read_marker(folder, StageName.TRAIN)
    assert marker is not None
    assert marker.figures["steps"] == 4
    assert marker.figures["ended_by"] == "budget"
    assert (folder.history / "loss.csv").exists()
    assert [each.message for each in reports[:2]] == ["reading the faces", "getting the model ready"]
    assert reports[1].device == marker.figures["device"] == device_words()

    reports.clear()
    assert train(folder, repeatable, reports=reports) is Outcome.DONE
    assert reports == []

    assert train(folder, with_train(repeatable, steps=5)) is Outcome.DONE
    assert newest(folder).facts.step == 5


@pytest.mark.slow
def test_a_training_that_got_no_better_goes_on_where_a_person_wants_more(
    trained: ProjectFolder, repeatable: Project
) -> None:
    ended = newest(trained)
    shutil.rmtree(checkpoint_folders(trained.checkpoints)[-1])
    facts = ended.facts.model_copy(update={"rate_decay": RateDecay(1, 4, 0.5)})
    checkpoint.publish(trained.checkpoints, replace(ended, facts=facts))

    assert train(trained, with_train(repeatable, steps=5)) is Outcome.DONE
    assert newest(trained).facts.step == 5


@pytest.mark.slow
def test_a_finished_project_s_training_goes_on_without_the_moments_that_were_put_away(
    folder: ProjectFolder, repeatable: Project
) -> None:
    train(folder, repeatable)
    before = newest(folder)
    checkpoint.put_away_optimizers(folder.checkpoints)
    after = newest(folder)
    assert same_arrays(before.weights, after.weights)
    assert not any(each.any() for each in after.optimizer)
    assert train(folder, with_train(repeatable, steps=5)) is Outcome.DONE
    assert newest(folder).facts.step == 5


@pytest.mark.slow
def test_other_faces_keep_the_weights_and_count_the_budget_anew(trained: ProjectFolder, repeatable: Project) -> None:
    next((trained.source_faces / "pictures").iterdir()).unlink()
    train(trained, repeatable)
    assert newest(trained).facts.step == 8
    assert newest(trained).facts.budget_step == 4


@pytest.mark.slow
def test_another_preset_begins_anew_and_the_first_one_is_found_again(
    trained: ProjectFolder, repeatable: Project
) -> None:
    train(trained, with_train(repeatable, preset=Preset.STANDARD, steps=1))
    facts = read_checkpoint_facts(checkpoint_folders(trained.checkpoints)[-1])
    assert (facts.spec, facts.step) == (OTHER_SPEC, 1)
    train(trained, with_train(repeatable, steps=5))
    assert newest(trained).facts.step == 5


@pytest.mark.slow
def test_what_an_earlier_version_trained_is_put_aside_and_said(trained: ProjectFolder, repeatable: Project) -> None:
    earlier = replace(SPEC, reference=())
    path = checkpoint_folders(trained.checkpoints)[-1]
    facts = read_checkpoint_facts(path).model_copy(update={"spec": earlier})
    (path / "checkpoint.json").write_text(facts.model_dump_json())
    reports: list[Progress] = []
    trained.markers.joinpath("train.json").unlink()
    assert train(trained, repeatable, reports=reports) is Outcome.DONE
    assert any("the 4 steps of an earlier version are put aside" in each.message for each in reports)
    assert newest(trained).facts.spec == SPEC
    assert len(list(trained.work.glob("checkpoints-*"))) == 1


@pytest.mark.slow
def test_good_enough_ends_training_at_once(folder: ProjectFolder, project: Project) -> None:
    endless = with_train(project, minutes=1000.0, batch_size=2, precision=Precision.FLOAT32)
    wanted = endless.model_copy(update={"wanted": Wanted.FINISH})
    assert train(folder, wanted) is Outcome.DONE
    marker = read_marker(folder, StageName.TRAIN)
    assert marker is not None
    assert marker.figures["ended_by"] == "wish"
    assert newest(folder).facts.step >= 1


@pytest.mark.slow
def test_minutes_are_counted_over_all_runs(folder: ProjectFolder, project: Project) -> None:
    wanted = with_train(project, minutes=0.3, batch_size=2, precision=Precision.FLOAT32)
    reports: list[Progress] = []

    def run(stop_after: int) -> Outcome:
        ticks: Callable[[], int] = iter(range(10**9)).__next__
        asked = iter(range(10**9))
        return Train(clock=lambda: float(ticks()), specs=small_spec).run(
            folder, wanted, reports.append, lambda: next(asked) >= stop_after
        )

    assert run(stop_after=3) is Outcome.INTERRUPTED
    first = newest(folder).facts
    assert first.step == 3
    assert 0 < first.seconds < 18
    assert run(stop_after=1000) is Outcome.DONE
    assert newest(folder).facts.seconds >= 18
    assert reports[-1].unit == "minutes"
    assert reports[-1].total == 0.3
    assert reports[-1].eta_seconds is not None


@pytest.mark.slow
@pytest.mark.parametrize(("machine", "precision"), [("elsewhere", "float32"), (None, "mixed_bfloat16")])
def test_a_training_that_moved_to_another_machine_chooses_its_arithmetic_anew(
    folder: ProjectFolder, repeatable: Project, machine: str | None, precision: str
) -> None:
    train(folder, repeatable, stop_after=1)
    path = checkpoint_folders(folder.checkpoints)[-1]
    begun = {"machine": machine or this_machine(), "precision": "mixed_bfloat16"}
    facts = read_checkpoint_facts(path).model_copy(update=begun)
    (path / "checkpoint.json").write_text(facts.model_dump_json())
    state = open_run_state(folder, repeatable, SPEC, faces_to_learn(folder, repeatable, SPEC.size))
    assert (state.facts.precision, state.facts.machine) == (precision, this_machine())
    assert state.facts.step == 1


@pytest.mark.parametrize(
    ("cores", "on_card", "threads"), [(2, False, 1), (64, False, 8), (1, True, 1), (8, True, 7), (64, True, 12)]
)
def test_batches_are_drawn_by_as_many_threads_as_have_nothing_else_to_do(
    cores: int, on_card: bool, threads: int
) -> None:
    assert drawing_threads(cores, on_card=on_card) == threads


def test_too_few_faces_are_told_with_their_number(folder: ProjectFolder, repeatable: Project) -> None:
    for picture in list((folder.source_faces / "pictures").iterdir())[:7]:
        picture.unlink()
    with pytest.raises(NoFacesFound, match="Only 14 pictures of the person who will appear"):
        train(folder, repeatable)


def test_a_damaged_checkpoint_is_passed_over(trained: ProjectFolder, repeatable: Project) -> None:
    longer = with_train(repeatable, steps=6)
    train(trained, longer, stop_after=1)
    assert newest(trained).facts.step == 5
    (checkpoint_folders(trained.checkpoints)[-1] / "weights.npz").write_bytes(b"torn")
    train(trained, longer)
    assert newest(trained).facts.step == 6
    assert len(checkpoint_folders(trained.checkpoints)) == 2


@pytest.mark.slow
def test_a_training_that_diverged_steps_back_once_at_half_the_rate(trained: ProjectFolder, repeatable: Project) -> None:
    state = open_run_state(trained, repeatable, SPEC, faces_to_learn(trained, repeatable, SPEC.size))
    broken = tuple(np.full_like(each, np.nan) for each in state.learner.weights())
    state.learner.restore(4, broken, broken, state.learner.optimizer_state())
    with pytest.raises(TrainingDiverged):
        state.publish(trained.checkpoints)
    back = step_back(trained, state)
    assert back is not None
    assert back.facts.rate_factor == 0.5
    assert same_arrays(back.learner.weights(), newest(trained).weights)
    assert step_back(trained, back) is None


@pytest.mark.slow
@pytest.mark.usefixtures("compiled")
def test_previews_and_held_out_faces_are_looked_at_on_the_way(
    folder: ProjectFolder, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.stages.train.TEST_STEPS", 100)
    train(folder, with_train(project, steps=100, batch_size=1, precision=Precision.FLOAT32))
    marker = read_marker(folder, StageName.TRAIN)
    assert marker is not None
    assert 0 < float(marker.figures["held_out_loss"]) < 1
    previews = sorted(folder.previews.iterdir())
    assert [path.name for path in previews][:2] == ["step-000000050.jpg", "step-000000100.jpg"]
    models = {verify(path).model_sha256 for path in previews}
    assert len(models) == len(previews)
    assert all(len(model) == 64 for model in models)
