"""What is known to be wrong stops at the question that knows it, and not minutes later."""

import asyncio
from pathlib import Path

import pytest
from textual.widgets import Label, Static

from engine.errors import MediaError
from engine.project.settings import ConsentBasis
from engine.records.check import CheckReport, SkippedFile
from engine.records.video_strip import Strip
from engine.role import Role
from tests.tui import scenes
from tests.tui.conftest import NOW, FakeDaemon, FakeEngine, begin_with, give_path, settle, shown, until
from tui.app import Wizard
from tui.drafts.answers import Answers, ConsentAnswers, Step
from tui.drafts.checks import Checks
from tui.drafts.faults import broken_media, doubts_about
from tui.drafts.timing import UNKNOWN, Pace, Timing
from tui.messages import OpenDraft
from tui.screens.confirm import Confirm
from tui.screens.media import MediaQuestion, SourceQuestion, TargetQuestion
from tui.screens.project import ProjectScreen
from tui.screens.question import Steps
from tui.screens.review import Answered, Review
from tui.widgets.field import Field
from tui.widgets.rows import Rows

AGREED = ConsentAnswers(basis=ConsentBasis.SELF, note="It is me", is_adult=True)
BROKEN = "ben.mp4 is not a video that can be read, or it is cut off."


class PickyEngine(FakeEngine):
    """Cannot read the video."""

    def __init__(self) -> None:
        super().__init__()
        self.may_say = asyncio.Event()
        self.may_say.set()

    async def strip(self, video: Path, thumbnails: Path) -> Strip:
        await self.may_say.wait()
        raise MediaError(BROKEN, "Copy it again.")


def complete(photos: Path, video: Path, **given: object) -> Answers:
    known = {
        "draft": "d",
        "started_at": NOW,
        "step": Step.REVIEW,
        "sources": (photos,),
        "target": video,
        "consent_source": AGREED,
        "consent_target": AGREED,
    }
    return Answers.model_validate(known | given)


def report(folder: Path, persons: int = 1, **given: object) -> CheckReport:
    return scenes.check_report(folder, persons).model_copy(update=given)


async def looked(engine: FakeEngine, folder: Path, answers: Answers) -> Checks:
    checks = Checks(engine, lambda role: None)
    for role in Role:
        await checks.look(role, answers.media_of(role), folder / f"{role}")
    return checks


@pytest.mark.parametrize("engine", [PickyEngine()])
async def test_a_video_that_cannot_be_read_is_not_gone_on_with(wizard: Wizard, photos: Path, video: Path) -> None:
    async with wizard.run_test(size=(80, 24)) as pilot:
        await begin_with(pilot, photos)
        await pilot.press("ctrl+n")
        await give_path(pilot, video)
        await pilot.press("ctrl+n")
        await settle(pilot)
        question = shown(pilot, TargetQuestion)
        assert _complaint(question).startswith("Cannot be used")
        assert BROKEN in str(question.query_one("#check-words", Static).content)


@pytest.mark.parametrize("engine", [PickyEngine()])
async def test_the_review_does_not_start_with_a_broken_video(
    wizard: Wizard, photos: Path, video: Path, workspace: Path
) -> None:
    async with wizard.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        wizard.post_message(OpenDraft(complete(photos, video)))
        await settle(pilot)
        review = shown(pilot, Review)
        await until(pilot, lambda: _step_in_view(review) is Step.TARGET)
        assert BROKEN in str(review.query_one("#answer-note", Label).content)
        assert "! Video" in review.query_one(Steps).render().plain
        assert not any("ready about" in each.words for each in review.query_one(Rows).items)
        await pilot.press("ctrl+n")
        await settle(pilot)
        shown(pilot, TargetQuestion)
    assert not (workspace / "Anna-Ek-as-ben").exists()


@pytest.mark.parametrize("engine", [PickyEngine()])
async def test_a_video_found_to_be_broken_while_the_review_is_open_is_pointed_at(
    wizard: Wizard, engine: PickyEngine, photos: Path, video: Path
) -> None:
    engine.may_say.clear()
    async with wizard.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        wizard.post_message(OpenDraft(complete(photos, video)))
        await settle(pilot)
        review = shown(pilot, Review)
        assert _step_in_view(review) is Step.SOURCE
        engine.may_say.set()
        await until(pilot, lambda: _step_in_view(review) is Step.TARGET)
        assert BROKEN in str(review.query_one("#answer-note", Label).content)


def _step_in_view(review: Review) -> Step | None:
    line: Answered | None = review.query_one(Rows).current
    return None if line is None else line.step


async def test_a_chosen_file_that_cannot_be_read_is_taken_out_first(
    wizard: Wizard, engine: FakeEngine, photos: Path
) -> None:
    bad = photos / "photo 1.jpg"
    skipped = [SkippedFile(path=bad, reason="photo 1.jpg is damaged or cut off.")]
    engine.reports["source"] = report(photos.parent / "looked", skipped=skipped)
    async with wizard.run_test(size=(80, 24)) as pilot:
        await begin_with(pilot, photos / "photo 0.jpg")
        await give_path(pilot, bad)
        await pilot.press("ctrl+n")
        await settle(pilot)
        question = shown(pilot, SourceQuestion)
        assert "photo 1.jpg" in _complaint(question)
        assert ["cannot be read" in question.query_one(Rows).render_line(y).text for y in (0, 1)] == [False, True]


def _complaint(question: MediaQuestion) -> str:
    return str(question.query_one("#path", Field).query_one(".field-error", Label).content)


async def test_what_a_folder_holds_besides_stops_nobody(engine: FakeEngine, photos: Path, video: Path) -> None:
    skipped = [SkippedFile(path=photos / "photo 1.jpg", reason="It is cut off.")]
    engine.reports["source"] = report(photos.parent / "looked", skipped=skipped)
    checks = await looked(engine, photos.parent, complete(photos, video))
    assert not list(broken_media(checks))


@pytest.mark.slow
async def test_too_few_faces_are_red_and_start_asks_once(
    wizard: Wizard, engine: FakeEngine, daemon: FakeDaemon, photos: Path, video: Path
) -> None:
    daemon.running = True
    engine.reports["source"] = report(photos.parent / "looked", faces=2, faces_expected=2)
    async with wizard.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        wizard.post_message(OpenDraft(complete(photos, video)))
        await settle(pilot)
        assert "! about 2 faces; it takes 20" in _drawn(shown(pilot, Review))
        await pilot.press("ctrl+n")
        await settle(pilot)
        shown(pilot, Confirm)
        await pilot.press("n")
        await settle(pilot)
        shown(pilot, Review)
        await pilot.press("ctrl+n")
        await settle(pilot)
        await pilot.press("y")
        await settle(pilot)
        shown(pilot, ProjectScreen)


def _drawn(review: Review) -> str:
    rows = review.query_one(Rows)
    return "\n".join(rows.render_line(y).text for y in range(len(rows.items)))


async def test_several_persons_of_whom_none_was_chosen_are_a_doubt(
    engine: FakeEngine, photos: Path, video: Path
) -> None:
    engine.video = scenes.glance(photos.parent / "glance")
    engine.reports["target"] = report(photos.parent / "looked", persons=3)
    answers = complete(photos, video)
    checks = await looked(engine, photos.parent, answers)
    assert [each.step for each in doubts_about(answers, checks, UNKNOWN, NOW)] == [Step.PERSON]
    chosen = answers.model_copy(update={"target_person": 1})
    assert not list(doubts_about(chosen, checks, UNKNOWN, NOW))


async def test_only_the_faces_of_the_person_who_was_chosen_count(engine: FakeEngine, photos: Path, video: Path) -> None:
    engine.reports["source"] = report(photos.parent / "looked", persons=3, faces_expected=100)
    answers = complete(photos, video, source_person=3)
    checks = await looked(engine, photos.parent, answers)
    assert [each.words for each in doubts_about(answers, checks, UNKNOWN, NOW)] == ["about 6 faces; it takes 20"]


async def test_a_video_without_a_face_and_one_that_was_not_copied_whole_are_doubts(
    engine: FakeEngine, photos: Path, video: Path
) -> None:
    engine.video = scenes.glance(photos.parent / "glance")
    half = ["ben.mp4 has 12 of 30 seconds. Copy it again."]
    nobody = report(photos.parent / "looked", faces=0, faces_expected=0, persons=0, cut_short=half)
    engine.reports["target"] = nobody
    answers = complete(photos, video)
    doubts = doubts_about(answers, await looked(engine, photos.parent, answers), UNKNOWN, NOW)
    assert [each.words for each in doubts] == ["was not copied whole", "no face was found"]


async def test_a_look_that_is_not_over_is_said_and_is_nobodys_fault(photos: Path, video: Path) -> None:
    said: list[tuple[Step, bool]] = []
    answers = complete(photos, video)

    def note(role: Role) -> None:
        said.extend((each.step, each.is_of_the_moment) for each in doubts_about(answers, checks, UNKNOWN, NOW))

    checks = Checks(FakeEngine(), note)
    await checks.look(Role.SOURCE, answers.sources, photos.parent)
    assert set(said) == {(Step.SOURCE, True)}
    assert not list(doubts_about(answers, checks, UNKNOWN, NOW))


def test_a_time_of_day_that_is_too_soon_is_a_doubt(photos: Path, video: Path) -> None:
    timing = Timing(Pace(extract=0.1, convert=0.5), frames=10_000)
    checks = Checks(FakeEngine(), lambda role: None)
    doubts = doubts_about(complete(photos, video, finish_by="22:00"), checks, timing, NOW)
    assert [each.step for each in doubts] == [Step.QUALITY]


async def test_a_look_that_failed_by_itself_stops_nobody(engine: FakeEngine, photos: Path, video: Path) -> None:
    answers = complete(photos, video)
    checks = await looked(engine, photos.parent, answers)
    assert "You can go on" in checks.of(Role.SOURCE).failure
    assert not list(broken_media(checks))
