"""Training on asks for more minutes, proposes some that help, and never does nothing."""

from pathlib import Path

import pytest
from textual.widgets import Label

from engine.project.markers import fingerprint
from engine.project.settings import Project, TrainSettings, Wanted
from engine.project.stage import StageName
from engine.records.report import ReportFile, write_report
from tests.tui import scenes
from tests.tui.conftest import NOW, open_project, settle, shown
from tui.app import Wizard
from tui.projects.train_on import Trained, trained_on
from tui.screens.result import ResultScreen
from tui.screens.train_on import TrainOnDialog
from tui.widgets.field import Field


def report(**training: object) -> ReportFile:
    sample = scenes.sample_report()
    return sample.model_copy(update={"training": sample.training.model_copy(update=training)})


@pytest.mark.parametrize(
    ("steps", "minutes", "helps"),
    [
        pytest.param(112, 1.0, 6, id="far from done: what is missing"),
        pytest.param(5200, 12.0, 12, id="shown what it can: as much again"),
        pytest.param(749, 10.0, 2, id="all but there: enough to be seen"),
    ],
)
def test_the_number_in_hand_helps(steps: int, minutes: float, helps: float) -> None:
    trained = Trained.of(report(steps=steps, minutes=minutes), has_model=True)
    assert trained.full_steps == 750
    assert trained.helps_minutes == helps


def test_what_an_earlier_project_learnt_need_not_be_learnt_again() -> None:
    trained = Trained.of(report(steps=100, steps_before=400, minutes=2.0), has_model=True)
    assert trained.helps_minutes == 5.0
    assert "100 steps in 2 min, after 400 of an earlier project" in trained.words


def test_more_minutes_come_on_top_of_those_that_were_trained() -> None:
    project = scenes.project_named("Anna")
    trained = Trained.of(report(steps=112, minutes=1.5), has_model=True)
    assert trained_on(project, trained, 20).train.minutes == 21.5


def test_minutes_that_make_the_same_sum_are_something_new_all_the_same(tmp_path: Path) -> None:
    before = with_train(scenes.project_named("Anna"), minutes=12)
    folder = scenes.put_project(tmp_path, "anna", "Anna", None)
    trained = Trained.of(report(steps=900, minutes=4.0, ended_by="wish"), has_model=True)
    after = trained_on(before, trained, 8)
    assert fingerprint(folder, before, StageName.TRAIN) != fingerprint(folder, after, StageName.TRAIN)


def test_steps_give_way_to_minutes() -> None:
    project = with_train(scenes.project_named("Anna"), steps=100)
    trained = Trained.of(report(steps=100, minutes=1.0), has_model=True)
    assert trained_on(project, trained, 5).train == TrainSettings(minutes=6)


def test_without_a_model_everything_is_learnt_again() -> None:
    trained = Trained.of(report(steps=5200, minutes=12.0), has_model=False)
    assert trained.helps_minutes is None
    assert trained_on(scenes.project_named("Anna"), trained, 30).train.minutes == 30


def test_a_training_that_got_no_better_says_what_helps_more() -> None:
    assert "more pictures" in Trained.of(report(ended_by="plateau"), has_model=True).words


def with_train(project: Project, **settings: object) -> Project:
    return project.model_copy(update={"train": TrainSettings.model_validate(settings)})


@pytest.mark.slow
async def test_one_key_and_enter_train_on_for_as_long_as_helps(wizard: Wizard, workspace: Path) -> None:
    folder = scenes.finished(workspace, NOW)
    folder.checkpoints.mkdir(parents=True, exist_ok=True)
    folder.save(folder.load().model_copy(update={"wanted": Wanted.FINISH}))
    write_report(folder.report_json, report(steps=112, minutes=1.0, ended_by="wish"))
    async with wizard.run_test(size=(80, 24)) as pilot:
        await open_project(pilot, folder.path)
        heading = shown(pilot, ResultScreen).query_one("#heading", Label)
        assert str(heading.render()) == "Far from done: 112 of some 750 steps."
        await pilot.press("t")
        await settle(pilot)
        dialog = shown(pilot, TrainOnDialog)
        assert dialog.query_one(Field).value == "6"
        assert "Ready about 21:38" in str(dialog.query_one("#ready", Label).render())
        await pilot.press("ctrl+n")
        await settle(pilot)
    project = folder.load()
    assert (project.train.minutes, project.wanted) == (7, Wanted.RUN)


async def test_no_number_is_asked_for_again(wizard: Wizard, workspace: Path) -> None:
    folder = scenes.finished(workspace, NOW)
    async with wizard.run_test(size=(80, 24)) as pilot:
        await open_project(pilot, folder.path, "t")
        shown(pilot, TrainOnDialog).query_one(Field).value = "soon"
        await pilot.press("ctrl+n")
        await settle(pilot)
        shown(pilot, TrainOnDialog)
    assert folder.load().train.minutes is None
