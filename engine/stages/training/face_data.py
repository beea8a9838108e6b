"""From the two face sets to training data: pictures, masks, eyes and mouths, and which faces look alike."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.arrays import MODEL_SHARE, STORED_SIZE, Landmarks, RGBImage
from engine.errors import MediaError, NoFacesFound, concerning
from engine.faces.align import frame_to_stored, hull_mask, transform
from engine.faces.faceset import FaceSet
from engine.faces.faceset_rows import StoredFace
from engine.faces.landmarks import LEFT_EYE, LIPS, RIGHT_EYE
from engine.media.images import read_image
from engine.model.batches import MAPS, TrainingFaces, TrainingSet, training_set
from engine.project.folder import ProjectFolder
from engine.project.settings import Project
from engine.role import Role
from engine.stages.extract import MIN_USABLE
from engine.stages.training.occlusion import occluded_faces, upper_half
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
    chosen = [_even_choice(faces, MAX_BYTES // _bytes_a_face(size)) for faces in found]
    source, source_apart = _read(chosen[0], size, leave_out_occluded=True)
    target, target_apart = _read(chosen[1], size, leave_out_occluded=False)
    return FacesToLearn(
        training_set(source, target),
        source_apart,
        target_apart,
        hashlib.sha256(named.encode()).hexdigest(),
        (len(found[0]), len(found[1])),
    )


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


def _even_choice(faces: Sequence[StoredFace], most: int) -> list[StoredFace]:
    if len(faces) <= most:
        return list(faces)
    return [faces[index] for index in np.linspace(0, len(faces) - 1, most).astype(int)]


def _read(faces: list[StoredFace], size: int, *, leave_out_occluded: bool) -> tuple[TrainingFaces, TrainingFaces]:
    """Return the faces to learn from and those held out; where wanted, without their occluded parts."""
    side, count = _picture_side(size), len(faces)
    pictures = np.empty((count, side, side, 3), np.uint8)
    maps = np.empty((count, _maps_side(size), _maps_side(size), MAPS), np.uint8)
    for index, face in enumerate(faces):
        pictures[index] = cv2.resize(_picture_of(face), (side, side), interpolation=cv2.INTER_AREA)
        maps[index] = face_maps(face.landmarks, _maps_side(size))
    traits = np.stack([traits_of(face) for face in faces])
    clear, half = np.ones(count, np.bool_), np.zeros(count, np.bool_)
    if leave_out_occluded:
        found = occluded_faces(pictures, faces)
        clear, half = ~(found.above | found.below), found.below & ~found.above
    for index in np.flatnonzero(half).tolist():
        maps[index, ..., 2] = upper_half(faces[index], _maps_side(size))
    apart = np.zeros(count, np.bool_)
    apart[np.flatnonzero(clear)[_held_out(int(clear.sum()))]] = True
    kept = (clear & ~apart) | half
    return (
        TrainingFaces(pictures[kept], maps[kept], traits[kept]),
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


def traits_of(face: StoredFace) -> NDArray[np.float32]:
    """Return pose and expression in numbers that mean the same for every person.

    Yaw and pitch; how far the mouth is open, how wide it is, how high its corners; how far either eye is open. Each is
    divided by a difference that one notices.
    """
    points = face.landmarks.astype(np.float64)
    outer, inner = points[[33, 263]], points[[133, 362]]
    across = float(np.linalg.norm(outer[1] - outer[0]))
    up = points[10] - points[152]
    up /= np.linalg.norm(up)
    corners = float((points[[61, 291]].mean(0) - points[[13, 14]].mean(0)) @ up)
    lids = np.linalg.norm(points[[159, 386]] - points[[145, 374]], axis=1) / np.linalg.norm(outer - inner, axis=1)
    mouth = [np.linalg.norm(points[13] - points[14]), np.linalg.norm(points[61] - points[291]), corners]
    scaled = np.array(mouth) / across / (0.08, 0.06, 0.04)
    return np.array([face.yaw / 8.0, face.pitch / 8.0, *scaled, *(lids / 0.08)], np.float32)
