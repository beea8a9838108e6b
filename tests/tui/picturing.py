"""The screen with the pictures of a project, opened and read by tests."""

import shutil
import threading
from collections.abc import Sequence
from pathlib import Path

from textual.pilot import Pilot
from textual.widgets import Label, Static

from engine.project.folder import ProjectFolder
from engine.project.import_media import OnCopied
from engine.role import Role
from tests.tui import scenes
from tests.tui.conftest import NOW, settle
from tui.messages import OpenPictures
from tui.projects.media_edits import ProjectMedia
from tui.screens.pictures import PicturesScreen


def names(place: Path) -> list[str]:
    return sorted(path.relative_to(place).as_posix() for path in place.rglob("*") if path.is_file())


def failed_project(workspace: Path, photos: Path, video: Path) -> ProjectFolder:
    """Make a project that failed for want of pictures."""
    made = scenes.put_project(workspace, "anna", "Anna", scenes.failed(NOW))
    (made.source / "first.jpg").write_bytes((photos / "photo 0.jpg").read_bytes())
    shutil.copy(video, made.target / "scene.mp4")
    target = made.load().target.model_copy(update={"video": "target/scene.mp4"})
    made.save(made.load().model_copy(update={"target": target}))
    return made


async def open_pictures(
    pilot: Pilot[None], folder: ProjectFolder, role: Role = Role.SOURCE, media: ProjectMedia | None = None
) -> PicturesScreen:
    await settle(pilot)
    pilot.app.post_message(OpenPictures(media or ProjectMedia(folder), role))
    await settle(pilot)
    assert isinstance(pilot.app.screen, PicturesScreen)
    return pilot.app.screen


def note(screen: PicturesScreen) -> str:
    return str(screen.query_one("#change-note", Static).render())


def complaint(screen: PicturesScreen) -> str:
    return str(screen.query_one("#path .field-error", Label).render())


class Slow(ProjectMedia):
    """Brings a file in, and then nothing moves until it is let go; nor is anything taken out."""

    def __init__(self, folder: ProjectFolder) -> None:
        super().__init__(folder)
        self.go_on = threading.Event()

    def add(self, role: Role, paths: Sequence[Path], report: OnCopied) -> str:
        def slowly(done: int, total: int) -> None:
            report(done, total)
            self.go_on.wait()

        return super().add(role, paths, slowly)

    def take_out(self, file: Path) -> str:
        self.go_on.wait()
        return super().take_out(file)
