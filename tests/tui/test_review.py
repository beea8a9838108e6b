import datetime as dt
from pathlib import Path

import pytest

from engine.project.folder import create_folder
from engine.project.persons import read_persons
from engine.project.presets import Preset
from engine.project.settings import ConsentBasis, ConvertSettings, ExtractSettings
from engine.role import Role
from tests.tui.conftest import NOW, settle, shown
from tests.tui.scenes import check_report
from tui.app import Wizard
from tui.drafts.answers import Answers, ConsentAnswers, Step
from tui.drafts.creation import answers_from_folder, make_project
from tui.drafts.timing import Pace, Timing
from tui.drafts.validation import first_unanswered, folder_name, minutes_until, problems_of, suggested_name, to_project
from tui.messages import OpenDraft
from tui.screens.review import Review
from tui.widgets.rows import Rows

AGREED = ConsentAnswers(basis=ConsentBasis.SELF, note="It is me", is_adult=True)


def answers(**given: object) -> Answers:
    complete = {
        "draft": "d",
        "started_at": NOW,
        "sources": (Path("/films/anna.mp4"),),
        "target": Path("/films/ben.mp4"),
        "consent_source": AGREED,
        "consent_target": AGREED,
    }
    return Answers.model_validate(complete | given)


def test_complete_answers_become_a_project() -> None:
    project = to_project(answers(source_person=2), NOW)
    assert project.name == "anna-as-ben"
    assert project.source.person == 2
    assert (project.train.minutes, project.train.steps) == (None, None)
    assert project.consent.target is not None
    assert project.consent.target.recorded_on == NOW.date()


ASKED_ELSEWHERE = {
    "earlier",
    "earlier_steps",
    "earlier_preset",
    "draft",
    "started_at",
    "step",
    "folder",
    "sources",
    "target",
    "target_pictures",
    "finish_by",
    "train",
}
"""Answers that are not in the project file as they were given: media lie in the folder, a time of day becomes
minutes."""


def test_every_answer_comes_back_from_the_project_that_it_became(tmp_path: Path) -> None:
    agreed = AGREED.model_copy(
        update={"given_by": "Anna", "recorded_on": "2026-11-20", "valid_until": "2027-01-01", "purpose": "A film"}
    )
    given = answers(
        name="Night Shift",
        source_person=2,
        target_person=3,
        preset=Preset.STANDARD,
        minutes="30",
        consent_source=agreed,
        consent_target=agreed,
        extract=ExtractSettings(min_face_px=50),
        convert=ConvertSettings(mask_blur=0.2),
    )
    blank = Answers(draft=given.draft, started_at=NOW)
    compared = Answers.model_fields.keys() - ASKED_ELSEWHERE
    assert all(getattr(given, name) != getattr(blank, name) for name in compared), "answer every question"
    folder = create_folder(tmp_path / "night-shift")
    folder.save(to_project(given, NOW))
    again = answers_from_folder(folder.path, blank, NOW)
    assert {name: getattr(again, name) for name in compared} == {name: getattr(given, name) for name in compared}


async def test_the_review_has_a_line_for_each_question(wizard: Wizard) -> None:
    async with wizard.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        wizard.post_message(OpenDraft(answers(step=Step.REVIEW, source_person=2)))
        await settle(pilot)
        lines = shown(pilot, Review).query_one(Rows).items
        assert {line.step for line in lines} == set(Step) - {Step.REVIEW}


@pytest.mark.parametrize(
    ("given", "step", "field"),
    [
        ({"sources": ()}, Step.SOURCE, "path"),
        ({"target": None}, Step.TARGET, "path"),
        ({"consent_source": AGREED.model_copy(update={"basis": None})}, Step.CONSENT_SOURCE, "basis"),
        ({"consent_source": AGREED.model_copy(update={"note": "  "})}, Step.CONSENT_SOURCE, "note"),
        ({"consent_target": AGREED.model_copy(update={"is_adult": False})}, Step.CONSENT_TARGET, "is_adult"),
        (
            {"consent_target": AGREED.model_copy(update={"recorded_on": "2027-01-01"})},
            Step.CONSENT_TARGET,
            "recorded_on",
        ),
        (
            {"consent_target": AGREED.model_copy(update={"valid_until": "2026-11-23"})},
            Step.CONSENT_TARGET,
            "valid_until",
        ),
        (
            {"consent_source": AGREED.model_copy(update={"basis": ConsentBasis.WRITTEN_RELEASE})},
            Step.CONSENT_SOURCE,
            "given_by",
        ),
        ({"finish_by": "25:00"}, Step.QUALITY, "finish_by"),
        ({"minutes": "-3"}, Step.QUALITY, "minutes"),
        ({"name": "///"}, Step.REVIEW, "name"),
    ],
)
def test_what_is_missing_is_named_with_its_screen_and_field(given: dict[str, object], step: Step, field: str) -> None:
    found = problems_of(answers(**given), NOW)
    assert [(problem.step, problem.field) for problem in found] == [(step, field)]
    assert first_unanswered(answers(**given), NOW) is step


def test_as_good_as_possible_by_tomorrow_counts_the_minutes() -> None:
    assert minutes_until("8:00", NOW) == 10 * 60 + 30
    assert minutes_until("22", NOW) == 30
    assert minutes_until("soon", NOW) is None
    assert to_project(answers(finish_by="8:00", preset=Preset.HIGH), NOW).train.minutes == 630


def test_what_comes_before_and_after_training_is_taken_off_the_time_that_is_left() -> None:
    timing = Timing(Pace(extract=0.1, convert=0.5), frames=1000)
    assert to_project(answers(finish_by="8:00"), NOW, timing).train.minutes == 620
    assert to_project(answers(finish_by="21:31"), NOW, timing).train.minutes == 1


def test_a_consent_that_ends_is_written_with_its_last_day() -> None:
    consent = AGREED.model_copy(update={"valid_until": "2027-02-28"})
    project = to_project(answers(consent_source=consent), NOW)
    assert project.consent.source is not None
    assert project.consent.source.valid_until == dt.date(2027, 2, 28)


def test_names_of_any_script_become_folder_names() -> None:
    assert folder_name("映画 / 田中さん") == "映画-田中さん"
    assert folder_name("../..") == ""
    assert suggested_name(answers(sources=(Path("/films/Anna Ek"),))) == "Anna-Ek-as-ben"


def test_answers_survive_the_disk(tmp_path: Path) -> None:
    given = answers(step=Step.QUALITY, finish_by="8:")
    assert Answers.model_validate_json(given.model_dump_json()) == given
    assert given.consent_of(Role.TARGET) == AGREED


def test_who_was_chosen_goes_with_the_project_and_nobody_else(tmp_path: Path, photos: Path, video: Path) -> None:
    report = check_report(tmp_path / "looked", 2)
    described = [each.model_copy(update={"descriptor": (0.5,) * 128}) for each in report.persons]
    reports = dict.fromkeys(Role, report.model_copy(update={"persons": described}))
    given = answers(sources=(photos,), target=video, target_person=2)
    made = make_project(tmp_path / "films", given, NOW, lambda done, total: None, reports=reports)
    assert [person.number for person in read_persons(made, Role.TARGET).persons] == [1, 2]
    assert read_persons(made, Role.SOURCE).persons == ()
