"""Who is taken of several persons in a video: made from the bundled clips."""

from __future__ import annotations

import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from engine.arrays import RGBImage
from engine.errors import NoFacesFound, WrongPerson
from engine.faces.facesets.faceset import FaceSet
from engine.media.images import read_image
from engine.project.folder import ProjectFolder, create_folder
from engine.project.persons import (
    PersonsSeen,
    ask_again,
    numbered_picture,
    read_persons,
    remember_persons,
    unclear_person,
)
from engine.project.settings import Project, SourceSettings, TargetSettings
from engine.project.stage import Outcome
from engine.role import Role
from engine.stages.extract import Extract
from engine.stages.extraction.weights import Choice, WeighedPerson, seen_as
from tests.real_faces import MAN, WOMAN, at_once, both_people, frames_of, never, wall, write_clip, write_photos

FRAMES = 66


def smaller(image: RGBImage, width: int, height: int) -> RGBImage:
    return np.asarray(cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def portrait_behind_a_speaker() -> list[RGBImage]:
    """Return frames with a framed picture of the man in all, and the woman, who speaks, in the first half only."""
    portrait = smaller(frames_of(MAN, range(0, 1))[0], 160, 120)
    room = smaller(wall(), 480, 270)
    frames = []
    for at, speaker in enumerate(frames_of(WOMAN, range(0, FRAMES))):
        frame = smaller(speaker, 480, 270) if at < FRAMES // 2 else room
        frame[8:128, 8:168] = portrait
        frames.append(frame)
    return frames


@pytest.fixture(scope="module")
def speaker(tmp_path_factory: pytest.TempPathFactory) -> ProjectFolder:
    folder = create_folder(tmp_path_factory.mktemp("speaker") / "job")
    write_clip(folder.target / "talk.mp4", portrait_behind_a_speaker())
    write_photos(folder.source, [smaller(image, 320, 180) for image in frames_of(WOMAN, range(300, 340, 2))])
    extract(folder)
    return folder


@pytest.fixture(scope="module")
def extracted_pair(tmp_path_factory: pytest.TempPathFactory) -> ProjectFolder:
    """Return a project whose video shows two people, side by side and as large as each other; only ever copied."""
    folder = create_folder(tmp_path_factory.mktemp("pair") / "pair")
    write_clip(folder.target / "both.mp4", side_by_side())
    write_photos(folder.source, [smaller(image, 320, 180) for image in frames_of(WOMAN, range(300, 340, 2))])
    extract(folder)
    return folder


@pytest.fixture
def pair(extracted_pair: ProjectFolder, tmp_path: Path) -> ProjectFolder:
    """Return a project in which two people were found in the video; it was not said yet who is meant."""
    return ProjectFolder(Path(shutil.copytree(extracted_pair.path, tmp_path / "pair")))


def side_by_side() -> list[RGBImage]:
    """Return frames in which the man at the right is scaled to the woman's size at the left."""
    frames = []
    for frame in both_people(24):
        height, width = frame.shape[:2]
        woman, man = frame[:, : width - 480], frame[:, width - 480 :]
        close = cv2.resize(man[40:320, 90:390], (width - 480, height))
        frames.append(smaller(np.hstack([woman, np.asarray(close, np.uint8)]), 640, 180))
    return frames


def extract(folder: ProjectFolder, project: Project | None = None) -> None:
    done = Extract(at_once, 1).run(folder, project or Project(name="x"), lambda _: None, never)
    assert done is Outcome.DONE


@pytest.mark.slow
def test_whoever_speaks_is_taken_and_not_the_portrait_that_is_in_every_frame(speaker: ProjectFolder) -> None:
    seen = read_persons(speaker, Role.TARGET)
    assert [(person.number, person.is_still) for person in seen.persons] == [(1, False), (2, True)]
    woman, portrait = seen.persons
    assert portrait.faces > woman.faces
    assert woman.weight > 0.9
    assert not seen.is_open
    assert {face.landmarks[4, 0] > 160 for face in FaceSet(speaker.target_faces).faces(1)} == {True}


@pytest.mark.slow
def test_after_the_video_was_changed_it_is_asked_even_where_it_would_be_clear(
    speaker: ProjectFolder, tmp_path: Path
) -> None:
    folder = ProjectFolder(tmp_path / "again")
    shutil.copytree(speaker.path, folder.path)
    assert unclear_person(folder, Project(name="x")) is None
    ask_again(folder, Role.TARGET)
    extract(folder)
    assert unclear_person(folder, Project(name="x")) is not None
    assert unclear_person(folder, Project(name="x", target=TargetSettings(person=1))) is None


@pytest.mark.slow
def test_a_picture_of_whole_frames_numbers_everybody(speaker: ProjectFolder, tmp_path: Path) -> None:
    sheet = read_image(numbered_picture(speaker, Role.TARGET))
    assert sheet.shape[1] == 960
    # Both are in one frame: a second one would tell nothing.
    assert sheet.shape[0] == 540
    assert not numbered_picture(speaker, Role.SOURCE).exists()


@pytest.mark.slow
def test_where_two_are_as_large_as_each_other_a_person_is_asked(pair: ProjectFolder) -> None:
    question = unclear_person(pair, Project(name="x"))
    assert question is not None
    assert question.title.endswith("2 persons were seen in target/.")
    sides = {face.person: bool(face.landmarks[4, 0] > 320) for face in FaceSet(pair.target_faces).faces()}
    assert sides == {1: False, 2: True}


def test_it_is_asked_who_is_meant_before_anybody_is_said_to_have_too_few_faces(pair: ProjectFolder) -> None:
    for face in FaceSet(pair.target_faces).faces(1)[:10]:
        face.picture.unlink()
    extract(pair)
    assert unclear_person(pair, Project(name="x")) is not None
    with pytest.raises(NoFacesFound, match="Only 14 faces of the person who is replaced"):
        extract(pair, Project(name="x", target=TargetSettings(person=1)))


@pytest.mark.slow
def test_whoever_was_chosen_keeps_the_number_when_more_pictures_come(pair: ProjectFolder) -> None:
    chosen = Project(name="x", target=TargetSettings(video="target/both.mp4", person=2))
    many = [smaller(image, 320, 180) for image in frames_of(WOMAN, range(400, 460, 2))]
    write_photos(pair.target / "more", many)
    extract(pair, chosen)
    faces = FaceSet(pair.target_faces)
    assert {bool(face.landmarks[4, 0] > 320) for face in faces.faces(2, "target/both.mp4")} == {True}
    assert len(faces.faces(1)) == 24 + len(many)


@pytest.mark.slow
def test_whoever_was_chosen_by_a_look_keeps_the_number_though_extraction_counts_otherwise(
    pair: ProjectFolder,
) -> None:
    left, right = read_persons(pair, Role.TARGET).persons
    looked = [left.model_copy(update={"number": 2}), right.model_copy(update={"number": 1})]
    shutil.rmtree(pair.target_faces)
    remember_persons(pair, Role.TARGET, PersonsSeen(persons=tuple(looked)))
    extract(pair, Project(name="x", target=TargetSettings(person=1)))
    sides = {face.person: bool(face.landmarks[4, 0] > 320) for face in FaceSet(pair.target_faces).faces()}
    assert sides == {1: True, 2: False}


@pytest.mark.slow
def test_the_number_of_somebody_who_is_gone_passes_to_nobody(pair: ProjectFolder) -> None:
    write_photos(pair.source / "man", [smaller(image, 320, 240) for image in frames_of(MAN, range(0, 60, 2))])
    extract(pair, Project(name="x", target=TargetSettings(person=1)))
    man = next(
        person.number
        for person in read_persons(pair, Role.SOURCE).persons
        if any("man" in face.media for face in FaceSet(pair.source_faces).faces(person.number))
    )
    shutil.rmtree(pair.source / "man")
    asks = Project(name="x", source=SourceSettings(person=man), target=TargetSettings(person=1))
    with pytest.raises(WrongPerson, match=f"asks for person {man}, but only person"):
        extract(pair, asks)


def test_of_a_crowd_the_heaviest_are_told_and_the_others_counted() -> None:
    crowd = [
        WeighedPerson(weight=1.0 / at, faces=1, is_still=None, picture="a.jpg", descriptor=np.zeros(128, np.float32))
        for at in range(1, 501)
    ]
    told = seen_as(crowd, range(1, 501), Choice(400, PersonsSeen()))
    assert [person.number for person in told.persons] == [*range(1, 20), 400]
    assert told.others == 480
