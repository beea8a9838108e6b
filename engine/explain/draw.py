"""What is drawn onto pictures: arrows, cells, boxes, the mesh, a latent vector."""

from __future__ import annotations

import cv2
import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray

from engine.arrays import Landmarks, Mask, RGBImage
from engine.explain.canvas import ACCENT, GROUND, INK, Colour
from engine.explain.hog import ANGLES, DIRECTIONS, Cells, Gradients, Grey
from engine.faces.face import Box
from engine.faces.landmarks import INNER_LIPS, LEFT_BROW, LEFT_EYE, LIPS, OVAL, RIGHT_BROW, RIGHT_EYE

_BLOCK = 4
"""There is one arrow for this many pixels across and down: that of the steepest among them."""
_ARROW_SCALE = 10
"""Pixels of the drawing for one of the picture."""
_FAINT = 14.0
"""Gradient below which there is no arrow."""
_STRONG = 110.0
"""Gradient from which arrows get no longer."""
_GLYPH_PX = 88
_BRIGHTEST = 96.0
"""Percentile of the bars that is drawn full."""
_LEAST_DETAIL = 900
"""Pixels across a picture on which fine lines are drawn."""
_RINGS = (RIGHT_EYE, LEFT_EYE, LIPS, INNER_LIPS, RIGHT_BROW, LEFT_BROW, OVAL)


def arrows(grey: Grey, slopes: Gradients) -> RGBImage:
    """Return a picture enlarged, with arrows that point from light to dark.

    Args:
        grey: (H, W) uint8.
        slopes: Its gradients.
    """
    scale = _ARROW_SCALE
    dimmed = np.rint(GROUND[2] + grey * 0.42).astype(np.uint8)
    size = (grey.shape[1] * scale, grey.shape[0] * scale)
    canvas = cv2.cvtColor(cv2.resize(dimmed, size, interpolation=cv2.INTER_NEAREST), cv2.COLOR_GRAY2RGB)
    strength = slopes.strength
    for top in range(0, grey.shape[0] - _BLOCK + 1, _BLOCK):
        for left in range(0, grey.shape[1] - _BLOCK + 1, _BLOCK):
            block = strength[top : top + _BLOCK, left : left + _BLOCK]
            down, across = np.unravel_index(block.argmax(), block.shape)
            if block[down, across] >= _FAINT:
                x, y = slopes.x[top + down, left + across], slopes.y[top + down, left + across]
                middle = (np.array([left, top]) + _BLOCK / 2) * scale
                _arrow(canvas, middle, -np.array([x, y]) / block[down, across], float(block[down, across]))
    return np.asarray(canvas, np.uint8)


def _arrow(canvas: MatLike, middle: NDArray[np.float64], towards: NDArray[np.float64], strength: float) -> None:
    share = min(1.0, strength / _STRONG) ** 0.5
    half = towards * _BLOCK * _ARROW_SCALE * (0.22 + 0.25 * share)
    ends = [tuple(np.rint((middle + sign * half) * 16).astype(int).tolist()) for sign in (-1, 1)]
    paint = _mixed(ACCENT, 0.45 + 0.55 * share)
    cv2.line(canvas, ends[0], ends[1], paint, 3, cv2.LINE_AA, shift=4)
    side = np.array([-towards[1], towards[0]]) * 7
    tip = middle + half
    head = np.stack([tip + towards * 3, tip - towards * 10 + side, tip - towards * 10 - side])
    cv2.fillConvexPoly(canvas, np.rint(head * 16).astype(np.int32), paint, cv2.LINE_AA, shift=4)


def glyphs(cells: Cells, colour: Colour = INK) -> RGBImage:
    """Return cells as stars of bars that lie along the edges; the brighter, the more of an edge.

    Args:
        cells: (R, C, 31) numbers of cells, or weights of a filter, of which the positive ones are shown.
        colour: Colour of the bars.
    """
    shown = np.maximum(cells[..., : 3 * DIRECTIONS], 0).reshape(*cells.shape[:2], 3, DIRECTIONS).sum(axis=2)
    full = max(float(np.percentile(shown.max(axis=-1), _BRIGHTEST)), 1e-9)
    canvas = np.full((cells.shape[0] * _GLYPH_PX, cells.shape[1] * _GLYPH_PX, 3), GROUND, np.uint8)
    # Bars lie across the gradient.
    bars = np.column_stack([-np.sin(ANGLES), np.cos(ANGLES)]) * _GLYPH_PX * 0.46
    for row, column in np.ndindex(*cells.shape[:2]):
        middle = (np.array([column, row]) + 0.5) * _GLYPH_PX
        for direction in shown[row, column].argsort():
            share = min(1.0, float(shown[row, column, direction]) / full) ** 0.8
            ends = [tuple(np.rint((middle + sign * bars[direction]) * 16).astype(int).tolist()) for sign in (-1, 1)]
            if share > 0.04:
                cv2.line(canvas, ends[0], ends[1], _mixed(colour, share), 6, cv2.LINE_AA, shift=4)
    drawn: RGBImage = canvas
    return drawn


def detailed(image: RGBImage) -> tuple[RGBImage, float]:
    """Return a picture such that fine lines can be drawn on it, and how many times as large it is."""
    scale = max(1.0, _LEAST_DETAIL / image.shape[1])
    return np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC), np.uint8), scale


def boxed(image: RGBImage, box: Box, colour: Colour = ACCENT) -> RGBImage:
    """Return a copy with a box on it."""
    corners = np.array([[box.left, box.top], [box.right, box.top], [box.right, box.bottom], [box.left, box.bottom]])
    return outlined(image, corners, colour)


def outlined(image: RGBImage, corners: NDArray[np.floating], colour: Colour = ACCENT) -> RGBImage:
    """Return a copy with a closed line through (N, 2) points, as thick as suits the picture."""
    marked: RGBImage = image.copy()
    thick = max(2, round(min(image.shape[:2]) / 140))
    points = np.rint(np.asarray(corners) * 16).astype(np.int32)
    cv2.polylines(marked, [points], True, GROUND, thick + 2, cv2.LINE_AA, shift=4)
    cv2.polylines(marked, [points], True, colour, thick, cv2.LINE_AA, shift=4)
    return marked


def meshed(image: RGBImage, landmarks: Landmarks) -> RGBImage:
    """Return a copy with the mesh on it: its points, the triangles between them, and eyes, brows, lips and outline.

    The triangles are those of Delaunay, for the eye only; nothing else depends on them.

    Args:
        image: (H, W, 3) uint8 RGB, large enough to draw fine lines on.
        landmarks: (468, 3) in its pixels.
    """
    points = landmarks[:, :2].astype(np.float64)
    lines = np.zeros(image.shape[:2], np.uint8)
    for triangle in _triangles(points):
        cv2.polylines(lines, [np.rint(triangle * 16).astype(np.int32)], True, 255, 1, cv2.LINE_AA, shift=4)
    weight = (lines.astype(np.float32) * (0.5 / 255))[..., None]
    marked: RGBImage = np.rint(image * (1 - weight) + np.array(INK, np.float32) * weight).astype(np.uint8)
    for ring in _RINGS:
        closed = np.rint(points[list(ring)] * 16).astype(np.int32)
        cv2.polylines(marked, [closed], True, ACCENT, 2, cv2.LINE_AA, shift=4)
    for x, y in points:
        cv2.circle(marked, (round(x * 16), round(y * 16)), 30, INK, -1, cv2.LINE_AA, shift=4)
    return marked


def _triangles(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (N, 3, 2) triangles between points."""
    low, high = points.min(axis=0) - 2, points.max(axis=0) + 4
    plane = cv2.Subdiv2D((int(low[0]), int(low[1]), int(high[0] - low[0]) + 2, int(high[1] - low[1]) + 2))
    plane.insert([(float(x), float(y)) for x, y in points])
    found = np.asarray(plane.getTriangleList(), np.float64).reshape(-1, 3, 2)
    inside = (found > low).all(axis=(1, 2)) & (found < high).all(axis=(1, 2))
    within: NDArray[np.float64] = found[inside]
    return within


def grey_picture(values: NDArray[np.uint8] | Mask) -> RGBImage:
    """Return (H, W) grey, 0..255 as uint8 or 0..1 as float32, as RGB."""
    grey = values if values.dtype == np.uint8 else np.rint(np.clip(values, 0, 1) * 255)
    return np.asarray(cv2.cvtColor(grey.astype(np.uint8), cv2.COLOR_GRAY2RGB), np.uint8)


def masked(image: RGBImage, mask: Mask) -> RGBImage:
    """Return what a mask leaves of a picture, on the sheet's ground."""
    weight = mask[..., None]
    return np.rint(image * weight + np.array(GROUND, np.float32) * (1 - weight)).astype(np.uint8)


def latent_picture(latent: NDArray[np.float32], side: int = 512) -> RGBImage:
    """Return the numbers of a latent vector as squares, row by row: amber above the mean, grey at it, dark below."""
    across = int(np.ceil(np.sqrt(len(latent))))
    down = -(-len(latent) // across)
    share = np.clip(latent / 4 + 0.5, 0, 1)[:, None]
    dark, bright = np.array(GROUND, np.float32) + 8, np.array(ACCENT, np.float32)
    squares = np.full((across * down, 3), GROUND, np.uint8)
    squares[: len(latent)] = np.rint(dark + (bright - dark) * share)
    size = (side, round(side * down / across))
    enlarged = cv2.resize(squares.reshape(down, across, 3), size, interpolation=cv2.INTER_NEAREST)
    return np.asarray(enlarged, np.uint8)


def _mixed(colour: Colour, share: float) -> Colour:
    red, green, blue = (round(low + (high - low) * share) for low, high in zip(GROUND, colour, strict=True))
    return red, green, blue
