"""Read and write pictures: the only door to picture files.

Whatever comes in (turned by an EXIF tag, CMYK, 16 bits, palette, transparent, animated) goes on as upright 8-bit RGB.
"""

from __future__ import annotations

import io
import struct
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from engine.arrays import RGBImage
from engine.errors import MediaError, TooManyPixels
from engine.files import atomic
from engine.media.timeouts import call_with_timeout, with_timeout
from engine.project.foreign_formats import EXPORT, foreign_format

try:
    import pillow_heif
except ImportError:
    pillow_heif = None

MAX_PIXELS = 89_000_000
"""Pictures with more are refused: the file of a few kilobytes that fills all memory is a known attack."""

_FORMATS = ("JPEG", "MPO", "PNG", "WEBP", "BMP", "TIFF", "GIF", "AVIF", "HEIF")
ANIMATION_PICTURES = 120
"""Of an animation with more pictures, so many are used."""
_ANIMATED = ("GIF", "WEBP", "PNG", "AVIF")
_Places = Callable[[Image.Image], Sequence[int]]
"""Chooses among the pictures of an open file."""
_BACKDROP = (128, 128, 128)
"""Behind transparent parts: grey, which neither edge nor colour matching takes for a feature of the face."""

# What Pillow's decoders raise on files that are not as they should be; it has no common base for them.
_BROKEN = (
    OSError,
    ValueError,
    SyntaxError,
    TypeError,
    ArithmeticError,
    LookupError,
    EOFError,
    AttributeError,
    AssertionError,
    RuntimeError,
    MemoryError,
    struct.error,
)


def read_image(path: Path, most_pixels: int = MAX_PIXELS, index: int = 0) -> RGBImage:
    """Read a picture, upright.

    Args:
        path: A picture whose format is on the allow-list, whatever its name says.
        most_pixels: One that has more is refused before it is decoded.
        index: Which of an animation's pictures, counted from 0; of a photo it means nothing.

    Returns:
        (H, W, 3) uint8 RGB, in the colours of the sRGB space where the file says which its own are.

    Raises:
        MediaError: It is not a picture, is cut off or damaged, or takes for ever.
        TooManyPixels: It has more than `most_pixels`.
    """
    return call_with_timeout(
        path.name, lambda: next(_read(path, most_pixels, lambda image: [_within(image, index)]))[1]
    )


def read_pictures(path: Path, most: int = ANIMATION_PICTURES) -> Iterator[tuple[int, RGBImage]]:
    """Read an animation's pictures, or the one of a photo, as `read_image` does.

    Args:
        path: As for `read_image`.
        most: Of an animation with more pictures, so many are taken evenly.

    Yields:
        The place of a picture in its file, counted from 0, and (H, W, 3) uint8 RGB.

    Raises:
        MediaError: As `read_image`, but for a place beyond the first picture: the pictures end there.
    """
    return with_timeout(path.name, _read(path, MAX_PIXELS, lambda image: _spread(image, most)))


def picture_count(path: Path) -> int:
    """Return how many pictures `read_pictures` gives: 1 for a photo, and for a file that cannot be read.

    Raises:
        MediaError: It takes for ever.
    """
    return call_with_timeout(path.name, lambda: _count(path))


def _count(path: Path) -> int:
    try:
        with _opened(path, MAX_PIXELS) as image:
            return len(_spread(image, ANIMATION_PICTURES))
    except MediaError:
        return 1


def _read(path: Path, most_pixels: int, places: _Places) -> Iterator[tuple[int, RGBImage]]:
    is_begun = False
    with _opened(path, most_pixels) as image:
        for index in places(image):
            try:
                picture = _picture(image, index)
            except _BROKEN:
                if is_begun:
                    # The rest of an animation was cut off; what was there has been read.
                    return
                raise
            is_begun = True
            yield index, picture


@contextmanager
def _opened(path: Path, most_pixels: int) -> Iterator[Image.Image]:
    """Open a picture, and turn what Pillow raises meanwhile into this program's errors."""
    formats = _known_formats()
    try:
        with _quiet():
            image = Image.open(path, formats=formats)
        with image:
            if image.width * image.height > most_pixels:
                raise _too_large(path, most_pixels)
            if image.format == "TIFF" and foreign_format(path):
                raise _unreadable(path)
            yield image
    except Image.DecompressionBombError as error:
        raise _too_large(path, most_pixels) from error
    except UnidentifiedImageError as error:
        raise _unreadable(path) from error
    except _BROKEN as error:
        raise MediaError(
            f"{path.name} is damaged or cut off: {_reason(error)}.",
            "Copy it again from where it came from, or leave it out. The other files are not affected.",
        ) from error


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence Pillow's remarks on odd and huge files, which are no use to anyone here: the latter are refused."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _picture(image: Image.Image, index: int) -> RGBImage:
    with _quiet():
        # Files of several pictures that are no animation are open at the one that is meant.
        if index:
            image.seek(index)
        return _upright_rgb(image)


def _within(image: Image.Image, index: int) -> int:
    return index if index and _pictures_in(image) > 1 else 0


def _spread(image: Image.Image, most: int) -> list[int]:
    """Return which pictures of a file to take, evenly."""
    count = _pictures_in(image)
    taken = min(count, most)
    return [at * count // taken for at in range(taken)]


def _pictures_in(image: Image.Image) -> int:
    """Count an animation's pictures; the pages of a document, and what phones hide in a photo, are none."""
    with _quiet():
        return getattr(image, "n_frames", 1) if image.format in _ANIMATED else 1


def _unreadable(path: Path) -> MediaError:
    if known := foreign_format(path):
        return MediaError(
            f"{path.name} is {known}, which Understudio does not read.", f"{EXPORT}. The other files are not affected."
        )
    return MediaError(
        f"{path.name} is not a picture that can be read.",
        "Save it as JPEG or PNG and put that in its place. The other files are not affected.",
    )


def write_image(path: Path, image: RGBImage, quality: int = 95) -> None:
    """Write a picture in one step, in the format that its suffix names.

    Args:
        path: Ends in .jpg, .jpeg, .png or .webp.
        image: (H, W, 3) uint8 RGB.
        quality: 1 to 100, for the formats that lose some.

    Raises:
        OutOfDisk: There is no room; what was there before is untouched.
    """
    file_format = Image.registered_extensions()[path.suffix.lower()]
    atomic.write_bytes(path, _encode(image, file_format, quality))


def encode_jpeg(image: RGBImage, quality: int = 95) -> bytes:
    """Return a picture, (H, W, 3) uint8 RGB, as the content of a JPEG file with full colour resolution."""
    return _encode(image, "JPEG", quality)


def _known_formats() -> tuple[str, ...]:
    """Return the allow-list, less what this installation has no decoder for."""
    if pillow_heif is not None:
        # Registering is Pillow's only way to add a format; doing it again changes nothing.
        pillow_heif.register_heif_opener(thumbnails=False)
    Image.init()
    return tuple(name for name in _FORMATS if name in Image.OPEN)


def _encode(image: RGBImage, file_format: str, quality: int) -> bytes:
    # OpenCV and slices hand over arrays whose rows are not next to each other.
    picture = Image.fromarray(np.ascontiguousarray(image))
    content = io.BytesIO()
    options = {"subsampling": 0} if file_format == "JPEG" else {}
    picture.save(content, file_format, quality=quality, **options)
    return content.getvalue()


def _too_large(path: Path, most_pixels: int) -> TooManyPixels:
    most = f"{most_pixels // 1_000_000} million" if most_pixels >= 1_000_000 else f"{most_pixels:,}"
    return TooManyPixels(
        f"{path.name} has more than {most} pixels, which is too many.",
        "Save a smaller copy (3000 pixels wide is plenty) and put that in its place. The other files are not affected.",
    )


def _upright_rgb(image: Image.Image) -> RGBImage:
    turned = ImageOps.exif_transpose(image)
    return np.array(_to_rgb(turned))


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I"):
        # 16 bits of grey; `convert` would cut them off at 255.
        grey = np.asarray(image).astype(np.int64)
        return Image.fromarray((grey.clip(0, 65535) >> 8).astype(np.uint8)).convert("RGB")
    if image.mode == "F":
        return Image.fromarray(_stretched(np.asarray(image))).convert("RGB")
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        layered = image.convert("RGBA")
        backdrop = Image.new("RGBA", layered.size, (*_BACKDROP, 255))
        return Image.alpha_composite(backdrop, layered).convert("RGB")
    return _in_srgb(image)


def _stretched(
    values: np.ndarray[tuple[int, ...], np.dtype[np.float32]],
) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """Bring numbers of any range, which files of measurements hold, to 0..255."""
    finite = np.nan_to_num(values.astype(np.float64), posinf=0.0, neginf=0.0)
    low, high = float(finite.min()), float(finite.max())
    return ((finite - low) * (255.0 / max(high - low, 1e-9))).astype(np.uint8)


def _in_srgb(image: Image.Image) -> Image.Image:
    """Convert to RGB by the file's own colour profile, where it has one that works."""
    profile = image.info.get("icc_profile")
    if profile and image.mode in ("RGB", "CMYK", "L"):
        try:
            own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            converted = ImageCms.profileToProfile(image, own, ImageCms.createProfile("sRGB"), outputMode="RGB")
        except (ImageCms.PyCMSError, OSError, TypeError, ValueError):
            return image.convert("RGB")
        return converted if converted is not None else image.convert("RGB")
    return image.convert("RGB")


def _reason(error: BaseException) -> str:
    words = str(error).strip().rstrip(".").splitlines()
    return words[0][:120] if words else type(error).__name__
