"""Pictures as the cells of a terminal: what of a file is seen, how large, and in which tones. Reads files."""

from __future__ import annotations

import importlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.segment import Segment, Segments
from rich.text import Text
from textual.geometry import Size


class Tones(StrEnum):
    """What a terminal can show of a picture's colours."""

    COLOURS = "colours"
    GREYS = "greys"
    """Of 256 colours, 24 are greys, and a face has room for five others: these make blots of olive and red."""
    FOUR_GREYS = "four greys"
    """Of 16 colours; mixed by dots, since alone they are too few."""


def tones_of(console: Console) -> Tones:
    """Return in which tones a terminal shows a face best, by its colours."""
    match console.color_system:
        case "256":
            return Tones.GREYS
        case "standard" | "windows":
            return Tones.FOUR_GREYS
        case _:
            return Tones.COLOURS


_LEAST_WORD = 5
"""Letters of a caption that tell what it says."""
_LEAST_DOTS = 14
"""Across a face, that it can be told from another."""


@dataclass(frozen=True)
class Part:
    """What of a picture is to be seen."""

    columns_of_squares: int = 0
    """Where it is a table of square pictures: how many stand side by side. Then only so many of its lines are shown,
    from the top, that each is as large as can be, and only so many of its columns, the last ones, that a face can be
    told. 0 where it is none."""
    column: int | None = None
    """Which of these columns alone to show; None shows all."""
    pair: int | None = None
    """Where squares stand above one another, before and after: which of these pairs to show; None shows all. Its first
    column is what stands above, its second what stands below."""


def cut_out(path: Path, size: Size, part: Part) -> Any:
    """Return what of a picture file is to be seen in a place of so many cells.

    Raises:
        OSError: The file cannot be read.
        ValueError: It is no picture.
        SyntaxError: It is broken.
    """
    with importlib.import_module("PIL.Image").open(path, formats=("JPEG", "PNG")) as opened:
        picture = opened.convert("RGB")
    if part.pair is not None:
        return _pair(picture, part, size)
    if not part.columns_of_squares:
        return picture
    shown, side = _columns_shown(part, size), picture.width / part.columns_of_squares
    first = part.columns_of_squares - shown if part.column is None else part.column
    picture = picture.crop((round(first * side), 0, round((first + shown) * side), picture.height))
    return _top_lines(picture, size, shown)


def _columns_shown(part: Part, size: Size) -> int:
    """Return how many columns of a table are shown in a place of so many cells."""
    return 1 if part.column is not None else max(1, min(part.columns_of_squares, size.width // _LEAST_DOTS))


def cells_of(picture: Any, size: Size) -> tuple[int, int]:
    """Return the columns and rows that a picture takes; a cell is twice as high as wide."""
    scale = min(size.width / picture.width, size.height * 2 / picture.height)
    return max(1, round(picture.width * scale)), max(1, round(picture.height * scale / 2))


def toned(picture: Any, columns: int, rows: int, tones: Tones) -> Any:
    """Return a picture such that a terminal of these colours shows its true tones.

    Rich takes the nearest of 26 greys in equal steps from black to white; those of terminals are 8, 18, .. 238, as
    xterm has them. What is handed to rich is moved, so that it takes the one that is nearest in truth.
    """
    match tones:
        case Tones.COLOURS:
            return picture
        case Tones.GREYS:
            return picture.convert("L").point(lambda value: min(255, round((value + 2) * 1.02))).convert("RGB")
        case Tones.FOUR_GREYS:
            image = importlib.import_module("PIL.Image")
            four = image.new("P", (1, 1))
            four.putpalette([level for grey in (0, 85, 170, 255) for level in (grey,) * 3])
            dots = picture.resize((columns, 2 * rows)).convert("L").convert("RGB")
            return dots.quantize(palette=four, dither=image.Dither.FLOYDSTEINBERG).convert("RGB")


def half_cells(renderable: Any, picture: Any, columns: int, rows: int) -> Segments:
    """Return a picture in cells of two dots.

    Args:
        renderable: textual-image's class that draws them.
        picture: The picture.
        columns: Of cells.
        rows: Of cells.
    """
    console = Console(width=columns, height=rows, color_system="truecolor", force_terminal=True, file=io.StringIO())
    options = console.options.update(width=columns, height=rows)
    lines: list[Segment] = list(console.render(renderable(picture, columns, rows), options))
    return Segments(lines)


def captions_of(captions: Sequence[str], part: Part, size: Size) -> Sequence[str]:
    """Return the words beneath what is seen, of those for all columns of a picture; none where there are no columns."""
    if part.column is not None:
        return captions[part.column : part.column + 1]
    if part.pair is not None:
        return () if stands_upright(size) else captions
    return captions[-_columns_shown(part, size) :] if part.columns_of_squares else ()


def under_columns(words: Sequence[str], columns: int) -> Text:
    """Return words in one line, each in the middle beneath its column of a picture as wide as so many cells.

    Nothing where the columns are too narrow for words that can be told from one another.
    """
    line = Text(no_wrap=True, overflow="crop")
    if columns // len(words) - 1 < min(_LEAST_WORD, max(map(len, words))):
        return line
    for index, word in enumerate(words):
        start, end = (round(at * columns / len(words)) for at in (index, index + 1))
        line.append(word[: max(0, end - start - 1)].center(end - start))
    return line


def _top_lines(picture: Any, size: Size, columns: int) -> Any:
    """Return the first lines of a table of squares: as many as fit when it is as wide as its place."""
    square = picture.width / columns
    lines = max(1, int(size.height * 2 * columns / size.width))
    return picture.crop((0, 0, picture.width, min(picture.height, round(lines * square))))


def stands_upright(size: Size) -> bool:
    """Return whether two squares are clearly larger above one another than side by side in a place of so many cells."""
    return min(size.width, size.height) > 1.1 * min(size.width / 2, 2 * size.height)


def _pair(picture: Any, part: Part, size: Size) -> Any:
    """Return one pair of squares that stand above one another: the upper one at the left, or above; or one of both."""
    square = picture.height // 2
    left = (part.pair or 0) % max(1, picture.width // square) * square
    if part.column is not None:
        return picture.crop((left, part.column * square, left + square, (part.column + 1) * square))
    if stands_upright(size):
        return picture.crop((left, 0, left + square, 2 * square))
    upper, lower = (picture.crop((left, top, left + square, top + square)) for top in (0, square))
    beside = importlib.import_module("PIL.Image").new("RGB", (2 * square, square))
    beside.paste(upper, (0, 0))
    beside.paste(lower, (square, 0))
    return beside
