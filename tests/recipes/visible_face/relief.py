"""How deep each pixel of a portrait lies, by its mesh: to turn its head, and to light it from a side.

Nearly all portraits look into the camera in even light, and films do not.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.arrays import Landmarks, Mask
from engine.faces.align import hull_mask
from engine.faces.head import fit_head
from tests.recipes.visible_face.occluders import Random

_NEAR, _FAR = 0.04, 0.25
"""Standard deviations, in shares of the picture's side, over which the mesh's depth is smoothed inside and outside."""
_FALLS = 1.3
"""How fast a head recedes outside the mesh, in pixels a pixel."""
_BEHIND = 0.3
"""How far behind the mesh's rim the background lies, as a share of the picture's side."""
_FINER = 3
"""Points a pixel, along each side, that are turned: where a cheek is stretched, none of its pixels stays empty."""
_LIT_SOFTLY = 0.04
"""Standard deviation, as a share of the picture's side, of the smoothing of what is lit: a mesh has edges."""
_BRIGHTEST = 2.2
"""How much lighter than in its portrait a cheek may become: then it is white."""


def relief(landmarks: Landmarks, size: int) -> NDArray[np.float32]:
    """Return the depth of each pixel, (size, size) float32 in pixels, away from the camera.

    Args:
        landmarks: (468, 3) in the picture's pixels.
        size: Side of the picture in pixels.
    """
    inside = (hull_mask(landmarks, size) > 0.5).astype(np.uint8)
    near, far = (_smoothed(landmarks, size, share * size) for share in (_NEAR, _FAR))
    away = cv2.distanceTransform(1 - inside, cv2.DIST_L2, 5)
    rim = near[(away > 0) & (away < 2)].mean()
    # A head is round: it recedes the faster the farther from the face, until there is nothing but background.
    behind = np.minimum(far + _FALLS * away, rim + _BEHIND * size)
    return np.asarray(cv2.GaussianBlur(np.where(inside > 0, near, behind), (0, 0), size / 80), np.float32)


def turned(
    landmarks: Landmarks, depth: NDArray[np.float32], yaw: float, pitch: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Turn a head in its picture, which stays aligned.

    Args:
        landmarks: (468, 3) in the picture's pixels.
        depth: (S, S), its `relief`.
        yaw: Degrees to turn about the upright axis.
        pitch: Degrees to nod.

    Returns:
        Where to look in the picture, (S, S, 2) x and y in pixels, and the (468, 3) landmarks afterwards.
    """
    size = len(depth)
    middle = fit_head(landmarks).middle
    nod, turn = cv2.Rodrigues(np.radians([pitch, 0.0, 0.0]))[0], cv2.Rodrigues(np.radians([0.0, yaw, 0.0]))[0]
    rotation = nod @ turn
    side = size * _FINER
    rows, columns = (np.mgrid[:side, :side].reshape(2, -1) + 0.5) / _FINER - 0.5
    fine = cv2.resize(depth, (side, side), interpolation=cv2.INTER_LINEAR).ravel()
    points = (np.column_stack([columns, rows, fine]) - middle) @ rotation.T + middle
    # The nearest are written last and stay.
    order = np.argsort(-points[:, 2], kind="stable")
    x, y = np.rint(points[order, :2]).astype(np.intp).T
    is_in = (x >= 0) & (x < size) & (y >= 0) & (y < size)
    places = np.full((size, size, 2), -1, np.float32)
    places[y[is_in], x[is_in]] = np.column_stack([columns, rows])[order][is_in]
    columns, rows = np.clip(np.rint(landmarks[:, :2]), 0, size - 1).astype(np.intp).T
    shown = np.column_stack([landmarks[:, :2], depth[rows, columns]])
    return _without_gaps(places), np.asarray((shown - middle) @ rotation.T + middle, np.float32)


def side_light(depth: NDArray[np.float32], random: Random) -> Mask:
    """Return the light that falls on a head from a random side, (S, S) float32 about 1: bright enough to lose detail.

    Args:
        depth: (S, S), its `relief`.
        random: Decides from where, and how strong.
    """
    soft = cv2.GaussianBlur(depth, (0, 0), len(depth) * _LIT_SOFTLY)
    across, down = (np.asarray(cv2.Sobel(soft, cv2.CV_32F, dx, 1 - dx, scale=1 / 8), np.float32) for dx in (1, 0))
    lamp = np.array([random.choice([-1, 1]) * random.uniform(0.5, 2.0), random.normal(-0.3, 0.5), -1.0])
    lamp /= np.linalg.norm(lamp)
    facing = (lamp[0] * across + lamp[1] * down - lamp[2]) / np.sqrt(1 + across**2 + down**2)
    ambient = random.uniform(0.25, 0.8)
    light = ambient + (1 - ambient) * np.maximum(facing, 0)
    middle = len(depth) // 4
    usual = light[middle:-middle, middle:-middle].mean()
    return np.asarray(np.clip(light * random.uniform(0.9, 1.5) / usual, 0, _BRIGHTEST), np.float32)


def _smoothed(landmarks: Landmarks, size: int, deviation: float) -> NDArray[np.float32]:
    """Return the depth of the mesh's points about each pixel, (size, size)."""
    total, weight = np.zeros((2, size, size), np.float32)
    columns, rows = np.clip(np.rint(landmarks[:, :2]), 0, size - 1).astype(np.intp).T
    np.add.at(total, (rows, columns), landmarks[:, 2])
    np.add.at(weight, (rows, columns), 1)
    around, count = (cv2.GaussianBlur(each, (0, 0), deviation) for each in (total, weight))
    mean = np.float32(landmarks[:, 2].mean())
    return np.asarray((around + 1e-6 * mean) / (count + 1e-6), np.float32)


def _without_gaps(places: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return places with each gap, -1, filled by those around it."""
    known = (places[..., 0] >= 0).astype(np.float32)
    reach = 0.8
    while (known == 0).any():
        spread = cv2.GaussianBlur(known, (0, 0), reach)
        around = cv2.GaussianBlur(places * known[..., None], (0, 0), reach) / np.maximum(spread, 1e-6)[..., None]
        is_near = (known == 0) & (spread > 1e-3)
        places = np.where(is_near[..., None], around, places)
        known = np.maximum(known, is_near.astype(np.float32))
        reach *= 2
    return np.asarray(places, np.float32)
