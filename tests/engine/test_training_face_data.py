from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.arrays import STORED_SIZE
from engine.errors import MediaError, TooManyPixels
from engine.faces.facesets.faceset import FaceSet
from engine.faces.facesets.stored_face import NewChunk
from engine.project.folder import ProjectFolder, create_folder
from engine.project.settings import Project
from engine.role import Role
from engine.stages.extraction.chunk import SearchSettings, VideoChunk, extract_video_chunk
from engine.stages.training.face_data import faces_to_learn
from engine.stages.training.maps import face_maps
from tests.learning import mesh, write_face_set, write_face_sets
from tests.real_faces import WOMAN

pytestmark = pytest.mark.usefixtures("gains_of_few_faces")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> ProjectFolder:
    made = create_folder(tmp_path_factory.mktemp("faces") / "project")
    write_face_sets(made, count=40)
    return made


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


@pytest.mark.slow
def test_some_faces_are_held_out_and_never_learnt_from(folder: ProjectFolder, project: Project) -> None:
    faces = faces_to_learn(folder, project, 32)
    assert faces.usable == (40, 40)
    assert len(faces.training.target) + len(faces.held_out_target.faces) == 40
    assert len(faces.held_out_target.faces) == len(faces.held_out_target.references) == 4
    learnt = {picture.tobytes() for picture in faces.training.target.pictures}
    assert not learnt & {picture.tobytes() for picture in faces.held_out_target.faces.pictures}


def test_a_picture_put_among_the_faces_that_is_not_square_is_refused(tmp_path: Path, project: Project) -> None:
    folder = create_folder(tmp_path / "project")
    write_face_sets(folder, count=30)
    swapped = sorted(folder.source_faces.glob("pictures/*.jpg"))[7]
    Image.new("L", (300, 320)).save(swapped)
    with pytest.raises(MediaError, match=swapped.name) as refused:
        faces_to_learn(folder, project, 32)
    assert "work/source_faces/pictures" in refused.value.hint


@pytest.mark.slow
def test_the_digest_changes_with_the_pictures(folder: ProjectFolder, project: Project, tmp_path: Path) -> None:
    other = create_folder(tmp_path / "other")
    write_face_sets(other, count=40)
    before = faces_to_learn(other, project, 32).digest
    assert before == faces_to_learn(folder, project, 32).digest
    next((other.target_faces / "pictures").iterdir()).unlink()
    assert faces_to_learn(other, project, 32).digest != before


@pytest.mark.parametrize(("size", "kind"), [((9400, 9400), "PNG"), ((60_000, 8), "JPEG"), ((641, 640), "PNG")])
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


@pytest.mark.slow
def test_a_hand_is_left_out_of_the_loss_and_all_else_is_learnt(tmp_path: Path, project: Project) -> None:
    """Given frames of a woman, a hand before her face in some, when they are read, only the hand is not learnt from."""
    folder = create_folder(tmp_path / "project")
    write_face_set(folder.target_faces, 24, (150, 110, 90))
    search = SearchSettings(min_face_px=60, detect_every_seconds=1.0)
    chunk = VideoChunk(WOMAN, range(180, 300, 4), 0, Fraction(24000, 1001), search, "woman", STORED_SIZE)
    chunk_faces = extract_video_chunk(chunk).faces
    faces = FaceSet(folder.source_faces)
    faces.append([NewChunk("source/woman.mp4", 180, chunk_faces, "test")])
    faces.set_identities({}, {face.track: 1 for face in faces.measures()})
    stored = {face.frame_index: at for at, face in enumerate(faces.faces(1))}

    learnt = faces_to_learn(folder, project, 64)
    both = [*learnt.training.source.maps, *learnt.held_out_source.faces.maps]
    assert len(both) == len(stored) == 30
    covered = [maps for maps in learnt.training.source.maps if not maps[..., 2].all()]
    with_hand = [frame for frame in stored if frame < 230]
    assert abs(len(covered) - len(with_hand)) <= 2
    below_the_nose, forehead = covered[2][44:64, 24:40, 2], covered[2][18:30, 36:48, 2]
    assert (below_the_nose < 30).mean() > 0.25
    assert (forehead == 255).all()
    assert learnt.held_out_source.faces.maps[..., 2].all()
