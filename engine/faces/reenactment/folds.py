"""Folds: what an expression does to the skin besides moving its points, taken over from the target.

Who smiles lifts the cheeks, and creases run from the nose to the corners of the mouth. Where the source smiles in no
photograph, bending moves the mouth, and the skin around it stays that of somebody serious. So what is lighter and
darker in the target's face than at rest, in about the same pose, is put upon the source's: a ratio image (Liu, Shan &
Zhang 2001, "Expressive Expression Mapping with Ratio Images"). What is coarser is the light, which is matched for
itself; what is finer is skin, which stays the source's. Eyes, brows, lips and nostrils are left out: where they do not
quite lie upon one another they would leave a shadow of themselves.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.arrays import Mask, RGBImage, share_between
from engine.faces.align import rescaled, ring_mask
from engine.faces.landmarks import LEFT_BROW, LEFT_EYE, LIPS, NOSE_BASE, OVAL, RIGHT_BROW, RIGHT_EYE
from engine.faces.reenactment.traits import CREASING, POSE

_FINE, _COARSE = 0.01, 0.05
"""Standard deviations, as shares of the stored picture's side, between which differences of lightness are folds."""
_DARK = 12.0
"""Grey levels added before the logarithm: in black there is noise alone."""
_MOST = 0.25
"""Greatest difference, as a logarithm: beyond, it is a shadow of something else."""
_STRENGTH = 0.8
"""How much of the difference is taken over: all of it begins to look like the target's skin."""
_LACKING, _MUCH_LACKING = 1.0, 3.0
"""How much less than wanted a photograph shows, in differences that one notices, for folds to be taken over at all, and
wholly."""
_TURNED, _MUCH_TURNED = 1.0, 2.0
"""How far the head at rest is turned otherwise, in the unit of traits, for its folds to be believed less, and not at
all."""
_LEAST = 1e-6
_AROUND = (
    *((ring, 0.045) for ring in (RIGHT_EYE, LEFT_EYE)),
    *((ring, 0.03) for ring in (RIGHT_BROW, LEFT_BROW)),
    (LIPS, 0.02),
    (NOSE_BASE, 0.02),
)
"""What is left out, and how far around it, as a share of the side."""
_RIM, _SOFT = 0.03, 0.015
"""How much of the face's rim is left out, and how softly all that ends, as shares of the side."""


def folds_share(wanted: NDArray[np.float32], shown: NDArray[np.float32], rest: NDArray[np.float32]) -> float:
    """Return how far folds are taken over from the target, 0..1.

    Args:
        wanted: (K,) traits of the target's face.
        shown: (K,) those of the photograph that serves it: what that shows itself is not put upon it twice.
        rest: (K,) those of the target at rest.
    """
    lacking = float(np.linalg.norm(np.maximum(wanted - shown, 0.0) * CREASING))
    turned = float(np.linalg.norm((wanted - rest)[:POSE]))
    is_believed = 1.0 - share_between(turned, _TURNED, _MUCH_TURNED)
    return is_believed * share_between(lacking, _LACKING, _MUCH_LACKING)


def folds_between(rest: RGBImage, face: RGBImage, points: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the folds of a face, (P, P) float32: logarithms of how many times as light they are as the skin at rest.

    Args:
        rest: (P, P, 3) uint8, the person at rest, bent to the face's points.
        face: (P, P, 3) uint8, the stored square of the face.
        points: (478, 3) in pixels of a picture of `STORED_SIZE`.
    """
    side = len(face)
    skin = _skin(rescaled(points, side)[:, :2], side)
    now, before = _band(face, skin), _band(rest, skin)
    skin = np.clip(2 * cv2.GaussianBlur(skin, (0, 0), _SOFT * side) - 1, 0, 1).astype(np.float32)
    # Of a face in motion, or in flat light, what it has at rest is to be seen less, too.
    power = float((skin * np.square(before)).sum())
    kept = np.clip(float((skin * now * before).sum()) / max(power, _LEAST), 0.0, 1.0)
    return np.asarray(_STRENGTH * skin * np.clip(now - kept * before, -_MOST, _MOST), np.float32)


def with_folds(face: RGBImage, folds: NDArray[np.float32]) -> RGBImage:
    """Return a face, (B, B, 3) uint8, with folds, (T, T) float32 of the same square, put upon it."""
    side = len(face)
    factor = np.exp(cv2.resize(folds, (side, side), interpolation=cv2.INTER_LINEAR))
    return np.asarray(np.clip(np.rint(face * factor[..., None]), 0, 255), np.uint8)


def _band(picture: RGBImage, skin: Mask) -> NDArray[np.float32]:
    """Return the lightness of skin without what is too fine or too coarse for a fold, (P, P), as a logarithm."""
    light = np.log(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32) + np.float32(_DARK))
    fine, coarse = (_blurred(light, skin, sigma * len(picture)) for sigma in (_FINE, _COARSE))
    return np.asarray(fine - coarse, np.float32)


def _blurred(light: NDArray[np.float32], skin: Mask, sigma: float) -> NDArray[np.float32]:
    """Return a plane blurred by a normalised convolution: lids that close are no light upon the cheek."""
    weights = cv2.GaussianBlur(skin, (0, 0), sigma)
    return np.asarray(cv2.GaussianBlur(light * skin, (0, 0), sigma) / np.maximum(weights, _LEAST), np.float32)


def _skin(points: NDArray[np.float32], side: int) -> Mask:
    """Return 1 where a face, given its points in pixels, shows nothing but skin, and 0 elsewhere, (P, P)."""
    skin = cv2.erode(ring_mask(points, OVAL, side), _disc(_RIM * side))
    for ring, around in _AROUND:
        skin = cv2.subtract(skin, cv2.dilate(ring_mask(points, ring, side), _disc(around * side)))
    return skin.astype(np.float32)


def _disc(radius: float) -> NDArray[np.uint8]:
    side = 2 * round(radius) + 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)), np.uint8)
