"""Small awkward videos and pictures, made on the spot: each function writes one file and returns its path."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.stream import Disposition
from av.video.reformatter import ColorRange, Colorspace
from av.video.stream import VideoStream
from PIL import Image

from engine.arrays import RGBImage
from engine.media.frames import read_frames
from engine.media.joining import join_segments, result_suffix
from engine.media.probe import read_video_info
from engine.media.segments import write_segment
from engine.project.settings import Codec

RATE = Fraction(25)
SIZE = (96, 64)


@dataclass(frozen=True)
class Tone:
    """A sound track: a sine of half a second or more."""

    codec: str = "aac"
    seconds: float = 1.0
    delay: float = 0.0
    hertz: int = 440
    then: Tone | None = None
    """What follows in the same track; its own delay counts from the video's beginning as well."""


@dataclass(frozen=True)
class Shape:
    """How a video is to be; each field left alone is ordinary."""

    frames: int = 25
    size: tuple[int, int] = SIZE
    coder: str = "libx264"
    pixel_format: str = "yuv420p"
    rate: Fraction = RATE
    time_base: Fraction | None = None
    """None is one tick a frame."""
    stamps: Sequence[int] | None = None
    """In ticks; None counts evenly from 0."""
    rotation: int = 0
    is_mirrored: bool = False
    aspect: Fraction | None = None
    colour: tuple[int, int, int, int] = (2, 2, 2, 1)
    """Primaries, transfer, matrix, range by ITU-T H.273."""
    is_interlaced: bool = False
    key_every: int = 8
    b_frames: int = 2
    sound: tuple[Tone, ...] = ()
    options: dict[str, str] = field(default_factory=dict)
    muxer: dict[str, str] = field(default_factory=dict)


def picture(index: int, size: tuple[int, int] = SIZE) -> RGBImage:
    """Return the picture of a frame: (H, W, 3), soft colours and a bright square that tells the index by its place."""
    width, height = size
    across = np.linspace(0, 1, width)[None, :]
    down = np.linspace(0, 1, height)[:, None]
    red = 60 + 120 * across + 0 * down
    green = 60 + 120 * down + 0 * across
    blue = 100 + 60 * np.sin(2 * np.pi * (across + down + index / 40))
    image = np.stack([red, green, blue], axis=2).astype(np.uint8)
    side = max(4, height // 6)
    left = (index * 4) % max(1, width - side)
    image[height // 2 : height // 2 + side, left : left + side] = (235, 220, 40)
    return image


def write_video(
    path: Path,
    shape: Shape | None = None,
    pictures: Sequence[RGBImage] | None = None,
    written_as: int | None = None,
) -> Path:
    """Write a video; its suffix names the container.

    Args:
        path: Where to.
        shape: How it is to be.
        pictures: What it shows; None shows `picture(0)`, `picture(1)`...
        written_as: The matrix that pictures are converted by, where that is not the one in the tags.
    """
    shape = shape or Shape()
    time_base = shape.time_base or 1 / shape.rate
    pictures = pictures or [picture(index, shape.size) for index in range(shape.frames)]
    step = round(1 / (shape.rate * time_base))
    stamps = shape.stamps or [index * step for index in range(len(pictures))]
    with av.open(str(path), "w", options=shape.muxer) as container:
        stream = _add_pictures(container, shape, time_base)
        tracks = [(_add_track(container, tone.codec, bit_rate=128_000), tone) for tone in shape.sound]
        for image, stamp in zip(pictures, stamps, strict=True):
            frame = _native(image, shape, written_as or shape.colour[2])
            frame.pts, frame.time_base = stamp, time_base
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        for track, tone in tracks:
            _write_tone(container, track, tone)
    return path


def _add_pictures(container: OutputContainer, shape: Shape, time_base: Fraction) -> VideoStream:
    stream = container.add_stream(shape.coder, rate=shape.rate, options=_coder_options(shape))
    assert isinstance(stream, VideoStream)
    stream.width, stream.height = shape.size
    stream.pix_fmt = shape.pixel_format
    context = stream.codec_context
    context.time_base = time_base
    context.gop_size = shape.key_every
    if shape.aspect is not None:
        context.sample_aspect_ratio = shape.aspect
    context.color_primaries, context.color_trc, context.colorspace, context.color_range = shape.colour
    if shape.rotation or shape.is_mirrored:
        stream.set_display_rotation(shape.rotation, hflip=shape.is_mirrored)
    if shape.is_interlaced:
        context.flags |= (1 << 18) | (1 << 29)
    return stream


def _add_track(container: OutputContainer, codec: str, bit_rate: int) -> AudioStream:
    track = container.add_stream(codec, rate=48_000, bit_rate=bit_rate)
    assert isinstance(track, AudioStream)
    return track


def _coder_options(shape: Shape) -> dict[str, str]:
    common = {"preset": "ultrafast", "crf": "12"}
    if shape.coder == "libx264":
        return common | {"bf": str(shape.b_frames), "tune": "psnr"} | shape.options
    if shape.coder == "libx265":
        return common | {"x265-params": "log-level=none:pools=1:frame-threads=1"} | shape.options
    return dict(shape.options)


def _native(image: RGBImage, shape: Shape, matrix_number: int) -> av.VideoFrame:
    frame = av.VideoFrame.from_ndarray(image, "rgb24")
    matrix = {1: Colorspace.ITU709, 9: Colorspace.BT2020}.get(matrix_number, Colorspace.ITU601)
    return frame.reformat(
        format=shape.pixel_format,
        src_color_range=ColorRange.JPEG,
        dst_colorspace=matrix,
        dst_color_range=shape.colour[3] or ColorRange.MPEG,
    )


def _write_tone(container: OutputContainer, track: AudioStream, tone: Tone) -> None:
    following: Tone | None = tone
    while following is not None:
        _encode_tone(container, track, following)
        following = following.then
    container.mux(track.encode(None))


def _encode_tone(container: OutputContainer, track: AudioStream, tone: Tone) -> None:
    count = int(tone.seconds * 48_000)
    wave = np.sin(np.arange(count) * 2 * np.pi * tone.hertz / 48_000) * 0.3
    samples = np.stack([wave, wave]).astype(np.float32)
    frame = av.AudioFrame.from_ndarray(samples, "fltp", "stereo")
    frame.sample_rate = 48_000
    frame.time_base = Fraction(1, 48_000)
    frame.pts = int(tone.delay * 48_000)
    resampler = av.AudioResampler(track.format, track.layout, track.rate, frame_size=track.frame_size or 1024)
    for piece in (*resampler.resample(frame), *resampler.resample(None)):
        container.mux(track.encode(piece))


def converted(path: Path) -> Path:
    """Return a video that went through the coder and back to its sound and all else, with no frame changed."""
    info = read_video_info(path)
    piece = path.with_name("piece")
    write_segment(piece, info, read_frames(path), Codec.H264, 18)
    out = path.with_name(f"result{result_suffix(info)}")
    join_segments([piece], path, out)
    return out


def vfr(path: Path) -> Path:
    """Time stamps such as a phone writes: uneven, in a fine time base."""
    stamps = [0, 3003, 6006, 12_012, 15_010, 24_000, 27_003, 60_000, 63_003, 90_000, 93_004, 96_001]
    return write_video(path, Shape(frames=12, time_base=Fraction(1, 90_000), stamps=stamps, sound=(Tone(),)))


def truncated(path: Path, share: float = 0.5) -> Path:
    """A video that promises more frames than it has: its table of contents is at the front, its end is missing."""
    whole = write_video(
        path.with_name(f"whole-{path.name}"), Shape(frames=60, size=(192, 128), muxer={"movflags": "+faststart"})
    )
    path.write_bytes(whole.read_bytes()[: int(whole.stat().st_size * share)])
    whole.unlink()
    return path


def cut_to(path: Path, share: float, *, is_full_size: bool = False) -> Path:
    """Take from a file all but its first part, or put zeros in the place of what is taken."""
    content = path.read_bytes()
    kept = content[: int(len(content) * share)]
    path.write_bytes(kept.ljust(len(content), b"\0") if is_full_size else kept)
    return path


def put_together(path: Path, *recordings: Path) -> Path:
    """Put files one behind the other, as `cat` does: in a transport stream, the clock starts again with each."""
    path.write_bytes(b"".join(recording.read_bytes() for recording in recordings))
    return path


def damage_stamp(path: Path, ticks: int, wrong: int) -> Path:
    """Change the time of one frame of a transport stream, in ticks of 1/90000 as the file counts them."""
    content = path.read_bytes()
    assert content.count(_stamp(ticks)) == 1
    path.write_bytes(content.replace(_stamp(ticks), _stamp(wrong)))
    return path


def _stamp(ticks: int) -> bytes:
    """Return a time as the header of a packet has it that is shown when it is decoded (ISO/IEC 13818-1, 2.4.3.6)."""
    parts = (0x21 | ticks >> 29 & 0x0E, ticks >> 22 & 0xFF, ticks >> 14 & 0xFE | 1, ticks >> 7 & 0xFF)
    return bytes([*parts, ticks << 1 & 0xFE | 1])


def put_behind_each_other(path: Path, *recordings: Path) -> Path:
    """Write the pictures of several files of one coding into one, as the recorder of a call does, on one clock."""
    with av.open(str(path), "w") as container:
        stream: VideoStream | None = None
        end = 0
        for recording in recordings:
            with av.open(str(recording)) as source:
                stream = stream or container.add_stream_from_template(source.streams.video[0])
                start, last = end, end
                for packet in source.demux(video=0):
                    if packet.pts is not None and packet.size:
                        packet.pts, packet.dts = packet.pts + start, packet.pts + start
                        packet.stream, last = stream, packet.pts
                        container.mux(packet)
                end = last + 40
    return path


def put_side_by_side(path: Path, *recordings: Path, default: int) -> Path:
    """Write the pictures of several files into one, each as a track of its own; `default` is the one that is shown."""
    with av.open(str(path), "w") as container:
        sources = [av.open(str(recording)) for recording in recordings]
        streams = [container.add_stream_from_template(source.streams.video[0]) for source in sources]
        for number, stream in enumerate(streams):
            stream.disposition = Disposition.default if number == default else Disposition(0)
        for source, stream in zip(sources, streams, strict=True):
            for packet in source.demux(video=0):
                if packet.pts is not None and packet.size:
                    packet.stream = stream
                    container.mux(packet)
            source.close()
    return path


def edit(path: Path, *parts: tuple[float, float]) -> Path:
    """Give every track of an MP4 file an edit list, so that only some parts of it are shown.

    Args:
        path: A file whose table of contents is at its end.
        parts: From when until when, in seconds of the file as it is.
    """
    content = path.read_bytes()
    at = content.rindex(b"moov") - 4
    path.write_bytes(content[:at] + _edited(content[at:], parts, int.from_bytes(_after(content, b"mvhd", 16), "big")))
    return path


def _edited(box: bytes, parts: Sequence[tuple[float, float]], scale: int) -> bytes:
    """Return a box of boxes with its tracks edited; `scale` is the number of ticks a second of the whole movie."""
    inside = b""
    for child in _children(box):
        if child[4:8] == b"trak":
            ticks = int.from_bytes(_after(child, b"mdhd", 16), "big")
            entries = b"".join(
                round((end - start) * scale).to_bytes(4, "big") + round(start * ticks).to_bytes(4, "big") + b"\0\1\0\0"
                for start, end in parts
            )
            header = b"elst" + bytes(4) + len(parts).to_bytes(4, "big")
            edits = _box(b"edts" + _box(header + entries))
            child = _box(b"trak" + edits + b"".join(each for each in _children(child) if each[4:8] != b"edts"))
        inside += child
    return _box(box[4:8] + inside)


def _children(box: bytes) -> Iterator[bytes]:
    at = 8
    while at < len(box):
        size = int.from_bytes(box[at : at + 4], "big")
        yield box[at : at + size]
        at += size


def _box(content: bytes) -> bytes:
    return (len(content) + 4).to_bytes(4, "big") + content


def _after(content: bytes, name: bytes, offset: int) -> bytes:
    at = content.rindex(name) + offset
    return content[at : at + 4]


def without_contents(path: Path) -> Path:
    """A video cut off before its table of contents, which is at the end."""
    whole = write_video(path.with_name(f"whole-{path.name}"))
    path.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    whole.unlink()
    return path


def liar(path: Path) -> Path:
    """A video whose headers promise some hundred days."""
    content = bytearray(write_video(path, Shape(sound=(Tone(),))).read_bytes())
    for box, offset in ((b"mvhd", 20), (b"tkhd", 24), (b"mdhd", 20)):
        at = content.find(box)
        while at >= 0:
            content[at + offset : at + offset + 4] = (0x7FFF_FFF0).to_bytes(4, "big")
            at = content.find(box, at + 4)
    path.write_bytes(bytes(content))
    return path


def sound_only(path: Path) -> Path:
    """A video container without pictures."""
    with av.open(str(path), "w") as container:
        _write_tone(container, container.add_stream("aac", rate=48_000), Tone())
    return path


def playlist(path: Path, other: Path) -> Path:
    """An HLS playlist that points to another file, under a video's name."""
    path.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{other}\n#EXT-X-ENDLIST\n")
    return path


def concat_script(path: Path, other: Path) -> Path:
    """A script of ffmpeg's that names another file, under a video's name."""
    path.write_text(f"ffconcat version 1.0\nfile '{other}'\n")
    return path


def photo(path: Path, orientation: int = 1, size: tuple[int, int] = SIZE) -> Path:
    """A JPEG stored turned, with the EXIF tag that turns it upright again."""
    undone = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    image = Image.fromarray(picture(3, size))
    tag = Image.Exif()
    tag[0x0112] = orientation
    stored = image.transpose(undone[orientation]) if orientation in undone else image
    stored.save(path, "JPEG", exif=tag, quality=98, subsampling=0)
    return path


def odd_photo(path: Path, mode: str) -> Path:
    """The picture of `photo` in another mode of Pillow: CMYK, L, LA, P, RGBA or I;16; the suffix names the format."""
    image = Image.fromarray(picture(3))
    if mode == "I;16":
        Image.fromarray(np.asarray(image.convert("L")).astype(np.uint16) * 257).save(path)
    else:
        image.convert(mode).save(path)
    return path


def animation(path: Path) -> Path:
    """An animated GIF, PNG or WebP."""
    pictures = [Image.fromarray(picture(index)) for index in (3, 9, 15)]
    pictures[0].save(path, save_all=True, append_images=pictures[1:], duration=200)
    return path


def bomb(path: Path) -> Path:
    """A PNG of some kilobytes that unfolds to 182 million pixels."""
    Image.new("1", (14_000, 13_000)).save(path)
    return path
