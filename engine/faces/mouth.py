"""The inside of a mouth, taken from the target where the source's photograph does not have it.

Closed lips cannot be bent open: there is nothing between them to show. Parted ones cannot quite be closed: a line of
teeth stays. Where the target's mouth is open or closed and no photograph that serves shows it so, what the target
shows between its own lips, bent to where the source's are and in the photograph's colours, is put there.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.arrays import RGBImage
from engine.faces.align import rescaled
from engine.faces.bend import bend, bend_field
from engine.faces.colour_match import apply_colour_transfer, measure_colour_transfer
from engine.faces.landmarks import INNER_LIPS, LOWER_LIP, UPPER_LIP
from engine.project.settings import ColourMatch

_MORE, _MUCH_MORE = 0.008, 0.025
"""By how much further a mouth has to be open, as a share of the model's square, for its inside to be taken over, and
from when on wholly."""
_CLOSED = 0.012
"""Lips less apart than this are as good as closed."""
_BEYOND = 0.006
"""How far over the inner edge of the lips it reaches, as a share of the picture's side."""
_SOFT = 0.006
"""Softness of the edge, as a share of the picture's side."""


def lips_apart(points: NDArray[np.float32], unit: float) -> float:
    """Return how far the lips are apart, as a share of the model's square.

    Args:
        points: (478, 3).
        unit: Side of the model's square in the unit of the points.
    """
    return float(np.linalg.norm(points[UPPER_LIP] - points[LOWER_LIP])) / unit


def inside_share(wanted: float, shown: float) -> float:
    """Return how far the inside of the target's mouth is taken over, 0..1.

    Args:
        wanted: How far the lips should be apart, as `lips_apart`.
        shown: How far they are in the photographs.
    """
    closing = (shown - wanted) * max(0.0, 1.0 - wanted / _CLOSED)
    share = float(np.clip((max(wanted - shown, closing) - _MORE) / (_MUCH_MORE - _MORE), 0.0, 1.0))
    return share * share * (3.0 - 2.0 * share)


def with_inside(
    reference: RGBImage,
    wanted: NDArray[np.float32],
    target: RGBImage,
    points: NDArray[np.float32],
    triangles: NDArray[np.intp],
    share: float,
) -> RGBImage:
    """Return a bent photograph with the inside of the target's mouth.

    Args:
        reference: (P, P, 3) uint8, in the target's stored square.
        wanted: (478, 3) its points, in pixels of a picture of `STORED_SIZE`.
        target: (P, P, 3) uint8, what the frame shows there.
        points: (478, 3) the target's own points.
        triangles: (T, 3) between the points.
        share: How much of it, 0..1.
    """
    side = len(reference)
    mask = np.zeros((side, side), np.uint8)
    outline = np.rint(rescaled(wanted[list(INNER_LIPS)], side)[:, :2] * 16).astype(np.int32)
    cv2.fillPoly(mask, [outline], 255, lineType=cv2.LINE_AA, shift=4)
    reach = 2 * max(1, round(_BEYOND * side)) + 1
    mask = np.asarray(cv2.dilate(mask, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))), np.uint8)
    weight = cv2.GaussianBlur(mask.astype(np.float32) * (share / 255), (0, 0), max(0.5, _SOFT * side))
    bent = _in_colours_of(reference, bend(target, bend_field(wanted, points, triangles)))
    mixed = reference + weight[..., None] * (bent.astype(np.float32) - reference)
    return np.asarray(np.clip(np.rint(mixed), 0, 255), np.uint8)


def _in_colours_of(reference: RGBImage, face: RGBImage) -> RGBImage:
    """Return a face with the complexion of the reference: of a grey photograph, the lips are grey too."""
    middle = np.zeros(face.shape[:2], np.float32)
    inside = slice(len(face) // 4, -len(face) // 4)
    middle[inside, inside] = 1.0
    transfer = measure_colour_transfer(face, reference, middle, ColourMatch.LAB)
    return apply_colour_transfer(face, transfer)
