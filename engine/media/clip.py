"""Clips for people: before beside after."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
from moviepy import VideoClip
from PIL import Image, ImageDraw, ImageFont

from engine.arrays import RGBImage
from engine.files import atomic
from engine.media.frames import frame_times, read_frames
from engine.media.joining import add_sound
from engine.media.open import translated_write_errors
from engine.media.probe import VideoInfo, read_video_info

_LARGEST_WIDTH = 1280
_HIGHEST_RATE = Fraction(60)
_RATE_OF_VARIABLE = Fraction(30)
_ROUNDING = 0.0005
"""Seconds that make up for the rounding of times that moviepy hands over."""
_QUALITY = 20
_LABEL_SHARE = 14
"""Height of a label: the picture's height divided by this."""


def write_comparison(before: Path, after: Path, out: Path, longest_seconds: float = 300.0) -> None:
    """Write a clip that shows two versions of a video side by side, each with its name, and with the sound of `after`.

    Args:
        before: The original.
        after: The result: as many frames, at the same times.
        out: An MP4 file; complete or absent.
        longest_seconds: Length of the clip at most; of a longer video, the beginning is shown.

    Raises:
        MediaError: One of them cannot be read.
        OutOfDisk: There is no room.
    """
    info = read_video_info(after)
    rate = _steady_rate(info)
    frames = max(1, round(min(info.duration_seconds, longest_seconds) * rate))
    pair = _Pair((_Player(before, "before", _panel_size(info)), _Player(after, "after", _panel_size(info))))
    with atomic.new_file(out) as partial, translated_write_errors(out):
        silent = partial.with_name(f"{partial.stem}-silent.mp4")
        try:
            # Half a frame more, since moviepy rounds the number of frames down.
            clip = VideoClip(frame_function=pair.picture_at, duration=float((frames + Fraction(1, 2)) / rate))
            clip.write_videofile(
                str(silent),
                fps=float(rate),
                codec="libx264",
                audio=False,
                preset="veryfast",
                ffmpeg_params=_ffmpeg_parameters(rate),
                logger=None,
            )
            add_sound(silent, after, partial, until=frames / rate)
        finally:
            silent.unlink(missing_ok=True)


class _Player:
    """Shows a video by the clock: the picture that belongs to each moment, moving forward only."""

    def __init__(self, path: Path, words: str, size: tuple[int, int]) -> None:
        self._times = frame_times(path)
        self._frames = read_frames(path)
        self._next = next(self._frames, None)
        self._size = size
        self._label = _label(words, size[1])
        self._shown: RGBImage = np.zeros((size[1], size[0], 3), np.uint8)

    def picture_at(self, seconds: float) -> RGBImage:
        """Return the picture at a time counted from the first frame."""
        newest = None
        while self._next is not None and float(self._times[self._next.index] - self._times[0]) <= seconds + _ROUNDING:
            newest, self._next = self._next, next(self._frames, None)
        if newest is not None:
            self._shown = np.array(cv2.resize(newest.image, self._size, interpolation=cv2.INTER_AREA), np.uint8)
            height, width = self._label.shape[:2]
            margin = height // 2
            self._shown[-height - margin : -margin, margin : margin + width] = self._label
        return self._shown


@dataclass(frozen=True)
class _Pair:
    """Two videos side by side."""

    players: tuple[_Player, _Player]

    def picture_at(self, seconds: float) -> RGBImage:
        """Return the pictures of both at a time."""
        return np.hstack([player.picture_at(seconds) for player in self.players])


def _steady_rate(info: VideoInfo) -> Fraction:
    """Return the rate of a clip of constant rate that shows the video without visible stutter."""
    rate = max(info.frame_rate, _RATE_OF_VARIABLE) if info.is_vfr else info.frame_rate
    return min(rate, _HIGHEST_RATE)


def _label(words: str, height: int) -> RGBImage:
    """Return white words on black."""
    font = ImageFont.load_default(max(10, height // _LABEL_SHARE))
    left, top, right, bottom = font.getbbox(words)
    margin = math.ceil((bottom - top) / 3)
    picture = Image.new("RGB", (int(right - left) + 2 * margin, int(bottom - top) + 2 * margin))
    ImageDraw.Draw(picture).text((margin - left, margin - top), words, fill="white", font=font)
    return np.asarray(picture)


def _panel_size(info: VideoInfo) -> tuple[int, int]:
    """Return width and height of one of two panels: square pixels, even numbers."""
    shown = (info.width * info.display_stretch[0], info.height * info.display_stretch[1])
    scale = min(1.0, _LARGEST_WIDTH / 2 / shown[0])
    width, height = (max(2, round(side * scale / 2) * 2) for side in shown)
    return width, height


def _ffmpeg_parameters(rate: Fraction) -> list[str]:
    """Return what moviepy's writer does not say to ffmpeg: the exact rate, which it rounds, and the colours."""
    filters = (
        f"setpts=N*{rate.denominator}/{rate.numerator}/TB",
        "scale=out_color_matrix=bt709:out_range=tv",
    )
    tags = ["-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv"]
    return ["-vf", ",".join(filters), "-r", str(rate), "-crf", str(_QUALITY), *tags]
