"""A project that begins with what another one has of the same person."""

from __future__ import annotations

import datetime as dt
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.errors import ConsentMissing, ProjectBusy
from engine.faces.facesets.faceset import FaceSet
from engine.model.checkpoint import read_average
from engine.model.learner import Learner
from engine.project.again import head_start_facts, project_again
from engine.project.checkpoints import checkpoint_folders
from engine.project.create import create_project
from engine.project.folder import ProjectFolder
from engine.project.lock import alone_on
from engine.project.markers import read_marker, write_marker
from engine.project.presets import Preset
from engine.project.settings import ConvertSettings, Precision, Project, TrainSettings, Wanted
from engine.project.stage import Outcome, Progress, StageName
from engine.role import Role
from engine.stages.extraction.plan import plan_source
from engine.stages.train import Train
from engine.stages.training.face_data import faces_to_learn
from engine.stages.training.run_state import open_run_state
from tests.learning import SPEC, same_arrays, small_spec, write_face_set

pytestmark = pytest.mark.usefixtures("nothing_is_compiled", "gains_of_few_faces")

TODAY = dt.date(2026, 11, 24)
ANNA, BEN, CARL = 0.0, 1.0, 2.0
"""Who somebody is: each told from others by a number."""


def ignore(done: float, total: float) -> None:
    pass


def put_faces(place: Path, who: float) -> None:
    faces = write_face_set(place, 21, (200, 160, 140))
    track = faces.measures()[0].track
    faces.set_identities({track: np.full(128, who, np.float32)}, {track: 1})


def train(folder: ProjectFolder, steps: int, **settings: object) -> list[Progress]:
    reports: list[Progress] = []
    wanted = TrainSettings.model_validate({"steps": steps, "batch_size": 2, "precision": Precision.FLOAT32, **settings})
    folder.save(folder.load().model_copy(update={"train": wanted}))
    assert Train(specs=small_spec).run(folder, folder.load(), reports.append, lambda: False) is Outcome.DONE
    return reports


@pytest.fixture(scope="module")
def trained(
    tmp_path_factory: pytest.TempPathFactory, project: Project, woman_clip: Path, man_clip: Path
) -> ProjectFolder:
    """Anna as Ben, learnt for four steps; what Anna is seen in lies in a subfolder, as in a folder that was dropped."""
    folder = create_project(
        tmp_path_factory.mktemp("earlier") / "anna-as-ben", project, [woman_clip], man_clip, {}, ignore
    )
    (folder.source / "holidays").mkdir()
    (folder.source / woman_clip.name).rename(folder.source / "holidays" / woman_clip.name)
    put_faces(folder.source_faces, ANNA)
    put_faces(folder.target_faces, BEN)
    train(folder, 4)
    return folder


@pytest.fixture
def earlier(tmp_path: Path, trained: ProjectFolder) -> ProjectFolder:
    """A copy that a test may spoil."""
    return ProjectFolder(Path(shutil.copytree(trained.path, tmp_path / "anna-as-ben")))


def begin(earlier: ProjectFolder, project: Project, video: Path, *more: Path) -> ProjectFolder:
    """Anna as Carl."""
    folder = create_project(
        earlier.path.with_name("anna-as-carl"), project, [earlier.source, *more], video, {}, ignore, earlier=earlier
    )
    put_faces(folder.target_faces, CARL)
    return folder


@pytest.mark.slow
def test_faces_that_were_found_are_not_looked_for_again(
    earlier: ProjectFolder, project: Project, woman_clip: Path, man_clip: Path
) -> None:
    folder = begin(earlier, project, man_clip, woman_clip)
    known = plan_source(earlier, project).recipes
    assert known.keys() == {f"source/holidays/{woman_clip.name}"}
    assert known.items() < plan_source(folder, project).recipes.items(), "what was added stands beside it"
    had, has = FaceSet(earlier.source_faces), FaceSet(folder.source_faces)
    assert has.recipes() == had.recipes()
    assert [face.picture.name for face in has.measures()] == [face.picture.name for face in had.measures()]


def test_what_one_project_does_with_its_faces_does_not_touch_the_other(
    earlier: ProjectFolder, project: Project, man_clip: Path
) -> None:
    folder = begin(earlier, project, man_clip)
    faces = FaceSet(folder.source_faces)
    faces.set_rejected({face.face_id: "blurred" for face in faces.measures()})
    faces.measures()[0].picture.unlink()
    kept = FaceSet(earlier.source_faces).measures()
    assert [face.rejected for face in kept] == [""] * 21


@pytest.mark.slow
def test_training_begins_from_what_was_learnt_and_counts_its_own_steps(
    earlier: ProjectFolder, project: Project, man_clip: Path
) -> None:
    folder = begin(earlier, project, man_clip)
    learnt = read_average(checkpoint_folders(earlier.checkpoints)[-1], Learner.shapes(SPEC))
    state = open_run_state(folder, folder.load(), SPEC, faces_to_learn(folder, folder.load(), SPEC.size))
    assert same_arrays(state.learner.weights(), learnt)

    reports = train(folder, 2)
    assert "getting the model ready; beginning from the 4 steps of an earlier project" in [
        each.message for each in reports
    ]
    marker = read_marker(folder, StageName.TRAIN)
    assert marker is not None
    assert (marker.figures["steps"], marker.figures["steps_before"]) == (2, 4)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("who", "settings", "why"),
    [
        (BEN, {}, "since it has learnt another person, as far as can be told"),
        (ANNA, {"preset": Preset.STANDARD}, "since it is of another preset"),
    ],
)
def test_a_model_that_does_not_serve_is_not_begun_from_and_that_is_said(
    earlier: ProjectFolder, project: Project, man_clip: Path, who: float, settings: dict[str, object], why: str
) -> None:
    folder = begin(earlier, project, man_clip)
    shutil.rmtree(folder.source_faces)
    put_faces(folder.source_faces, who)
    assert any(why in report.message for report in train(folder, 1, **settings))
    marker = read_marker(folder, StageName.TRAIN)
    assert marker is not None
    assert marker.figures["steps_before"] == 0


@pytest.mark.slow
def test_a_damaged_model_keeps_no_project_from_its_result(
    earlier: ProjectFolder, project: Project, man_clip: Path
) -> None:
    folder = begin(earlier, project, man_clip)
    weights = folder.head_start / "average.npz"
    weights.unlink()
    weights.write_bytes(b"torn")
    assert any("is not begun from, since it is damaged" in report.message for report in train(folder, 1))


def test_a_project_at_work_is_not_begun_from_and_nothing_is_made(
    earlier: ProjectFolder, project: Project, man_clip: Path
) -> None:
    with alone_on(earlier), pytest.raises(ProjectBusy, match="anna-as-ben is being worked on"):
        begin(earlier, project, man_clip)
    assert [path.name for path in earlier.path.parent.iterdir()] == [earlier.path.name]


def test_it_is_said_what_there_is_to_begin_with(earlier: ProjectFolder, project: Project) -> None:
    facts = head_start_facts(earlier, project)
    assert (facts.faces, facts.steps) == (21, 4)
    shutil.rmtree(earlier.work)
    assert head_start_facts(earlier, project).faces == 0


def test_the_preset_of_a_model_is_that_which_it_was_trained_with(earlier: ProjectFolder, project: Project) -> None:
    marker = read_marker(earlier, StageName.TRAIN)
    assert marker is not None
    write_marker(earlier, replace(marker, figures=marker.figures | {"size": Preset.STANDARD.facts.pixels}))
    assert project.train.preset is Preset.QUICK
    assert head_start_facts(earlier, project).preset is Preset.STANDARD


def test_what_is_the_videos_own_is_left_open(project: Project) -> None:
    unlabelled = ConvertSettings(label=False, label_off_reason="it is labelled in the credits", sharpen=2.0)
    was = project.model_copy(update={"convert": unlabelled, "wanted": Wanted.PAUSE, "seed": 7})
    again = project_again(was.with_person(Role.TARGET, 2), "anna-as-carl", TODAY)
    assert again.consent.source == was.consent.source
    assert again.consent.target is None
    assert (again.target.person, again.target.video) == (None, None)
    assert (again.wanted, again.seed, again.convert.sharpen) == (Wanted.RUN, 7, 2.0)
    assert again.convert.label, "a reason for another video is none for this one"


def test_somebody_who_withdrew_appears_in_no_other_video(project: Project) -> None:
    assert project.consent.source is not None
    withdrawn = project.consent.source.model_copy(update={"withdrawn_on": TODAY})
    consent = project.consent.model_copy(update={"source": withdrawn})
    with pytest.raises(ConsentMissing, match="was withdrawn on 2026-11-24"):
        project_again(project.model_copy(update={"consent": consent}), "anna-as-carl", TODAY)
