"""The result: how good it is in words, before and after, where it lies, and what can be done with it now."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from rich.console import Group
from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.message import Message
from textual.widgets import Label, Static

from engine.files.safe_open import leads_out
from engine.project.markers import marker_path
from engine.project.settings import Project, Wanted
from engine.project.stage import StageName
from engine.records.grades import Grade
from engine.records.kept_results import kept_results
from engine.records.report import ReportFile, read_report
from engine.records.report_text import sentences
from engine.records.verdict import verdict_on
from tui.format import megabytes
from tui.messages import (
    ChoosePerson,
    ExplainStage,
    OpenPictures,
    OpenProject,
    OpenResults,
    ProjectEnded,
    ShowPicture,
)
from tui.projects.editable_settings import ALL_SETTINGS, BLENDING, EditableSettings
from tui.projects.media_edits import ProjectMedia
from tui.projects.putting_away import put_away, size_made
from tui.projects.result_files import result_video
from tui.projects.result_text import bullets, places
from tui.projects.train_on import Trained
from tui.screens.confirm import Confirm
from tui.screens.project_page import ProjectPage
from tui.screens.settings import REPLACES, SettingsDialog
from tui.screens.train_on import TrainOnDialog
from tui.services import Services
from tui.terminal.ssh_lines import ssh_session
from tui.theme import BAD, GOOD, WAITS
from tui.widgets.picture import Picture

_GONE = "The video is gone."
_CAPTIONS = ("before", "after")
_MIDDLE = 0.5
"""Of the frames with a face, the one at which other blending is tried."""
_STYLES = {Grade.GOOD: f"bold {GOOD}", Grade.FAIR: f"bold {WAITS}", Grade.POOR: f"bold {BAD}"}


class ResultScreen(ProjectPage):
    """What came out."""

    HELP = """\
The video lies in the project's result folder, signed as synthetic. Beside it: a **before | after** video and the
whole report as a web page.

**c** copies the line that brings the video to your own machine, **C** one for all results.

**e** shows the earlier results of this project beside this one: each is kept when another takes its place.

**b** changes how the face is blended in, and converts again without training. **t** trains on for more minutes.
**E** changes the preset and all other settings: what depends on them is made again.

**n** puts the same person into another video: their pictures, consent, faces and model are taken over.

**a** adds pictures, or takes some out. **x** deletes the faces and the model; the video stays. **w** shows step by
step how it was made. **k** shows what both people agreed to: it can be changed and withdrawn at any time.
"""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("c", "copy", "Copy"),
        Binding("C", "copy_all", "Copy the line that fetches all results", show=False),
        Binding("b", "blend", "Blending", tooltip="Blend in another way and convert again"),
        Binding("t", "train_on", "Train on"),
        Binding("n", "again", "Again", tooltip="The same person in another video"),
        Binding("e", "results", "Earlier results", show=False),
        Binding("E", "settings", "Settings: another preset, and all else", show=False),
        Binding("left", "turn(-1)", "Frame before", show=False),
        Binding("right", "turn(1)", "Next frame", show=False),
        Binding("z", "zoom", "Zoom"),
        Binding("a", "pictures", "Pictures: add or take out", show=False),
        Binding("f", "faces", "Faces", show=False),
        Binding("o", "choose", "Who is meant: change the person", show=False),
        Binding("k", "consent", "Consent: see, change or withdraw it", show=False),
        Binding("l", "log", "Log", show=False),
        Binding("w", "explain", "How it was made, step by step", show=False),
        Binding("x", "delete", "Delete", tooltip="Delete the faces and the model"),
        Binding("escape", "app.pop_screen", "Home"),
    ]

    @dataclass
    class Read(Message):
        """Report and project were read."""

        report: ReportFile | None
        project: Project
        preview: Path | None
        video: Path | None
        earlier: int
        """How many results gave way to this one."""

    def __init__(self, services: Services, path: Path) -> None:
        super().__init__(services, path)
        self._project: Project | None = None
        self._report: ReportFile | None = None
        self._video: Path | None = None
        self._session = ssh_session()
        self._is_read = asyncio.Event()
        """What a key does that is pressed before, waits for this."""

    def compose_body(self) -> ComposeResult:
        """Yield the words beside the picture, and the path."""
        with Horizontal(id="result"):
            with VerticalScroll(id="report"):
                yield Label("", id="heading", markup=False)
                yield Static(id="sentences", markup=False)
            with Vertical(id="comparison-box"):
                yield Label("← → others   z large", id="preview-words", markup=False)
                yield Picture(id="comparison", captions=_CAPTIONS)
        yield Static(id="result-path", markup=False)

    def on_mount(self) -> None:
        """Read report and project."""
        self.top.say(self.folder.path.name)
        self.query_one("#report").focus()
        self.look()

    @work(thread=True, exclusive=True, exit_on_error=False)
    def look(self) -> None:
        """Read report and project. Runs in a worker."""
        report = read_report(self.folder.report_json)
        preview = self.folder.result / report.preview if report is not None and report.preview else None
        if preview is not None and leads_out(preview, self.folder.path):
            preview = None
        project = self.folder.load()
        video = result_video(self.folder, project, report)
        self.post_message(self.Read(report, project, preview, video, len(kept_results(self.folder))))

    @on(Read)
    def on_read(self, message: Read) -> None:
        """Show them."""
        self._project, self._report, self._video = message.project, message.report, message.video
        self.top.say(message.project.name)
        self._show_report(message.report)
        comparison = self.query_one("#comparison", Picture)
        comparison.pair = 0
        comparison.path = message.preview
        self.query_one("#result-path", Static).update(places(self.folder, self._video, self._session, message.earlier))
        self._is_read.set()

    @on(ProjectEnded)
    def on_ended(self, message: ProjectEnded) -> None:
        """Show what took the place of this result."""
        if message.path == self.folder.path:
            self.look()

    def _show_report(self, report: ReportFile | None) -> None:
        """Say what a stranger would say, then the rest."""
        heading, words = self.query_one("#heading", Label), self.query_one("#sentences", Static)
        if report is None:
            heading.update("The video is ready." if self._video else _GONE)
            words.update("There is no report of this result.")
            return
        verdict = verdict_on(report)
        heading.update(Text(verdict.headline, style=_STYLES[verdict.grade]) if self._video else _GONE)
        words.update(Group(Text(verdict.words), Text(), bullets(sentences(report))))

    @work
    async def action_copy(self) -> None:
        """Copy the line that brings the video home; where somebody sits at this machine, its path."""
        await self._is_read.wait()
        if self._video is not None:
            session = self._session
            self.copy_text(session.fetch(self._video) if session is not None else str(self._video))
        else:
            self.notify("The video is not there any more.", severity="warning")

    def action_copy_all(self) -> None:
        """Copy the line that brings all results home; where somebody sits at this machine, their folder's path."""
        session, folder = self._session, self.folder
        name = f"{folder.path.name}-result"
        self.copy_text(session.fetch_all(folder.result, name) if session is not None else str(folder.result))

    @work
    async def action_train_on(self) -> None:
        """Train for more minutes."""
        await self._is_read.wait()
        assert self._project is not None
        trained = Trained.of(self._report, has_model=self.folder.checkpoints.is_dir())
        dialog = TrainOnDialog(self._project, trained, self.services.clock())
        if (project := await self.app.push_screen_wait(dialog)) is not None:
            self._save(project)

    @work
    async def action_blend(self) -> None:
        """Convert again with other blending."""
        await self._is_read.wait()
        assert self._project is not None
        settings_now = EditableSettings.of(self._project)
        has_model = self.folder.checkpoints.is_dir()
        blending = self.services.engine.blending(self.folder.path, _MIDDLE) if has_model else None
        dialog = SettingsDialog("Blend and convert again", settings_now, BLENDING, "Convert again", REPLACES, blending)
        await self._change_by(dialog, settings_now)

    @work
    async def action_settings(self) -> None:
        """Make it again with another preset, or whatever else is set otherwise."""
        await self._is_read.wait()
        assert self._project is not None
        settings_now = EditableSettings.of(self._project)
        dialog = SettingsDialog("Settings", settings_now, ALL_SETTINGS, "Make it again", REPLACES)
        await self._change_by(dialog, settings_now)

    async def _change_by(self, dialog: SettingsDialog, settings_now: EditableSettings) -> None:
        assert self._project is not None
        changed = await self.app.push_screen_wait(dialog)
        if changed is None:
            return
        if changed == settings_now and self._video is not None:
            self.notify("Nothing was changed: the video stays as it is.")
            return
        self._save(changed.into(self._project.model_copy(update={"wanted": Wanted.RUN})))

    @work(thread=True, group="save", exit_on_error=False)
    def _save(self, project: Project) -> None:
        if self._video is None:
            # All is done, as far as the daemon knows: the marker says so, and not the video.
            marker_path(self.folder, StageName.CONVERT).unlink(missing_ok=True)
        self.folder.save(project)
        self.post_message(OpenProject(self.folder.path, is_restarted=True))

    @work
    async def action_delete(self) -> None:
        """Delete what was made from the faces, after asking."""
        size = await asyncio.to_thread(size_made, self.folder)
        words = (
            f"Deleted are all face pictures, the model, its previews and the converted pieces: {megabytes(size)}. They "
            "cannot be brought back.\n\nThe finished video, its report and your own files stay. To blend otherwise or "
            "to train on, everything would have to be learnt again."
        )
        if await self.app.push_screen_wait(Confirm("Delete faces and model?", words, yes="Yes, delete")):
            self._delete()

    @work(thread=True, group="save", exit_on_error=False)
    def _delete(self) -> None:
        put_away(self.folder)
        self.app.call_from_thread(self.notify, "Faces and model are deleted. The video stays.")

    def action_turn(self, by: int) -> None:
        """Show another frame before and after."""
        comparison = self.query_one("#comparison", Picture)
        comparison.pair = (comparison.pair or 0) + by

    @work
    async def action_zoom(self) -> None:
        """Show before and after over the whole screen."""
        await self._is_read.wait()
        comparison = self.query_one("#comparison", Picture)
        if comparison.path is not None:
            shown = ShowPicture("before and after", comparison.path, pair=comparison.pair, captions=_CAPTIONS)
            self.post_message(shown)

    def action_pictures(self) -> None:
        """Add pictures, or take some out: then the result is made again."""
        self.post_message(OpenPictures(ProjectMedia(self.folder)))

    def action_results(self) -> None:
        """Show the results that gave way to this one."""
        self.post_message(OpenResults(self.folder.path))

    def action_choose(self) -> None:
        """Change who is meant of those who were seen."""
        self.post_message(ChoosePerson(self.folder.path))

    def action_explain(self) -> None:
        """Show from the first step on how it was made."""
        self.post_message(ExplainStage(StageName.EXTRACT, self.folder.path))
