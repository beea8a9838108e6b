"""The faces of the target video that are replaced, with their smoothed landmarks."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray

from engine.arrays import Descriptor, Landmarks, even_choice
from engine.errors import concerning
from engine.faces.align import frame_to_stored, invert, transform
from engine.faces.facesets.expression_store import ExpressionStore
from engine.faces.facesets.faceset import FaceSet
from engine.faces.facesets.stored_face import FaceMeasures, StoredFace
from engine.faces.reenactment.traits import traits_of
from engine.faces.smooth import smooth_landmarks, stretches
from engine.project.folder import ProjectFolder
from engine.project.settings import Project
from engine.records.report import FrameCounts
from engine.role import Role
from engine.stages.conversion.swapped_face import PlacedFace
from engine.stages.reporting.counts import count_frames
from engine.stages.stored_pictures import stored_picture
from engine.stages.target import target_media


@dataclass(frozen=True, eq=False)
class ActingFace:
    """A face to be replaced, and where the points lie that tell what it does."""

    face_id: int
    placed: PlacedFace
    points: NDArray[np.float32]
    """(478, 3) in frame pixels, smoothed."""


class TargetFaces:
    """The chosen person's faces in the target video; landmarks are read piece by piece."""

    frames: frozenset[int]
    """Frames in which there is a face to replace."""
    arrivals: tuple[int, ...]
    """Frames in which a face appears that was not there just before: shots begin at these."""
    wanted: list[FaceMeasures]
    """All that are to be replaced, in order of frames."""

    def __init__(self, folder: ProjectFolder, project: Project) -> None:
        """Find out which frames show the person.

        Raises:
            WrongPerson: The person asked for is not among those seen.
        """
        self._set = FaceSet(folder.target_faces)
        self._media = target_media(folder, project)
        with concerning(Role.TARGET):
            self._person = self._set.chosen_person(project.target.person)
        self._sigma = project.convert.smooth_frames
        self._seen = [face for face in self._set.measures() if face.media == self._media]
        self.wanted = [face for face in self._seen if self._is_wanted(face)]
        wanted = {(face.frame_index, face.track) for face in self.wanted}
        self.frames = frozenset(index for index, _ in wanted)
        self.arrivals = tuple(sorted({index for index, track in wanted if (index - 1, track) not in wanted}))

    @property
    def descriptor(self) -> Descriptor:
        """Who the person is, (128,).

        Raises:
            WrongPerson: Nobody was seen.
        """
        return self._set.descriptor_of(self._person)

    def count_frames(self, total: int) -> FrameCounts:
        """Return how many of the video's frames are changed, and why the others are not."""
        return count_frames(
            total,
            changed=self.frames,
            implausible={face.frame_index for face in self._seen if face.person == self._person},
            deleted={face.frame_index for face in self._set.deleted(self._media) if face.person == self._person},
            others={face.frame_index for face in self._seen if face.person != self._person},
        )

    def some(self, most: int) -> list[StoredFace]:
        """Return all faces to be replaced, or so many of them, evenly chosen."""
        return self._set.with_landmarks([self.wanted[index] for index in even_choice(len(self.wanted), most)])

    def between(self, start: int, stop: int) -> tuple[PlacedFace, ...]:
        """Return the faces in frames `start` to `stop - 1`, their landmarks smoothed along each shot.

        What a face's landmarks become does not depend on where the piece begins and ends.
        """
        around = self._around(start, stop)
        return tuple(around.placed(at) for at in around.inside(start, stop))

    def acting(self) -> tuple[list[FaceMeasures], NDArray[np.float32]]:
        """Return all faces to be replaced, and their traits, (N, K).

        Raises:
            MediaError: What one of them does was never read, and now its picture is damaged.
        """
        found = ExpressionStore(self._set).readings(self.wanted)
        for face in self.wanted:
            if face.face_id not in found:
                stored_picture(face.picture)
        wanted = [face for face in self.wanted if face.face_id in found]
        if not wanted:
            return [], np.zeros((0, 0), np.float32)
        readings = [found[face.face_id] for face in wanted]
        lips = np.array([each.lips for each in readings], np.float32)
        return wanted, traits_of(wanted, np.stack([each.coefficients for each in readings]), lips)

    def acting_between(self, start: int, stop: int) -> tuple[ActingFace, ...]:
        """Return what `between` does, with the points that tell what each face does; faces without these are left out.

        Raises:
            ProjectError: The database is damaged.
        """
        around = self._around(start, stop)
        found = ExpressionStore(self._set).read(around.faces)
        read = [at for at, face in enumerate(around.faces) if face.face_id in found]
        if not read:
            return ()
        faces = [around.faces[at] for at in read]
        measured = np.stack(
            [transform(found[face.face_id].points, invert(frame_to_stored(face.landmarks))) for face in faces]
        )
        frames, tracks = [face.frame_index for face in faces], [face.track for face in faces]
        smoothed = dict(zip(read, smooth_landmarks(frames, tracks, measured, self._sigma), strict=True))
        return tuple(
            ActingFace(around.faces[at].face_id, around.placed(at), smoothed[at])
            for at in around.inside(start, stop)
            if at in smoothed
        )

    def _around(self, start: int, stop: int) -> _Around:
        """Return the faces in some frames, and in those around that have a part in their smoothing."""
        reach = 2 * ceil(3 * self._sigma) + 3 if self._sigma > 0 else 0
        frames = (max(0, start - reach), stop + reach)
        found = self._set.faces(self._person, self._media, frames=frames)
        faces = [face for face in found if self._is_wanted(face)]
        if not faces:
            return _Around([], np.zeros((0, 468, 3), np.float32), {})
        indices, tracks = [face.frame_index for face in faces], [face.track for face in faces]
        measured = np.stack([face.landmarks for face in faces])
        numbers = {at: number for number, stretch in enumerate(stretches(indices, tracks, measured)) for at in stretch}
        return _Around(faces, smooth_landmarks(indices, tracks, measured, self._sigma), numbers)

    def landmarks_between(self, start: int, stop: int) -> list[tuple[int, Landmarks]]:
        """Return frame index and landmarks of the faces in frames `start` to `stop - 1`, in order of frames."""
        found = [(face.frame_index, face.landmarks) for face in self.between(start, stop)]
        return sorted(found, key=lambda each: each[0])

    def _is_wanted(self, face: FaceMeasures) -> bool:
        return face.person == self._person and face.is_plausible


@dataclass(frozen=True, eq=False)
class _Around:
    """Faces in some frames and around them."""

    faces: list[StoredFace]
    smoothed: NDArray[np.float32]
    """(N, 468, 3) frame pixels."""
    stretches: dict[int, int]
    """Number of the stretch by a face's position, in order of stretches."""

    def inside(self, start: int, stop: int) -> list[int]:
        """Return the positions of the faces in frames `start` to `stop - 1`, stretch by stretch."""
        return [at for at in self.stretches if start <= self.faces[at].frame_index < stop]

    def placed(self, at: int) -> PlacedFace:
        return PlacedFace(self.faces[at].frame_index, self.stretches[at], self.smoothed[at])
