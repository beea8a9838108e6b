"""Bend a picture of a face so that its points come to lie elsewhere: a piecewise affine warp over triangles.

The triangles span some of the mesh's points (all of eyes, brows, lips and outline, a few of nose and cheeks), a ring
around the face and the corners of the picture, so what lies outside the face is drawn along softly. Where a turned face
hides triangles behind others, the near ones win; where lids or lips close, the skin hides what was between them.
"""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.arrays import STORED_SIZE, Pixel
from engine.faces.landmarks import INNER_LIPS, LEFT_BROW, LEFT_EYE, LIDS, LIPS, OVAL, RIGHT_BROW, RIGHT_EYE
from engine.faces.reenactment.eye import EYES, places_in_eye, points_in_eye

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
_SMALL_IRIS = 0.3
"""Size of an iris, as a share of its own, that lies well between the lids of whatever eye is open."""
_RINGS = (RIGHT_EYE, LEFT_EYE, RIGHT_BROW, LEFT_BROW, LIPS, INNER_LIPS, OVAL)
_BENT = np.array(sorted({*_AROUND_EYES, *_NOSE_AND_CHEEKS, *_IRISES}.union(*_RINGS)))
"""The points that the triangles span: with all 478 a bend takes twice as long and shows no more."""


_CORNERS = np.array([(x, y) for x in (-0.6, 0.5, 1.6) for y in (-0.6, 0.5, 1.6) if (x, y) != (0.5, 0.5)]) * STORED_SIZE


def _are_among(points: Iterable[int]) -> NDArray[np.bool_]:
    """Return which of all that triangles span are among some of the 478 points."""
    return np.append(np.isin(_BENT, list(points)), np.zeros(len(OVAL) + len(_CORNERS), np.bool_))


_OPENINGS = tuple(_are_among((*ring, *_IRISES)) for ring in (RIGHT_EYE, LEFT_EYE, INNER_LIPS))
"""Lids and lips, each with all that can be between them."""
_LOWER_LIDS = _are_among(lower for lids in LIDS for _, lower in lids)
_EYES_AND_UPPER_LIDS = _are_among((*_IRISES, *(upper for lids in LIDS for upper, _ in lids)))

_RING = 1.35
"""How far the ring around the face lies from its middle, as a multiple of the oval's distance."""
_BEHIND = 9.0 * STORED_SIZE
"""Depth of what is no part of the face: behind all of it."""
_LAYER = 8.0
"""How far what lids and lips open is behind them, and skin below an eye before what closes it, in pixels of a stored
picture."""
_SOFT = 0.016
"""Window of the smoothing over the triangles' edges, done twice, as a share of the picture's side."""
_STRETCHED = 6.0
"""Where a picture is stretched more than so many times in two pixels, it is torn."""
_NEAR = 0.06
"""Width of the line around lids and lips within which tears are kept, as a share of the picture's side."""
_AROUND_TEARS = 0.022
"""Window around a tear that is not smoothed, so that nothing is drawn into it of what it hides, as such a share."""
_FLAT = 2.0
"""Twice the area, in pixels of a stored picture, of a triangle too flat to say where to look."""
_SUBPIXELS = 4
_NEXT = np.ones((3, 3), np.uint8)


def bend_field(
    wanted: NDArray[np.float32],
    have: NDArray[np.float32],
    triangles: NDArray[np.intp],
    side: int = STORED_SIZE,
) -> NDArray[np.float32]:
    """Return where to look in a picture so that its points come to lie where they are wanted.

    Args:
        wanted: (478, 3) in pixels of a stored picture.
        have: (478, 3) where the picture has them, in pixels of a stored picture.
        triangles: (T, 3), of `triangulation`.
        side: F, as many as pixels that one looks at: fewer are quicker, and lids and lips close less sharply.

    Returns:
        (F, F, 2) float32: for each place of the square the place in the picture, in 0..1.
    """
    to, source = _extended(wanted), _extended(have)
    depth = np.concatenate([wanted[_BENT, 2], np.full(len(to) - len(_BENT), _BEHIND)])[triangles].mean(axis=1)
    depth[np.logical_or.reduce([opening[triangles].all(axis=1) for opening in _OPENINGS])] += _LAYER
    depth[_LOWER_LIDS[triangles].any(axis=1) & ~_EYES_AND_UPPER_LIDS[triangles].any(axis=1)] -= _LAYER
    # A triangle that would be seen from behind, or from the side, shows nothing right: the far side of a turned head, a
    # fold, the iris of a closed eye.
    turn = _turn(to[triangles])
    depth[(turn == 0) | (turn != _turn(source[triangles]))] += 2 * _BEHIND
    order = triangles[np.argsort(-depth, kind="stable")]
    number = np.zeros((side, side), np.float32)
    corners = np.rint((to[order] * (side / STORED_SIZE) - 0.5) * 2**_SUBPIXELS).astype(np.int32)
    for index, corner in enumerate(corners):
        cv2.fillConvexPoly(number, corner, float(index), shift=_SUBPIXELS)
    square = np.concatenate([to[order], np.ones((len(order), 3, 1), np.float32)], axis=2).astype(np.float64)
    affine = np.linalg.solve(square + 1e-6 * np.eye(3), source[order]) / STORED_SIZE
    field = np.clip(_applied(affine.astype(np.float32), number.astype(np.intp)), -1, 2)
    return _smoothed(field, _near_openings(wanted, side))


def bend(picture: NDArray[Pixel], field: NDArray[np.float32]) -> NDArray[Pixel]:
    """Return a stored picture, (P, P) or (P, P, 3) uint8 or float32 of any size P, bent by a field."""
    side = len(picture)
    places = cv2.resize(field, (side, side), interpolation=cv2.INTER_LINEAR) * np.float32(side) - np.float32(0.5)
    x, y = (np.ascontiguousarray(places[..., axis], np.float32) for axis in (0, 1))
    bent = cv2.remap(picture, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    # Along a tear pixels come from one side or the other: steps, unless they are mixed.
    torn = cv2.dilate(_torn(x, y, _STRETCHED), _NEXT)
    return np.asarray(cv2.copyTo(cv2.blur(bent, _NEXT.shape), torn, bent), picture.dtype)


def triangulation(shape: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return a Delaunay triangulation of the points of a face, the ring around it and the picture's corners, (T, 3).

    Args:
        shape: (478, 3) points of a face that looks straight ahead, best with its mouth open: then the mouth's inside
            has triangles of its own.
    """
    shape = shape.copy()
    for eye, ring in zip(EYES, (RIGHT_EYE, LEFT_EYE), strict=True):
        # An iris that reaches over a lid would be tied to the skin beyond it.
        iris = shape[eye.iris_points] - shape[eye.iris]
        shape[eye.iris_points] = shape[list(ring)].mean(axis=0) + _SMALL_IRIS * iris
    flat = _extended((shape * 0.8 + 0.5) * STORED_SIZE)
    low, high = flat.min(axis=0) - 1, flat.max(axis=0) + 1
    division = cv2.Subdiv2D((int(low[0]), int(low[1]), int(high[0] - low[0]) + 2, int(high[1] - low[1]) + 2))
    for point in flat:
        division.insert((float(point[0]), float(point[1])))
    found = np.asarray(division.getTriangleList(), np.float32).reshape(-1, 3, 2)
    apart = np.abs(found[:, :, None] - flat[None, None]).sum(axis=3)
    # Triangles to the three points that the subdivision adds outside of all belong to no point of ours.
    return np.asarray(apart.argmin(axis=2)[(apart.min(axis=2) < 1e-2).all(axis=1)], np.intp)


def _applied(affine: NDArray[np.float32], number: NDArray[np.intp]) -> NDArray[np.float32]:
    """Return where each place comes from, (F, F, 2) in 0..1.

    Args:
        affine: (T, 3, 2), of each triangle, from x and y in pixels of a stored picture and 1.
        number: (F, F) the triangle of each place.
    """
    side = len(number)
    x = (np.arange(side, dtype=np.float32) + np.float32(0.5))[None, :] * np.float32(STORED_SIZE / side)
    axes = [
        affine[:, 0, axis][number] * x + affine[:, 1, axis][number] * x.T + affine[:, 2, axis][number]
        for axis in (0, 1)
    ]
    return np.asarray(cv2.merge(axes), np.float32)


def _smoothed(field: NDArray[np.float32], near_openings: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return a field, (F, F, 2), smoothed, but not across a tear where lids or lips have closed, (F, F) not 0."""
    window = (_odd(_SOFT * len(field)),) * 2
    smooth = cv2.blur(cv2.blur(field, window), window)
    around = np.ones((_odd(_AROUND_TEARS * len(field)),) * 2, np.uint8)
    torn = cv2.dilate(_torn(field[..., 0], field[..., 1], _STRETCHED / len(field)), around)
    return np.asarray(cv2.copyTo(field, cv2.bitwise_and(torn, near_openings), smooth), np.float32)


def _odd(length: float) -> int:
    """Return the odd number nearest to a length, at least 3."""
    return max(3, 2 * round((length - 1) / 2) + 1)


def _torn(x: NDArray[np.floating], y: NDArray[np.floating], apart: float) -> NDArray[np.uint8]:
    """Return where neighbours come from places further apart than so much: 1 there, else 0, of the shape of x and y."""
    along_x, along_y = (cv2.morphologyEx(axis, cv2.MORPH_GRADIENT, _NEXT) for axis in (x, y))
    return np.asarray(cv2.max(along_x, along_y) > apart, np.uint8)


def _near_openings(wanted: NDArray[np.float32], side: int) -> NDArray[np.uint8]:
    """Return which places lie in, or near, eyes and mouth: (F, F), 1 there, else 0."""
    near = np.zeros((side, side), np.uint8)
    flat = wanted[:, :2] * (side / STORED_SIZE)
    rings = [np.rint(flat[list(ring)]).astype(np.int32) for ring in (RIGHT_EYE, LEFT_EYE, INNER_LIPS)]
    cv2.polylines(near, rings, isClosed=True, color=1, thickness=_odd(_NEAR * side))
    cv2.fillPoly(near, rings, color=1)
    return near


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
