"""Place, size and turn of a head, from the points of its mesh that speaking and smiling hardly move.

The template is a mean mesh. It was made from every frame of the two bundled clips in which the head looks nearly
straight ahead (the fifth of each clip with the least turn): rolled level, scaled to equal eye distance, the median of
each clip's frames, the mean of the two clips, then the mean with its own mirror image. Among its points those were kept
whose place, once the head's own motion is taken away, varies least over three clips (standard deviation below 1.5 % of
the eye distance), and four of the forehead, which vary a little more (2 %) but make the fit long as well as wide.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.arrays import Landmarks

# Point on the person's right, its mirror point on the left, and the place of the first. Unit: the side of the model's
# square; its top row of the mesh lies at y = 0.11, the chin at y = 0.90, the middle of the face at x = 0.5.
_PAIRS = (
    (33, 263, 0.2849, 0.3594, 0.0),
    (133, 362, 0.4163, 0.3595, -0.0258),
    (117, 346, 0.2473, 0.4336, -0.0131),
    (118, 347, 0.2838, 0.4399, -0.0427),
    (129, 358, 0.3948, 0.5092, -0.1119),
    (122, 351, 0.4726, 0.3592, -0.1182),
    (196, 419, 0.4736, 0.3856, -0.1534),
    (116, 345, 0.1982, 0.4435, 0.0462),
    (50, 280, 0.2625, 0.5000, -0.0589),
    (67, 297, 0.3372, 0.1303, 0.0056),
    (103, 332, 0.2680, 0.1649, 0.0524),
)
_MIDDLE = (
    (10, 0.1100, -0.0301),
    (168, 0.3186, -0.1014),
    (6, 0.3496, -0.1286),
    (197, 0.3777, -0.1595),
    (195, 0.4036, -0.1945),
    (5, 0.4315, -0.2294),
    (4, 0.4684, -0.2480),
    (2, 0.5405, -0.1775),
)

STABLE_POINTS: NDArray[np.intp] = np.array(
    [pair[0] for pair in _PAIRS] + [pair[1] for pair in _PAIRS] + [point[0] for point in _MIDDLE]
)
"""(30,) which of the 468 points the fit uses."""
TEMPLATE: NDArray[np.float64] = np.array(
    [(x, y, z) for _, _, x, y, z in _PAIRS]
    + [(1.0 - x, y, z) for _, _, x, y, z in _PAIRS]
    + [(0.5, y, z) for _, y, z in _MIDDLE]
)
"""(30, 3) their places on a head that looks straight ahead; unit: the side of the model's square."""
TEMPLATE_MIDDLE: NDArray[np.float64] = TEMPLATE.mean(axis=0)
"""(3,) mean of the template's points; `Head.middle` is its place in the picture."""

_TEMPLATE_OFFSET = TEMPLATE - TEMPLATE_MIDDLE
_TEMPLATE_SUM_OF_SQUARES = float((_TEMPLATE_OFFSET**2).sum())


@dataclass(frozen=True, eq=False)
class Head:
    """A similarity transform that takes the template to a head seen in a picture."""

    size: float
    """Pixels for one unit of the template: the side of the model's square in the picture."""
    rotation: NDArray[np.float64]
    """(3, 3) turn of the head against the template."""
    middle: NDArray[np.float64]
    """(3,) mean of the stable points, in pixels."""
    residual: float
    """Root mean square distance of the points from the template, as a share of `size`."""

    @property
    def roll(self) -> float:
        """Radians by which the head is turned in the picture's plane, clockwise as seen."""
        # The in-plane rotation nearest to the projection of the turn; an Euler angle would jump at steep poses.
        turn = self.rotation
        return float(np.arctan2(turn[1, 0] - turn[0, 1], turn[0, 0] + turn[1, 1]))


def fit_head(landmarks: Landmarks) -> Head:
    """Find the head to which some landmarks belong (Umeyama 1991, in three dimensions).

    Depth counts as much as width and height, so a head that turns away keeps its size where a fit in the plane would
    see it shrink.

    Args:
        landmarks: (468, 3) in pixels.
    """
    points = landmarks[STABLE_POINTS].astype(np.float64)
    middle = points.mean(axis=0)
    points_offset = points - middle
    left, strength, right = np.linalg.svd(points_offset.T @ _TEMPLATE_OFFSET)
    # A reflection would mirror the face; Umeyama 1991, eq. 39, forbids it.
    sign = np.array([1.0, 1.0, 1.0 if np.linalg.det(left @ right) > 0 else -1.0])
    rotation = (left * sign) @ right
    size = float(strength @ sign) / _TEMPLATE_SUM_OF_SQUARES
    error = points_offset - size * _TEMPLATE_OFFSET @ rotation.T
    residual = math.sqrt(float(np.vdot(error, error)) / len(error)) / max(size, 1e-6)
    return Head(size, rotation, middle, residual)
