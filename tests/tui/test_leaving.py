"""Leaving keeps what was answered; folders of pictures in the workspace are not passed over."""

from pathlib import Path

from tests.tui.conftest import NOW, settle
from tui.app import Wizard
from tui.drafts.answers import Answers, Step
from tui.messages import OpenDraft
from tui.widgets.rows import Rows


async def test_q_leaves_everywhere_and_says_that_answers_are_kept(wizard: Wizard, workspace: Path) -> None:
    async with wizard.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        wizard.post_message(OpenDraft(Answers(draft="d", started_at=NOW, step=Step.REVIEW)))
        await settle(pilot)
        left: list[object] = []
        wizard.exit = lambda *given, **named: left.append(named.get("message"))  # type: ignore[method-assign]
        await pilot.press("q")
        await settle(pilot)
    assert "Your answers are kept" in str(left[0])


async def test_a_folder_of_photos_in_the_workspace_is_named_and_begins_a_project(
    wizard: Wizard, workspace: Path, photos: Path
) -> None:
    workspace.mkdir()
    photos.rename(workspace / "Anna Ek")
    (workspace / "notes").mkdir()
    async with wizard.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert [view.name for view in wizard.screen.query_one(Rows).items] == ["Anna Ek"]
        await pilot.press("enter")
        await settle(pilot)
        assert wizard.draft is not None
        assert wizard.draft.answers.sources == (workspace / "Anna Ek",)
        await pilot.press("escape")
        await settle(pilot)
        assert [view.says for view in wizard.screen.query_one(Rows).items] == ["questions open"]
