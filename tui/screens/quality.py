"""The fifth question: how good, and how long may it take?"""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult

from engine.project import Preset
from tui.answers import Step
from tui.review import PRESET_MINUTES, minutes_until
from tui.screens.question import Question
from tui.widgets.choices import Choice, Choices
from tui.widgets.field import Field
from tui.words import duration

_DETAIL = {
    Preset.QUICK: "a face 96 pixels wide: good for small faces and for trying out",
    Preset.STANDARD: "160 pixels: good for most videos",
    Preset.HIGH: "256 pixels: close-ups; wants a graphics card",
}
_LABELS = {Preset.QUICK: "Quick", Preset.STANDARD: "Standard", Preset.HIGH: "High"}


class QualityQuestion(Question):
    """Asks for a preset and a time."""

    STEP = Step.QUALITY
    HEADING = "How good, and how long may it take?"
    WHY = "More time makes a better likeness. You can say “good enough” at any moment, and go on later."

    def compose_answers(self) -> ComposeResult:
        """Yield presets and the time."""
        choices = [
            Choice(preset, _LABELS[preset], f"about {duration(PRESET_MINUTES[preset] * 60)}; {_DETAIL[preset]}")
            for preset in Preset
        ]
        answers = self.draft.answers
        yield Choices(choices, answers.preset, id="preset")
        yield Field(
            "Or minutes of training", answers.minutes, id="minutes", placeholder="the preset's own, if left empty"
        )
        yield Field(
            "Or as good as possible by", answers.finish_by, id="finish_by", placeholder="a time of day, such as 8:00"
        )

    def on_mount(self) -> None:
        """Begin at the presets."""
        super().on_mount()
        self.query_one("#preset").focus()

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
        minutes = minutes_until(event.value, self.services.clock()) if event.value.strip() else None
        if minutes is not None:
            event.field.complain(f"That is {duration(minutes * 60)} from now.")
