"""What is known of a face in a picture: where its box is, where its 468 points are, and who found it."""

from __future__ import annotations

from dataclasses import dataclass

from engine.arrays import Landmarks
from engine.records.finder import Finder


@dataclass(frozen=True)
class Box:
    """An upright rectangle in pixels; `right` and `bottom` lie just outside it."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        """Pixels from left to right."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """Pixels from top to bottom."""
        return self.bottom - self.top

    @property
    def centre(self) -> tuple[float, float]:
        """x, y of the middle."""
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2

    def scaled(self, by: float) -> Box:
        """Return it in a copy of the picture that is so many times as large."""
        return Box(self.left * by, self.top * by, self.right * by, self.bottom * by)

    def moved(self, right: float, down: float) -> Box:
        """Return it so many pixels farther to the right and down."""
        return Box(self.left + right, self.top + down, self.right + right, self.bottom + down)

    def overlap(self, other: Box) -> float:
        """Return intersection over union with another box, 0..1."""
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.bottom, other.bottom) - max(self.top, other.top)
        if width <= 0 or height <= 0:
            return 0.0
        shared = width * height
        return shared / (self.width * self.height + other.width * other.height - shared)


@dataclass(frozen=True)
class Square:
    """A square in the picture, turned with the head; the mesh is fitted inside it."""

    x: float
    """Middle, in pixels."""
    y: float
    """Middle, in pixels."""
    size: float
    """Length of a side in pixels."""
    angle: float = 0.0
    """Radians by which its x axis is turned from the picture's, clockwise as seen."""


@dataclass(frozen=True, eq=False)
class Face:
    """One face in one frame."""

    frame_index: int
    """Counted from 0; for a photo always 0."""
    landmarks: Landmarks
    """(468, 3) float32 in frame pixels."""
    presence: float
    """How sure the mesh is that this is a face, 0..1."""
    track: int
    """Faces of one person followed through one shot share this number."""
    finder: Finder = Finder.HOG
    """Who found the track."""


def bounding_box(landmarks: Landmarks) -> Box:
    """Return the smallest upright box around all points."""
    left, top = landmarks[:, :2].min(axis=0)
    right, bottom = landmarks[:, :2].max(axis=0)
    return Box(float(left), float(top), float(right), float(bottom))
