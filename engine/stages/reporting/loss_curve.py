"""The loss of a training as a line in SVG."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np

_WIDTH, _HEIGHT = 720, 220
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 12, 12, 34
_POINTS = 240
"""Points of the line; more would not be visible."""


def loss_curve(steps: Sequence[int], losses: Sequence[float]) -> str:
    """Return an `<svg>` element, or nothing where there are fewer than two values.

    Args:
        steps: (N,) steps of the project, rising.
        losses: (N,) at these steps.
    """
    if len(steps) < 2:
        return ""
    x, y = _thinned(np.asarray(steps, float), np.asarray(losses, float))
    low, high = float(y.min()), float(y.max())
    span = max(high - low, 1e-9)
    across = _LEFT + (x - x[0]) / max(x[-1] - x[0], 1e-9) * (_WIDTH - _LEFT - _RIGHT)
    down = _TOP + (high - y) / span * (_HEIGHT - _TOP - _BOTTOM)
    line = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(across, down, strict=True))
    floor = _HEIGHT - _BOTTOM
    texts = [
        _text(_LEFT - 6, _TOP + 8, f"{high:.3g}", "end"),
        _text(_LEFT - 6, floor, f"{low:.3g}", "end"),
        _text(_LEFT, _HEIGHT - 10, f"step {x[0]:,.0f}", "start"),
        _text(_WIDTH - _RIGHT, _HEIGHT - 10, f"step {x[-1]:,.0f}", "end"),
    ]
    return (
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="Error of the model over the training">'
        f'<path class="axis" d="M{_LEFT} {_TOP}V{floor}H{_WIDTH - _RIGHT}"/>'
        f'<polyline class="curve" points="{line}"/>{"".join(texts)}</svg>'
    )


def _thinned(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the means of neighbouring values, so that the line shows the trend."""
    keep = np.isfinite(y)
    x, y = x[keep], y[keep]
    if len(x) <= _POINTS:
        return x, y
    pieces = np.array_split(np.arange(len(x)), _POINTS)
    return np.array([x[piece].mean() for piece in pieces]), np.array([y[piece].mean() for piece in pieces])


def _text(x: float, y: float, words: str, anchor: str) -> str:
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}">{escape(words)}</text>'
