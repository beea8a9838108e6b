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
from engine.media.colourspace import ColourConverter
from engine.media.frame_index import frame_table
from engine.media.frame_table import FrameTable
from engine.media.open import open_video
from engine.media.packets import decoded_frames
from engine.media.waypoints import Waypoints, WoundBy

_KEY_FRAMES_TRIED = 2


@dataclass(frozen=True, eq=False)
class Original:
    """A frame as the decoder gave it, from which a result is made where the picture was not changed."""

    native: VideoFrame
    """The decoder's picture, in the video's own colours, not turned."""
    image: RGBImage
    """`native` in RGB, upright. Read-only."""


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


def read_frames(
    path: Path, start: int = 0, stop: int | None = None, step: int = 1, *, has_threads: bool = True
) -> Iterator[Frame]:
    """Yield frames of a video, upright and in RGB.

    A frame has the same index, stamp and pixels wherever reading starts. Frames that do not decode are passed over and
    their indices left out. Memory does not grow with the length of the video.

    Args:
        path: A video.
        start: Index of the first frame wanted.
        stop: Index after the last one wanted; None reads to the end.
        step: Stride: every `step`-th frame is read. Decoding skips from key frame to key frame where that is quicker.
        has_threads: Decode with as many threads as there are processors; the pixels are the same without.

    Raises:
        MediaError: The file cannot be read, or not even one of its frames can be.
    """
    table = frame_table(path)
    wanted = range(start, min(len(table), len(table) if stop is None else stop), step)
    converter = ColourConverter()
    has_threads = has_threads and not table.is_damaged
    with open_video(path, has_threads) as (container, stream):
        for index, decoded in _Reader(path, container, stream, has_threads).frames(wanted):
            native = converter.to_size(decoded, table.width, table.height)
            image = table.orientation.upright(converter.to_rgb(native))
            image.flags.writeable = False
            yield Frame(index, int(table.pts[index]), image, Original(native, image))


def frame_times(path: Path) -> tuple[Fraction, ...]:
    """Return when each frame of a video is shown, in seconds, exactly.

    Raises:
        MediaError: The file cannot be read.
    """
    table = frame_table(path)
    return tuple(pts * table.time_base for pts in table.pts.tolist())


class _Reader:
    """Seeks and decodes frames in an open video."""

    def __init__(self, path: Path, container: InputContainer, stream: VideoStream, has_threads: bool) -> None:
        self._path = path
        self._container = container
        self._stream = stream
        self._has_threads = has_threads
        self._table = frame_table(path)
        self._can_leap = len(self._table.key_indices) > 0

    def frames(self, wanted: range) -> Iterator[tuple[int, VideoFrame]]:
        """Yield the frames whose indices are wanted, those that decode."""
        at = 0
        while at < len(wanted):
            for index, native in self._frames_from(wanted[at]):
                if index >= wanted.stop:
                    return
                if index in wanted:
                    yield index, native
                at = -(-(index + 1 - wanted.start) // wanted.step)
                if at < len(wanted) and self._is_leap_worthwhile(index, wanted[at]):
                    break
            else:
                return

    def _is_leap_worthwhile(self, index: int, wanted: int) -> bool:
        """Return whether decoding can begin again between the frame just decoded and the next one wanted."""
        return self._can_leap and self._keys_up_to(wanted)[-1:] > [index + 1]

    def _keys_up_to(self, index: int) -> list[int]:
        """Return the last few frames, in order, at which decoding can begin to reach a frame."""
        end = int(self._table.key_indices.searchsorted(index, "right"))
        return [int(key) for key in self._table.key_indices[max(0, end - _KEY_FRAMES_TRIED) : end] if key > 0]

    def _frames_from(self, start: int) -> Iterator[tuple[int, VideoFrame]]:
        """Yield frames and their indices, beginning with `start`, or after it where that one does not decode.

        Not every container finds a key frame where it says that one is, and not every frame marked as one stands on its
        own. So the way to the first frame is checked, and an earlier beginning tried where it is not as it should be.
        """
        for key in reversed(self._keys_up_to(start)):
            try:
                self._wind_to(key)
            except FFmpegError:
                continue
            numbered = _numbered(decoded_frames(self._container, self._stream), self._table, key)
            first = _arrival(numbered, key, start, self._table.waypoints)
            if first is not None:
                yield start, first
                yield from numbered
                return
            self._can_leap = False
        # A fresh file, since some cannot be wound back to the first packet.
        with open_video(self._path, self._has_threads) as (container, stream):
            numbered = _numbered(decoded_frames(container, stream), self._table)
            yield from ((index, frame) for index, frame in numbered if index >= start)

    def _wind_to(self, key: int) -> None:
        """Have decoding begin at a key frame.

        Raises:
            FFmpegError: The file cannot be wound there.
        """
        waypoints = self._table.waypoints
        if waypoints is None:
            self._container.seek(int(self._table.pts[key]), stream=self._stream)
            return
        place = int(waypoints.places[self._table.key_indices.searchsorted(key)])
        match waypoints.by:
            case WoundBy.BYTE:
                self._container.seek(place, unsupported_byte_offset=True)
            case WoundBy.STAMP:
                self._container.seek(place, stream=self._stream)


def _arrival(
    numbered: Iterator[tuple[int, VideoFrame]], key: int, start: int, waypoints: Waypoints | None
) -> VideoFrame | None:
    """Return the frame `start`, or None where the way there from the key frame was not as the table says."""
    expected = key
    for index, frame in numbered:
        if index < key:
            continue
        if index != expected or (index == key and not frame.key_frame):
            return None
        if waypoints is not None and not waypoints.fits(index, frame.pts if frame.pts is not None else frame.dts):
            return None
        if index == start:
            return frame
        expected += 1
    return None


def _numbered(frames: Iterator[VideoFrame], table: FrameTable, first: int = 0) -> Iterator[tuple[int, VideoFrame]]:
    """Yield frames with their indices; those that the table does not know are dropped.

    Args:
        frames: From a key frame on.
        table: Of the video.
        first: Index of that key frame, from which on frames are counted that do not carry the table's stamps.
    """
    for count, frame in enumerate(frames, first):
        index = table.index_of(frame.pts) if table.has_own_pts else count
        if index is not None and index < len(table):
            yield index, frame
