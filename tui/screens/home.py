"""Home: every project of the workspace, and whether somebody works on them."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Static

from tui.messages import NewProject, OpenDraft, OpenProject, TryDemo
from tui.projects import Condition, ProjectReader, View
from tui.screens.page import Page
from tui.services import Services
from tui.widgets.picture import Picture
from tui.widgets.rows import Rows
from tui.words import bar, clock, fit, one_line

_LOOK_SECONDS = 2.0

_MARKS = {
    Condition.DRAFT: ("…", "yellow"),
    Condition.WAITING: ("?", "yellow"),
    Condition.QUEUED: ("·", "dim"),
    Condition.RUNNING: ("▶", "bold"),
    Condition.PAUSED: ("=", "dim"),
    Condition.STOPPED: ("=", "yellow"),
    Condition.FAILED: ("!", "red"),
    Condition.DONE: ("✓", "green"),
}

_EMPTY = """
No projects yet.

n  makes one: six questions, and Understudio
   does the rest.

d  shows it with two bundled clips; that takes
   about 15 minutes.
"""


class Home(Page):
    """The list of projects."""

    TITLE = "Projects"

    HELP = """\
Every folder in the workspace that is a project is listed here, with what happens to it now.

A **daemon** does the work in the background. It goes on when you log out, and after a restart it continues where it
stopped. If none is running, press **s** to start one.

You may also drop folders into the workspace by scp or rsync: with `source/` and `target/` inside, they appear here.
"""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "new", "New project"),
        Binding("enter", "open", "Open"),
        Binding("d", "demo", "Demo"),
        Binding("s", "start_daemon", "Start daemon"),
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
        self._reader = ProjectReader(services.workspace, services.drafts)
        self._is_watched: bool | None = None

    def compose_body(self) -> ComposeResult:
        """Yield the list, what is under the cursor, and the daemon's line."""
        with Horizontal(id="home"):
            yield Rows[View](self._line, empty="Looking …", id="projects")
            with Vertical(id="aside"):
                yield Picture(id="thumbnail")
                yield Static(id="detail", markup=False)
        yield Static(id="daemon-line", markup=False)

    def on_mount(self) -> None:
        """Look now, and then every two seconds."""
        self.query_one("#projects").focus()
        self.look()
        self.set_interval(_LOOK_SECONDS, self.look)

    def on_screen_resume(self) -> None:
        """Look again at once when another screen was left."""
        self.look()

    @work(thread=True, exclusive=True, exit_on_error=False)
    def look(self) -> None:
        """Read the workspace. Runs in a worker."""
        self.post_message(self.Read(self._reader.read(self.services.clock()), self.services.watchman.is_running()))

    def on_home_read(self, message: Read) -> None:
        """Show what was read."""
        rows = self.query_one(Rows)
        rows.set_empty(_EMPTY)
        rows.show(message.views)
        self._is_watched = message.is_watched
        self.query_one("#daemon-line", Static).update(self._daemon_line())
        self._show_detail()
        self.refresh_bindings()

    def on_rows_highlighted(self) -> None:
        """Show more of the project under the cursor."""
        self._show_detail()

    def on_rows_chosen(self) -> None:
        """Open the project under the cursor."""
        self.action_open()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer only what can be done now."""
        if action == "start_daemon":
            return self._is_watched is False
        if action == "demo":
            return not self.query_one(Rows).items
        return True

    def action_new(self) -> None:
        """Ask the six questions."""
        self.post_message(NewProject())

    def action_demo(self) -> None:
        """Make the demo project."""
        self.post_message(TryDemo())

    def action_open(self) -> None:
        """Open the project under the cursor."""
        view: View | None = self.query_one(Rows).current
        if view is None:
            self.post_message(NewProject())
        elif view.draft is not None:
            self.post_message(OpenDraft(view.draft))
        elif view.path is not None:
            self.post_message(OpenProject(view.path))

    @work(thread=True, exclusive=True, group="daemon", exit_on_error=False)
    def action_start_daemon(self) -> None:
        """Start a daemon in the background."""
        self.services.watchman.start()
        self.app.call_from_thread(self.look)

    def _line(self, view: View, width: int) -> Text:
        mark, style = _MARKS[view.condition]
        ready = clock(view.ready_at, self.services.clock()) if view.ready_at else ""
        says = f"{bar(view.share, 8)} {view.says}" if view.share is not None else view.says
        name = max(12, width - 34)
        return Text.assemble(
            (f"{mark} ", style), fit(one_line(view.name), name), "  ", (fit(says, 19), "dim"), " ", ready.rjust(10)
        )

    def _show_detail(self) -> None:
        view: View | None = self.query_one(Rows).current
        self.query_one("#thumbnail", Picture).path = view.picture if view else None
        self.query_one("#detail", Static).update(view.detail if view else "")

    def _daemon_line(self) -> Text:
        if self._is_watched:
            return Text.assemble(("● ", "green"), "The daemon is at work in the background. You may log out.")
        return Text.assemble(
            ("○ ", "yellow"), "No daemon is running, so nothing moves on. ", ("s", "bold"), " starts one."
        )
