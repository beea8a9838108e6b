"""One frame about what the video will be, before anything is learnt; and whatever becomes of it, training begins."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import numpy as np
import pytest

from engine.errors import ConsentMissing
from engine.faces.facesets.faceset import FaceSet
from engine.media.images import read_image
from engine.process.aside import run_aside
from engine.project.change_consent import withdraw_consent
from engine.project.folder import ProjectFolder, create_folder
from engine.project.stage import Progress
from engine.provenance.verify import verify
from engine.records.foretaste import foretaste_picture, read_foretaste
from engine.records.verification import Verdict
from engine.role import Role
from engine.stages.foretaste import begin_foretaste, draw_foretaste, foretell
from tests.swaps import a_project, extracted_project

FRAMES = 24


@pytest.fixture(scope="module")
def extracted(tmp_path_factory: pytest.TempPathFactory, woman_clip: Path, man_clip: Path) -> ProjectFolder:
    return extracted_project(tmp_path_factory.mktemp("foretaste") / "p", a_project(), man_clip, woman_clip, FRAMES)


@pytest.fixture
def folder(tmp_path: Path, extracted: ProjectFolder) -> ProjectFolder:
    return ProjectFolder(Path(shutil.copytree(extracted.path, tmp_path / "p")))


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory, extracted: ProjectFolder) -> ProjectFolder:
    folder = ProjectFolder(Path(shutil.copytree(extracted.path, tmp_path_factory.mktemp("drawn") / "p")))
    draw_foretaste(folder, folder.load())
    return folder


def test_a_face_of_the_video_stands_beside_the_source_doing_the_same_signed_and_labelled(drawn: ProjectFolder) -> None:
    known = read_foretaste(drawn)
    assert known is not None
    assert known.frame_index in range(FRAMES)
    picture = read_image(drawn.foretaste)
    side = picture.shape[0]
    assert picture.shape == (side, 2 * side, 3)
    before, after = picture[:, :side].astype(float), picture[:, side:].astype(float)
    changed = np.abs(before - after).mean(axis=2) > 12
    # In the middle is another face, below it the same clothes.
    assert changed[side // 3 : side * 2 // 3, side // 3 : side * 2 // 3].mean() > 0.3
    assert changed[side * 11 // 12 :].mean() < 0.1
    found = verify(drawn.foretaste)
    assert (found.verdict, found.label_stated) == (Verdict.UNCHANGED, True)


def test_it_is_drawn_once_and_anew_only_of_other_faces(drawn: ProjectFolder) -> None:
    project = drawn.load()
    assert not begin_foretaste(drawn, project)
    minutes = project.train.model_copy(update={"minutes": 3.0})
    assert not begin_foretaste(drawn, project.model_copy(update={"train": minutes}))

    next(FaceSet(drawn.source_faces).pictures.iterdir()).unlink()
    assert begin_foretaste(drawn, project)
    assert foretaste_picture(drawn) is None


def test_a_drawing_that_ends_its_process_is_not_begun_for_ever(folder: ProjectFolder) -> None:
    project = folder.load()
    assert [begin_foretaste(folder, project) for _ in range(5)] == [True, True, True, False, False]


def test_what_goes_wrong_is_a_sentence_and_nothing_is_raised(tmp_path: Path) -> None:
    folder = create_folder(tmp_path / "p")
    folder.save(a_project())
    folder.work.mkdir()
    told: list[Progress] = []
    said = foretell(folder, folder.load(), told.append, lambda: False)
    assert "There is no video in target/" in said
    assert [each.message for each in told] == ["drawing one frame ahead"]


@pytest.mark.parametrize(
    ("seconds", "is_stopped", "said"), [(0.0, False, "It took too long, and was ended."), (60.0, True, "")]
)
def test_what_runs_beside_a_stage_ends_when_it_takes_too_long_or_work_is_to_stop(
    seconds: float, is_stopped: bool, said: str
) -> None:
    assert run_aside(["doctor"], seconds, lambda: is_stopped) == said


def test_nothing_is_drawn_without_consent(folder: ProjectFolder) -> None:
    withdrawn = withdraw_consent(folder, Role.SOURCE, dt.date.today())
    with pytest.raises(ConsentMissing):
        draw_foretaste(folder, withdrawn)
    assert foretaste_picture(folder) is None
