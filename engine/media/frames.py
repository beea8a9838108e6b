"""Read the frames of a video: exact by index, wherever reading begins."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path

from av.container import InputContainer
from av.error import FFmpegError
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from engine.arrays import RGBImage
from engine.media.colour import ColourConverter
from engine.media.opening import open_video
from engine.media.orientation import orientation_of
from engine.media.table import FrameTable, decoded_frames, frame_table

_KEY_FRAMES_TRIED = 2


@dataclass(frozen=True, eq=False)
class Original:
    """A frame as the decoder gave it; what a result is made from where the picture was not changed."""

    native: VideoFrame
    """In the video's own colours, not turned."""
    image: RGBImage
    """The same in RGB, upright. Not to be written to."""


@dataclass(frozen=True, eq=False)
class Frame:
    """One picture of a video."""

    index: int
    """Its place in the video, from 0."""
    pts: int
    """When it is shown, in the video's time base."""
    image: RGBImage
    """(H, W, 3) uint8 RGB, upright. May be read-only: copy before drawing on it."""
    original: Original | None = field(default=None, repr=False)
    """Handed on to `write_segment`, this keeps every pixel that was not changed out of a second colour conversion."""

    def with_image(self, image: RGBImage) -> Frame:
        """Return this frame with another picture, of the same size."""
        return replace(self, image=image)


def read_frames(path: Path, start: int = 0, stop: int | None = None, step: int = 1) -> Iterator[Frame]:
    """Yield frames of a video, upright and in RGB.

    A frame has the same index, stamp and pixels wherever reading starts. Frames that do not decode are passed over and
    their indices left out. Memory does not grow with the length of the video.

    Args:
        path: A video.
        start: Index of the first frame wanted.
        stop: Index after the last one wanted; None reads to the end.
        step: Every how manieth frame is wanted; decoding leaps from key frame to key frame where that is quicker.

    Raises:
        MediaError: The file cannot be read, or not even one of its frames can be.
    """
    table = frame_table(path)
    wanted = range(start, min(len(table), len(table) if stop is None else stop), step)
    converter = ColourConverter()
    with open_video(path) as (container, stream):
        for index, native in _wanted_frames(path, container, stream, table, wanted):
            image = orientation_of(native).upright(converter.to_rgb(native))
            image.flags.writeable = False
            yield Frame(index, int(table.pts[index]), image, Original(native, image))


def frame_times(path: Path) -> tuple[Fraction, ...]:
    """Return when each frame of a video is shown, in seconds, exactly.

    Raises:
        MediaError: The file cannot be read.
    """
    table = frame_table(path)
    return tuple(pts * table.time_base for pts in table.pts.tolist())


def _wanted_frames(
    path: Path, container: InputContainer, stream: VideoStream, table: FrameTable, wanted: range
) -> Iterator[tuple[int, VideoFrame]]:
    """Yield the frames whose indices are wanted, those that decode."""
    at = 0
    while at < len(wanted):
        for index, native in _frames_from(path, container, stream, table, wanted[at]):
            if index >= wanted.stop:
                return
            if index in wanted:
                yield index, native
            at = max(at, -(-(index + 1 - wanted.start) // wanted.step))
            if at < len(wanted) and _is_leap_worthwhile(table, index, wanted[at]):
                break
        else:
            return


def _is_leap_worthwhile(table: FrameTable, index: int, wanted: int) -> bool:
    """Return whether decoding can begin anew between the frame just decoded and the next one wanted."""
    key = _keys_up_to(table, wanted)
    return bool(key) and key[-1] > index + 1


def _keys_up_to(table: FrameTable, index: int) -> list[int]:
    return [int(key) for key in table.key_indices[: table.key_indices.searchsorted(index, "right")]]


def _frames_from(
    path: Path, container: InputContainer, stream: VideoStream, table: FrameTable, start: int
) -> Iterator[tuple[int, VideoFrame]]:
    """Yield frames and their indices, beginning with `start`.

    Not every container finds a key frame where it says that one is, and not every frame marked as one stands on its
    own. So what comes out first is checked, and an earlier beginning tried where it is not what was wanted.
    """
    keys = [key for key in reversed(_keys_up_to(table, start)) if key > 0][:_KEY_FRAMES_TRIED]
    for key in keys:
        try:
            container.seek(int(table.pts[key]), stream=stream)
        except FFmpegError:
            continue
        numbered = _skipped_to(_numbered(decoded_frames(container, stream), table), start)
        first = next(numbered, None)
        if first is not None and first[0] == start:
            yield first
            yield from numbered
            return
    # A fresh file, since some cannot be wound back to the first packet.
    with open_video(path) as (anew, pictures):
        yield from _skipped_to(_numbered(decoded_frames(anew, pictures), table), start)


def _numbered(frames: Iterator[VideoFrame], table: FrameTable) -> Iterator[tuple[int, VideoFrame]]:
    """Yield frames with their indices; those that the table does not know are dropped."""
    for count, frame in enumerate(frames):
        index = table.index_of(frame.pts) if table.has_own_pts else count
        if index is not None and index < len(table):
            yield index, frame


def _skipped_to(numbered: Iterator[tuple[int, VideoFrame]], start: int) -> Iterator[tuple[int, VideoFrame]]:
    return ((index, frame) for index, frame in numbered if index >= start)
