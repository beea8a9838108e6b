"""A single picture: a photo, or one frame of a video."""

from pathlib import Path

import numpy as np
import pytest

from engine.errors import MediaError
from engine.media.images import read_image
from engine.media.stills import read_still
from tests.real_faces import MAN, frames_of, write_photos


def test_of_a_video_one_frame_is_read_and_of_a_photo_the_whole(tmp_path: Path) -> None:
    (frame,) = frames_of(MAN, range(7, 8))
    assert np.array_equal(read_still(MAN, 7), frame)
    (photo,) = write_photos(tmp_path, [frame])
    assert np.array_equal(read_still(photo, 7), read_image(photo))


def test_a_frame_that_is_not_there_is_said_to_be_that() -> None:
    with pytest.raises(MediaError, match=f"Frame 5000 of {MAN.name} cannot be read"):
        read_still(MAN, 5000)
