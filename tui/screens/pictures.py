"""The pictures of a project that is there already: more in, some out, wherever it stands."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.message import Message
from textual.widgets import Button, Label, Static

from engine.errors import UnderstudioError
from engine.project.import_media import OnCopied
from engine.role import Role
from tui.background import in_background
from tui.drafts.checks import Check, Checks
from tui.drafts.copying import Copied, Copying, CopyStopped
from tui.drafts.paths import Found
from tui.format import short_path
from tui.messages import CheckChanged, OpenPictures, OpenProject
from tui.projects.media_edits import Files, ProjectMedia
from tui.screens.confirm import Confirm
from tui.screens.media_page import MediaPage
from tui.services import Services
from tui.widgets.rows import Rows


class PicturesScreen(MediaPage):
    """Lists the pictures of one person; each change is made in the project's folder at once."""

    HEADING: ClassVar[str]
    WHY: ClassVar[str]
    OTHER: ClassVar[Role]

    HELP = """\
What is added is linked or copied into the project, and is used as soon as its turn comes: only what depends on
the change is made again. Your own files stay where they are.

**x** takes out the file under the cursor (Tab goes to the list): it is kept in the project's folder taken-out/. **F5**
undoes the last change. **F4** turns to the other person. Gathering needs a project that stands still: pause it first.
"""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f4", "turn", "Other person"),
        Binding("f5", "undo", "Undo"),
        Binding("ctrl+n", "leave", "Done", show=False),
        Binding("escape", "leave", "Done"),
        # In an input, ? is a letter.
        Binding("question_mark,f1", "app.help", "Help", key_display="F1"),
    ]

    class Listed(Message):
        """The project's folder was read."""

        def __init__(self, files: Files) -> None:
            super().__init__()
            self.files = files

    class Over(Message):
        """A change was made, or was not."""

        def __init__(self, words: str, complaint: str = "", typed: str = "") -> None:
            super().__init__()
            self.words = words
            self.complaint = complaint
            self.typed = typed

    def __init__(self, services: Services, media: ProjectMedia) -> None:
        super().__init__(services)
        self.media = media
        self._checks = Checks(services.engine, self._tell_check)
        self._video: Path | None = None
        self._under_way = 0
        self._copying = Copying(self.post_message)

    def compose_body(self) -> ComposeResult:
        """Put the files between the heading and the buttons."""
        with VerticalScroll(id="question", can_focus=False):
            yield Label(self.HEADING, id="heading", markup=False)
            yield Label(self.WHY, id="why", markup=False)
            yield from self.compose_media(
                Static("Tab goes to the list; there, x takes a file out.", id="change-note", markup=False)
            )
        with Horizontal(id="buttons"):
            yield Button("Other person F4", id="back", compact=True)
            yield Button("Done ›", id="next", variant="primary", compact=True)

    def on_mount(self) -> None:
        """Read the project."""
        self.top.say(f"{self.media.folder.path.name} · pictures")
        self.list_files()

    def on_unmount(self) -> None:
        """Break off a copy that nobody waits for: nothing of it stays."""
        self._copying.stop()

    @work(thread=True, exclusive=True, group="list", exit_on_error=False)
    def list_files(self) -> None:
        """Read the folder. Runs in a worker."""
        self.post_message(self.Listed(self.media.files_of(self.ROLE)))

    @on(Listed)
    def on_listed(self, message: Listed) -> None:
        """Show the files, and have the engine look at them."""
        files = message.files
        self.top.say(f"{files.name} · pictures")
        self._video = files.video
        self.query_one(Rows).show(files.found)
        self.refresh_bindings()
        if self.ROLE is Role.SOURCE:
            paths: tuple[Path, ...] = (self.media.folder.source,) if files.found else ()
        else:
            paths = (files.video,) if files.video is not None else ()
        look = partial(self._checks.look, self.ROLE, paths, self.media.folder.checked / self.ROLE)
        in_background(self, look, "check", exclusive=True)

    def _tell_check(self, role: Role) -> None:
        self.post_message(CheckChanged(role))

    def seen(self) -> Check:
        """Return what the engine has seen in the files so far."""
        return self._checks.of(self.ROLE)

    def gather_into(self) -> Path:
        """Return the project itself."""
        return self.media.folder.path

    def take(self, found: list[Found]) -> None:
        """Bring files in."""
        paths = tuple(each.path for each in found)
        self._change(lambda report: self.media.add(self.ROLE, paths, report), paths)

    def take_gathered(self, folder: Path) -> None:
        """Show the pictures that were put into the project."""
        before: Sequence[Found] = self.query_one(Rows).items
        self._change(lambda report: self.media.gathered(self.ROLE, before))

    def take_out(self, found: Found) -> None:
        """Take a file out; the video to change stays, since there is no project without one."""
        if found.path == self._video:
            self._say("The project needs its video. Add another one: it takes the place of this one.")
            return
        # The next key is meant for the next file, though this one is not out yet.
        rows: Rows[Found] = self.query_one(Rows)
        rows.show([each for each in rows.items if each is not found])
        self._change(lambda report: self.media.take_out(found.path))

    def action_undo(self) -> None:
        """Undo the last change."""
        self._change(lambda report: self.media.undo())

    def _change(self, make: Callable[[OnCopied], str], paths: Sequence[Path] = ()) -> None:
        self._under_way += 1
        self._make(make, shlex.join(map(short_path, paths)))

    @work(thread=True, group="change", exit_on_error=False)
    def _make(self, make: Callable[[OnCopied], str], typed: str) -> None:
        """Change the project's files. Runs in a worker."""
        try:
            over = self.Over(make(self._copying.report))
        except CopyStopped:
            over = self.Over("Stopped: nothing was added.")
        except UnderstudioError as error:
            over = self.Over("", f"{error.title} {error.hint}", typed)
        except OSError as error:
            words = f"{error.filename} cannot be used: {error.strerror}. Nothing was changed."
            over = self.Over("", words, typed)
        self.post_message(over)

    @on(Copied)
    def on_copied(self, message: Copied) -> None:
        """Show how much is in."""
        self._say(f"{message.words(20)}; Escape stops.")

    @on(Over)
    def on_over(self, message: Over) -> None:
        """Say what was done, and show what there is now."""
        self._under_way -= 1
        if not self._under_way:
            self._copying.clear()
        self._say(message.words)
        self.refuse(message.complaint, message.typed)
        self.list_files()

    def _say(self, words: str) -> None:
        note = self.query_one("#change-note", Static)
        note.update(words)
        note.display = bool(words)

    @on(Button.Pressed, "#back")
    def action_turn(self) -> None:
        """Show the other person's pictures."""
        self.post_message(OpenPictures(self.media, self.OTHER, is_turn=True))

    @on(Button.Pressed, "#next")
    def action_leave(self) -> None:
        """Stop a copy that is under way; where none is, go back to the project."""
        if self._under_way:
            self._copying.stop()
            self._say("Stopping …")
        elif self.media.is_changed:
            self.post_message(OpenProject(self.media.folder.path, is_restarted=True))
        else:
            self.app.pop_screen()

    def leave(self) -> None:
        """Go back to the project."""
        self.action_leave()

    def _line(self, found: Found, width: int) -> Text:
        name = found.path.relative_to(self.media.place_of(self.ROLE))
        words = "the video to change" if found.path == self._video else found.words
        return self.line(str(name), found, words, width)


class SourcePictures(PicturesScreen):
    """Pictures of the person who will appear."""

    ROLE = Role.SOURCE
    OTHER = Role.TARGET
    HEADING = "Pictures of the person who will appear"
    WHY = "Add pictures of the same person who agreed. They are used at once."
    LABEL = "Photos, video or folder"
    EMPTY = "There is no picture in the project."
    CHOOSE = "Choose photos, videos or a folder to add"


class TargetPictures(PicturesScreen):
    """The video to change, and pictures of the person in it."""

    ROLE = Role.TARGET
    OTHER = Role.SOURCE
    HEADING = "The video, and pictures of the person who is replaced"
    WHY = "Add photos of the same person who agreed, or another video of them."
    LABEL = "Photos, folder or video"
    EMPTY = "There is no video in the project."
    CHOOSE = "Choose photos to add, or another video to change"

    def take(self, found: list[Found]) -> None:
        """Bring photos in; another video takes the place of the one there, after asking."""
        photos = [each for each in found if not each.videos]
        if photos:
            super().take(photos)
        for video in [each.path for each in found if each.videos][-1:]:
            self._offer(video)

    @work
    async def _offer(self, video: Path) -> None:
        if self._video is None or await self.app.push_screen_wait(_instead(video, self._video)):
            self._change(lambda report: self.media.change_video(video, report), (video,))


def _instead(video: Path, old: Path) -> Confirm:
    words = (
        f"{video.name} takes the place of {old.name}, which is kept in the project's folder taken-out/. "
        "It must show the same person, who agreed. The result is made again."
    )
    return Confirm("Change this video instead?", words, yes="Take it")
