"""Home: every project of the workspace, and whether somebody works on them."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Input, Static

from engine.project.folder import ProjectFolder
from engine.text import counted, printable
from tui.format import short_path
from tui.messages import (
    AnswerFolder,
    DeleteProject,
    DropDraft,
    NewProject,
    OpenBin,
    OpenDraft,
    OpenProject,
    RenameProject,
    ShowFailure,
    ShowLog,
    TryDemo,
    UndoDeletion,
)
from tui.projects.condition import Condition
from tui.projects.order import Order
from tui.projects.view import View
from tui.screens.page import Page
from tui.services import Services
from tui.widgets.daemon_line import DaemonLine
from tui.widgets.picture import Picture
from tui.widgets.project_list import ProjectList

_LOOK_SECONDS = 2.0


class Home(Page):
    """The list of projects."""

    TITLE = "Projects"

    SAYS_WHO_WORKS = True
    HELP = """\
Every folder in the workspace that is a project is listed here, with what happens to it now.

The work is done in the **background**. It goes on when you log out, and after a restart it continues where it stopped.
The line at the bottom says on what; where nobody is at work, **s** starts it.

**/** lists only the projects that have some letters in their names; **o** changes the order: by name, newest, largest
or state first.

**r** renames a project, **x** deletes it: into the bin, from which **u** brings it back. **b** shows the bin, and
empties it.

You may also drop folders into the workspace by scp or rsync: with source/ and target/ inside, they appear here.
"""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "new", "New project"),
        Binding("enter", "open", "Open"),
        Binding("d", "demo", "Demo"),
        Binding("x", "drop_draft", "Throw away"),
        Binding("r", "rename", "Rename", show=False),
        Binding("x", "delete", "Delete", tooltip="Delete into the bin"),
        Binding("u", "undo", "Bring back what was deleted last", show=False),
        Binding("b", "bin", "Bin: what was deleted", show=False),
        Binding("o", "order", "Order: by name, newest, largest, or state first", show=False),
        Binding("l", "log", "Log"),
        Binding("slash", "filter", "Filter", show=False),
        Binding("escape", "show_all", "Show all", show=False),
        Binding("s", "start_daemon", "Start work"),
        Binding("q", "app.quit", "Quit"),
    ]

    class Read(Message):
        """The workspace was looked at."""

        def __init__(self, views: list[View], is_watched: bool) -> None:
            super().__init__()
            self.views = views
            self.is_watched = is_watched

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        self._offers: tuple[bool | None, ...] = ()
        """What the keys that are offered depend on."""
        self._shown: tuple[list[View], bool] | None = None
        """What was read last."""

    def compose_body(self) -> ComposeResult:
        """Yield the list, what is under the cursor, and the daemon's line."""
        yield Static(_welcome(short_path(self.services.workspace)), id="welcome", markup=False)
        with Horizontal(id="home"):
            yield ProjectList(self.services)
            with Vertical(id="aside"):
                yield Picture(id="thumbnail", rows=9)
                yield Static(id="detail", markup=False)
        yield DaemonLine()

    def on_mount(self) -> None:
        """Look every two seconds."""
        self.query_one("#welcome").display = False
        self.query_one("#projects").focus()
        self.look_every(_LOOK_SECONDS, self.look)

    @work(thread=True, exclusive=True, exit_on_error=False)
    def look(self) -> None:
        """Read the workspace. Runs in a worker."""
        is_watched = self.services.daemon.is_running()
        for views in self.services.reader.read(self.services.clock()):
            self.post_message(self.Read(views, is_watched))

    def on_home_read(self, message: Read) -> None:
        """Show what was read, if there is news: whatever is drawn again goes over the line again."""
        if (message.views, message.is_watched) == self._shown:
            return
        self._shown = message.views, message.is_watched
        self.query_one("#welcome").display = not message.views
        self.query_one("#home").display = bool(message.views)
        # Whoever is only welcomed has nothing that could wait.
        self.query_one(DaemonLine).display = bool(message.views)
        self.query_one(ProjectList).show(message.views)
        self.query_one(DaemonLine).show(message.views, message.is_watched)
        self._say_aside()
        self._show_detail()

    def _say_aside(self) -> None:
        views = self._shown[0] if self._shown else []
        order = self.query_one(ProjectList).order
        said = "" if order is Order.NAME else f", {order}"
        self.top.say(aside=Text(counted(len(views), "project") + said, style="dim") if views else Text())

    @on(ProjectList.Measured)
    def on_measured(self) -> None:
        """Show the size."""
        self._show_detail()

    def on_rows_highlighted(self) -> None:
        """Show more of the project under the cursor."""
        self._show_detail()

    def on_rows_chosen(self) -> None:
        """Open the project under the cursor."""
        self.action_open()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer only what can be done now."""
        view = self.query_one(ProjectList).current if self.is_mounted else None
        offered = {
            "start_daemon": self.is_mounted and self.query_one(DaemonLine).is_watched is False,
            "demo": view is None,
            "open": view is not None,
            "drop_draft": view is not None and view.draft is not None,
            "delete": _is_project(view),
            "rename": _is_project(view) and view is not None and view.project is not None,
            "log": view is not None and view.condition is Condition.FAILED and view.path is not None,
        }
        return offered.get(action, True)

    def action_filter(self) -> None:
        """Ask for part of a name."""
        self.query_one(ProjectList).ask_for_name()

    @on(Input.Changed, "#filter")
    def on_filter(self) -> None:
        """Show what is under the cursor of a shorter list."""
        self._show_detail()

    def action_show_all(self) -> None:
        """List all projects again."""
        self.query_one(ProjectList).show_all()

    def action_order(self) -> None:
        """List the projects in the next order."""
        self.query_one(ProjectList).take_next_order()
        self._say_aside()
        self._show_detail()

    def action_rename(self) -> None:
        """Give the project under the cursor another name."""
        if (path := self._path) is not None:
            self.post_message(RenameProject(path))

    def action_delete(self) -> None:
        """Move the project under the cursor into the bin, after asking."""
        if (path := self._path) is not None:
            self.post_message(DeleteProject(path))

    def action_undo(self) -> None:
        """Bring back what was deleted last."""
        self.post_message(UndoDeletion())

    def action_bin(self) -> None:
        """Show what was deleted."""
        self.post_message(OpenBin())

    @property
    def _path(self) -> Path | None:
        """The folder of the project under the cursor."""
        view = self.query_one(ProjectList).current
        return view.path if view is not None else None

    def action_new(self) -> None:
        """Ask all questions."""
        self.post_message(NewProject())

    def action_demo(self) -> None:
        """Make the demo project."""
        self.post_message(TryDemo())

    def action_open(self) -> None:
        """Open the project under the cursor."""
        view = self.query_one(ProjectList).current
        if view is None:
            return
        if view.draft is not None:
            self.post_message(OpenDraft(view.draft))
        elif view.is_loose and view.path is not None:
            self.post_message(NewProject(view.path))
        elif view.path is not None and view.condition is Condition.WAITING and view.project is None:
            self.post_message(AnswerFolder(view.path))
        elif view.path is not None:
            self.post_message(OpenProject(view.path))
        else:
            self.post_message(ShowFailure(f"{printable(view.name)} cannot be opened.", view.detail))

    def action_log(self) -> None:
        """Show the log of the project under the cursor."""
        view = self.query_one(ProjectList).current
        if view is not None and view.path is not None:
            self.post_message(ShowLog(ProjectFolder(view.path).log_file))

    def action_drop_draft(self) -> None:
        """Throw the answers under the cursor away, after asking."""
        view = self.query_one(ProjectList).current
        if view is not None and view.draft is not None:
            self.post_message(DropDraft(view.draft))

    @work(thread=True, exclusive=True, group="daemon", exit_on_error=False)
    def action_start_daemon(self) -> None:
        """Start a daemon in the background."""
        self.services.daemon.start()
        self.app.call_from_thread(self.look)

    def _show_detail(self) -> None:
        view = self.query_one(ProjectList).current
        is_failed = view is not None and view.condition is Condition.FAILED
        is_draft = bool(view and view.draft)
        offers = (view is None, is_draft, _is_project(view), is_failed, self.query_one(DaemonLine).is_watched)
        if offers != self._offers:
            # Drawing the keys anew at each step of the cursor would make a long list slow.
            self._offers = offers
            self.refresh_bindings()
        thumbnail = self.query_one("#thumbnail", Picture)
        thumbnail.pair = 0 if view and view.comparison else None
        columns = len(view.look.facts.captions) if view else 0
        thumbnail.show((view.comparison or view.picture) if view else None, columns_of_squares=columns)
        thumbnail.display = thumbnail.path is not None
        detail = Text.assemble((printable(view.name), "bold"), "\n", view.detail or view.says) if view else Text()
        if view is not None and (facts := self.query_one(ProjectList).facts_of(view)):
            detail.append(f"\n\n{facts}", "dim")
        self.query_one("#detail", Static).update(detail, layout=False)


def _is_project(view: View | None) -> bool:
    """Return whether it has a folder that is a project's own."""
    return view is not None and view.path is not None and not view.is_loose


def _welcome(place: str) -> Text:
    return Text.assemble(
        ("Welcome.\n\n", "bold"),
        "Understudio replaces one person's face in a video with another's, who agreed to it. It asks six questions, "
        "works on its own, and gives back the same video with the other face in it. You may log out meanwhile.\n\n",
        ("  n  ", "bold"),
        "begins with your own photos and video\n",
        ("  d  ", "bold"),
        "tries it with two clips that are included (about 8 minutes)\n\n",
        "Both people have to agree, and every result is marked as made by a computer.\n\n",
        (f"Your projects will be kept in {place}. To keep them elsewhere, set UNDERSTUDIO_WORKSPACE.", "dim"),
    )
