"""Files are found as one types, and seen before they are taken."""

from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Label

from engine.records.glance import Glance
from tests.rights import give_away, ordinary_rights
from tests.tui import scenes
from tests.tui.conftest import FakeEngine, paste, settle, shown, until
from tui.app import Wizard
from tui.drafts.listing import list_folder
from tui.drafts.paths import Completion, completed
from tui.projects.folders import children_of
from tui.screens.browser import Browser
from tui.screens.media import SourceQuestion
from tui.widgets.field import Field
from tui.widgets.picture import Picture
from tui.widgets.rows import Rows


@pytest.fixture
def films(tmp_path: Path) -> Path:
    """A folder with folders, media and others."""
    folder = tmp_path / "films"
    for name in ("Anna Ek", "Annette", "berta"):
        (folder / name).mkdir(parents=True)
    for name in ("anna.mp4", "berta.jpg", "kajak.mov", "notes.txt", ".hidden.jpg"):
        (folder / name).write_bytes(b"\xff\xd8\xff\xe0")
    return folder


@pytest.mark.parametrize(
    ("typed", "text", "names"),
    [
        ("A", "Ann", ("Anna Ek/", "Annette/")),
        ("Anna", "Anna Ek/", ()),
        ("b", "berta", ("berta/", "berta.jpg")),
        ("KAJ", "kajak.mov", ()),
        ("n", "n", ()),
        (".h", ".hidden.jpg", ()),
        ("none/x", "none/x", ()),
    ],
)
def test_a_path_goes_on_as_far_as_it_can_only_go_on_like_this(
    films: Path, typed: str, text: str, names: tuple[str, ...]
) -> None:
    assert completed(f"{films}/{typed}", Path("/")) == Completion(f"{films}/{text}", names)
    assert completed(typed, films) == Completion(text, names)


def test_evidence_of_any_kind_can_be_completed(films: Path) -> None:
    assert completed("n", films, media_only=False).text == "notes.txt"


async def test_tab_completes_a_path_in_place_names_the_others_and_then_goes_on(wizard: Wizard, films: Path) -> None:
    async with wizard.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("n")
        await settle(pilot)
        await paste(pilot, f"{films}/A")
        await pilot.press("tab")
        field = shown(pilot, SourceQuestion).query_one("#path", Field)
        names = field.query_one(".field-names", Label)
        assert field.value == f"{films}/Ann"
        assert "Anna Ek/   Annette/" in str(names.content)
        await pilot.press("a", "tab")
        assert field.value == f"{films}/Anna Ek/"
        assert not names.display
        await pilot.press("tab")
        assert not field.has_focus_within


async def test_tab_after_what_begins_no_path_says_so_and_goes_on_the_next_time(wizard: Wizard, films: Path) -> None:
    async with wizard.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("n")
        await settle(pilot)
        await paste(pilot, f"{films}/Zo")
        await pilot.press("tab")
        await settle(pilot)
        field = shown(pilot, SourceQuestion).query_one("#path", Field)
        assert field.has_focus_within
        assert str(field.query_one(".field-names", Label).content) == "No file or folder begins like this."
        await pilot.press("tab")
        assert not field.has_focus_within


async def browse(pilot: Pilot[None], films: Path) -> Browser:
    await settle(pilot)
    await pilot.press("n", "f2")
    await settle(pilot)
    await paste(pilot, str(films))
    await pilot.press("enter")
    await settle(pilot)
    return shown(pilot, Browser)


async def test_the_browser_finds_as_one_types_whatever_letters_they_are(wizard: Wizard, films: Path) -> None:
    async with wizard.run_test(size=(80, 24)) as pilot:
        browser = await browse(pilot, films)
        await pilot.press("k", "a", "j")
        assert [item.path.name for item in browser.query_one(Rows).items] == ["kajak.mov"]
        await pilot.press("escape")
        assert len(browser.query_one(Rows).items) == 7
        await pilot.press("b", "e", "down", "enter")
        await settle(pilot)
        assert wizard.draft is not None
        assert wizard.draft.answers.sources == (films / "berta.jpg",)


async def test_the_cursor_begins_in_the_folder_and_not_above_it(wizard: Wizard, films: Path) -> None:
    async with wizard.run_test(size=(80, 24)) as pilot:
        browser = await browse(pilot, films)
        current = browser.query_one(Rows).current
        assert current is not None
        assert current.path == films / "Anna Ek"


@pytest.mark.slow
async def test_the_browser_completes_a_path(wizard: Wizard, films: Path) -> None:
    async with wizard.run_test(size=(80, 24)) as pilot:
        await browse(pilot, films)
        await pilot.press(*str(films), "/", "k", "tab")
        await settle(pilot)
        await pilot.press("enter")
        await settle(pilot)
        assert wizard.draft is not None
        assert wizard.draft.answers.sources == (films / "kajak.mov",)


async def test_a_file_is_seen_before_it_is_taken(
    wizard: Wizard, engine: FakeEngine, films: Path, tmp_path: Path
) -> None:
    seen = scenes.picture(tmp_path / "seen.jpg", 1)
    engine.glances["anna.mp4"] = Glance(picture=seen, width=1280, height=720, seconds=12)
    async with wizard.run_test(size=(80, 24)) as pilot:
        browser = await browse(pilot, films)
        await pilot.press("a", "n", "n", "a", ".")
        await until(pilot, lambda: browser.query_one("#glance-picture", Picture).path == seen)
        assert str(browser.query_one("#glance-words", Label).content) == "1280×720, 12 s"
        await pilot.press("escape", "end")
        await until(pilot, lambda: "not looked at" in str(browser.query_one("#glance-words", Label).content))


def test_a_link_that_leads_to_itself_or_into_a_closed_folder_leaves_the_rest_in_sight(
    films: Path, tmp_path: Path
) -> None:
    (films / "loop").symlink_to("loop")
    closed = tmp_path / "closed"
    (closed / "within").mkdir(parents=True)
    (films / "into").symlink_to(closed / "within")
    give_away(closed, 0)
    with ordinary_rights():
        assert [item.path.name for item in list_folder(films)][1:4] == ["Anna Ek", "Annette", "berta"]
        assert completed(f"{films}/Anna", films).text == f"{films}/Anna Ek/"
        assert {path.name for path in children_of(films)} == {"Anna Ek", "Annette", "berta"}
    closed.chmod(0o700)
