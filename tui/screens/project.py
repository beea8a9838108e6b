"""A project that was started: how far it is, what it looks like by now, and the few things that can be asked of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.events import Resize
from textual.message import Message
from textual.widgets import Static

from daemon.commands import Change, change_project
from daemon.status import State
from engine.project.stage import StageName
from tui.messages import (
    AnswerFolder,
    ChoosePerson,
    EditSettings,
    ExplainStage,
    OfferDaemon,
    OpenPictures,
    OpenResult,
    ShowPicture,
)
from tui.projects.condition import Condition
from tui.projects.looks import Look, LookFacts
from tui.projects.loss_history import read_losses
from tui.projects.media_edits import ProjectMedia
from tui.projects.offers import offers_of
from tui.projects.state_text import (
    asks_who_is_meant,
    person_at_issue,
    progress_line,
    role_at_fault,
    says,
    says_besides,
)
from tui.projects.view import View, read_view
from tui.projects.work_text import first_priority, queue_words
from tui.screens.project_page import ProjectPage
from tui.services import Services
from tui.widgets.curve import Curve
from tui.widgets.daemon_line import DaemonLine
from tui.widgets.picture import Picture
from tui.widgets.quiet_static import QuietStatic
from tui.widgets.stages import Stages

_LOOK_SECONDS = 1.0
_WIDE_COLUMNS = 100
_HIGH_ROWS = 32


class ProjectScreen(ProjectPage):
    """How far a project is."""

    SAYS_WHO_WORKS = True
    HELP = """\
A project passes its stages one after another: its faces are **found**, a model is **trained** on them, the video is
**converted**, and the result is **measured**. The picture shows what the model can do by now: each person beside what
the model makes of them, and the swap at the right. Below it is the loss: lower is better. Before a model is trained
there is one frame about what it will be, drawn from photographs alone; **b** shows it later, too.

Where several persons were seen, **o** says who is meant, or changes it, at any time.

You may log out at any time. **g** says that it is good enough: training ends and the video is converted. You can
always go on training later. **a** adds pictures or takes some out, at any time. **1** to **4** show step by step what
each stage does, **w** the one that is at work. **k** shows what both people agreed to, at any time: it can be changed
and withdrawn.
"""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "answer", "Answer questions"),
        Binding("enter", "see_consent", "Consent"),
        Binding("t", "take_what_is_there", "Take what is there"),
        Binding("r", "retry", "Try again"),
        Binding("p", "pause", "Pause"),
        Binding("p", "resume", "Resume"),
        Binding("g", "finish", "Good enough", tooltip="Good enough: end training and convert now"),
        Binding("v", "result", "Result"),
        Binding("z", "zoom", "Zoom"),
        Binding("a", "pictures", "Pictures", tooltip="Add pictures, or take some out"),
        # Amid training there are so many keys that it would not fit into 80 columns.
        Binding("a", "more_pictures", "Add pictures, or take some out", show=False),
        Binding("f", "faces", "Faces"),
        Binding("o", "choose", "Who is meant: choose or change the person", show=False),
        Binding("e", "settings", "Settings"),
        Binding("k", "consent", "Consent: see, change or withdraw it", show=False),
        Binding("b", "foretaste", "Before training: one frame, about what it will be", show=False),
        Binding("n", "again", "The same person in another video", show=False),
        # A failure names it; with it the keys of training on would not fit.
        Binding("l", "log", "Log", show=False),
        Binding("w", "explain", "What is happening?", tooltip="What is happening? Pictures of it", show=False),
        *(
            Binding(f"{number}", f"explain({number})", f"How it works: {stage.facts.doing}", show=False)
            for number, stage in enumerate(StageName, 1)
        ),
        # The line above the keys names it, and with it they would not fit into 80 columns.
        Binding("s", "start_daemon", "Start work", show=False),
        Binding("u", "go_first", "Go first of the projects that wait", show=False),
        Binding("escape", "app.pop_screen", "Home"),
    ]

    @dataclass
    class Read(Message):
        """The project was looked at."""

        views: Sequence[View]
        view: View
        picture_version: int
        losses: Sequence[tuple[float, float]]
        is_watched: bool

    def __init__(self, services: Services, path: Path, *, is_new: bool = False, is_restarted: bool = False) -> None:
        super().__init__(services, path)
        self._is_new = is_new
        self._awaits_start = is_restarted
        # Whoever opens it from home may press a key before it is read here.
        self.view = services.reader.known(path)
        self._views: Sequence[View] = ()
        self._is_watched = True
        self._shown: tuple[object, ...] | None = None
        """What was read last: only what is new is drawn, since all that is drawn goes over the line."""

    def compose_body(self) -> ComposeResult:
        """Yield stages, bar, picture and curve, and what is to be said."""
        with Vertical(id="project"):
            yield Stages(id="stages")
            yield Static(id="progress", markup=False)
            yield QuietStatic(id="says", markup=False)
            with Horizontal(id="looks"):
                yield Picture(id="preview", alt="A first look comes when the faces are found.")
                yield Curve("loss", id="curve")
        yield DaemonLine()

    def on_mount(self) -> None:
        """Look now, and then every second."""
        self.top.say(self.folder.path.name)
        self.look_every(_LOOK_SECONDS, self.look)

    @on(Resize)
    def on_other_size(self) -> None:
        """Say as much as there is room for."""
        if self.view is not None:
            self._show(self.view)

    @work(thread=True, exclusive=True, group="look", exit_on_error=False)
    def look(self) -> None:
        """Read the project. Runs in a worker."""
        view = read_view(self.folder, self.services.clock(), self.services.outlook)
        version = view.picture.stat().st_mtime_ns if view.picture and view.picture.exists() else 0
        losses = read_losses(self.folder)
        *_, views = self.services.reader.read(self.services.clock())
        self.post_message(self.Read(views, view, version, losses, self.services.daemon.is_running()))

    @on(Read)
    def on_read(self, message: Read) -> None:
        """Show how it stands; a finished project shows its result instead."""
        is_first, offered = self._shown is None, self._offered()
        is_done = message.view.condition is Condition.DONE
        # The status tells of the result before until the daemon has noticed what was changed.
        self._awaits_start = self._awaits_start and is_done
        self.view, self._views, self._is_watched = message.view, message.views, message.is_watched
        if is_done and not self._awaits_start and self.app.screen is self:
            self.post_message(OpenResult(self.folder.path))
            return
        read = (message.view, message.views, message.picture_version, message.losses, message.is_watched)
        if read == self._shown:
            return
        self._shown = read
        self._show(message.view)
        self.query_one(Curve).show(message.losses)
        captions = message.view.look.facts.captions
        self.query_one("#preview", Picture).show(
            message.view.picture, message.picture_version, columns_of_squares=len(captions), captions=captions
        )
        self.query_one(DaemonLine).show(message.views, message.is_watched)
        if offered != self._offered():
            self.refresh_bindings()
        if is_first and self._is_new and not message.is_watched:
            self.post_message(OfferDaemon())

    def _show(self, view: View) -> None:
        self.top.say(view.name)
        status = view.status
        # Of a project that is still arriving, nothing is known.
        done = status.stages_done if status and status.state is not State.ARRIVING else ()
        self.query_one(Stages).show(status.stage if status else None, done, view.condition)
        bar = progress_line(view, self.services.clock(), is_wide=self.size.width >= _WIDE_COLUMNS)
        self.query_one("#progress", Static).update(bar, layout=False)
        # In a lower window all remarks would leave no room for the picture.
        words = says(view, is_high=self.size.height >= _HIGH_ROWS)
        if self._awaits_start:
            words = Text("It is made again as soon as its turn comes.")
        if queued := queue_words(view, self._views, is_watched=self._is_watched):
            words.append(f"\n{queued}")
        words.append_text(says_besides(view))
        self.query_one("#says", QuietStatic).update(words)
        self.query_one("#looks").display = view.condition not in (Condition.FAILED, Condition.WAITING)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer only what can be done now."""
        return self._offered().get(action, True)

    def _offered(self) -> dict[str, bool]:
        return offers_of(self.view, self._views, is_watched=self._is_watched)

    def action_answer(self) -> None:
        """Answer what is still open."""
        if asks_who_is_meant(self.view):
            self.action_choose()
        else:
            self.post_message(AnswerFolder(self.folder.path))

    def action_choose(self) -> None:
        """Choose who is meant of those who were seen, or change that."""
        self.post_message(ChoosePerson(self.folder.path, person_at_issue(self.view)))

    def action_pause(self) -> None:
        """Stop at the next safe point."""
        self._change(Change.PAUSE)

    def action_resume(self) -> None:
        """Go on."""
        self._change(Change.RESUME)

    def action_finish(self) -> None:
        """End training and convert."""
        self._change(Change.FINISH)

    def action_take_what_is_there(self) -> None:
        """Go on with a video that was not copied whole."""
        self._change(Change.TAKE_WHAT_IS_THERE)

    @work(thread=True, group="change", exit_on_error=False)
    def action_go_first(self) -> None:
        """Come before all others that wait."""
        project = self.folder.load()
        if self.view is not None:
            first = first_priority(self.view, self._views)
            self.folder.save(project.model_copy(update={"priority": first}))
        self.app.call_from_thread(self.notify, "It goes first as soon as a place is free.", markup=False)

    def action_retry(self) -> None:
        """Ask for another try."""
        self._change(Change.RETRY)

    @work(thread=True, group="change", exit_on_error=False)
    def _change(self, change: Change) -> None:
        words = change_project(self.folder, change)
        self.app.call_from_thread(self.notify, words, markup=False)

    def action_result(self) -> None:
        """Show the result there is."""
        self.post_message(OpenResult(self.folder.path))

    @work(thread=True, exclusive=True, group="daemon", exit_on_error=False)
    def action_start_daemon(self) -> None:
        """Start a daemon in the background."""
        self.services.daemon.start()
        self.app.call_from_thread(self.look)

    def action_zoom(self) -> None:
        """Show the picture over the whole screen."""
        if self.view is not None:
            self._zoom(self.view.picture, self.view.look.facts)

    def action_foretaste(self) -> None:
        """Show the frame that was drawn before training over the whole screen."""
        if self.view is not None:
            self._zoom(self.view.foretaste, Look.FORETASTE.facts)

    def _zoom(self, picture: Path | None, facts: LookFacts) -> None:
        if picture is not None:
            self.post_message(ShowPicture(facts.title, picture, len(facts.captions), captions=facts.captions))

    def action_pictures(self) -> None:
        """Add pictures, or take some out."""
        self.post_message(OpenPictures(ProjectMedia(self.folder), role_at_fault(self.view)))

    action_more_pictures = action_pictures

    def action_settings(self) -> None:
        """Change settings."""
        self.post_message(EditSettings(self.folder.path))

    action_see_consent = ProjectPage.action_consent

    def action_explain(self, number: int = 0) -> None:
        """Show what happens in a stage, by its number; 0 is the one that is at work."""
        status = self.view.status if self.view else None
        present = status.stage if status and status.stage else StageName.EXTRACT
        self.post_message(ExplainStage(list(StageName)[number - 1] if number else present, self.folder.path))
