"""Open a video file, and nothing that the file may point to."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Disposition
from av.video.stream import VideoStream

from engine.errors import MediaError
from engine.files.atomic import translated_disk_errors
from engine.media.timeouts import DecodingTimeout, call_with_timeout

MAX_FRAME_PIXELS = 8192 * 8192
"""Videos with larger pictures are refused; one frame would take 200 MB, and decoders hold several."""

# Demuxers that read one local file and follow no reference out of it.
_FORMATS = "mov,matroska,webm,avi,mpeg,mpegts,flv,asf"
_OPTIONS = {
    "protocol_whitelist": "file",
    "format_whitelist": _FORMATS,
    "enable_drefs": "0",
    "use_absolute_path": "0",
}
_KEPT = "The other files are not affected."


@contextmanager
def open_container(path: Path) -> Iterator[InputContainer]:
    """Open a video file for reading.

    Raises:
        MediaError: It is absent, empty, cut off, not of an allowed format, or opening it takes for ever.
    """
    container = _open(path)
    try:
        yield container
    except DecodingTimeout:
        # A thread is still in it.
        raise
    except BaseException:
        container.close()
        raise
    container.close()


@contextmanager
def open_video(path: Path, has_threads: bool = True) -> Iterator[tuple[InputContainer, VideoStream]]:
    """Open a video file and its pictures.

    Args:
        path: The file.
        has_threads: Decode with as many threads as there are processors. Damaged frames then differ from one time to
            the next, since decoders guess at what is missing from whatever neighbour is ready.

    Raises:
        MediaError: As `open_container`; also where the file holds no moving pictures, or pictures that are too large or
            coded in a way that cannot be read.
    """
    with open_container(path) as container:
        stream = moving_pictures(container)
        if stream is None:
            raise MediaError(
                f"{path.name} has no moving pictures in it.",
                f"Put a video in its place; sound or a cover picture alone will not do. {_KEPT}",
            )
        if stream.codec_context is None or not stream.width or not stream.height:
            raise MediaError(
                f"The pictures in {path.name} cannot be decoded.",
                f"The file is damaged, or in a rare coding; save it as H.264 (MP4). {_KEPT}",
            )
        if stream.width * stream.height > MAX_FRAME_PIXELS:
            raise MediaError(
                f"The pictures of {path.name} are too large: {stream.width} by {stream.height} pixels.",
                f"Save the video smaller; 3840 by 2160 is plenty. {_KEPT}",
            )
        # A file may also change the size of its pictures on the way.
        stream.codec_context.options = {"max_pixels": str(MAX_FRAME_PIXELS)}
        stream.thread_type = "AUTO" if has_threads else "NONE"
        yield container, stream


@contextmanager
def translated_write_errors(path: Path) -> Iterator[None]:
    """Turn ffmpeg's error for a failed write into this program's.

    Raises:
        OutOfDisk: There is no room for `path`.
        MediaError: It cannot be written for another reason.
    """
    try:
        with translated_disk_errors(path):
            try:
                yield
            except FFmpegError as error:
                if error.errno in (errno.ENOSPC, errno.EDQUOT):
                    raise OSError(error.errno, "no room") from error
                raise
    except FFmpegError as error:
        raise MediaError(
            f"{path.name} could not be written: {error.strerror}.",
            "Look at the log for what ffmpeg said. Everything finished so far is kept.",
        ) from error


def moving_pictures(container: InputContainer) -> VideoStream | None:
    """Return the track of pictures that a player shows: the default one, else the first; covers are none."""
    return next(iter(picture_tracks(container)), None)


def picture_tracks(container: InputContainer) -> list[VideoStream]:
    """Return all tracks of pictures that are no covers, the one that a player shows first."""
    still = Disposition.attached_pic | Disposition.timed_thumbnails
    tracks = [stream for stream in container.streams.video if not stream.disposition & still]
    return sorted(tracks, key=lambda stream: not stream.disposition & Disposition.default)


def _open(path: Path) -> InputContainer:
    try:
        if path.stat().st_size == 0:
            raise MediaError(f"{path.name} is empty.", f"Copy it again from where it came from. {_KEPT}")
        # The prefix keeps a name such as `concat:x` or `http:x` from being taken for something else than a file.
        address, options = f"file:{path.absolute()}", dict(_OPTIONS)
        return call_with_timeout(path.name, lambda: av.open(address, "r", options=options, metadata_errors="replace"))
    except (FileNotFoundError, NotADirectoryError) as error:
        raise MediaError(f"{path.name} is not there any more.", f"Put it back and start again. {_KEPT}") from error
    except PermissionError as error:
        raise MediaError(f"{path.name} may not be read.", f"Change who may read it (chmod). {_KEPT}") from error
    except UnicodeEncodeError as error:
        raise MediaError(f"{path.name!r} has a name that cannot be read.", f"Rename it. {_KEPT}") from error
    except (FFmpegError, OSError, ValueError) as error:
        raise MediaError(
            f"{path.name} is not a video that can be read, or it is cut off.",
            f"Copy it again from where it came from; if it does not play there either, it is broken. {_KEPT}",
        ) from error
