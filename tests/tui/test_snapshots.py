"""Home and the questions at the size of a plain SSH terminal and at a larger one.

After a wanted change, look at the report of a failed run, then `make snapshots`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from textual import work
from textual.pilot import Pilot
from textual.widgets import Input, OptionList

from tests.tui import scenes
from tests.tui.conftest import NOW, FakeDaemon, FakeEngine, Shot, paste, settle, until
from tests.tui.fake_gatherer import FakeGatherer
from tui import messages
from tui.app import Wizard
from tui.drafts.answers import Answers, Step
from tui.drafts.copying import Copied
from tui.screens.making import Making
from tui.screens.person import Picker


def test_home_on_the_first_start(shoot: Shot) -> None:
    async def scene(pilot: Pilot[None]) -> None: ...

    assert shoot(scene)


def test_home_with_projects(shoot: Shot, workspace: Path, daemon: FakeDaemon) -> None:
    scenes.full_workspace(workspace, NOW)
    daemon.running = True

    async def scene(pilot: Pilot[None]) -> None:
        await pilot.press("home")

    assert shoot(scene)


def test_home_with_a_finished_project(shoot: Shot, workspace: Path) -> None:
    scenes.finished(workspace, NOW)

    async def scene(pilot: Pilot[None]) -> None:
        await pilot.press("home")

    assert shoot(scene)


def test_home_with_answers_that_were_kept(shoot: Shot, wizard: Wizard) -> None:
    kept = wizard.services.drafts.new(NOW).model_copy(
        update={"name": "Große Überraschung für 田中さん, zweiter Versuch"}
    )
    wizard.services.drafts.save(kept)

    async def scene(pilot: Pilot[None]) -> None:
        await pilot.press("home")

    assert shoot(scene)


def test_throwing_answers_away_asks_first(shoot: Shot, wizard: Wizard) -> None:
    wizard.services.drafts.save(wizard.services.drafts.new(NOW))

    async def scene(pilot: Pilot[None]) -> None:
        await pilot.press("x")

    assert shoot(scene)


async def open_draft(pilot: Pilot[None], **answers: object) -> None:
    """Open a draft as if these answers had been given."""
    empty = Answers(draft="d", started_at=NOW)
    pilot.app.post_message(messages.OpenDraft(Answers.model_validate(empty.model_dump() | answers)))


def test_who_will_appear(shoot: Shot, engine: FakeEngine, photos: Path, tmp_path: Path) -> None:
    engine.reports["source"] = scenes.check_report(tmp_path / "checked", 2)

    async def scene(pilot: Pilot[None]) -> None:
        await pilot.press("n")
        await paste(pilot, str(photos))
        await pilot.press("enter")

    assert shoot(scene)


def test_who_will_appear_with_a_wrong_path(shoot: Shot) -> None:
    async def scene(pilot: Pilot[None]) -> None:
        await pilot.press("n")
        await paste(pilot, "/nowhere/anna.jpg")
        await pilot.press("enter")

    assert shoot(scene)


def test_which_video(shoot: Shot, engine: FakeEngine, video: Path, tmp_path: Path) -> None:
    engine.video = scenes.glance(tmp_path / "glance")
    engine.reports["target"] = scenes.check_report(tmp_path / "checked", 1)

    async def scene(pilot: Pilot[None]) -> None:
        await open_draft(pilot, step=Step.TARGET, target=video)

    assert shoot(scene)


def test_which_person(shoot: Shot, engine: FakeEngine, photos: Path, video: Path, tmp_path: Path) -> None:
    engine.video = scenes.glance(tmp_path / "glance")
    engine.reports["source"] = scenes.check_report(tmp_path / "checked", 1)
    engine.reports["target"] = scenes.check_report(tmp_path / "checked", 3)

    async def scene(pilot: Pilot[None]) -> None:
        await open_draft(pilot, step=Step.PERSON, sources=[photos], target=video, target_person=2)

    assert shoot(scene)


def test_consent_with_something_missing(shoot: Shot) -> None:
    async def scene(pilot: Pilot[None]) -> None:
        await open_draft(pilot, step=Step.CONSENT_SOURCE)
        await settle(pilot)
        await pilot.press("ctrl+n")

    assert shoot(scene)


def test_consent_of_the_other(shoot: Shot) -> None:
    async def scene(pilot: Pilot[None]) -> None:
        given = {"basis": "written-release", "note": "Ben Okafor agreed to be replaced in the film", "is_adult": True}
        await open_draft(pilot, step=Step.CONSENT_TARGET, consent_target=given)

    assert shoot(scene)


def test_quality(shoot: Shot, engine: FakeEngine, video: Path, tmp_path: Path) -> None:
    engine.video = scenes.glance(tmp_path / "glance")
    engine.reports["target"] = scenes.check_report(tmp_path / "checked", 1)

    async def scene(pilot: Pilot[None]) -> None:
        await open_draft(pilot, step=Step.QUALITY, target=video, finish_by="8:00")

    assert shoot(scene)


def test_advanced_settings(shoot: Shot) -> None:
    async def scene(pilot: Pilot[None]) -> None:
        await open_draft(pilot, step=Step.QUALITY)
        await settle(pilot)
        await pilot.press("f3")

    assert shoot(scene)


def test_review(shoot: Shot, photos: Path, video: Path) -> None:
    async def scene(pilot: Pilot[None]) -> None:
        given = {"basis": "self", "note": "It is me", "is_adult": True}
        answers = {"sources": [photos], "target": video, "consent_source": given, "consent_target": given}
        await open_draft(pilot, step=Step.REVIEW, **answers)

    assert shoot(scene)


def test_review_with_answers_missing(shoot: Shot, photos: Path) -> None:
    async def scene(pilot: Pilot[None]) -> None:
        await open_draft(pilot, step=Step.REVIEW, sources=[photos])

    assert shoot(scene)


def test_browser(shoot: Shot, photos: Path, video: Path, tmp_path: Path, workspace: Path) -> None:
    # Kept answers make it at some moment; here it is there from the first.
    workspace.mkdir(exist_ok=True)
    (tmp_path / "写真 2025").mkdir()
    (tmp_path / "notes.txt").write_text("not media")
    (tmp_path / "a very long name of a holiday video that nobody ever shortened, part 2 (final) [1080p].mkv").touch()

    async def scene(pilot: Pilot[None]) -> None:
        await pilot.press("n", "f2")
        await settle(pilot)
        await pilot.press("down", "space")

    assert shoot(scene)


def test_gathering(shoot: Shot) -> None:
    async def scene(pilot: Pilot[None]) -> None:
        await pilot.press("n", "f3")

    assert shoot(scene)


def test_gathering_with_all_that_can_be_asked(shoot: Shot) -> None:
    async def scene(pilot: Pilot[None]) -> None:
        await pilot.press("n", "f3")
        await settle(pilot)
        await pilot.press("f4")

    assert shoot(scene)


def test_gathering_under_way(shoot: Shot, wizard: Wizard, gatherer: FakeGatherer) -> None:
    wizard.services = replace(wizard.services, gatherer=gatherer)

    async def scene(pilot: Pilot[None]) -> None:
        await pilot.press("n", "f3")
        await settle(pilot)
        await pilot.press(*"Ada", "ctrl+n")

    assert shoot(scene)


@pytest.mark.slow
def test_gathered_pictures_of_several_persons(shoot: Shot, wizard: Wizard, gatherer: FakeGatherer) -> None:
    wizard.services = replace(wizard.services, gatherer=gatherer)
    gatherer.go_on.set()

    async def scene(pilot: Pilot[None]) -> None:
        await pilot.press("n", "f3")
        await settle(pilot)
        await pilot.press(*"Ada", "ctrl+n")
        await until(pilot, lambda: pilot.app.screen.query(Picker))

    assert shoot(scene)


class HalfMade(Making):
    """A folder that never gets further."""

    @work(thread=True)
    def make(self) -> None:
        self.post_message(Copied(300_000_000, 1_200_000_000))


def test_files_being_brought_in(shoot: Shot, wizard: Wizard) -> None:
    async def scene(pilot: Pilot[None]) -> None:
        pilot.app.push_screen(HalfMade(wizard.services, lambda report: scenes.put_project(Path(), "", "", None)))

    assert shoot(scene)


def test_offer_to_start(shoot: Shot, photos: Path, video: Path) -> None:
    async def scene(pilot: Pilot[None]) -> None:
        given = {"basis": "self", "note": "It is me", "is_adult": True}
        answers = {"sources": [photos], "target": video, "consent_source": given, "consent_target": given}
        await open_draft(pilot, step=Step.REVIEW, **answers)
        await settle(pilot)
        await pilot.press("enter")

    assert shoot(scene)


def test_help(shoot: Shot) -> None:
    async def scene(pilot: Pilot[None]) -> None:
        await pilot.press("question_mark")

    assert shoot(scene)


async def listed(pilot: Pilot[None]) -> None:
    """Wait until the palette lists all commands, and keep its cursor from blinking."""
    pilot.app.screen.query_one(Input).cursor_blink = False
    beneath = pilot.app.screen_stack[-2]
    commands = len(list(pilot.app.get_system_commands(beneath)))
    await until(pilot, lambda: pilot.app.screen.query_one(OptionList).option_count == commands)


def test_command_palette(shoot: Shot) -> None:
    async def scene(pilot: Pilot[None]) -> None:
        await pilot.press("ctrl+p")
        await listed(pilot)

    assert shoot(scene)


def test_failure(shoot: Shot) -> None:
    async def scene(pilot: Pilot[None]) -> None:
        title = "There is no room for ben.mp4: it needs 1200 MB and 300 MB are free."
        pilot.app.post_message(messages.ShowFailure(title, "Free some space, or choose another place."))

    assert shoot(scene)


@pytest.mark.parametrize("keys", [["n"], ["n", "f3"], ["n", "f2"], ["f1"], ["ctrl+p"]], ids=lambda keys: keys[-1])
def test_a_window_that_is_too_small_says_so_above_whatever_lies_over_it(
    snap_compare: Callable[..., bool], wizard: Wizard, workspace: Path, keys: list[str]
) -> None:
    workspace.mkdir()

    async def play(pilot: Pilot[None]) -> None:
        await settle(pilot)
        for key in keys:
            await pilot.press(key)
            await settle(pilot)
        if keys == ["ctrl+p"]:
            await listed(pilot)

    assert snap_compare(wizard, terminal_size=(60, 15), run_before=play)
