"""Which detector found a face."""

from __future__ import annotations

from enum import StrEnum


class Finder(StrEnum):
    """Who found a face."""

    HOG = "hog"
    """dlib's detector, which sees upright faces: `engine.faces.detection.detect.Detector`."""
    BLAZEFACE = "blazeface"
    """MediaPipe's, on turned copies of the picture: `engine.faces.detection.turned.TurnedDetector`."""

    @property
    def words(self) -> str:
        """How the face was found, for those who look through faces."""
        match self:
            case Finder.HOG:
                return "found upright (HOG)"
            case Finder.BLAZEFACE:
                return "found turned (BlazeFace)"
