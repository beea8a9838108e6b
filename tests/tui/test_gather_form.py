"""What the wizard asks before it gathers: one source at a time, the rest folded away."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from engine.records.gather_request import DEFAULT_LICENCES, Licence, ProviderName
from engine.role import Role
from tests.tui.conftest import paste, settle, shown, until
from tests.tui.fake_gatherer import FakeGatherer
from tui.app import Wizard
from tui.drafts.gather_answers import MOST_LIKE, GatherAnswers, GatherFrom, InvalidAnswer, Terms
from tui.messages import NewProject
from tui.screens.browser import Browser
from tui.screens.gather import GatherScreen
from tui.widgets.gather_form import GatherForm

ASKED = GatherAnswers(GatherFrom.OPEN, topic="Ada", links="", video="", like="", count="7", terms=Terms.ANY_PURPOSE)
LINK = "https://example.org/ada.jpg"


async def open_gathering(pilot: Pilot[None]) -> GatherScreen:
    pilot.app.post_message(NewProject())
    await settle(pilot)
    await pilot.press("f3")
    await settle(pilot)
    screen = pilot.app.screen
    assert isinstance(screen, GatherScreen)
    return screen


async def test_links_are_gathered_by_keys_alone_with_a_word_on_their_rights(
    gathering_wizard: Wizard, gatherer: FakeGatherer, photos: Path
) -> None:
    async with gathering_wizard.run_test(size=(80, 24)) as pilot:
        screen = await open_gathering(pilot)
        await pilot.press("shift+tab", "4")
        assert "not known" in str(screen.query_one("#gather-words", Static).render())
        await paste(pilot, f"{LINK} {LINK}?2")
        await pilot.press("f4")
        await paste(pilot, f"'{photos / 'photo 1.jpg'}'")
        await pilot.press("enter", "enter")
        await until(pilot, lambda: gatherer.requests)
    (request,) = gatherer.requests
    assert (request.links, request.topic, request.video) == ((LINK, f"{LINK}?2"), "", None)
    assert request.like == (photos / "photo 1.jpg",)


async def test_what_cannot_be_used_is_said_beneath_its_field_even_where_it_was_folded_away(
    gathering_wizard: Wizard, gatherer: FakeGatherer, video: Path
) -> None:
    async with gathering_wizard.run_test(size=(80, 24)) as pilot:
        screen = await open_gathering(pilot)
        form = screen.query_one(GatherForm)
        await pilot.press("shift+tab", "5")
        await paste(pilot, str(video))
        await pilot.press("f4")
        await paste(pilot, "/nowhere/ada.jpg")
        await pilot.press("f4")
        assert not form.has_more
        await pilot.press("ctrl+n")
        await until(pilot, lambda: form.has_more)
        assert "There is no file or folder /nowhere/ada.jpg." in str(form.query_one("#like .field-error").render())
        assert not gatherer.requests


@pytest.mark.slow
async def test_photos_that_show_the_person_are_browsed_for(gathering_wizard: Wizard, photos: Path) -> None:
    async with gathering_wizard.run_test(size=(80, 24)) as pilot:
        screen = await open_gathering(pilot)
        await pilot.press("f2")
        assert pilot.app.screen is screen
        await pilot.press("f4", "f2")
        await settle(pilot)
        shown(pilot, Browser).dismiss((photos / "photo 0.jpg", photos / "photo 1.jpg"))
        await settle(pilot)
        request = replace(screen.query_one(GatherForm).asked, topic="Ada").request(photos, Role.SOURCE)
        assert request.like == (photos / "photo 0.jpg", photos / "photo 1.jpg")


@pytest.mark.parametrize(
    ("source", "providers"),
    [
        (GatherFrom.OPEN, (ProviderName.OPENVERSE, ProviderName.COMMONS)),
        (GatherFrom.DUCKDUCKGO, (ProviderName.DUCKDUCKGO,)),
        (GatherFrom.BING, (ProviderName.BING,)),
    ],
)
def test_each_source_asks_its_own_providers(
    source: GatherFrom, providers: tuple[ProviderName, ...], tmp_path: Path
) -> None:
    request = replace(ASKED, source=source).request(tmp_path, Role.TARGET)
    assert (request.providers, request.topic, request.count, request.person) == (providers, "Ada", 7, Role.TARGET)


def test_licences_go_by_what_is_meant_to_be_done(tmp_path: Path) -> None:
    taken = {terms: set(replace(ASKED, terms=terms).request(tmp_path, Role.SOURCE).licences) for terms in Terms}
    assert taken[Terms.ANY_PURPOSE] == set(DEFAULT_LICENCES)
    assert taken[Terms.NON_COMMERCIAL] == set(Licence)
    assert taken[Terms.NO_CONDITIONS] == {Licence.CC0, Licence.PUBLIC_DOMAIN}


def test_a_list_of_links_is_read_and_a_folder_of_photos_shows_the_person(tmp_path: Path, photos: Path) -> None:
    (tmp_path / "my links.txt").write_text(f"# found\n{LINK}\n")
    asked = replace(ASKED, source=GatherFrom.LINKS, links=str(tmp_path / "my links.txt"), like=str(photos))
    request = asked.request(tmp_path, Role.SOURCE)
    assert request.links == (LINK,)
    assert [path.name for path in request.like] == ["photo 0.jpg", "photo 1.jpg", "photo 2.jpg"]


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        (replace(ASKED, topic=" "), "topic", "Say whom"),
        (replace(ASKED, count="many"), "count", "from 1 to 500"),
        (replace(ASKED, source=GatherFrom.LINKS), "links", "Paste links"),
        (replace(ASKED, source=GatherFrom.LINKS, links="{here}/empty.txt"), "links", "no link"),
        (replace(ASKED, source=GatherFrom.VIDEO, video="{here}/many/1.jpg"), "video", "one video"),
        (replace(ASKED, like="{here}/many"), "like", f"give {MOST_LIKE} at most"),
        (replace(ASKED, like="{video}"), "like", "to be photos"),
    ],
)
def test_what_was_typed_wrongly_is_said_in_a_sentence(
    typed: GatherAnswers, field: str, words: str, tmp_path: Path, video: Path
) -> None:
    (tmp_path / "empty.txt").write_text("\n")
    (tmp_path / "many").mkdir()
    for number in range(MOST_LIKE + 1):
        (tmp_path / f"many/{number}.jpg").write_bytes(b"\xff\xd8\xff\xe0")
    links, film, like = (text.format(here=tmp_path, video=video) for text in (typed.links, typed.video, typed.like))
    asked = replace(typed, links=links, video=film, like=like)
    with pytest.raises(InvalidAnswer, match=words) as missing:
        asked.request(tmp_path, Role.SOURCE)
    assert missing.value.field == field
