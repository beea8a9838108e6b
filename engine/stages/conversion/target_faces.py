"""The faces of the target video that are replaced, with their smoothed landmarks."""

from __future__ import annotations

from math import ceil

import numpy as np

from engine.arrays import Descriptor, Landmarks
from engine.errors import concerning
from engine.faces.faceset import FaceSet
from engine.faces.faceset_rows import FaceMeasures
from engine.faces.smooth import smooth_landmarks, stretches
from engine.project.folder import ProjectFolder
from engine.project.settings import Project
from engine.records.report import FrameCounts
from engine.role import Role
from engine.stages.conversion.segment import PlacedFace
from engine.stages.reporting.counts import count_frames
from engine.stages.target import target_media


class TargetFaces:
    """The chosen person's faces in the target video; landmarks are read piece by piece."""

    frames: frozenset[int]
    """Frames in which there is a face to replace."""
    arrivals: tuple[int, ...]
    """Frames in which a face appears that was not there just before: shots begin at these."""

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
        wanted = {(face.frame_index, face.track) for face in self._seen if self._is_wanted(face)}
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

    def between(self, start: int, stop: int) -> tuple[PlacedFace, ...]:
        """Return the faces in frames `start` to `stop - 1`, their landmarks smoothed along each shot.

        What a face's landmarks become does not depend on where the piece begins and ends.
        """
        reach = 2 * ceil(3 * self._sigma) + 3 if self._sigma > 0 else 0
        around = (max(0, start - reach), stop + reach)
        found = self._set.faces(self._person, self._media, frames=around)
        faces = [face for face in found if self._is_wanted(face)]
        if not faces:
            return ()
        indices, tracks = [face.frame_index for face in faces], [face.track for face in faces]
        measured = np.stack([face.landmarks for face in faces])
        smoothed = smooth_landmarks(indices, tracks, measured, self._sigma)
        return tuple(
            PlacedFace(indices[at], number, smoothed[at])
            for number, stretch in enumerate(stretches(indices, tracks, measured))
            for at in stretch
            if start <= indices[at] < stop
        )

    def landmarks_between(self, start: int, stop: int) -> list[tuple[int, Landmarks]]:
        """Return frame index and landmarks of the faces in frames `start` to `stop - 1`, in order of frames."""
        found = [(face.frame_index, face.landmarks) for face in self.between(start, stop)]
        return sorted(found, key=lambda each: each[0])

    def _is_wanted(self, face: FaceMeasures) -> bool:
        return face.person == self._person and face.is_plausible
