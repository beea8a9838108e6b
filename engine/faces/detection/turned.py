"""Find faces that are not upright: MediaPipe's BlazeFace on turned copies of a picture.

BlazeFace (Bazarevsky et al. 2019, arXiv:1907.05047; here MediaPipe's full-range model, Apache-2.0) is run by LiteRT and
takes 2 to 6 ms a copy. It sees two eyes, a nose, a mouth and two ears, so it knows how a head is turned. It sees a
turned head in more than one of the four copies, now and then the wrong way up, but surest in the one in which the head
is nearly upright. So the four compete, and what is upright in the picture itself is left to HOG.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.arrays import RGBImage
from engine.faces.detection.find import THOROUGH_PIXELS, Find
from engine.faces.face import Box
from engine.faces.net import Net, presence_of
from engine.faces.shipped import FACE_DETECTION, shipped_model
from engine.records.finder import Finder

_FILE = "face_detection_full_range.tflite"
_SIDE = 192
"""Pixels a side of the picture that the model looks at."""
_CELLS = 48
"""Cells a side of the grid over it; each cell answers for one face whose middle lies there."""
_LEAST_SCORE = 0.6
"""MediaPipe's own. Of heads that are the right way up in their copy, 27 of 27 scored more at every angle."""
_SAME_FACE = 0.3
"""Overlap of boxes from which two finds are one face; MediaPipe's own."""
_LEAST_TURN = math.radians(30)
"""HOG finds heads that are turned less."""
_QUARTERS = 4
_OF_FRAME = 0.4
"""Side of a part of a frame, as a share of the longer side: heads of a 24th of that are seen, by HOG as well."""
_OF_PHOTO = 0.3
"""The same of a photo in which nothing was found so: heads of a 32nd are seen. Half of it would take twice as long as
all else that is looked for in a photo."""
_WANTED_SHARE = 1 / 8
"""Width of the smallest face that is wanted, as a share of a part's side: a smaller part would show it no better, and
smaller faces are not wanted."""
_OVERLAP = 0.25
"""How far parts overlap, as a share of their side: more than a head that is too small for a larger part."""


@dataclass(frozen=True)
class Part:
    """A square of a picture, in its pixels; where the picture ends within it, the rest is black."""

    x: int
    y: int
    side: int


class TurnedDetector:
    """The detector, ready to use by one thread."""

    def __init__(self) -> None:
        """Load the model.

        Raises:
            MediaError: Its file is not installed.
        """
        self._net = Net(shipped_model(FACE_DETECTION, _FILE))
        down, across = np.mgrid[:_CELLS, :_CELLS]
        self._cells = (np.stack([across, down], axis=-1).reshape(-1, 2) + 0.5) * (_SIDE / _CELLS)

    def find(self, image: RGBImage, min_face_px: int = 40, pixels: int = THOROUGH_PIXELS) -> list[Find]:
        """Return the faces that are not upright, the surest first; the size of the copy is the model's own.

        Faces narrower than a twelfth of the picture's longer side are seldom seen: see `TurnedInParts`.
        """
        height, width = image.shape[:2]
        return self.find_within(image, [Part(0, 0, max(width, height))], min_face_px)

    def find_within(self, image: RGBImage, parts: Sequence[Part], min_face_px: int) -> list[Find]:
        """Return the faces that are not upright in parts of a picture, the surest first, each once."""
        seen = [each for part in parts for each in self._seen_in(image, part)]
        best: list[Find] = []
        for _, found in sorted(seen, key=lambda each: -each[0]):
            if not any(found.box.overlap(other.box) > _SAME_FACE for other in best):
                best.append(found)
        return [found for found in best if abs(found.angle) >= _LEAST_TURN and found.box.width >= min_face_px]

    def find_in_photo(self, image: RGBImage, min_face_px: int = 40) -> list[Find]:
        """Return what `find` does."""
        return self.find(image, min_face_px)

    def _seen_in(self, image: RGBImage, part: Part) -> Iterator[tuple[float, Find]]:
        """Yield score and place of what is seen in a part, whichever way up, in pixels of the picture."""
        scale = _SIDE / part.side
        small = _squared(image[part.y : part.y + part.side, part.x : part.x + part.side], scale)
        for quarter in range(_QUARTERS):
            for score, found in self._seen(small, quarter):
                yield score, replace(found, box=found.box.scaled(1 / scale).moved(part.x, part.y))

    def _seen(self, small: NDArray[np.float32], quarter: int) -> list[tuple[float, Find]]:
        """Return score and place of what is seen in a copy turned by so many quarters, in pixels of `small`."""
        outputs = self._net.run(np.ascontiguousarray(np.rot90(small, quarter))[None])
        scores, boxes = sorted(outputs, key=lambda each: each.shape[-1])
        logits, answers = scores[0, :, 0], boxes[0]
        sure = np.flatnonzero(logits >= math.log(_LEAST_SCORE / (1 - _LEAST_SCORE)))
        return [(presence_of(float(logits[at])), self._find(answers[at], self._cells[at], quarter)) for at in sure]

    def _find(self, answer: NDArray[np.float32], cell: NDArray[np.float64], quarter: int) -> Find:
        """Return the place that a cell's answer means.

        Args:
            answer: (16,) middle, size, and six points, the eyes first, in pixels from the cell's middle.
            cell: (2,) that middle.
            quarter: By how many quarters the copy was turned, counter-clockwise.
        """
        x, y = (answer[:2] + cell).tolist()
        across, down = (answer[6:8] - answer[4:6]).tolist()
        for _ in range(quarter):
            x, y = _SIDE - y, x
        half = float(max(answer[2], answer[3])) / 2
        angle = math.remainder(math.atan2(down, across) + quarter * math.pi / 2, 2 * math.pi)
        return Find(Box(x - half, y - half, x + half, y + half), angle, Finder.BLAZEFACE)


class TurnedInParts:
    """Looks for small heads that are not upright, part of the picture after part.

    HOG sees heads half as wide as those that BlazeFace sees in a copy of the whole picture. Here both see equally far,
    in twice the time of a search by HOG: for pictures in which nothing else was found. Of a small picture the whole
    shows all that is wanted.
    """

    def __init__(self, detector: TurnedDetector) -> None:
        """Take this thread's detector."""
        self._detector = detector

    def find(self, image: RGBImage, min_face_px: int = 40, pixels: int = THOROUGH_PIXELS) -> list[Find]:
        """Return the faces that are not upright, the surest first, where the search is a thorough one."""
        if pixels < THOROUGH_PIXELS:
            return []
        return self._detector.find_within(image, parts_of(image, _OF_FRAME, min_face_px), min_face_px)

    def find_in_photo(self, image: RGBImage, min_face_px: int = 40) -> list[Find]:
        """Return the faces that are not upright, the surest first; where none is seen, those in smaller parts."""
        as_of_frame, smaller = (parts_of(image, share, min_face_px) for share in (_OF_FRAME, _OF_PHOTO))
        found = self._detector.find_within(image, as_of_frame, min_face_px)
        if found or smaller == as_of_frame:
            return found
        return self._detector.find_within(image, smaller, min_face_px)


def parts_of(image: RGBImage, side_share: float, min_face_px: int) -> list[Part]:
    """Return squares that cover a picture; none where the whole picture shows the smallest faces as well.

    Args:
        image: (H, W, 3).
        side_share: Their side, as a share of the picture's longer side.
        min_face_px: Width of the smallest face wanted; they are no smaller than it takes to see one.
    """
    height, width = image.shape[:2]
    side = max(math.ceil(max(width, height) * side_share), round(min_face_px / _WANTED_SHARE))
    if side >= max(width, height):
        return []
    overlap = math.floor(side * _OVERLAP)
    return [Part(x, y, side) for y in _starts(height, side, overlap) for x in _starts(width, side, overlap)]


def _starts(length: int, side: int, overlap: int) -> list[int]:
    """Return where squares begin that reach from one end to the other."""
    if length <= side:
        return [0]
    count = math.ceil((length - overlap) / (side - overlap))
    return [round(at * (length - side) / (count - 1)) for at in range(count)]


def _squared(image: RGBImage, scale: float) -> NDArray[np.float32]:
    """Return the picture as the model wants it: (192, 192, 3) float32 in -1..1, black below or beside it."""
    height, width = image.shape[:2]
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    square = np.full((_SIDE, _SIDE, 3), -1, np.float32)
    square[: size[1], : size[0]] = cv2.resize(image, size, interpolation=cv2.INTER_AREA) / np.float32(127.5) - 1
    return square
