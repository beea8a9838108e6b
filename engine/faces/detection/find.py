"""What finds faces in a whole picture, whichever way that is done: one protocol for all detectors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from engine.arrays import RGBImage
from engine.faces.face import Box, Square
from engine.records.finder import Finder

QUICK_PIXELS = 640 * 360
"""Size of the copy in a quick search."""
THOROUGH_PIXELS = 1280 * 720
"""Size of the copy in a thorough search."""

_SURE_SHARE = 1 / 10
"""Width of a turned face, as a share of the picture's longer side, from which its angle can be believed."""

MESH_ROOM = 1.5
"""Side of the square in which the mesh is fitted, as a share of the face's larger extent: what it was trained on."""


@dataclass(frozen=True)
class Find:
    """A place in a picture where a detector sees a face."""

    box: Box
    """Where the face is, before it is turned about the box's middle."""
    angle: float = 0.0
    """Radians by which the head is turned in the picture's plane, clockwise as seen."""
    finder: Finder = Finder.HOG

    @property
    def square(self) -> Square:
        """The square in which the mesh is fitted."""
        x, y = self.box.centre
        return Square(x, y, max(self.box.width, self.box.height) * MESH_ROOM, self.angle)


class FaceFinder(Protocol):
    """Finds faces. One shared by two threads crashes the process: make one for each."""

    def find(self, image: RGBImage, min_face_px: int = 40, pixels: int = THOROUGH_PIXELS) -> list[Find]:
        """Return the faces in a picture, the surest first.

        Args:
            image: (H, W, 3) uint8 RGB.
            min_face_px: Width of the smallest face wanted.
            pixels: How large a copy of the picture to search at most.
        """
        ...

    def find_in_photo(self, image: RGBImage, min_face_px: int = 40) -> list[Find]:
        """Return the faces in a photo, the surest first, looking closer than in one of many frames."""
        ...


class Finders:
    """Several finders as one: what the earlier ones see comes first, and counts where two see the same face."""

    def __init__(self, finders: Sequence[FaceFinder], closer: FaceFinder) -> None:
        """Take the finders.

        Args:
            finders: Those that are always asked, those to be believed most first.
            closer: Who is asked where these see nothing that is sure: no upright face, and none that is large.
        """
        self._finders = tuple(finders)
        self._closer = closer

    def find(self, image: RGBImage, min_face_px: int = 40, pixels: int = THOROUGH_PIXELS) -> list[Find]:
        """Return what all of them find; see `FaceFinder.find`."""
        finds = [found for finder in self._finders for found in finder.find(image, min_face_px, pixels)]
        return finds if _is_any_sure(finds, image) else self._closer.find(image, min_face_px, pixels) + finds

    def find_in_photo(self, image: RGBImage, min_face_px: int = 40) -> list[Find]:
        """Return what all of them find; see `FaceFinder.find_in_photo`."""
        finds = [found for finder in self._finders for found in finder.find_in_photo(image, min_face_px)]
        return finds if _is_any_sure(finds, image) else self._closer.find_in_photo(image, min_face_px) + finds


def _is_any_sure(finds: Sequence[Find], image: RGBImage) -> bool:
    least = _SURE_SHARE * max(image.shape[:2])
    return any(found.finder is Finder.HOG or found.box.width >= least for found in finds)
