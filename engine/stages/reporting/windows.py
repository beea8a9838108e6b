"""Which frames of a result to examine: a few short stretches, evenly spread, whatever the length of the video."""

from __future__ import annotations

from collections.abc import Collection

WINDOWS = 24
"""Number of stretches examined."""
WINDOW_FRAMES = 7
"""Frames of a stretch: jitter shows only in consecutive frames."""


def choose_windows(frames: Collection[int], count: int = WINDOWS, length: int = WINDOW_FRAMES) -> list[range]:
    """Return stretches of frames, in order and apart from one another.

    Args:
        frames: Frames in which there is a face to look at.
        count: At most so many stretches.
        length: Frames of each, fewer where the faces end sooner.

    Returns:
        Ranges that lie within `frames` completely.
    """
    ordered = sorted(frames)
    windows: list[range] = []
    for piece in range(count):
        first = ordered[piece * len(ordered) // count :][:1]
        if not first or (windows and first[0] < windows[-1].stop):
            continue
        stop = first[0] + 1
        while stop < first[0] + length and stop in frames:
            stop += 1
        windows.append(range(first[0], stop))
    return windows
