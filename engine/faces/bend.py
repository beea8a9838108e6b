"""Bend a picture of a face so that its points come to lie elsewhere: a piecewise affine warp over triangles.

The triangles span some of the mesh's points (all of eyes, brows, lips and outline, a few of nose and cheeks), a ring
around the face and the corners of the picture, so what lies outside the face is drawn along softly. Where a turned face
hides triangles behind others, the near ones win.
"""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.arrays import STORED_SIZE
from engine.faces.eye import EYES, places_in_eye, points_in_eye
from engine.faces.landmarks import INNER_LIPS, LEFT_BROW, LEFT_EYE, LIPS, OVAL, RIGHT_BROW, RIGHT_EYE

# fmt: off
_AROUND_EYES = (
    130, 247, 30, 29, 27, 28, 56, 190, 243, 112, 26, 22, 23, 24, 110, 25,
    359, 467, 260, 259, 257, 258, 286, 414, 463, 341, 256, 252, 253, 254, 339, 255,
)
_NOSE_AND_CHEEKS = (4, 5, 6, 197, 195, 2, 168, 50, 280, 205, 425, 98, 327, 129, 358, 18, 200, 175, 151, 9)
# fmt: on
_IRISES = tuple(range(468, 478))
_INSIDE_LIDS = 0.95
"""How far towards the lids an iris may reach, as a share of the way."""
_RINGS = (RIGHT_EYE, LEFT_EYE, RIGHT_BROW, LEFT_BROW, LIPS, INNER_LIPS, OVAL)
_BENT = np.array(sorted({*_AROUND_EYES, *_NOSE_AND_CHEEKS, *_IRISES}.union(*_RINGS)))
"""The points that the triangles span: with all 478 a bend takes twice as long and shows no more."""

_GRID = 120
"""Places along each side at which the warp is computed; between them it is interpolated."""
_RING = 1.35
"""How far the ring around the face lies from its middle, as a multiple of the oval's distance."""
_BEHIND = 9.0 * STORED_SIZE
"""Depth of what is no part of the face: behind all of it."""
_SOFT = 0.7
"""Standard deviation, in places of the grid, of the smoothing over the triangles' edges."""
_FLAT = 2.0
"""Twice the area, in pixels of a stored picture, of a triangle too flat to say where to look."""
_SUBPIXELS = 4
_CORNERS = np.array([(x, y) for x in (-0.6, 0.5, 1.6) for y in (-0.6, 0.5, 1.6) if (x, y) != (0.5, 0.5)]) * STORED_SIZE


def bend_field(
    wanted: NDArray[np.float32], have: NDArray[np.float32], triangles: NDArray[np.intp]
) -> NDArray[np.float32]:
    """Return where to look in a picture so that its points come to lie where they are wanted.

    Args:
        wanted: (478, 3) in pixels of a stored picture.
        have: (478, 3) where the picture has them, in pixels of a stored picture.
        triangles: (T, 3), of `triangulation`.

    Returns:
        (G, G, 2) float32: for each place of the square the place in the picture, in 0..1.
    """
    to, source = _extended(wanted), _extended(have)
    depth = np.concatenate([wanted[_BENT, 2], np.full(len(to) - len(_BENT), _BEHIND)])[triangles].mean(axis=1)
    # A triangle that would be seen from behind, or from the side, shows nothing right: the far side of a turned head, a
    # fold, the iris of a closed eye.
    turn = _turn(to[triangles])
    depth[(turn == 0) | (turn != _turn(source[triangles]))] += 2 * _BEHIND
    order = triangles[np.argsort(-depth, kind="stable")]
    number = np.zeros((_GRID, _GRID), np.float32)
    corners = np.rint((to[order] * (_GRID / STORED_SIZE) - 0.5) * 2**_SUBPIXELS).astype(np.int32)
    for index, corner in enumerate(corners):
        cv2.fillConvexPoly(number, corner, float(index), shift=_SUBPIXELS)
    square = np.concatenate([to[order], np.ones((len(order), 3, 1), np.float32)], axis=2).astype(np.float64)
    affine = np.linalg.solve(square + 1e-6 * np.eye(3), source[order])
    places = np.einsum("hwc,hwcd->hwd", _places(), affine[number.astype(np.intp)]) / STORED_SIZE
    return np.asarray(cv2.GaussianBlur(np.clip(places, -1, 2).astype(np.float32), (0, 0), _SOFT), np.float32)


def bend(picture: NDArray[np.uint8], field: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Return a stored picture, (P, P) or (P, P, 3) uint8 of any size P, bent by a field."""
    side = len(picture)
    x, y = cv2.split(
        cv2.resize(field, (side, side), interpolation=cv2.INTER_LINEAR) * np.float32(side) - np.float32(0.5)
    )
    return np.asarray(cv2.remap(picture, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.uint8)


def triangulation(shape: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return a Delaunay triangulation of the points of a face, the ring around it and the picture's corners, (T, 3).

    Args:
        shape: (478, 3) points of a face that looks straight ahead, best with its mouth open: then the mouth's inside
            has triangles of its own.
    """
    flat = _extended((shape * 0.8 + 0.5) * STORED_SIZE)
    low, high = flat.min(axis=0) - 1, flat.max(axis=0) + 1
    division = cv2.Subdiv2D((int(low[0]), int(low[1]), int(high[0] - low[0]) + 2, int(high[1] - low[1]) + 2))
    for point in flat:
        division.insert((float(point[0]), float(point[1])))
    found = np.asarray(division.getTriangleList(), np.float32).reshape(-1, 3, 2)
    apart = np.abs(found[:, :, None] - flat[None, None]).sum(axis=3)
    # Triangles to the three points that the subdivision adds outside of all belong to no point of ours.
    return np.asarray(apart.argmin(axis=2)[(apart.min(axis=2) < 1e-2).all(axis=1)], np.intp)


def _turn(corners: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return which way round the corners of triangles lie, (T, 3, 2) to (T,): 1 or -1, and 0 of those without area."""
    one, other = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    twice_the_area = one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0]
    return np.asarray(np.where(np.abs(twice_the_area) < _FLAT, 0, np.sign(twice_the_area)), np.float32)


def _extended(points: NDArray[np.floating]) -> NDArray[np.float32]:
    """Return x and y of the points that are bent, of a ring around the face, and of the picture's corners."""
    # Pixels have their centres at whole numbers; the square begins half a pixel before.
    flat = _between_the_lids(points[:, :2] + 0.5)
    oval = flat[list(OVAL)]
    middle = oval.mean(axis=0)
    return np.concatenate([flat[_BENT], middle + (oval - middle) * _RING, _CORNERS]).astype(np.float32)


def _between_the_lids(flat: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return (478, 2) points whose irises reach no further than the lids: what lies under a lid cannot be bent."""
    for eye in EYES:
        iris = places_in_eye(flat[eye.iris_points], flat, eye)
        lids = sorted(places_in_eye(flat[[eye.upper, eye.lower]], flat, eye)[:, 1])
        # From the middle of the lids their edges fall off to the corners of the eye.
        reach = _INSIDE_LIDS * np.clip(1.0 - np.square(2.0 * iris[:, 0]), 0.0, 1.0)
        iris[:, 1] = np.clip(iris[:, 1], lids[0] * reach, lids[1] * reach)
        flat[eye.iris_points] = points_in_eye(iris, flat, eye)
    return flat


@lru_cache(maxsize=1)
def _places() -> NDArray[np.float64]:
    """(G, G, 3): x, y in pixels of the stored picture, and 1."""
    y, x = (np.mgrid[0:_GRID, 0:_GRID] + 0.5) * (STORED_SIZE / _GRID)
    return np.stack([x, y, np.ones_like(x)], axis=-1)
