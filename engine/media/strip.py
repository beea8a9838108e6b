"""A summary of a video: `python -m engine.media.strip VIDEO FOLDER` prints what it is and writes thumbnails."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np
from pydantic import BaseModel

from engine.arrays import RGBImage
from engine.errors import UnderstudioError
from engine.media.frames import read_frames
from engine.media.images import write_image
from engine.media.probe import read_video_info
from engine.process.sandbox import confine, inspection_bounds
from engine.project.stage import ExitCode
from engine.records.events import FailedEvent
from engine.records.video_strip import Strip

THUMBNAILS = 5
_THUMBNAIL_PX = 160
"""Length of the longer side: more than any terminal shows."""


def make_strip(video: Path, folder: Path) -> Strip:
    """Return what a video is, and put pictures of it into a folder.

    Args:
        video: A video.
        folder: Made where it is not there; pictures of the same name are replaced.

    Raises:
        MediaError: The video cannot be read.
    """
    info = read_video_info(video)
    pictures = []
    for number in range(THUMBNAILS):
        index = min(info.frame_count - 1, (2 * number + 1) * info.frame_count // (2 * THUMBNAILS))
        frame = next(read_frames(video, index), None)
        if frame is not None:
            path = folder / f"frame-{number}.jpg"
            write_image(path, thumbnail(frame.image))
            pictures.append(path)
    return Strip(
        width=info.width,
        height=info.height,
        seconds=info.duration_seconds,
        frames=info.frame_count,
        frame_rate=float(info.frame_rate),
        sound_tracks=len(info.sound),
        is_hdr=info.is_hdr,
        thumbnails=pictures,
    )


def main(arguments: Sequence[str]) -> int:
    """Print the strip, or what is wrong with the video, as one line of JSON; return the exit code."""
    return answer(arguments, make_strip)


def answer(arguments: Sequence[str], look: Callable[[Path, Path], BaseModel]) -> int:
    """Print what a look at a file finds, or what is wrong with the file, as one line of JSON; return the exit code.

    Args:
        arguments: The file, and a folder for pictures of it, which is made where it is not there.
        look: What to do, confined to the two.
    """
    file, folder = (Path(argument).absolute() for argument in arguments)
    folder.mkdir(parents=True, exist_ok=True)
    confine(inspection_bounds([folder], [file]))
    try:
        found = look(file, folder)
    except UnderstudioError as error:
        failed = FailedEvent.of(error)
        sys.stdout.write(failed.model_dump_json() + "\n")
        return ExitCode.FAILED
    sys.stdout.write(found.model_dump_json() + "\n")
    return ExitCode.DONE


def thumbnail(image: RGBImage) -> RGBImage:
    """Return a picture, (H, W, 3) uint8, as small as a terminal shows it."""
    height, width = image.shape[:2]
    scale = _THUMBNAIL_PX / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
