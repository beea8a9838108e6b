"""The fifth question: how good, and how long may it take?"""

from __future__ import annotations

from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Label

from engine.project import Preset
from tui.answers import Role, Step
from tui.pace import Pace, measured_pace
from tui.review import PRESET_MINUTES, minutes_until
from tui.screens.question import Question
from tui.screens.settings import SettingsDialog
from tui.settings import BLENDING, FINDING, TRAINING, Tuned
from tui.widgets.choices import Choice, Choices
from tui.widgets.field import Field
from tui.words import duration

_PIXELS = {Preset.QUICK: 96, Preset.STANDARD: 160, Preset.HIGH: 256}
_LABELS = {Preset.QUICK: "Quick", Preset.STANDARD: "Standard", Preset.HIGH: "High"}
_FOR = {
    Preset.QUICK: "small faces, a first try",
    Preset.STANDARD: "most videos",
    Preset.HIGH: "close-ups, graphics card",
}


class QualityQuestion(Question):
    """Asks for a preset and a time."""

    STEP = Step.QUALITY
    HEADING = "How good, and how long may it take?"
    WHY = "More time, better likeness. “Good enough” can be said at any moment."

    BINDINGS: ClassVar[list[BindingType]] = [Binding("f3", "advanced", "Advanced settings")]

    class Paced(Message):
        """The pace of this machine is known."""

        def __init__(self, pace: Pace) -> None:
            super().__init__()
            self.pace = pace

    def compose_answers(self) -> ComposeResult:
        """Yield presets and the time."""
        answers = self.draft.answers
        yield Choices(self._choices(Pace()), answers.preset, id="preset")
        yield Label(self._advice(), id="advice", markup=False)
        yield Field("Minutes of training", answers.minutes, id="minutes", placeholder="the preset's own, if left empty")
        yield Field("Or the best until", answers.finish_by, id="finish_by", placeholder="a time of day, such as 8:00")
        yield Label("", id="until", markup=False)

    def on_mount(self) -> None:
        """Begin at the presets."""
        super().on_mount()
        self.query_one("#preset").focus()
        self._say_until()
        self.measure()

    @work(thread=True, exit_on_error=False)
    def measure(self) -> None:
        """Find out how fast this machine is. Runs in a worker."""
        self.post_message(self.Paced(measured_pace(self.services.workspace)))

    @on(Paced)
    def on_paced(self, message: Paced) -> None:
        """Show the times of this machine."""
        self.query_one(Choices).offer(self._choices(message.pace))

    @on(Choices.Picked, "#preset")
    def on_preset(self, event: Choices.Picked) -> None:
        """Keep the preset."""
        self.draft.give(preset=Preset(event.value))

    @on(Field.Given, "#minutes")
    def on_minutes(self, event: Field.Given) -> None:
        """Keep the minutes."""
        self.draft.give(minutes=event.value)

    @on(Field.Given, "#finish_by")
    def on_finish_by(self, event: Field.Given) -> None:
        """Keep the time of day, and say how long that is."""
        self.draft.give(finish_by=event.value)
        self._say_until()

    @work
    async def action_advanced(self) -> None:
        """Change what hardly anybody has to change."""
        answers = self.draft.answers
        tuned = Tuned(answers.extract, answers.train, answers.convert)
        dialog = SettingsDialog("Advanced settings", tuned, (*BLENDING, *TRAINING, *FINDING))
        changed = await self.app.push_screen_wait(dialog)
        if changed is not None:
            self.draft.give(extract=changed.extract, train=changed.train, convert=changed.convert)

    def _choices(self, pace: Pace) -> list[Choice]:
        strip = self.draft.checks.of(Role.TARGET).strip
        around = pace.around(strip.frames) if strip else 0.0
        return [
            Choice(
                preset,
                _LABELS[preset],
                f"about {duration(PRESET_MINUTES[preset] * 60 + around)}; {_PIXELS[preset]} px face: {_FOR[preset]}",
            )
            for preset in Preset
        ]

    def _advice(self) -> str:
        report = self.draft.checks.of(Role.TARGET).report
        if report is None or report.width_px is None:
            return ""
        width = report.width_px.median
        fitting = next((preset for preset in Preset if width <= _PIXELS[preset] * 1.1), Preset.HIGH)
        return f"The face in your video is about {width:.0f} px wide: {_LABELS[fitting]} keeps its detail."

    def _say_until(self) -> None:
        typed = self.draft.answers.finish_by
        minutes = minutes_until(typed, self.services.clock()) if typed.strip() else None
        self.query_one("#until", Label).update(f"{duration(minutes * 60)} from now" if minutes is not None else "")
