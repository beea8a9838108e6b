"""Mouths: laid over a photograph from another one, and their inside from the target where no photograph has it.

Lips that laugh, bent until they are closed, look squeezed: there the mouth of another photograph is laid over, one that
does with it what is wanted, though its head is turned otherwise. Closed lips cannot be bent open at all: there is
nothing between them to show. Parted ones cannot quite be closed: a line of teeth stays. Where the target's mouth is
open or closed and no photograph that serves shows it so, what the target shows between its own lips, bent to where the
source's are and in the photograph's colours, is put there.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray

from engine.arrays import RGBImage, share_between
from engine.faces.align import rescaled
from engine.faces.compositing.colour_match import apply_colour_transfer, measure_colour_transfer
from engine.faces.landmarks import INNER_LIPS, LIPS, LOWER_LIP, UPPER_LIP
from engine.faces.reenactment.bend import bend, bend_field
from engine.project.settings import ColourMatch

_MORE, _MUCH_MORE = 0.008, 0.025
"""By how much further a mouth has to be open, or less far, for it to be taken from elsewhere, and from when on wholly:
as shares of the model's square."""
_CLOSED = 0.012
"""Lips less apart than this are as good as closed."""
_BEYOND = 0.006
"""How far over the inner edge of the lips it reaches, as a share of the picture's side."""
_SOFT = 0.006
"""Softness of the edge, as a share of the picture's side."""
_OWN, _TAKEN, _COMPARED = 1.1, 1.45, 1.9
"""Outlines around the middle of the lips, as multiples of the lips' own: what belongs to them, how much is laid over a
photograph, and up to where the skin of both is compared."""
_TAKEN_SOFT = 0.02
"""Softness of the edge of what is laid over a photograph, as a share of the picture's side."""
_SPREAD = 0.06
"""How far the difference of their skins reaches inwards, as a share of the picture's side."""
_SOFT_SIDE = 128
"""Side in pixels, at most, at which soft edges and the difference of skins are found: they are coarser."""
_LEAST = 1e-6
_SUBPIXELS = 4


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
    return share_between(max(wanted - shown, closing), _MORE, _MUCH_MORE)


def mouth_share(wanted: float, shown: float, other: float) -> float:
    """Return how far the mouth of other photographs is laid over, 0..1: where it would have to be squeezed less.

    Args:
        wanted: How far the lips should be apart, as `lips_apart`.
        shown: How far they are in the photographs.
        other: How far they are in the others.
    """
    return share_between(shown - max(wanted, other), _MORE, _MUCH_MORE)


def with_mouth(reference: RGBImage, other: RGBImage, wanted: NDArray[np.float32], share: float) -> RGBImage:
    """Return a bent photograph with the mouth of another one, in the tone that the skin around it has there.

    Args:
        reference: (P, P, 3) uint8, in the target's stored square.
        other: (P, P, 3) uint8, bent to the same points.
        wanted: (478, 3) these points, in pixels of a picture of `STORED_SIZE`.
        share: How much of it, 0..1.
    """
    side = min(len(reference), _SOFT_SIDE)
    lips = rescaled(wanted[list(LIPS)], side)[:, :2]
    own, taken, compared = (_filled(_grown(lips, factor), side) for factor in (_OWN, _TAKEN, _COMPARED))
    around = cv2.GaussianBlur(np.maximum(compared - own, 0.0), (0, 0), _TAKEN_SOFT * side) * (1.0 - own)
    one, another = (cv2.resize(each, (side, side), interpolation=cv2.INTER_AREA) for each in (reference, other))
    apart = cv2.subtract(one, another, dtype=cv2.CV_32F) * around[..., None]
    reach = cv2.GaussianBlur(around, (0, 0), _SPREAD * side)
    tone = cv2.GaussianBlur(apart, (0, 0), _SPREAD * side) / np.maximum(reach, _LEAST)[..., None]
    weight = cv2.GaussianBlur(taken * share, (0, 0), _TAKEN_SOFT * side)
    tone, weight = (cv2.resize(each, other.shape[:2], interpolation=cv2.INTER_LINEAR) for each in (tone, weight))
    return _mixed_in(reference, weight, lambda box: other[box] + tone[box])


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
    mask = _filled(rescaled(wanted[list(INNER_LIPS)], side)[:, :2], side)
    reach = 2 * max(1, round(_BEYOND * side)) + 1
    mask = np.asarray(cv2.dilate(mask, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))), np.float32)
    weight = cv2.GaussianBlur(mask * share, (0, 0), max(0.5, _SOFT * side))
    bent = _in_colours_of(reference, bend(target, bend_field(wanted, points, triangles)))
    return _mixed_in(reference, weight, lambda box: bent[box].astype(np.float32))


def _mixed_in(
    picture: RGBImage, weight: MatLike, other: Callable[[tuple[slice, slice]], NDArray[np.float32]]
) -> RGBImage:
    """Return a picture, (P, P, 3) uint8, with another one mixed in by weights, (P, P) float32.

    Args:
        picture: The picture.
        weight: How much of the other one, 0..1.
        other: Returns the part of the other one that lies in some rows and columns, float32.
    """
    left, top, width, height = cv2.boundingRect((weight > 0).astype(np.uint8))
    box = slice(top, top + height), slice(left, left + width)
    mixed = picture.copy()
    part = picture[box] + weight[box][..., None] * (other(box) - picture[box])
    mixed[box] = np.clip(np.rint(part), 0, 255)
    return mixed


def _filled(outline: NDArray[np.floating], side: int) -> NDArray[np.float32]:
    """Return a picture of so many pixels a side with 1 inside an outline, (N, 2) pixels, and 0 elsewhere."""
    mask = np.zeros((side, side), np.uint8)
    places = np.rint(outline * 2**_SUBPIXELS).astype(np.int32)
    cv2.fillPoly(mask, [places], 255, lineType=cv2.LINE_AA, shift=_SUBPIXELS)
    return np.asarray(mask / np.float32(255), np.float32)


def _grown(outline: NDArray[np.floating], factor: float) -> NDArray[np.floating]:
    """Return the convex hull of an outline, (N, 2), grown about its middle, (M, 2)."""
    middle = outline.mean(axis=0)
    hull = cv2.convexHull(np.ascontiguousarray(outline, np.float32))[:, 0]
    return np.asarray(middle + (hull - middle) * factor, np.float32)


def _in_colours_of(reference: RGBImage, face: RGBImage) -> RGBImage:
    """Return a face with the complexion of the reference: of a grey photograph, the lips are grey too."""
    middle = np.zeros(face.shape[:2], np.float32)
    inside = slice(len(face) // 4, -len(face) // 4)
    middle[inside, inside] = 1.0
    transfer = measure_colour_transfer(face, reference, middle, ColourMatch.LAB)
    return apply_colour_transfer(face, transfer)
