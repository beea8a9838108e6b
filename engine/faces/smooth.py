"""Smooth the landmarks of a face along a shot, so that the swapped face does not jitter on a still head.

The mesh is fitted to each frame on its own and so carries noise of some thousandths of the eye distance. A Gaussian
along time removes it, but would also round off quick turns; where the smoothed points differ from the measured ones by
more than noise can explain, the measured ones are used.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Path3D = NDArray[np.float32]
"""(N, 468, 3) float32: the landmarks of one face in N frames that follow one another."""

NOISE = 0.012
"""Movement against the smoothed path, as a share of the face's size, at which half of it is taken to be real."""

JUMP = 1.0
"""Movement between two frames, as a share of the face's size, that no head makes: another shot."""


def smooth_landmarks(
    frame_indices: Sequence[int], tracks: Sequence[int], landmarks: Path3D, sigma_frames: float
) -> Path3D:
    """Return the landmarks without their jitter.

    Nothing is carried across a cut, a gap in a track, or a jump: each stretch is smoothed on its own.

    Args:
        frame_indices: N frame numbers, in any order.
        tracks: N track numbers.
        landmarks: (N, 468, 3) float32, frame pixels.
        sigma_frames: Standard deviation of the Gaussian in frames; 0 returns the landmarks as they are.

    Returns:
        (N, 468, 3) float32 in the order given.
    """
    if sigma_frames <= 0 or not len(frame_indices):
        return landmarks
    smoothed = landmarks.copy()
    for stretch in stretches(frame_indices, tracks, landmarks):
        smoothed[stretch] = _smooth_stretch(landmarks[stretch], sigma_frames)
    return smoothed


def stretches(frame_indices: Sequence[int], tracks: Sequence[int], landmarks: Path3D) -> list[list[int]]:
    """Return the positions of faces that follow one another without a cut, a gap or a jump, each in order of time."""
    order = sorted(range(len(frame_indices)), key=lambda at: (tracks[at], frame_indices[at]))
    found: list[list[int]] = []
    for previous, at in zip([None, *order[:-1]], order, strict=True):
        follows = (
            previous is not None
            and tracks[previous] == tracks[at]
            and frame_indices[at] == frame_indices[previous] + 1
            and not _is_jump(landmarks[previous], landmarks[at])
        )
        if follows:
            found[-1].append(at)
        else:
            found.append([at])
    return found


def face_size(landmarks: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the root mean square distance of the points from their centre, in their unit: (..., 468, 3) to (...)."""
    flat = landmarks[..., :2]
    centred = flat - flat.mean(axis=-2, keepdims=True)
    return np.asarray(np.sqrt(np.square(centred).sum(axis=-1).mean(axis=-1)), np.float32)


def gaussian_along(values: NDArray[np.float32], sigma_frames: float) -> NDArray[np.float32]:
    """Return values smoothed along their first axis: (N, ...) float32 to (N, ...) float32.

    At each frame a straight line is fitted under Gaussian weights (Cleveland 1979, LOWESS without its robust rounds)
    and read off there, so that steady movement is not held back where a stretch begins or ends.
    """
    count = len(values)
    if count < 3 or sigma_frames <= 0:
        return values
    reach = max(1, int(np.ceil(3 * sigma_frames)))
    flat = values.reshape(count, -1).astype(np.float64)
    times = np.arange(count)
    smoothed = np.empty_like(flat)
    for at in range(count):
        window = slice(max(0, at - reach), at + reach + 1)
        offsets = (times[window] - at).astype(np.float64)
        smoothed[at] = _line_weights(offsets, sigma_frames) @ flat[window]
    return smoothed.reshape(values.shape).astype(np.float32)


def _line_weights(offsets: NDArray[np.float64], sigma: float) -> NDArray[np.float64]:
    """Return the weights (M,) that give the value at offset 0 of the line fitted to values at the offsets (M,)."""
    weights = np.exp(-0.5 * np.square(offsets / sigma))
    zeroth, first, second = (float((weights * offsets**power).sum()) for power in range(3))
    determinant = zeroth * second - first * first
    if determinant <= 1e-9 * zeroth * zeroth:
        return weights / zeroth
    return weights * (second - first * offsets) / determinant


def _smooth_stretch(landmarks: Path3D, sigma_frames: float) -> Path3D:
    smoothed = gaussian_along(landmarks, sigma_frames)
    moved = landmarks - smoothed
    size = np.maximum(face_size(smoothed), 1e-6)
    share = np.sqrt(np.square(moved[..., :2]).sum(axis=-1).mean(axis=-1)) / size
    # Like a Wiener filter: little of a movement as small as noise, nearly all of one that is far larger.
    kept = np.square(share) / (np.square(share) + NOISE**2)
    return (smoothed + gaussian_along(kept, 1.0)[:, None, None] * moved).astype(np.float32)


def _is_jump(before: NDArray[np.float32], after: NDArray[np.float32]) -> bool:
    moved = np.linalg.norm(after[:, :2].mean(axis=0) - before[:, :2].mean(axis=0))
    return bool(moved > JUMP * max(float(face_size(before)), 1e-6))
