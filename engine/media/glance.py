"""One file at a glance: `python -m engine.media.glance FILE FOLDER` prints what it is and writes a thumbnail."""

from __future__ import annotations

import sys
from pathlib import Path

from engine.errors import MediaError
from engine.media.frames import read_frames
from engine.media.images import read_image, write_image
from engine.media.probe import read_video_info
from engine.media.strip import answer, thumbnail
from engine.project.media_kinds import MediaKind, kind_of
from engine.records.glance import Glance

_PICTURE = "glance.jpg"


def look_at(file: Path, folder: Path) -> Glance:
    """Return what a photo or video shows, and put a picture of it into a folder.

    Args:
        file: A photo, or a video, of which the frame in the middle is taken.
        folder: For the picture; one of the same name is replaced.

    Raises:
        MediaError: It is neither, or cannot be read.
    """
    picture = folder / _PICTURE
    match kind_of(file):
        case MediaKind.PHOTO:
            image = read_image(file)
            write_image(picture, thumbnail(image))
            return Glance(picture=picture, width=image.shape[1], height=image.shape[0])
        case MediaKind.VIDEO:
            info = read_video_info(file)
            frame = next(read_frames(file, info.frame_count // 2), None)
            if frame is None:
                raise MediaError(f"No frame of {file.name} can be read.", "Choose another file.")
            write_image(picture, thumbnail(frame.image))
            return Glance(picture=picture, width=info.width, height=info.height, seconds=info.duration_seconds)
        case None:
            raise MediaError(f"{file.name} is neither a picture nor a video.", "Choose another file.")


if __name__ == "__main__":
    sys.exit(answer(sys.argv[1:], look_at))
