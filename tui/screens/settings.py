"""Settings, each with one sentence: folded away until somebody wants them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.events import DescendantFocus
from textual.widgets import Label

from engine.errors import UnderstudioError
from tui.messages import ShowPicture
from tui.processes.engine_process import Blending
from tui.projects.editable_settings import EditableSettings, Setting, SettingRefused
from tui.screens.dialog import Dialog
from tui.widgets.field import Field
from tui.widgets.knobs import Knob, OneOf, Slider
from tui.widgets.picture import Picture

REPLACES = "The video that is there stays until the new one takes its place, and is kept then (e)."
"""What follows where a finished project is changed."""

_SIDES = ("before", "after")
_AT_FIRST = "One frame: getting it ready takes a minute. You need not wait."


class _Lines(VerticalScroll, inherit_bindings=False):
    """A setting a line: the arrows go from one to the next, which brings it into view."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "app.focus_previous", show=False),
        Binding("down", "app.focus_next", show=False),
    ]


class SettingsDialog(Dialog[EditableSettings]):
    """Returns changed settings, or None where nothing is to be changed."""

    HELP = """\
**↑ ↓** go from setting to setting; what one does is said beneath the list. **← →** turn it, and **Home** and **End** go
to its ends. What is a number in a box is typed.

Where a face is shown beside the settings, it is one frame of the video, blended just as the whole would be with them:
nothing is trained, and the video is not touched before you save. **F5** shows it large, before and after.
"""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+n", "take", "Save"),
        Binding("f5", "zoom", "See it large"),
    ]

    def __init__(
        self,
        title: str,
        settings_now: EditableSettings,
        settings: Sequence[Setting],
        save: str = "Save",
        note: str = "",
        blending: Blending | None = None,
    ) -> None:
        """Make the dialog.

        Args:
            title: What it is for.
            settings_now: The settings as they are.
            settings: Those that can be changed.
            save: What the button says.
            note: What follows from a change; empty where there is nothing to say.
            blending: Blends one frame for a look at what is set; None where there is none.
        """
        super().__init__()
        self._note = note
        self._title = title
        self._tuned = settings_now
        self._settings = {setting.name: setting for setting in settings}
        self._save = save
        self._blending = blending
        self._is_turned = asyncio.Event()

    def compose(self) -> ComposeResult:
        """Yield a line a setting, one frame where there is one, and the sentence of the setting in hand."""
        with Vertical(classes="dialog", id="settings") as dialog:
            dialog.border_title = self._title
            with Horizontal(id="settings-body"):
                with _Lines(can_focus=False):
                    yield from (self._control(setting) for setting in self._settings.values())
                with Vertical(id="trial"):
                    yield Picture(id="trial-picture", columns_of_squares=len(_SIDES), rows=10)
                    yield Label(_AT_FIRST, id="trial-words", markup=False)
            yield Label("", id="sentence", markup=False)
            if self._note:
                yield Label(self._note, id="settings-note", markup=False)
            with Horizontal(classes="dialog-buttons"):
                yield from self.buttons(self._save)

    def _control(self, setting: Setting) -> Field | Knob:
        shown = self._tuned.shown(setting)
        match setting.ends:
            case float() | int() as low, float() | int() as high if setting.step is not None:
                return Slider(setting.label, shown, (low, high), setting.step, id=setting.name)
        if setting.options:
            return OneOf(setting.label, shown, setting.options, id=setting.name)
        return Field(setting.label, shown, id=setting.name)

    def on_mount(self) -> None:
        """Begin at the first setting, and with the frame as it is."""
        self._controls()[0].focus()
        self.query_one("#trial").display = self._blending is not None
        self.query_one("#trial-picture", Picture).column = len(_SIDES) - 1
        if self._blending is not None:
            self._is_turned.set()
            self._show_frames(self._blending)

    def _controls(self) -> list[Field | Knob]:
        return [each for each in self.query("_Lines > *") if isinstance(each, Field | Knob)]

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """Show the sentence of the setting in hand."""
        for widget in event.widget.ancestors_with_self:
            if isinstance(widget, Field | Knob):
                self.query_one("#sentence", Label).update(self._settings[str(widget.id)].sentence)

    @on(Knob.Turned)
    @on(Field.Given)
    def on_turned(self) -> None:
        """Have the frame blended like this."""
        self._is_turned.set()

    @work(exclusive=True, group="trial", exit_on_error=False)
    async def _show_frames(self, blending: Blending) -> None:
        """Show one frame as often as something is turned; of what is turned meanwhile, the last counts."""
        picture, words = self.query_one("#trial-picture", Picture), self.query_one("#trial-words", Label)
        try:
            async with blending as blend:
                while await self._is_turned.wait():
                    self._is_turned.clear()
                    try:
                        convert = self._typed().convert
                    except SettingRefused:
                        continue
                    shown = await blend(convert)
                    picture.path, picture.version = shown.picture, picture.version + 1
                    words.update(f"frame {shown.frame_index + 1:,}. F5 large")
        except UnderstudioError as error:
            words.update(f"No look at a frame: {error.title}")

    def action_zoom(self) -> None:
        """Show the frame before and after over the whole screen."""
        path = self.query_one("#trial-picture", Picture).path
        if path is not None:
            self.post_message(ShowPicture("one frame, before and after", path, len(_SIDES), captions=_SIDES))

    @on(Field.Submitted)
    def on_enter(self, event: Field.Submitted) -> None:
        """Go to the next setting, and from the last one to the buttons."""
        event.stop()
        self.focus_next()

    def _typed(self) -> EditableSettings:
        """Return the settings as they stand in the dialog.

        Raises:
            SettingRefused: One cannot be taken.
        """
        return self._tuned.changed({self._settings[str(each.id)]: each.value for each in self._controls()})

    def action_take(self) -> None:
        """Return the settings, or say which one cannot be taken."""
        try:
            self.dismiss(self._typed())
        except SettingRefused as refused:
            field = self.query_one(f"#{refused.name}", Field)
            field.complain(refused.words)
            field.focus()
