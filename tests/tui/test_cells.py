"""A face can be recognised in whatever colours the terminal has, and fills the room that there is."""

from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from PIL import Image
from rich.color import Color, ColorSystem
from rich.console import Console
from textual.geometry import Size

from tests.tui import scenes
from tests.tui.conftest import NOW, open_project, settle, shown
from tui.app import Wizard
from tui.screens.page import Page
from tui.screens.project import ProjectScreen
from tui.screens.zoom import Zoom
from tui.terminal.facts import more_than_this, terminal_words
from tui.widgets.cells import Part, Tones, captions_of, cut_out, stands_upright, toned, tones_of, under_columns
from tui.widgets.picture import Graphics, Picture

ColourSystem = Literal["standard", "256", "truecolor"]
"""As rich names them."""

SSH = {"TERM": "xterm-256color"}
XTERM_CUBE = (0, 95, 135, 175, 215, 255)


def shown_by_xterm(triplet: tuple[int, int, int]) -> tuple[int, int, int]:
    """Return what a terminal of 256 colours makes of a colour that rich writes for it."""
    number = Color.from_rgb(*triplet).downgrade(ColorSystem.EIGHT_BIT).number
    assert number is not None
    if number >= 232:
        return (8 + 10 * (number - 232),) * 3
    cube = number - 16
    return XTERM_CUBE[cube // 36], XTERM_CUBE[cube // 6 % 6], XTERM_CUBE[cube % 6]


@pytest.mark.parametrize("colour", [(150, 110, 90), (90, 60, 50), (40, 30, 30), (230, 190, 170)])
def test_skin_keeps_its_tone_in_256_colours_and_is_no_blot(colour: tuple[int, int, int]) -> None:
    picture = Image.new("RGB", (4, 4), colour)
    (red, green, blue) = shown_by_xterm(toned(picture, 4, 2, Tones.GREYS).getpixel((0, 0)))
    assert red == green == blue
    assert abs(red - float(np.asarray(picture.convert("L")).mean())) <= 8


def test_every_grey_comes_out_as_the_nearest_that_the_terminal_has() -> None:
    terminal = np.array([0, *range(8, 239, 10), 255])
    for level in range(256):
        grey = toned(Image.new("RGB", (1, 1), (level,) * 3), 1, 1, Tones.GREYS).getpixel((0, 0))
        assert abs(shown_by_xterm(grey)[0] - level) <= np.abs(terminal - level).min() + 7


def test_four_greys_are_mixed_by_dots() -> None:
    dots = np.asarray(toned(Image.new("RGB", (9, 9), (128,) * 3), 16, 8, Tones.FOUR_GREYS))
    assert set(np.unique(dots)) <= {0, 85, 170, 255}
    assert abs(dots.mean() - 128) < 8


@pytest.mark.parametrize(
    ("colours", "tones"),
    [("truecolor", Tones.COLOURS), ("256", Tones.GREYS), ("standard", Tones.FOUR_GREYS), (None, Tones.COLOURS)],
)
def test_the_tones_are_those_of_the_terminal(colours: ColourSystem | None, tones: Tones) -> None:
    assert tones_of(Console(color_system=colours, force_terminal=True)) is tones


def test_words_stand_in_the_middle_beneath_their_columns() -> None:
    assert under_columns(("source", "swap"), 20).plain == "  source     swap   "
    assert under_columns(("rebuilt", "swap"), 12).plain == "rebui  swap "


def test_a_pair_stands_as_there_is_room(tmp_path: Path) -> None:
    scenes.picture(tmp_path / "pairs.jpg", 2, 400, 200)
    assert cut_out(tmp_path / "pairs.jpg", Size(40, 15), Part(pair=1)).size == (200, 100)
    assert cut_out(tmp_path / "pairs.jpg", Size(40, 36), Part(pair=1)).size == (100, 200)
    assert not stands_upright(Size(76, 21))


def test_of_a_pair_what_stands_below_is_shown_alone(tmp_path: Path) -> None:
    image = Image.new("RGB", (200, 200), "red")
    image.paste("blue", (100, 100, 200, 200))
    image.save(tmp_path / "pairs.png")
    swap = cut_out(tmp_path / "pairs.png", Size(40, 15), Part(pair=1, column=1))
    assert (swap.size, swap.getpixel((50, 50))) == ((100, 100), (0, 0, 255))


def test_one_column_alone_is_as_large_as_can_be(tmp_path: Path) -> None:
    scenes.picture(tmp_path / "table.jpg", 2, 500, 300)
    assert cut_out(tmp_path / "table.jpg", Size(80, 20), Part(5, column=4)).size == (100, 100)


def test_columns_too_narrow_to_tell_a_face_leave_their_place_to_the_last_ones(tmp_path: Path) -> None:
    image = Image.new("RGB", (500, 300), "red")
    image.paste("blue", (200, 0, 500, 300))
    image.save(tmp_path / "table.png")
    words = ("source", "rebuilt", "target", "rebuilt", "swap")

    def shown_in(size: Size) -> tuple[int, int]:
        part = Part(len(words))
        cut = cut_out(tmp_path / "table.png", size, part)
        assert cut.getpixel((0, 0)) == ((255, 0, 0) if cut.width == 500 else (0, 0, 255))
        assert len(captions_of(words, part, size)) == cut.width // 100
        assert captions_of(words, part, size)[-1] == "swap"
        return cut.width // 100, cut.height // 100

    assert shown_in(Size(74, 22)) == (5, 2)
    assert shown_in(Size(46, 9)) == (3, 1)
    assert shown_in(Size(22, 9)) == (1, 1)
    assert shown_in(Size(5, 3)) == (1, 1)


async def test_z_shows_the_swap_alone_and_all_again(wizard: Wizard, workspace: Path) -> None:
    folder = scenes.put_project(workspace, "anna", "Anna", scenes.training(NOW))
    scenes.picture(folder.previews / "step-000002400.jpg", 3, 480, 96)
    async with wizard.run_test(size=(80, 24)) as pilot:
        await open_project(pilot, folder.path)
        assert _last_line(shown(pilot, ProjectScreen)) == "target rebuilt swap"
        await pilot.press("z")
        await settle(pilot)
        zoom = shown(pilot, Zoom)
        await pilot.press("z")
        await settle(pilot)
        assert zoom.query_one(Picture).column == 4
        assert _last_line(zoom) == "swap"
        await pilot.press("z")
        await settle(pilot)
        assert zoom.query_one(Picture).column is None


async def test_of_a_result_z_shows_the_swap_alone_then_all_then_one_pair(wizard: Wizard, workspace: Path) -> None:
    folder = scenes.finished(workspace, NOW)
    async with wizard.run_test(size=(80, 24)) as pilot:
        await open_project(pilot, folder.path, "z")
        picture = shown(pilot, Zoom).query_one(Picture)
        seen = []
        for _ in range(4):
            seen.append((picture.pair is None, picture.column))
            await pilot.press("z")
            await settle(pilot)
    assert seen == [(False, None), (False, 1), (True, None), (False, None)]


def _last_line(screen: Page) -> str:
    """Return what stands beneath the picture."""
    picture = screen.query_one(Picture)
    lines = [picture.render_line(y).text for y in range(picture.size.height)]
    return " ".join([line for line in lines if line.strip()][-1].split())


@pytest.mark.parametrize(
    ("environment", "colours", "words"),
    [
        (SSH, "256", "COLORTERM=truecolor understudio"),
        (SSH | {"COLORTERM": "truecolor"}, "truecolor", ""),
        ({"TERM": "xterm-kitty", "COLORTERM": "truecolor"}, "truecolor", "--graphics kitty"),
        ({"TERM": "foot"}, "256", "--graphics sixel"),
        ({"TERM": "tmux-256color", "TERM_PROGRAM": "WezTerm"}, "256", "COLORTERM=truecolor understudio"),
    ],
)
def test_where_more_can_be_seen_one_line_says_how(
    environment: dict[str, str], colours: ColourSystem, words: str
) -> None:
    console = Console(color_system=colours, force_terminal=True)
    said = more_than_this(console, Graphics.HALF_CELLS, environment)
    assert words in said
    assert bool(words) is bool(said)
    assert len(said) <= 76


def test_doctor_names_the_terminal_and_how_pictures_are_drawn() -> None:
    words = terminal_words(Console(color_system="256", force_terminal=True), SSH)
    assert words.startswith("xterm-256color, 256 colours; pictures are drawn in greys")


def test_words_that_could_not_be_told_from_one_another_are_left_out() -> None:
    assert under_columns(("source", "rebuilt", "target", "rebuilt", "swap"), 20).plain == ""
    assert "rebui" in under_columns(("source", "rebuilt", "target", "rebuilt", "swap"), 30).plain
