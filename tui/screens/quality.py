"""The fifth question: how good, and how long may it take?"""

from __future__ import annotations

from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widgets import Label

from engine.demo import DETAIL, EXAMPLE, EXAMPLE_PRESET, EXAMPLE_STEPS
from engine.project.presets import Preset
from engine.role import Role
from engine.text import counted, duration, printable
from tui.drafts.answers import Step
from tui.drafts.validation import expected_minutes, minutes_until
from tui.messages import CheckChanged, PaceChanged, ShowPicture
from tui.projects.editable_settings import BLENDING, FINDING, TRAINING, EditableSettings
from tui.screens.question import Question
from tui.screens.settings import SettingsDialog
from tui.widgets.choices import Choice, Choices
from tui.widgets.field import Field
from tui.widgets.picture import Picture
from tui.widgets.rows import Rows

_REAL = f"A real result of Quick: before │ after {EXAMPLE_STEPS:,} steps, with the bundled clips."
_DETAIL = "Not a result, but a photo: the detail of Quick │ of {}. No more than that can come out."


class QualityQuestion(Question):
    """Asks for a preset and a time."""

    STEP = Step.QUALITY
    HEADING = "How good, and how long may it take?"
    WHY = "More time, better likeness. “Good enough” can be said at any moment."
    HELP = """\
The larger the face in your video, the more **pixels** the learnt face needs to keep its detail, and the longer it
takes.

The **times** are measured on this machine by a few real steps of training, once, while nothing else is at work on it.
Until then they are rough. They hold for all together: finding faces, training, converting.

Where you give **no time**, training takes the steps that the preset needs: longer where the machine has other work, and
the face is as good. With **a time of day**, it takes all the time that is left until then; it ends earlier if nothing
gets better.
"""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f3", "advanced", "Advanced settings"),
        Binding("f4", "example", "Example"),
    ]

    def compose_answers(self) -> ComposeResult:
        """Yield presets, the time, and an example."""
        answers = self.draft.answers
        yield Choices(self._choices(), answers.preset, id="preset")
        yield Label("", id="advice", markup=False)
        yield Field(
            "Minutes of training",
            answers.minutes,
            id="minutes",
            placeholder="as long as it needs, if left empty",
        )
        yield Field("Or as good as can be by", answers.finish_by, id="finish_by", placeholder="a time such as 8:00")
        yield Label("", id="until", markup=False)
        with Horizontal(id="example"):
            yield Picture(id="example-picture")
            yield Label("", id="example-words", markup=False)

    def on_mount(self) -> None:
        """Begin at the presets."""
        super().on_mount()
        self.query_one("#preset").focus()
        self._say_times()
        self._show_example()

    @on(PaceChanged)
    @on(CheckChanged)
    def on_more_known(self) -> None:
        """Show better times."""
        self._say_times()

    @on(Choices.Picked, "#preset")
    def on_preset(self, event: Choices.Picked) -> None:
        """Keep the preset."""
        self.draft.give(preset=Preset(event.value))
        self._say_until()

    @on(Rows.Highlighted, "#preset")
    def on_preset_seen(self) -> None:
        """Show what to expect of the preset under the cursor."""
        self._show_example()

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
        settings_now = EditableSettings(answers.extract, answers.train, answers.convert)
        dialog = SettingsDialog("Advanced settings", settings_now, (*BLENDING, *TRAINING, *FINDING))
        changed = await self.app.push_screen_wait(dialog)
        if changed is not None:
            self.draft.give(extract=changed.extract, train=changed.train, convert=changed.convert)

    def action_example(self) -> None:
        """Show the example over the whole screen."""
        picture = self.query_one("#example-picture", Picture)
        if picture.path is not None:
            is_photo = self._seen in DETAIL
            title = f"Detail of Quick │ of {self._seen.facts.label}: a photo" if is_photo else "Before │ after"
            self.post_message(ShowPicture(title, picture.path, pair=picture.pair))

    @property
    def _seen(self) -> Preset:
        """The preset under the cursor."""
        current: Choice | None = self.query_one(Choices).current
        return Preset(current.value) if current else self.draft.answers.preset

    def _choices(self) -> list[Choice]:
        return [
            Choice(preset, facts.label, f"{self._time(preset)}; {facts.pixels} px face: {facts.suits}")
            for preset, facts in ((each, each.facts) for each in Preset)
        ]

    def _time(self, preset: Preset) -> str:
        timing = self.draft.timing
        minutes = timing.full_minutes(preset) + timing.around_minutes
        return f"{'about' if timing.pace.knows(preset) else 'roughly'} {duration(60 * minutes)}"

    def _say_times(self) -> None:
        self.query_one(Choices).offer(self._choices())
        words = (self._pace_words(), self._advice(), self._begun_words())
        self.query_one("#advice", Label).update(" ".join(filter(None, words)))
        self._say_until()

    def _pace_words(self) -> str:
        if all(self.draft.timing.pace.knows(preset) for preset in Preset):
            return "These times were measured on this machine."
        if self.draft.calibrator.is_measuring:
            return "Rough times: this machine is being measured. You need not wait."
        return "Rough times: this machine is too busy to be measured now."

    def _begun_words(self) -> str:
        timing, earlier = self.draft.timing, self.draft.answers.earlier
        if not timing.begun_steps or earlier is None:
            return ""
        label = timing.begun_preset.facts.label
        return f"{label} begins with the {counted(timing.begun_steps, 'step')} of {printable(earlier.name)}."

    def _advice(self) -> str:
        report = self.draft.checks.of(Role.TARGET).report
        if report is None or report.width_px is None:
            return ""
        width = report.width_px.median
        fitting = next(preset for preset in Preset if width <= preset.facts.pixels * 1.1 or preset.is_finest)
        return f"The face in your video is about {width:.0f} px wide: {fitting.facts.label} keeps its detail."

    def _say_until(self) -> None:
        answers, timing, now = self.draft.answers, self.draft.timing, self.services.clock()
        left = minutes_until(answers.finish_by, now) if answers.finish_by.strip() else None
        words = ""
        if left is not None and left <= timing.around_minutes:
            words = f"Too soon: all but training takes {duration(60 * timing.around_minutes)}."
        elif left is not None:
            training = duration(60 * expected_minutes(answers, now, timing))
            words = f"{duration(60 * left)} away: up to {training} for training."
        self.query_one("#until", Label).update(words)

    def _show_example(self) -> None:
        picture = self.query_one("#example-picture", Picture)
        is_example = self._seen is EXAMPLE_PRESET
        picture.pair = 0 if is_example else None
        picture.path = EXAMPLE if is_example else DETAIL.get(self._seen)
        self.query_one("#example-words", Label).update(self._example_words())

    def _example_words(self) -> str:
        if self._seen is EXAMPLE_PRESET:
            return f"{_REAL} F4 shows it large."
        return f"{_DETAIL.format(self._seen.facts.label)} F4 shows it large." if self._seen in DETAIL else ""
