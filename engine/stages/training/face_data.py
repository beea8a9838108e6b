"""From the two face sets to training data: pictures, masks, eyes and mouths, and which faces look alike."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.arrays import MODEL_SHARE, STORED_SIZE, Landmarks, RGBImage
from engine.errors import MediaError, NoFacesFound, concerning
from engine.faces.align import frame_to_stored, hull_mask, transform
from engine.faces.expression_store import ExpressionStore
from engine.faces.faceset import FaceSet
from engine.faces.faceset_rows import StoredFace
from engine.faces.landmarks import LEFT_EYE, LIPS, RIGHT_EYE
from engine.faces.retarget import posed_shapes
from engine.media.images import read_image
from engine.model.batches import MAPS, TrainingFaces, TrainingSet, training_set
from engine.process.in_order import cores
from engine.project.folder import ProjectFolder
from engine.project.settings import Project
from engine.role import Role
from engine.stages.extract import MIN_USABLE
from engine.stages.extraction.expressions import read_expressions
from engine.stages.training.counterparts import BentCounterparts, Person
from engine.stages.training.occlusion import occluded_faces, upper_half
from engine.stages.training.traits import traits_of
from engine.text import counted

MAX_BYTES = 600_000_000
"""Size of the pictures and maps of one person that are kept in memory; of more faces, evenly chosen ones are used."""
_HELD_OUT = 32
"""Faces of each person that are never learnt from, at most."""
_HELD_OUT_SHARE = 0.05
"""Share of a person's faces that is held out, up to `_HELD_OUT`."""
_HELD_OUT_RUNS = 4
"""Runs of frames from which held-out faces are taken, since neighbouring frames are nearly the same picture."""


@dataclass(frozen=True, eq=False)
class FacesToLearn:
    """What training reads from the face sets."""

    training: TrainingSet
    held_out_source: TrainingFaces
    held_out_target: TrainingFaces
    digest: str
    """Digest of the names of the pictures."""
    usable: tuple[int, int]
    """Number of usable faces of source and target, from which those in memory are evenly chosen."""


def faces_to_learn(folder: ProjectFolder, project: Project, size: int) -> FacesToLearn:
    """Read the usable faces of both people.

    Args:
        folder: The project's.
        project: The project, which says which persons.
        size: Side of the model's square in pixels.

    Raises:
        MediaError: A picture among them is damaged, or not the one that was stored.
        NoFacesFound: Of one of them there are too few.
        WrongPerson: Nobody has the number that the project asks for.
    """
    found = [_usable_faces(folder, project, role) for role in Role]
    named = "\n\n".join("\n".join(face.picture.name for face in faces) for faces in found)
    most = MAX_BYTES // _bytes_a_face(size)
    source, target = (
        _with_expressions(folder, role, faces).only(_even_choice(len(faces), most))
        for role, faces in zip(Role, found, strict=True)
    )
    with concerning(Role.SOURCE):
        sources, source_apart = _read(source, size, leave_out_occluded=True)
    with concerning(Role.TARGET):
        targets, target_apart = _read(target, size, leave_out_occluded=False)
    return FacesToLearn(
        training_set(sources.faces, targets.faces, BentCounterparts(sources, targets)),
        source_apart,
        target_apart,
        hashlib.sha256(named.encode()).hexdigest(),
        (len(found[0]), len(found[1])),
    )


@dataclass(frozen=True, eq=False)
class _ReadFaces:
    """Faces of one person, and what was read of them."""

    faces: Sequence[StoredFace]
    traits: NDArray[np.float32]
    """(N, K) pose and expression."""
    points: NDArray[np.float32]
    """(N, 478, 3) in pixels of the stored pictures."""

    def only(self, chosen: NDArray[np.intp]) -> _ReadFaces:
        return _ReadFaces([self.faces[index] for index in chosen], self.traits[chosen], self.points[chosen])


def _usable_faces(folder: ProjectFolder, project: Project, role: Role) -> list[StoredFace]:
    with concerning(role):
        face_set = FaceSet(folder.faces_of(role))
        faces = face_set.faces(face_set.chosen_person(project.person_of(role)), usable_only=True)
        if len(faces) < MIN_USABLE:
            raise NoFacesFound(
                f"Only {counted(len(faces), 'picture')} of {role.person} can be learnt from; "
                f"it takes at least {MIN_USABLE}.",
                "Add photos or a video of them and start again. Nothing is lost.",
            )
    return faces


def _picture_side(size: int) -> int:
    """Return the side at which pictures are kept: twice what the square needs, so that sampling blurs nothing."""
    return min(STORED_SIZE, round(2 * size / MODEL_SHARE))


def _maps_side(size: int) -> int:
    return round(size / MODEL_SHARE)


def _bytes_a_face(size: int) -> int:
    return 3 * _picture_side(size) ** 2 + MAPS * _maps_side(size) ** 2


def _even_choice(count: int, most: int) -> NDArray[np.intp]:
    return np.linspace(0, count - 1, min(count, most)).astype(np.intp)


def _with_expressions(folder: ProjectFolder, role: Role, faces: Sequence[StoredFace]) -> _ReadFaces:
    """Return a person's faces with their expressions; those that an earlier version did not read are read now."""
    face_set = FaceSet(folder.faces_of(role))
    with ThreadPoolExecutor(cores()) as executor:
        read_expressions(face_set, faces[0].person, executor, cores(), lambda: False, lambda done, total: None)
    expressions = ExpressionStore(face_set).read(faces)
    with concerning(role):
        for face in faces:
            if face.face_id not in expressions:
                # Its picture could not be read: that is said now.
                _picture_of(face)
    ordered = [expressions[face.face_id] for face in faces]
    traits = traits_of(faces, [each.coefficients for each in ordered])
    return _ReadFaces(faces, traits, np.stack([each.points for each in ordered]))


def _read(read: _ReadFaces, size: int, *, leave_out_occluded: bool) -> tuple[Person, TrainingFaces]:
    """Return the faces to learn from and those held out; where wanted, without their occluded parts."""
    faces, traits = list(read.faces), read.traits
    side, count = _picture_side(size), len(faces)
    pictures = np.empty((count, side, side, 3), np.uint8)
    maps = np.empty((count, _maps_side(size), _maps_side(size), MAPS), np.uint8)
    for index, face in enumerate(faces):
        pictures[index] = cv2.resize(_picture_of(face), (side, side), interpolation=cv2.INTER_AREA)
        maps[index] = face_maps(face.landmarks, _maps_side(size))
    clear, half = np.ones(count, np.bool_), np.zeros(count, np.bool_)
    if leave_out_occluded:
        found = occluded_faces(pictures, faces)
        clear, half = ~(found.above | found.below), found.below & ~found.above
    for index in np.flatnonzero(half).tolist():
        maps[index, ..., 2] = upper_half(faces[index], _maps_side(size))
    apart = np.zeros(count, np.bool_)
    apart[np.flatnonzero(clear)[_held_out(int(clear.sum()))]] = True
    kept = (clear & ~apart) | half
    meshes = [
        transform(face.landmarks, frame_to_stored(face.landmarks)) for face in read.only(np.flatnonzero(kept)).faces
    ]
    return (
        Person(TrainingFaces(pictures[kept], maps[kept], traits[kept]), posed_shapes(meshes, read.points[kept])),
        TrainingFaces(pictures[apart], maps[apart], traits[apart]),
    )


def _picture_of(face: StoredFace) -> RGBImage:
    """Return the stored picture of a face, unless somebody has put something else in its place."""
    try:
        return read_image(face.picture, STORED_SIZE**2)
    except MediaError as error:
        place = face.picture.parent
        raise MediaError(
            f"{face.picture.name}, one of the faces that were found, cannot be used: it is damaged or not the picture "
            "that was stored.",
            f"Delete it from work/{place.parent.name}/{place.name} and start again; the other faces are not affected.",
        ) from error


def _held_out(count: int) -> NDArray[np.bool_]:
    """Return which of `count` faces in the order of their frames are held out."""
    apart = np.zeros(count, np.bool_)
    length = max(1, min(_HELD_OUT, round(count * _HELD_OUT_SHARE)) // _HELD_OUT_RUNS)
    for run in range(_HELD_OUT_RUNS):
        start = round(count * (run + 0.5) / _HELD_OUT_RUNS)
        apart[start : start + length] = True
    return apart


def face_maps(landmarks: Landmarks, side: int) -> NDArray[np.uint8]:
    """Return where a stored picture shows the face, and where its eyes and mouth.

    Args:
        landmarks: (468, 3) in frame pixels.
        side: Side of the maps, which cover the whole stored picture.

    Returns:
        (side, side, 3) uint8: the mask; eyes and mouth, softly edged; the pixels learnt from, which are all.
    """
    stored = transform(landmarks, frame_to_stored(landmarks))
    points = (stored[:, :2] + 0.5) * (side / STORED_SIZE) - 0.5
    mask = np.rint(hull_mask(points, side) * 255).astype(np.uint8)
    features = np.zeros((side, side), np.uint8)
    for ring in (LEFT_EYE, RIGHT_EYE, LIPS):
        cv2.fillConvexPoly(features, cv2.convexHull(np.rint(points[list(ring)]).astype(np.int32)), 255)
    reach = max(1, round(side / 60))
    widened = cv2.dilate(features, np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))
    soft = [cv2.GaussianBlur(mask, (0, 0), side / 120), cv2.GaussianBlur(widened, (0, 0), side / 60)]
    return np.dstack([*soft, np.full_like(mask, 255)]).astype(np.uint8)
