"""The aligned pictures of a face set, as stages read them."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from engine.arrays import STORED_SIZE, RGBImage
from engine.errors import MediaError
from engine.faces.measures import FINEST_SIDE
from engine.media.images import read_image


def stored_picture(picture: Path) -> RGBImage:
    """Return a stored picture, (STORED_SIZE, STORED_SIZE, 3) uint8 RGB, even where more of it is stored.

    Raises:
        MediaError: Somebody has put something else in its place.
    """
    return reduced_to_stored(detailed_picture(picture))


def reduced_to_stored(detailed: RGBImage) -> RGBImage:
    """Return a stored picture, (P, P, 3) uint8, at the size that all have in common."""
    if len(detailed) == STORED_SIZE:
        return detailed
    return np.asarray(cv2.resize(detailed, (STORED_SIZE, STORED_SIZE), interpolation=cv2.INTER_AREA), np.uint8)


def detailed_picture(picture: Path) -> RGBImage:
    """Return a stored picture with all its detail, (P, P, 3) uint8 RGB: P is one of `DETAILED_SIDES`.

    Raises:
        MediaError: As `stored_picture`.
    """
    try:
        stored = read_image(picture, FINEST_SIDE**2)
    except MediaError as error:
        raise _not_ours(picture) from error
    if stored.shape[0] != stored.shape[1]:
        raise _not_ours(picture)
    return stored


def _not_ours(picture: Path) -> MediaError:
    place = picture.parent
    return MediaError(
        f"{picture.name}, one of the faces that were found, cannot be used: it is damaged or not the picture that was "
        "stored.",
        f"Delete it from work/{place.parent.name}/{place.name} and start again; the other faces are not affected.",
    )
