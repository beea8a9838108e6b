from pathlib import Path

from engine.folder import ProjectFolder
from engine.project import ConsentBasis, Preset
from tests.tui.conftest import paste, settle
from tui.app import Wizard


async def test_six_questions_become_a_project_on_disk(
    wizard: Wizard, workspace: Path, photos: Path, video: Path
) -> None:
    async with wizard.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("n")
        await paste(pilot, str(photos))
        await pilot.press("enter")
        await settle(pilot)
        await pilot.press("ctrl+n")
        await paste(pilot, str(video))
        await pilot.press("enter")
        await settle(pilot)
        await pilot.press("ctrl+n")
        for who in ("Anna", "Ben"):
            await pilot.press("2")
            await paste(pilot, f"{who} agreed")
            await pilot.press("enter", "enter")
            await paste(pilot, who)
            await pilot.press("ctrl+n")
        await pilot.press("ctrl+n")
        await settle(pilot)
        await pilot.press("enter")
        await settle(pilot)
    project = ProjectFolder(workspace / "Anna-Ek-as-ben").load()
    assert project.consent.source is not None
    assert project.consent.source.basis is ConsentBasis.WRITTEN_RELEASE
    assert project.consent.source.given_by == "Anna"
    assert project.train.preset is Preset.QUICK
    assert project.train.minutes == 12
    assert len(list((workspace / "Anna-Ek-as-ben" / "source").iterdir())) == 3
