"""What is before a face: a hand, a cup, hair, somebody else's head, the brim of a hat.

A small network says of each pixel of an aligned face how far it shows the face itself. Glasses, beards, make-up,
shadows and open mouths belong to it; `weights/NOTICE.md` says what it learnt from;
`tests/recipes/visible_face` makes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray

from engine.arrays import Landmarks, Mask, RGBImage, smooth_step
from engine.faces.align import frame_to_aligned, head_to_aligned, hull_mask, model_square, transform
from engine.faces.face_quality import pose_of
from engine.faces.head import Head, fit_head
from engine.faces.landmarks import FOREHEAD_BELOW, FOREHEAD_TOP
from engine.faces.net import WEIGHTS, Net

SIZE = 96
"""Side in pixels of the square that the network looks at, and of what it says."""
OCCLUSION_WEIGHTS = WEIGHTS / "visible_face.tflite"

_LEAST_COVERED = 0.015
"""Share of a face, away from its rim, from which what is before it counts: the network errs now and then."""
_RIM = 0.06
"""Width of the rim, as a share of the square's side: there hair moves, and the mesh may not lie where the face ends."""
_MOSTLY_SEEN = 0.5
"""Where fewer of a person's pictures show skin than this share, what lies there is how the person looks."""
_BARE = 0.75
"""How far the upper forehead is seen, in most pictures of a person without hair over it: a fringe leaves about 0.4."""
_WINDOW, _EDGE = 5, 1e-3
"""Side in pixels of what the guided filter averages over, and the variance of lightness that is an edge to it."""
_NOT_SEEN, _SEEN = 0.3, 0.7
"""What the network says of a pixel that is not swapped at all, and of one that is swapped wholly."""
_HAIR, _SKIN = 0.5, 0.9
"""What it says of a pixel of a source's photograph from which nothing, and from which everything is taken."""
_TURNED, _TOO_TURNED = 15.0, 30.0
"""Degrees that a head is turned up to which the network is believed, and from which it is not: it learnt from faces
that mostly look into the camera, and takes the chin of one that looks up for something else, or a lit cheek."""
_LONGER = 10.0
"""Degrees by which it is believed longer of the source's photographs."""
_NODDED = 10.0
"""Degrees by which a head may look down farther than up: of one that looks down by 22 degrees it still knows all."""
_ALIKE = 0.3
"""Standard deviation of what the network says of a pixel, over neighbouring frames, that counts as its trembling."""
_STEADY_FRAMES = 1.5
"""Standard deviation, in frames, of the smoothing along a shot."""


class OcclusionReader:
    """The network, ready to use by one thread."""

    def __init__(self, weights: Path = OCCLUSION_WEIGHTS) -> None:
        self._net = Net(weights)

    def seen(self, square: RGBImage) -> Mask:
        """Return how far each pixel shows the face itself, (SIZE, SIZE) float32 in 0..1.

        Args:
            square: (S, S, 3) uint8, the model's square at any size.
        """
        small = cv2.resize(square, (SIZE, SIZE), interpolation=cv2.INTER_AREA)
        scaled = np.multiply(small, np.float32(1 / 255), dtype=np.float32)
        (seen,) = self._net.run(scaled[None])
        return _along_edges(np.asarray(seen[0, ..., 0], np.float32), cv2.cvtColor(scaled, cv2.COLOR_RGB2GRAY))

    def seen_in_stored(self, picture: RGBImage) -> NDArray[np.uint8]:
        """Return the same of the model's square in a stored picture of any size, (SIZE, SIZE) uint8, 255 face."""
        seen = self.seen(np.ascontiguousarray(model_square(picture)))
        return np.rint(255 * seen).astype(np.uint8)


def _along_edges(seen: Mask, picture: MatLike) -> Mask:
    """Return a mask, (S, S), smooth wherever its picture, (S, S) float32 in 0..1, is (guided filter; He et al. 2010).

    Between two fingers the network leaves a chequered pattern.
    """

    def mean(plane: MatLike) -> MatLike:
        return cv2.blur(plane, (_WINDOW, _WINDOW), borderType=cv2.BORDER_REFLECT)

    mean_picture, mean_seen = mean(picture), mean(seen)
    variance = mean(picture * picture) - mean_picture * mean_picture
    slope = (mean(picture * seen) - mean_picture * mean_seen) / (variance + _EDGE)
    smooth = mean(slope) * picture + mean(mean_seen - slope * mean_picture)
    return np.asarray(np.clip(smooth, 0, 1), np.float32)


def believed(seen: Mask, landmarks: Landmarks) -> Mask:
    """Return what the network says, as far as it is believed of a head so turned; beyond that all is face.

    Args:
        seen: (T, T) float32 in 0..1.
        landmarks: (468, 3) of the face, in pixels of any picture.
    """
    return _limited(seen, _belief(fit_head(landmarks)))


def _limited(seen: Mask, belief: np.float32) -> Mask:
    return np.asarray(1.0 - belief * (1.0 - seen), np.float32)


def _belief(head: Head, further: float = 0.0) -> np.float32:
    """Return how far the network is believed of a head, 0..1, or of one that is turned so many degrees less."""
    pose = pose_of(head)
    turn = max(abs(pose.yaw), -pose.pitch, pose.pitch - _NODDED) - further
    return np.float32(np.clip((_TOO_TURNED - turn) / (_TOO_TURNED - _TURNED), 0.0, 1.0))


def covers(seen: NDArray[np.uint8], landmarks: Sequence[Landmarks]) -> NDArray[np.uint8]:
    """Return where something is before one person's faces that mostly is not there.

    What nearly always is, such as a fringe, is how the person looks, and is learnt like the rest of them.

    Args:
        seen: (N, SIZE, SIZE) uint8, what `seen_in_stored` says of their pictures.
        landmarks: N times (468, 3) in frame pixels.

    Returns:
        (N, SIZE, SIZE) uint8, 255 where the face is covered; 0 all over where hardly anything is before it.
    """
    usually = (seen.mean(axis=0) > 255 * _MOSTLY_SEEN).astype(np.uint8)
    side = 2 * round(_RIM * SIZE) + 1
    covered = np.zeros_like(seen)
    for row, points in enumerate(landmarks):
        head = fit_head(points)
        aligned = transform(points, head_to_aligned(head, SIZE))
        hull = (hull_mask(aligned, SIZE) > 0.5).astype(np.uint8)
        inner = cv2.erode(hull, np.ones((side, side), np.uint8))
        found = np.rint((255 - seen[row]) * _belief(head)).astype(np.uint8) * hull * usually
        if np.count_nonzero((found > 127) & (inner > 0)) > _LEAST_COVERED * np.count_nonzero(hull):
            covered[row] = found
    return covered


def has_fringe(seen: NDArray[np.uint8], landmarks: Sequence[Landmarks]) -> bool:
    """Return whether a person's hair usually lies over the upper forehead.

    Args:
        seen: (N, SIZE, SIZE) uint8, what `seen_in_stored` says of the person's pictures.
        landmarks: N times (468, 3) of the same faces, in pixels of the frames that they were found in.
    """
    shown = [
        _forehead_shown(seen[row], points) for row, points in enumerate(landmarks) if _belief(fit_head(points)) > 0.5
    ]
    return bool(shown) and float(np.median(shown)) < _BARE


def _forehead_shown(seen: NDArray[np.uint8], landmarks: Landmarks) -> float:
    """Return how far the upper forehead is seen, 0..1: between the mesh's edge and the points below it."""
    aligned = transform(landmarks, frame_to_aligned(landmarks, SIZE))
    # Not at the temples, where hair lies beside many a bare forehead.
    between = (aligned[list(FOREHEAD_TOP[2:-2])] + aligned[list(FOREHEAD_BELOW[2:-2])]) / 2
    columns, rows = np.clip(np.rint(between[:, :2]), 0, SIZE - 1).astype(np.intp).T
    return float(seen[rows, columns].mean()) / 255


def seen_of_both(target: Mask, source: Mask, landmarks: Landmarks) -> Mask:
    """Return how far a swap is to be seen, given how far frame and photograph show the faces of target and source.

    A hair of the source on the target's forehead is seen at once, a little less of the source's skin is not: where the
    network doubts that a photograph shows skin, the target's own stays, and of turned heads it is believed longer.

    Args:
        target: (T, T) float32 in 0..1.
        source: (T, T) float32 in 0..1.
        landmarks: (468, 3) of the target's face, in pixels of any picture.
    """
    head = fit_head(landmarks)
    strict = np.clip(_NOT_SEEN + (source - _HAIR) * ((_SEEN - _NOT_SEEN) / (_SKIN - _HAIR)), 0, 1)
    return np.minimum(_limited(target, _belief(head)), _limited(strict, _belief(head, _LONGER)))


def swap_mask(seen: Mask) -> Mask:
    """Return how far a swap is laid in, (S, S) float32, where the network says `seen`, (S, S) float32."""
    return smooth_step((seen - _NOT_SEEN) / (_SEEN - _NOT_SEEN)).astype(np.float32)


def steady(here: Mask, seen: Sequence[Mask], apart: Sequence[int]) -> Mask:
    """Return what `swap_mask` does, the network's trembling smoothed by neighbouring frames.

    A hand that moves is before a pixel in one frame and not in the next, and stays as sharp as it is: only where the
    network says nearly the same in both frames is it averaged (a bilateral filter along time; Tomasi & Manduchi 1998).

    Args:
        here: (S, S) float32, what the network says of this frame.
        seen: The same of neighbouring frames, this one among them.
        apart: How many frames each is away.
    """
    total, weights = np.zeros_like(here), np.zeros_like(here)
    for other, frames in zip(seen, apart, strict=True):
        weight = np.exp(-0.5 * np.square((other - here) / _ALIKE)) * np.float32(
            np.exp(-0.5 * (frames / _STEADY_FRAMES) ** 2)
        )
        total += weight * other
        weights += weight
    return swap_mask(total / weights)
