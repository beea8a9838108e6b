"""Which photographs of the source serve as references for the target's faces, over the whole video.

Everything is decided here, before the video is cut into segments, and from the face sets alone: so what a frame shows
does not depend on where it was cut, or on which worker made it.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from engine.arrays import STORED_UNIT, Landmarks, even_choice
from engine.faces.align import frame_to_stored, transform
from engine.faces.face_quality import Pose
from engine.faces.facesets.faceset import FaceSet
from engine.faces.facesets.stored_face import FaceMeasures, StoredFace
from engine.faces.head import fit_head
from engine.faces.measures import detailed_side
from engine.faces.models import expression_reader, occlusion_reader
from engine.faces.occlusion import covers, has_fringe
from engine.faces.reenactment.expression import Expression
from engine.faces.reenactment.fit_gains import retargeting_between
from engine.faces.reenactment.folds import folds_share
from engine.faces.reenactment.mouth import inside_share, lips_apart, mouth_share
from engine.faces.reenactment.performer import Performer, triangles_of
from engine.faces.reenactment.reference_path import Blend, blends
from engine.faces.reenactment.retarget import posed_shapes
from engine.faces.reenactment.traits import AT_REST, MOUTH, at_rest, most_alike, traits_of
from engine.host.machine import cores
from engine.project.folder import ProjectFolder
from engine.project.settings import Project
from engine.role import Role
from engine.stages.conversion.guide import Guide, Reference
from engine.stages.conversion.target_faces import ActingFace, TargetFaces
from engine.stages.person_faces import PersonFaces, person_faces
from engine.stages.stored_pictures import detailed_picture, reduced_to_stored, stored_picture

_MOST_SOURCES = 1200
"""A conversion looks for its references among so many faces of the source."""
_MOST_TARGETS = 400
"""And learns from so many of the target how the source does what they do."""


@dataclass(frozen=True)
class Choice:
    """The photographs that serve a face."""

    face: Blend
    mouth: Blend
    """Those that show its mouth."""
    rest: Blend
    """Pictures of the target at rest."""
    folds: float
    """How far the target's folds are taken over, 0..1."""


class References:
    """Chooses the references of a project's target faces."""

    triangles: NDArray[np.intp]
    """(T, 3): to bend the photographs with."""

    def __init__(
        self,
        folder: ProjectFolder,
        project: Project,
        most_sources: int = _MOST_SOURCES,
        most_targets: int = _MOST_TARGETS,
    ) -> None:
        """Read both people's faces, and learn how the source does what the target does.

        Args:
            folder: The project's.
            project: Its settings.
            most_sources: Faces of the source, evenly chosen, among which references are looked for.
            most_targets: Faces of the target, evenly chosen, from which it is learnt how the source does what they do.

        Raises:
            MediaError: A stored picture is damaged.
            WrongPerson: Nobody has the number that the project asks for.
        """
        self._source = _evenly(folder, project, Role.SOURCE, most_sources)
        seen, sides = _seen(self._source)
        marked = [face.landmarks for face in self._source.faces]
        self._has_fringe = has_fringe(seen, marked)
        self._may_be_shown = self._source.are_clear() & ~covers(seen, marked).any(axis=(1, 2))
        if not self._may_be_shown.any():
            self._may_be_shown[:] = True
        self._target = _evenly(folder, project, Role.TARGET, most_targets)
        width = float(np.median([face.width_px for face in self._target.faces]))
        self._side = min(detailed_side(width), int(np.median(sides[self._may_be_shown])))
        shown = _performer(self._source, self._may_be_shown)
        doing = _performer(self._target, np.ones(len(self._target.faces), np.bool_))
        self.triangles = triangles_of(shown)
        self._retargeting = retargeting_between(shown, doing, self.triangles, expression_reader())

    def choose(self, faces: TargetFaces) -> dict[int, Choice]:
        """Return which photographs serve each face of the video, by the face's id: along the video, without flicker."""
        measures, traits = faces.acting()
        numbers = np.flatnonzero(self._may_be_shown)
        shown = self._source.traits[numbers]

        def numbered(blend: Blend) -> Blend:
            return tuple((int(numbers[number]), share) for number, share in blend)

        chosen: dict[int, Choice] = {}
        for run in _runs(measures):
            whole, mouths = blends(traits[run], shown), blends(traits[run] * MOUTH, shown * MOUTH)
            rests = blends(at_rest(traits[run]), self._target.traits * AT_REST)
            for row, face, mouth, rest in zip(run, whole, mouths, rests, strict=True):
                serving = numbered(face)
                folds = self._folds(traits[row], serving, rest)
                chosen[measures[row].face_id] = Choice(serving, numbered(mouth), rest, folds)
        return chosen

    def guide(self, face: ActingFace, choice: Choice) -> Guide:
        """Return what the decoder is shown for a face, given its photographs."""
        return self._guide(face.placed.landmarks, face.points, choice)

    def guide_of_photo(self, face: Pose, landmarks: Landmarks, expression: Expression) -> Guide:
        """Return what the decoder is shown for a single picture of the target: the photograph most alike.

        Args:
            face: Which way it is turned.
            landmarks: (468, 3) in pixels of the picture.
            expression: What it does; its points in pixels of the picture.
        """
        coefficients = np.vstack([self._target.coefficients, expression.coefficients])
        lips = np.append(self._target.lips, np.float32(lips_apart(expression.points, fit_head(landmarks).size)))
        traits = traits_of([*self._target.faces, face], coefficients, lips)[-1:]
        whole, mouth = (
            int(most_alike(traits * counting, self._source.traits * counting, self._may_be_shown, 1)[0, 0])
            for counting in (np.ones_like(MOUTH), MOUTH)
        )
        everybody = np.ones(len(self._target.faces), np.bool_)
        rest = int(most_alike(at_rest(traits), self._target.traits * AT_REST, everybody, 1)[0, 0])
        serving, mouths, resting = (((number, 1.0),) for number in (whole, mouth, rest))
        choice = Choice(serving, mouths, resting, self._folds(traits[0], serving, resting))
        return self._guide(landmarks, expression.points, choice)

    def _guide(self, landmarks: Landmarks, points: NDArray[np.float32], choice: Choice) -> Guide:
        to_stored = frame_to_stored(landmarks)
        own = transform(points, to_stored)
        wanted = self._retargeting.points(posed_shapes([transform(landmarks, to_stored)], own[None]), 0)
        shown, other = (self._lips_of(blend) for blend in (choice.face, choice.mouth))
        apart = lips_apart(wanted, STORED_UNIT)
        share = mouth_share(apart, shown, other)
        return Guide(
            wanted=wanted,
            references=_references(self._source, choice.face),
            mouths=_references(self._source, choice.mouth),
            mouth_share=share,
            target_points=own,
            rests=_references(self._target, choice.rest),
            folds=choice.folds,
            mouth_inside=inside_share(apart, shown + share * (other - shown)),
            side=self._side,
            has_fringe=self._has_fringe,
        )

    def _lips_of(self, blend: Blend) -> float:
        """Return how far the lips are apart in some photographs."""
        return sum(share * float(self._source.lips[number]) for number, share in blend)

    def _folds(self, wanted: NDArray[np.float32], serving: Blend, rest: Blend) -> float:
        """Return how far a face of the target, (K,) traits, has folds that the photographs that serve it lack."""
        shown, resting = (_mean(self._source.traits, serving), _mean(self._target.traits, rest))
        return folds_share(wanted, shown, resting)


def _mean(traits: NDArray[np.float32], blend: Blend) -> NDArray[np.float32]:
    return np.asarray(sum(np.float32(share) * traits[number] for number, share in blend), np.float32)


def _references(person: PersonFaces, blend: Blend) -> tuple[Reference, ...]:
    return tuple(Reference(person.faces[number].picture, person.points[number], share) for number, share in blend)


def _evenly(folder: ProjectFolder, project: Project, role: Role, most: int) -> PersonFaces:
    face_set = FaceSet(folder.faces_of(role))
    faces = face_set.measures(face_set.chosen_person(project.person_of(role)), usable_only=True)
    chosen = [faces[index] for index in even_choice(len(faces), most)]
    return person_faces(folder, role, face_set.with_landmarks(chosen))


def _performer(person: PersonFaces, may_be_shown: NDArray[np.bool_]) -> Performer:
    return Performer(
        person.shapes(),
        person.traits,
        person.coefficients,
        lambda number: stored_picture(person.faces[number].picture),
        may_be_shown,
    )


def _seen(person: PersonFaces) -> tuple[NDArray[np.uint8], NDArray[np.intp]]:
    """Return how far each pixel of a person's N pictures shows the face, (N, T, T) uint8, and the pictures' sides."""

    def seen(face: StoredFace) -> tuple[NDArray[np.uint8], int]:
        picture = detailed_picture(face.picture)
        return occlusion_reader().seen_in_stored(reduced_to_stored(picture)), len(picture)

    with ThreadPoolExecutor(cores()) as executor:
        masks, sides = zip(*executor.map(seen, person.faces), strict=True)
    return np.stack(masks), np.array(sides, np.intp)


def _runs(faces: Sequence[FaceMeasures]) -> list[list[int]]:
    """Return the positions of faces of one track in consecutive frames, each in order of time."""
    order = sorted(range(len(faces)), key=lambda at: (faces[at].track, faces[at].frame_index))
    runs = [[at] for at in order[:1]]
    for before, at in pairwise(order):
        follows = (faces[before].track, faces[before].frame_index + 1) == (faces[at].track, faces[at].frame_index)
        if follows:
            runs[-1].append(at)
        else:
            runs.append([at])
    return runs
