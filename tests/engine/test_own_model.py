"""A trained model serves the project in which it was trained."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from engine.errors import ProjectError
from engine.explain.trained import load_swapper
from engine.faces.facesets.faceset import FaceSet
from engine.model import checkpoint
from engine.project.checkpoints import checkpoint_folders
from engine.project.folder import ProjectFolder, create_folder
from engine.project.settings import Precision, Project, TrainSettings
from engine.project.stage import Outcome
from engine.stages.convert import Convert
from engine.stages.train import Train
from tests.learning import small_spec, write_face_sets
from tests.media import Shape, write_video
from tests.real_faces import at_once
from tests.swaps import load_turned_hue

pytestmark = pytest.mark.usefixtures("nothing_is_compiled", "gains_of_few_faces")

SETTINGS = TrainSettings(steps=1, batch_size=2, precision=Precision.FLOAT32)


def make(path: Path, project: Project, source: float, target: float) -> ProjectFolder:
    """A project of two people, each told from others by a number."""
    folder = create_folder(path)
    write_face_sets(folder)
    write_video(folder.target / "video.mp4", Shape(frames=4))
    for place, who in ((folder.source_faces, source), (folder.target_faces, target)):
        faces = FaceSet(place)
        track = faces.measures()[0].track
        faces.set_identities({track: np.full(128, who, np.float32)}, {track: 1})
    folder.save(project.model_copy(update={"train": SETTINGS}))
    return folder


def train(folder: ProjectFolder) -> Outcome:
    return Train(specs=small_spec).run(folder, folder.load(), lambda progress: None, lambda: False)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, project: Project) -> ProjectFolder:
    """What was learnt here is only ever copied."""
    folder = make(tmp_path_factory.mktemp("trained") / "trained", project, 0.0, 1.0)
    assert train(folder) is Outcome.DONE
    return folder


def test_a_checkpoint_remembers_who_was_learnt(trained: ProjectFolder) -> None:
    (path,) = checkpoint_folders(trained.checkpoints)
    assert checkpoint.read_checkpoint_facts(path).people == ((0.0,) * 128, (1.0,) * 128)


@pytest.mark.slow
def test_a_model_from_another_project_is_refused_by_everything_that_would_use_it(
    trained: ProjectFolder, tmp_path: Path, project: Project
) -> None:
    other = make(tmp_path / "other", project, 2.0, 3.0)
    shutil.copytree(trained.checkpoints, other.checkpoints)
    convert = Convert(at_once, load_turned_hue)
    for use in (
        lambda: train(other),
        lambda: convert.run(other, other.load(), lambda progress: None, lambda: False),
        lambda: load_swapper(other, other.load()),
    ):
        with pytest.raises(ProjectError, match="from another project: it has learnt two other people"):
            use()
    shutil.rmtree(other.checkpoints)
    assert train(other) is Outcome.DONE


@pytest.mark.slow
@pytest.mark.parametrize(("source", "target"), [(0.01, 3.0), (2.0, 1.01), (0.01, 1.01)])
def test_what_was_learnt_of_either_person_stays_of_use(
    trained: ProjectFolder, tmp_path: Path, project: Project, source: float, target: float
) -> None:
    later = make(tmp_path / "later", project, source, target)
    shutil.copytree(trained.checkpoints, later.checkpoints)
    assert train(later) is Outcome.DONE
    assert load_swapper(later, later.load()) is not None


@pytest.mark.slow
@pytest.mark.parametrize("people", ["null", "[[1.0], [2.0]]", '[["a"], []]', "[[NaN], [NaN]]"])
def test_a_checkpoint_that_does_not_say_or_lies_about_it_is_handled(
    trained: ProjectFolder, tmp_path: Path, project: Project, people: str
) -> None:
    other = make(tmp_path / "other", project, 2.0, 3.0)
    shutil.copytree(trained.checkpoints, other.checkpoints)
    (path,) = checkpoint_folders(other.checkpoints)
    facts = checkpoint.read_checkpoint_facts(path).model_dump_json(exclude={"people"})
    (path / "checkpoint.json").write_text(facts[:-1] + f', "people": {people}' + "}")
    assert train(other) is Outcome.DONE
