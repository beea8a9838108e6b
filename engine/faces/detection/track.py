"""Track faces through a video: a detector finds them, the mesh follows them from frame to frame.

A search of the whole frame is expensive, so it is done at the start, after a cut, when a face was lost, and now and
then for new faces. In between, each face's square comes from its points in the frame before. A face that is found late,
because the search paused, is tracked backwards through the last few frames.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from engine.arrays import Landmarks, RGBImage
from engine.faces.detection.cuts import FrameSignature, is_cut, signature_of
from engine.faces.detection.find import QUICK_PIXELS, THOROUGH_PIXELS, FaceFinder, Find
from engine.faces.detection.mesh import Mesh, square_around
from engine.faces.face import Box, Face, Square, bounding_box
from engine.faces.head import fit_head
from engine.records.finder import Finder

REMEMBERED_FRAMES = 8
"""Frames through which a late find is tracked back; also the longest pause between searches while no face is seen."""

_FOUND = 0.8
"""Presence that a new face needs."""
_FOLLOWED = 0.5
"""Presence below which a face counts as lost."""
_SAME_FACE = 0.4
"""Overlap of boxes from which two finds are one face."""
_LOST_RESIDUAL = 0.06
"""Residual of the head fit above which the points no longer lie on a face."""
_MOVED = 0.08
"""Motion, as a share of the square, after which the mesh is fitted a second time."""
_TURNED = math.radians(12)
"""Turn after which it is."""
_SMALLEST_PX = 12.0
_THOROUGH_EVERY = 4
"""While no face is seen, every n-th search is thorough."""

FaceInFrame = tuple[Face, RGBImage]
"""A face, and the frame that shows it."""


@dataclass(frozen=True, eq=False)
class _RememberedFrame:
    """A frame that is remembered, and the faces in it."""

    frame_index: int
    image: RGBImage
    faces: tuple[Face, ...]


def fit_face(mesh: Mesh, image: RGBImage, square: Square) -> tuple[Landmarks, float]:
    """Fit the mesh, a second time where the face does not lie in the square as in the mesh's own training."""
    landmarks, presence = mesh.fit(image, square)
    better = square_around(landmarks)
    moved = max(abs(better.x - square.x), abs(better.y - square.y), abs(better.size - square.size) / 2)
    turned = abs(math.remainder(better.angle - square.angle, 2 * math.pi))
    is_elsewhere = moved > _MOVED * square.size or turned > _TURNED
    if presence >= _FOLLOWED and better.size >= _SMALLEST_PX and is_elsewhere:
        return mesh.fit(image, better)
    return landmarks, presence


def faces_in(mesh: Mesh, image: RGBImage, finds: Sequence[Find]) -> list[Face]:
    """Return the faces that the mesh confirms among a detector's finds, as tracks 0, 1, ... of frame 0."""
    faces: list[Face] = []
    for find in finds:
        landmarks, presence = _fit_either_way_up(mesh, image, find)
        face = Face(0, landmarks, presence, len(faces), find.finder)
        if presence >= _FOUND and _has_face_shape(landmarks) and not _is_among(face, faces):
            faces.append(face)
    return faces


def _fit_either_way_up(mesh: Mesh, image: RGBImage, find: Find) -> tuple[Landmarks, float]:
    """Fit the mesh to a find, upside down where it is surer of that.

    HOG sees an upright face on some inverted heads, with the mouth for eyes, and the mesh would lie down on that.
    """
    upright = fit_face(mesh, image, find.square)
    if find.finder is not Finder.HOG:
        return upright
    inverted = fit_face(mesh, image, replace(find.square, angle=math.pi))
    return max(upright, inverted, key=lambda fitted: fitted[1])


class FaceTracker:
    """Tracks all faces of one video, frame after frame, in order."""

    def __init__(
        self,
        finder: FaceFinder,
        mesh: Mesh,
        frame_rate: Fraction,
        *,
        detect_every_seconds: float = 4.0,
        min_face_px: int = 40,
    ) -> None:
        """Begin with no faces.

        Args:
            finder: This thread's own.
            mesh: This thread's own.
            frame_rate: Frames a second among those that will be given.
            detect_every_seconds: How often to search for new faces while others are being tracked.
            min_face_px: Width of the smallest face wanted.
        """
        self._finder = finder
        self._mesh = mesh
        self._min_face_px = min_face_px
        self._longest_pause = max(1, round(detect_every_seconds * frame_rate))
        self._past: deque[_RememberedFrame] = deque(maxlen=REMEMBERED_FRAMES)
        self._signature: FrameSignature | None = None
        self._followed: tuple[Face, ...] = ()
        self._next_track = 0
        self._next_search = 0
        self._pause = 1
        self._searches = 0

    def update(self, frame_index: int, image: RGBImage, *, is_last: bool = False) -> list[FaceInFrame]:
        """Take the next frame.

        Args:
            frame_index: Higher than the one before.
            image: (H, W, 3) uint8 RGB.
            is_last: No frame follows, so a search for faces that are missed is done now.

        Returns:
            The faces in this frame; then those of earlier frames that were found only now.
        """
        self._notice_cut(frame_index, image)
        kept = self._follow(frame_index, image)
        if len(kept) < len(self._followed):
            self._search_soon(frame_index)
        late: list[FaceInFrame] = []
        is_missing_some = self._pause < self._longest_pause
        if frame_index >= self._next_search or (is_last and is_missing_some):
            newcomers = self._search(frame_index, image, kept)
            for face in newcomers:
                late += self._followed_back(face)
            kept += newcomers
            self._plan_search(frame_index, found=bool(newcomers), following=bool(kept))
        self._followed = tuple(kept)
        self._past.append(_RememberedFrame(frame_index, image, self._followed))
        return [(face, image) for face in kept] + late

    def _notice_cut(self, frame_index: int, image: RGBImage) -> None:
        """After a cut, search at once, and begin new tracks for the faces that are still there."""
        signature = signature_of(image)
        if self._signature is not None and is_cut(self._signature, signature):
            self._past.clear()
            self._followed = tuple(replace(face, track=self._new_track()) for face in self._followed)
            self._search_soon(frame_index)
        self._signature = signature

    def _follow(self, frame_index: int, image: RGBImage) -> list[Face]:
        kept: list[Face] = []
        for face in self._followed:
            landmarks, presence = fit_face(self._mesh, image, square_around(face.landmarks))
            now = replace(face, frame_index=frame_index, landmarks=landmarks, presence=presence)
            if presence >= _FOLLOWED and _has_face_shape(landmarks) and not _is_among(now, kept):
                kept.append(now)
        return kept

    def _search(self, frame_index: int, image: RGBImage, known: list[Face]) -> list[Face]:
        """Return the faces of this frame that are not known yet."""
        is_thorough = bool(known) or self._searches % _THOROUGH_EVERY == 0
        pixels = THOROUGH_PIXELS if is_thorough else QUICK_PIXELS
        finds = self._finder.find(image, self._min_face_px, pixels)
        strangers = [find for find in finds if not any(_is_box_of(find.box, face) for face in known)]
        return [
            replace(face, frame_index=frame_index, track=self._new_track())
            for face in faces_in(self._mesh, image, strangers)
            if not _is_among(face, known)
        ]

    def _followed_back(self, face: Face) -> list[FaceInFrame]:
        """Return a new face in the remembered frames, as far back as it can be tracked."""
        earlier: list[FaceInFrame] = []
        for past in reversed(self._past):
            landmarks, presence = fit_face(self._mesh, past.image, square_around(face.landmarks))
            face = replace(face, frame_index=past.frame_index, landmarks=landmarks, presence=presence)
            if presence < _FOUND or not _has_face_shape(landmarks) or _is_among(face, past.faces):
                break
            earlier.append((face, past.image))
        return earlier

    def _search_soon(self, frame_index: int) -> None:
        self._next_search = frame_index
        self._pause = 1
        self._searches = 0

    def _plan_search(self, frame_index: int, *, found: bool, following: bool) -> None:
        """Search again soon after a search that found nothing, then less and less often."""
        longest = self._longest_pause if following else REMEMBERED_FRAMES
        self._pause = longest if found else min(2 * self._pause, longest)
        self._searches += 1
        self._next_search = frame_index + self._pause

    def _new_track(self) -> int:
        self._next_track += 1
        return self._next_track - 1


def _has_face_shape(landmarks: Landmarks) -> bool:
    """Return whether the points have a face's shape, so that following them makes sense."""
    if not np.isfinite(landmarks).all():
        return False
    head = fit_head(landmarks)
    return head.residual <= _LOST_RESIDUAL and head.size >= _SMALLEST_PX


def _is_among(face: Face, others: Sequence[Face]) -> bool:
    if not others:
        return False
    box = bounding_box(face.landmarks)
    return any(box.overlap(bounding_box(other.landmarks)) > _SAME_FACE for other in others)


def _is_box_of(box: Box, face: Face) -> bool:
    """Return whether a detector's box is of this face: the mesh's box is the narrower one, so centres decide."""
    known = bounding_box(face.landmarks)
    x, y = known.centre
    return (box.left <= x <= box.right and box.top <= y <= box.bottom) or box.overlap(known) > _SAME_FACE
