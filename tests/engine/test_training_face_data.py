from __future__ import annotations

import os
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from engine.arrays import STORED_SIZE
from engine.errors import MediaError, TooManyPixels
from engine.faces.faceset import FaceSet
from engine.faces.occlusion import occluded_faces, upper_half
from engine.media.images import read_image, write_image
from engine.project.folder import ProjectFolder, create_folder
from engine.project.settings import Project
from engine.role import Role
from engine.stages.training.face_data import faces_to_learn
from engine.stages.training.maps import face_maps
from tests.learning import mesh, write_face_sets


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> ProjectFolder:
    made = create_folder(tmp_path_factory.mktemp("faces") / "project")
    write_face_sets(made, count=40)
    return made


def hide(path: Path, rows: slice) -> None:
    """Lay something with stripes over a part of a picture."""
    picture = read_image(path)
    stripes = (np.arange(STORED_SIZE) // 8 % 2 * 255).astype(np.uint8)
    picture[rows] = stripes[None, :, None]
    write_image(path, picture)


def test_maps_show_the_face_and_its_features_inside_it() -> None:
    mask, features, seen = np.moveaxis(face_maps(mesh(), 120), 2, 0)
    assert mask[60, 60] == 255
    assert mask[2, 2] == mask[60, 2] == 0
    assert 0.2 < (mask > 128).mean() < 0.6
    assert (features[mask < 10] < 128).all()
    assert 0.01 < (features > 128).mean() < 0.1
    assert (seen == 255).all()


def test_the_same_face_elsewhere_in_the_frame_has_the_same_maps() -> None:
    moved = mesh() * np.float32(0.5) + np.float32(37)
    difference = face_maps(mesh(), 120).astype(int) - face_maps(moved, 120)
    assert np.abs(difference).mean() < 1


def test_some_faces_are_held_out_and_never_learnt_from(folder: ProjectFolder, project: Project) -> None:
    faces = faces_to_learn(folder, project, 32)
    assert faces.usable == (40, 40)
    assert len(faces.training.target) + len(faces.held_out_target.faces) == 40
    assert len(faces.held_out_target.faces) == len(faces.held_out_target.references) == 4
    learnt = {picture.tobytes() for picture in faces.training.target.pictures}
    assert not learnt & {picture.tobytes() for picture in faces.held_out_target.faces.pictures}


def test_the_digest_changes_with_the_pictures(folder: ProjectFolder, project: Project, tmp_path: Path) -> None:
    other = create_folder(tmp_path / "other")
    write_face_sets(other, count=40)
    before = faces_to_learn(other, project, 32).digest
    assert before == faces_to_learn(folder, project, 32).digest
    next((other.target_faces / "pictures").iterdir()).unlink()
    assert faces_to_learn(other, project, 32).digest != before


@pytest.mark.parametrize(("size", "kind"), [((9400, 9400), "PNG"), ((60_000, 4), "JPEG"), ((321, 320), "PNG")])
def test_a_larger_picture_put_among_the_faces_is_refused_by_its_size(
    tmp_path: Path, project: Project, size: tuple[int, int], kind: str
) -> None:
    folder = create_folder(tmp_path / "project")
    write_face_sets(folder, count=30)
    swapped = sorted(folder.source_faces.glob("pictures/*.jpg"))[7]
    Image.new("L", size).save(swapped, kind)
    # Whoever decodes it finds it damaged.
    os.truncate(swapped, 400)
    with pytest.raises(MediaError, match=swapped.name) as refused:
        faces_to_learn(folder, project, 32)
    assert isinstance(refused.value.__cause__, TooManyPixels)
    assert "work/source_faces/pictures" in refused.value.hint
    assert refused.value.role is Role.SOURCE


def test_a_hand_before_the_mouth_is_noticed_and_the_eyes_above_it_are_learnt(tmp_path: Path, project: Project) -> None:
    folder = create_folder(tmp_path / "project")
    write_face_sets(folder, count=40)
    stored = FaceSet(folder.source_faces).faces(1)
    below, above = range(10, 16), range(20, 24)
    for index in below:
        hide(stored[index].picture, slice(200, 320))
    for index in above:
        hide(stored[index].picture, slice(0, 150))
    pictures = np.stack([read_image(face.picture) for face in stored])
    found = occluded_faces(pictures, stored)
    assert np.flatnonzero(found.below & ~found.above).tolist() == list(below)
    assert np.flatnonzero(found.above).tolist() == list(above)

    faces = faces_to_learn(folder, project, 32)
    assert len(faces.training.source) + len(faces.held_out_source.faces) == 36
    halves = [maps for maps in faces.training.source.maps if not maps[..., 2].all()]
    assert len(halves) == 6
    assert halves[0][5, :, 2].all()
    assert not halves[0][-5:, :, 2].any()
    assert faces.held_out_source.faces.maps[..., 2].all()


def test_a_person_filmed_in_many_ways_is_not_taken_for_covered(folder: ProjectFolder) -> None:
    stored = FaceSet(folder.source_faces).faces(1)
    random = np.random.default_rng(0)
    noise = random.integers(0, 255, (len(stored), 40, 40, 3), dtype=np.uint8)
    pictures = np.stack([cv2.resize(each, (STORED_SIZE, STORED_SIZE)) for each in noise])
    found = occluded_faces(pictures, stored)
    assert not found.above.any() or found.above.mean() < 0.5


def test_the_upper_half_ends_at_the_middle_of_the_nose(folder: ProjectFolder) -> None:
    half = upper_half(FaceSet(folder.source_faces).faces(1)[0], 100)
    end = int(np.flatnonzero(half[:, 50] == 0)[0])
    assert 40 < end < 50
    assert (half[: end - 6] == 255).all()
    assert not half[end:].any()
