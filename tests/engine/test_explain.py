"""What an explanation leaves in its folder, and what it refuses."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from engine.arrays import RGBImage
from engine.demo import TARGET_CLIP
from engine.errors import ConsentMissing, MediaError, NoFacesFound, ProjectError, WrongPerson
from engine.explain.canvas import ACCENT, GROUND
from engine.explain.draw import latent_picture
from engine.explain.explain import explain
from engine.media.images import read_image, write_image
from engine.project.folder import ProjectFolder, create_folder
from engine.project.settings import ConsentRecord, Precision, Project, TrainSettings
from engine.provenance.label_detection import file_shows_label
from engine.provenance.verify import verify
from engine.records.explanation import BUNDLED, PAGE, read_explanation
from engine.records.verification import Verdict
from tests.real_faces import MAN, WOMAN, both_people, frames_of, wall

FIRST_STEPS = ["photo", "grey", "gradients", "cells", "found", "mesh", "square", "mask", "cover", "warp"]


def photo_of(clip: Path, path: Path, index: int = 40) -> Path:
    (frame,) = frames_of(clip, range(index, index + 1))
    write_image(path, frame)
    return path


@pytest.fixture(scope="module")
def explained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("explained")
    explain(photo_of(MAN, place / "a <b>&.png"), place / "out")
    return place / "out"


@pytest.mark.slow
def test_each_step_is_a_picture_of_one_size_and_two_sentences(explained: Path) -> None:
    steps = read_explanation(explained).steps
    assert [step.picture for step in steps] == [
        f"{number:02d}-{name}.png" for number, name in enumerate(FIRST_STEPS, 1)
    ]
    assert {read_image(explained / step.picture).shape for step in steps} == {(600, 960, 3)}
    assert all(words.endswith(".") for step in steps for words in step.words)
    assert not any(step.is_synthetic for step in steps)


@pytest.mark.parametrize("people", [2, 3])
def test_of_several_faces_one_is_explained_and_the_sentences_stay_two(people: int, tmp_path: Path) -> None:
    (both,) = both_people(1)
    (man,) = frames_of(MAN, range(40, 41))
    third = np.asarray(cv2.resize(man, (480, 360)), np.uint8)
    write_image(tmp_path / "all.png", np.hstack([both, third]) if people == 3 else both)
    found = explain(tmp_path / "all.png", tmp_path / "out", small=True).steps[4]
    assert ("one more was found" if people == 2 else "2 more were found") in found.words[1]
    assert not any(". " in words for words in found.words)


@pytest.mark.slow
def test_lines_are_as_fine_on_a_small_photo_as_on_a_large_one(explained: Path, tmp_path: Path) -> None:
    whole = read_image(photo_of(MAN, tmp_path / "man.png"))
    small_copy = cv2.resize(whole, None, fx=0.4, fy=0.4, interpolation=cv2.INTER_AREA)
    write_image(tmp_path / "small.png", np.asarray(small_copy, np.uint8))
    explain(tmp_path / "small.png", tmp_path / "out")
    for name in ("05-found.png", "07-square.png"):
        fine, small = (_accented(read_image(folder / name)) for folder in (explained, tmp_path / "out"))
        assert small < 1.3 * fine


@pytest.mark.slow
def test_of_one_who_looks_up_the_chin_is_left_as_in_conversion(tmp_path: Path) -> None:
    explain(photo_of(TARGET_CLIP, tmp_path / "up.png", 276), tmp_path / "out")
    face, left = (
        read_image(tmp_path / "out" / name)[150:450, 640:].astype(int) for name in ("08-mask.png", "09-cover.png")
    )
    is_face, is_lost = face.max(axis=-1) > 100, np.abs(face - left).max(axis=-1) > 60
    assert is_face.any()
    assert is_lost.sum() < 0.01 * is_face.sum()


def _accented(sheet: RGBImage) -> int:
    return int((np.abs(sheet.astype(int) - ACCENT).max(axis=-1) < 40).sum())


def test_the_page_needs_nothing_beside_it_and_escapes_what_strangers_named(explained: Path) -> None:
    page = (explained / PAGE).read_text()
    assert page.count("<img") == page.count('src="data:image/png;base64,') == len(FIRST_STEPS)
    assert "a &lt;b&gt;&amp;.png" in page
    assert not re.search(r"<script|https?://|<link|<b>", page)


def test_a_code_is_shown_as_so_many_squares_as_it_has_numbers() -> None:
    """Of 12 by 11 squares for 128 numbers, the last four stay empty."""
    squares = latent_picture(np.zeros(128, np.float32), 120)[5::10, 5::10]
    assert squares.shape == (11, 12, 3)
    assert np.argwhere((squares == GROUND).all(axis=-1)).tolist() == [[10, 8], [10, 9], [10, 10], [10, 11]]


@pytest.mark.slow
def test_an_explanation_replaces_one_before_and_nothing_else(explained: Path, tmp_path: Path) -> None:
    photo = photo_of(WOMAN, tmp_path / "woman.png")
    explain(photo, explained, small=True)
    assert {path.suffix for path in explained.iterdir()} == {".jpg", ".json"}
    (explained / "mine.txt").write_text("keep me")
    with pytest.raises(ProjectError, match=r"mine\.txt"):
        explain(photo, explained)
    assert (explained / "mine.txt").read_text() == "keep me"
    (explained / "mine.txt").unlink()


def test_of_a_video_a_frame_with_a_face_is_explained(tmp_path: Path) -> None:
    steps = explain(MAN, tmp_path / "out", small=True).steps
    assert len(steps) == len(FIRST_STEPS)


def test_what_shows_no_face_is_refused_in_a_sentence(tmp_path: Path) -> None:
    write_image(tmp_path / "wall.png", wall())
    with pytest.raises(NoFacesFound, match=r"No face was found in wall\.png\."):
        explain(tmp_path / "wall.png", tmp_path / "out")
    (tmp_path / "text.png").write_text("hello")
    with pytest.raises(MediaError, match=r"not a picture"):
        explain(tmp_path / "text.png", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_without_consent_a_project_explains_nothing(tmp_path: Path, project: Project) -> None:
    folder = create_folder(tmp_path / "p")
    folder.save(project.model_copy(update={"consent": ConsentRecord()}))
    with pytest.raises(ConsentMissing):
        explain(photo_of(MAN, tmp_path / "man.png"), tmp_path / "out", folder)
    assert not (tmp_path / "out").exists()


def test_a_project_without_a_model_shows_the_steps_up_to_there(tmp_path: Path, project: Project) -> None:
    folder = create_folder(tmp_path / "p")
    folder.save(project)
    steps = explain(photo_of(MAN, tmp_path / "man.png"), tmp_path / "out", folder, small=True).steps
    assert len(steps) == len(FIRST_STEPS)


def test_the_bundled_pictures_of_painted_faces_are_labelled_and_signed() -> None:
    steps = read_explanation(BUNDLED).steps
    assert any(step.is_synthetic for step in steps)
    for step in steps:
        path = BUNDLED / step.picture
        assert bool(file_shows_label(path)) is step.is_synthetic
        if step.is_synthetic:
            assert verify(path).verdict is Verdict.UNCHANGED


@pytest.mark.slow
@pytest.mark.usefixtures("nothing_is_compiled", "gains_of_few_faces")
def test_with_a_model_painted_faces_are_labelled_and_signed_and_strangers_are_refused(
    tmp_path: Path, extracted_swap: ProjectFolder
) -> None:
    folder = _trained(ProjectFolder(Path(shutil.copytree(extracted_swap.path, tmp_path / "p"))))
    steps = explain(photo_of(WOMAN, tmp_path / "woman.png", 8), tmp_path / "out", folder).steps
    painted = [step for step in steps if step.is_synthetic]
    assert [step.picture for step in painted] == [
        "12-reference.png",
        "13-answers.png",
        "14-colour.png",
        "15-pasted.png",
    ]
    for step in painted:
        assert file_shows_label(tmp_path / "out" / step.picture)
        assert verify(tmp_path / "out" / step.picture).verdict is Verdict.UNCHANGED
    assert "AI MODIFIED" in (tmp_path / "out" / PAGE).read_text()
    assert sum(step.is_synthetic for step in explain(WOMAN, tmp_path / "of-video", folder, small=True).steps) == 4
    with pytest.raises(WrongPerson, match="does not show the person who is replaced"):
        explain(photo_of(MAN, tmp_path / "man.png"), tmp_path / "strangers", folder)
    assert not (tmp_path / "strangers").exists()


def _trained(folder: ProjectFolder) -> ProjectFolder:
    """Train a network that learns next to nothing."""
    from engine.stages.train import Train
    from tests.learning import small_spec

    settings = TrainSettings(steps=1, batch_size=2, precision=Precision.FLOAT32)
    folder.save(folder.load().model_copy(update={"train": settings}))
    Train(specs=small_spec).run(folder, folder.load(), lambda progress: None, lambda: False)
    return folder
