"""Check that a result equals its original in everything but the picture's content."""

from __future__ import annotations

from fractions import Fraction

from engine.media.colourspace import UNSPECIFIED, ColourTags
from engine.media.encoding import result_size
from engine.media.frames import frame_times
from engine.media.probe import VideoInfo
from engine.media.sound import is_same_sound
from engine.records.report import Sameness

_TICK = Fraction(1, 100_000)
"""Times closer than this are equal: containers count in different ticks."""


def compare_files(before: VideoInfo, after: VideoInfo) -> Sameness:
    """Return what is equal; sound and time stamps are compared in full, without decoding.

    Raises:
        MediaError: One of the files cannot be read.
    """
    times = frame_times(before.path), frame_times(after.path)
    return Sameness(
        size=not before.changes_size and result_size(before) == (after.width, after.height),
        frame_count=before.frame_count == after.frame_count,
        time_stamps=len(times[0]) == len(times[1]) == agreeing_frames(*times),
        rotation=(before.rotation, before.orientation.is_mirrored) == (after.rotation, after.orientation.is_mirrored),
        colour=_is_same_colour(before.colour, after.colour),
        sound=is_same_sound(before.path, after.path),
    )


def agreeing_frames(before: tuple[Fraction, ...], after: tuple[Fraction, ...]) -> int:
    """Return how many frames, from the first on, are shown at the same time, counted from the first."""
    for index, (was, now) in enumerate(zip(before, after, strict=False)):
        if abs((was - before[0]) - (now - after[0])) > _TICK:
            return index
    return min(len(before), len(after))


def _is_same_colour(before: ColourTags, after: ColourTags) -> bool:
    """Return whether the tags agree; what the original leaves open the result may fill in."""
    pairs = (
        (before.primaries, after.primaries, UNSPECIFIED),
        (before.transfer, after.transfer, UNSPECIFIED),
        (before.matrix, after.matrix, UNSPECIFIED),
        (before.range, after.range, 0),
    )
    return all(was in (now, left_open) for was, now, left_open in pairs)
