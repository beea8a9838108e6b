"""Places in an eye, told along and across the line between its corners: where irises and lids mean the same for all."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

IRIS_POINTS = 5
"""The middle of an iris and the four of its ring, one behind the other."""


class Eye(NamedTuple):
    """Numbers of the points of an eye among the 478."""

    iris: int
    """Middle of the iris; its ring follows."""
    outer: int
    """Outer corner."""
    inner: int
    upper: int
    """Middle of the upper lid."""
    lower: int

    @property
    def iris_points(self) -> slice:
        """The iris: its middle, then the ring."""
        return slice(self.iris, self.iris + IRIS_POINTS)


EYES = (Eye(468, 33, 133, 159, 145), Eye(473, 263, 362, 386, 374))
"""The person's right eye, then the left."""


def places_in_eye(points: NDArray[np.floating], face: NDArray[np.floating], eye: Eye) -> NDArray[np.float64]:
    """Return where points lie in an eye, (N, 2): along and across, from the middle between its corners.

    Args:
        points: (N, 2).
        face: (478, 2) the face that the eye is in.
        eye: Which eye. The distance between its corners is the unit.
    """
    middle, across = _line(face, eye)
    off = points - middle
    length = max(float(across @ across), 1e-12)
    return np.stack([off @ across, off @ _turned(across)], axis=-1) / length


def points_in_eye(places: NDArray[np.floating], face: NDArray[np.floating], eye: Eye) -> NDArray[np.float64]:
    """Return the points at places in an eye, (N, 2): the other way round than `places_in_eye`."""
    middle, across = _line(face, eye)
    return np.asarray(middle + places @ np.stack([across, _turned(across)]), np.float64)


def _line(face: NDArray[np.floating], eye: Eye) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    return (face[eye.outer] + face[eye.inner]) / 2, face[eye.inner] - face[eye.outer]


def _turned(across: NDArray[np.floating]) -> NDArray[np.floating]:
    return np.array([-across[1], across[0]])
