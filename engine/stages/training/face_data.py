"""From the two face sets to training data: pictures, masks, eyes and mouths, and which faces look alike."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.arrays import MODEL_SHARE, STORED_SIZE, even_choice
from engine.errors import NoFacesFound, concerning
from engine.faces.facesets.faceset import FaceSet
from engine.faces.facesets.stored_face import StoredFace
from engine.faces.models import occlusion_reader
from engine.faces.occlusion import SIZE, covers
from engine.faces.reenactment.traits import most_alike
from engine.host.machine import cores, memory_bytes
from engine.model.batches import MAPS, HeldOutFaces, TrainingFaces, TrainingSet
from engine.project.folder import ProjectFolder
from engine.project.limits import face_bytes
from engine.project.settings import Project
from engine.role import Role
from engine.stages.extract import MIN_USABLE
from engine.stages.person_faces import PersonFaces, person_faces
from engine.stages.stored_pictures import stored_picture
from engine.stages.training.bends import BentPictures, Person
from engine.stages.training.maps import face_maps, learnt_map
from engine.text import counted

_HELD_OUT = 32
"""Faces of each person that are never learnt from, at most."""
_HELD_OUT_SHARE = 0.05
"""Share of a person's faces that is held out, up to `_HELD_OUT`."""
_HELD_OUT_RUNS = 4
"""Runs of frames from which held-out faces are taken, since neighbouring frames are nearly the same picture."""


_PARTNERS = 24
"""Faces of the source, nearest to one of the target, among which its partner is drawn."""


@dataclass(frozen=True, eq=False)
class FacesToLearn:
    """What training reads from the face sets."""

    training: TrainingSet
    held_out_source: HeldOutFaces
    held_out_target: HeldOutFaces
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
    most = face_bytes(folder, memory_bytes()) // _bytes_a_face(size)
    source, target = (
        person_faces(folder, role, faces).only(even_choice(len(faces), most))
        for role, faces in zip(Role, found, strict=True)
    )
    with concerning(Role.SOURCE):
        sources, source_apart = _read(source, size)
    with concerning(Role.TARGET):
        targets, target_apart = _read(target, size)
    bends = BentPictures(sources, targets)
    return FacesToLearn(
        TrainingSet(sources.faces, targets.faces, partners_of(targets.faces, sources.faces), bends),
        HeldOutFaces(source_apart.faces, bends.references_of_source(source_apart)),
        HeldOutFaces(target_apart.faces, bends.references_of_target(target_apart)),
        hashlib.sha256(named.encode()).hexdigest(),
        (len(found[0]), len(found[1])),
    )


def partners_of(target: TrainingFaces, source: TrainingFaces) -> NDArray[np.intp]:
    """Return for each face of the target those of the source most alike, of such as are learnt from as a whole, (N, C).

    What a decoder predicts where it learns nothing is arbitrary, and must not become anybody's counterpart.
    """
    whole = np.array([bool(maps[..., 2].all()) for maps in source.maps])
    return most_alike(target.traits, source.traits, whole, _PARTNERS)


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


def _read(read: PersonFaces, size: int) -> tuple[Person, Person]:
    """Return the faces to learn from, without what is before them, and those held out."""
    faces = list(read.faces)
    side, count = _picture_side(size), len(faces)
    pictures = np.empty((count, side, side, 3), np.uint8)
    maps = np.empty((count, _maps_side(size), _maps_side(size), MAPS), np.uint8)
    seen = np.empty((count, SIZE, SIZE), np.uint8)

    def fill(index: int) -> None:
        stored = stored_picture(faces[index].picture)
        pictures[index] = cv2.resize(stored, (side, side), interpolation=cv2.INTER_AREA)
        maps[index] = face_maps(faces[index].landmarks, _maps_side(size))
        seen[index] = occlusion_reader().seen_in_stored(stored)

    with ThreadPoolExecutor(cores()) as executor:
        for _ in executor.map(fill, range(count)):
            pass  # An error in one of them is raised here.
    covered = covers(seen, [face.landmarks for face in faces])
    clear = ~covered.any(axis=(1, 2))
    for index in np.flatnonzero(~clear).tolist():
        maps[index, ..., 2] = learnt_map(covered[index], _maps_side(size))
    apart = np.zeros(count, np.bool_)
    apart[np.flatnonzero(clear)[_held_out(int(clear.sum()))]] = True
    may_be_shown, moments = clear & read.are_clear(), read.moments()

    def those(chosen: NDArray[np.bool_]) -> Person:
        some = read.only(np.flatnonzero(chosen))
        learnt = TrainingFaces(pictures[chosen], maps[chosen], some.traits)
        return Person(learnt, some.shapes(), some.coefficients, moments[chosen], may_be_shown[chosen])

    return those(~apart), those(apart)


def _held_out(count: int) -> NDArray[np.bool_]:
    """Return which of `count` faces in the order of their frames are held out."""
    apart = np.zeros(count, np.bool_)
    length = max(1, min(_HELD_OUT, round(count * _HELD_OUT_SHARE)) // _HELD_OUT_RUNS)
    for run in range(_HELD_OUT_RUNS):
        start = round(count * (run + 0.5) / _HELD_OUT_RUNS)
        apart[start : start + length] = True
    return apart
