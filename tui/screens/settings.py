"""Settings, each with one sentence: folded away until somebody wants them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.events import DescendantFocus
from textual.screen import ModalScreen
from textual.widgets import Button, Label

from tui.projects.editable_settings import EditableSettings, Setting, SettingRefused
from tui.widgets.field import Field

REPLACES = "The video that is there stays until the new one takes its place, and is kept then (e)."
"""What follows where a finished project is changed."""


class SettingsDialog(ModalScreen[EditableSettings | None]):
    """Returns changed settings, or None where nothing is to be changed."""

    HELP = "What a setting does is said beneath the list while the cursor is on it. **Enter** goes to the next one."

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Cancel"),
        Binding("question_mark,f1", "app.help", "Help", key_display="F1"),
        Binding("ctrl+n", "take", "Save"),
    ]

    def __init__(
        self,
        title: str,
        settings_now: EditableSettings,
        settings: Sequence[Setting],
        save: str = "Save",
        note: str = "",
    ) -> None:
        """Make the dialog.

        Args:
            title: What it is for.
            settings_now: The settings as they are.
            settings: Those that can be changed.
            save: What the button says.
            note: What follows from a change; empty where there is nothing to say.
        """
        super().__init__()
        self._note = note
        self._title = title
        self._tuned = settings_now
        self._settings = {setting.name: setting for setting in settings}
        self._save = save

    def compose(self) -> ComposeResult:
        """Yield a field a setting, and the sentence of the one in hand."""
        with Vertical(classes="dialog", id="settings") as dialog:
            dialog.border_title = self._title
            with VerticalScroll(can_focus=False):
                for name, setting in self._settings.items():
                    yield Field(setting.label, self._tuned.shown(setting), id=name)
            yield Label("", id="sentence", markup=False)
            if self._note:
                yield Label(self._note, id="settings-note", markup=False)
            with Horizontal(classes="dialog-buttons"):
                yield Button("Cancel", id="cancel", compact=True)
                yield Button(self._save, id="take", variant="primary", compact=True)

    def on_mount(self) -> None:
        """Begin at the first setting."""
        self.query(Field).first().focus()

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """Show the sentence of the setting in hand."""
        for widget in event.widget.ancestors_with_self:
            if isinstance(widget, Field):
                self.query_one("#sentence", Label).update(self._settings[str(widget.id)].sentence)

    @on(Field.Submitted)
    def on_enter(self, event: Field.Submitted) -> None:
        """Go to the next setting, and from the last one to the buttons."""
        event.stop()
        self.focus_next()

    @on(Button.Pressed, "#take")
    def on_take(self) -> None:
        """Save."""
        self.action_take()

    @on(Button.Pressed, "#cancel")
    def on_cancel(self) -> None:
        """Leave."""
        self.action_cancel()

    def action_take(self) -> None:
        """Return the settings, or say which one cannot be taken."""
        fields = {str(field.id): field for field in self.query(Field)}
        typed = {self._settings[name]: field.value for name, field in fields.items()}
        try:
            self.dismiss(self._tuned.changed(typed))
        except SettingRefused as refused:
            field = fields.get(refused.name, next(iter(fields.values())))
            field.complain(refused.words)
            field.focus()

    def action_cancel(self) -> None:
        """Leave everything as it was."""
        self.dismiss(None)
