"""What is asked of one person's agreement, in a project's questions and afterwards alike."""

from __future__ import annotations

import datetime as dt

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Label

from engine.project.settings import ConsentBasis
from engine.role import Role
from tui.drafts.answers import ConsentAnswers
from tui.projects.consent_text import basis_words
from tui.widgets.choices import Choice, Choices
from tui.widgets.field import Field, Tick
from tui.widgets.path_field import PathField

_BASES = tuple(Choice(basis, *basis_words(basis)) for basis in ConsentBasis)

_EVIDENCE = ("Evidence file", "path of a scan or picture that proves it, if any")
_MESSAGE = ("The message", "paste its words, or the path of a picture of it")
_GIVEN_BY = ("Given by", "who agreed, where it was somebody else")
_SIGNED_BY = ("Signed by", "the name on the paper")


class ConsentForm(Vertical):
    """Asks for basis, details, and the statement of age."""

    class Changed(Message):
        """Something was answered otherwise."""

        def __init__(self, form: ConsentForm, consent: ConsentAnswers) -> None:
            super().__init__()
            self.form = form
            self.consent = consent

        @property
        def control(self) -> ConsentForm:
            """The form it happened in."""
            return self.form

    def __init__(self, role: Role, consent: ConsentAnswers, today: dt.date) -> None:
        super().__init__(id="consent")
        self._role = role
        self._today = today
        self.consent = consent
        """The answers as they are now."""

    def compose(self) -> ComposeResult:
        """Yield the bases, and an input for each detail."""
        given = self.consent
        evidence, example = _evidence_of(given.basis)
        giver, whose = _giver_of(given.basis)
        yield Choices(_BASES, given.basis, id="basis")
        yield Label("", id="basis-error", markup=False, classes="field-error")
        yield Field("Who agreed to what", given.note, id="note", placeholder=f"such as: {_example_of(self._role)}")
        yield PathField(evidence, given.evidence, id="evidence", placeholder=example, media_only=False)
        yield Tick("This person is an adult (18 or older).", given.is_adult, id="is_adult")
        yield Label("", id="is_adult-error", markup=False, classes="field-error")
        yield Field(giver, given.given_by, id="given_by", placeholder=whose)
        yield Field(
            "Agreed on", given.recorded_on, id="recorded_on", placeholder=f"{self._today}  (today, if left empty)"
        )
        yield Field("Valid until", given.valid_until, id="valid_until", placeholder="does not end, if left empty")
        yield Field("Purpose", given.purpose, id="purpose", placeholder="what the video is for")

    def on_mount(self) -> None:
        """Begin at the basis."""
        self.query_one("#basis").focus()

    @on(Choices.Picked, "#basis")
    def on_basis(self, event: Choices.Picked) -> None:
        """Keep the basis; a message is asked for in words of its own, and so is who signed a paper."""
        event.stop()
        basis = ConsentBasis(event.value)
        self._give(basis=basis)
        self.complain("basis", "")
        self.query_one("#evidence", Field).name_it(*_evidence_of(basis))
        self.query_one("#given_by", Field).name_it(*_giver_of(basis))
        if event.is_final:
            self.screen.focus_next()

    @on(Field.Submitted)
    def on_enter(self, event: Field.Submitted) -> None:
        """Go to the next input, and from the last one to what follows the form."""
        event.stop()
        self.screen.focus_next()

    @on(Field.Given)
    def on_given(self, event: Field.Given) -> None:
        """Keep what is typed."""
        event.stop()
        self._give(**{str(event.field.id): event.value})

    @on(Tick.Turned, "#is_adult")
    def on_adult(self, event: Tick.Turned) -> None:
        """Keep the statement."""
        self._give(is_adult=event.value)
        self.complain("is_adult", "")

    def complain(self, field: str, words: str) -> None:
        """Show what is wrong beside its input; empty words take it away."""
        place = self.query_one(f"#{field}")
        if isinstance(place, Field):
            place.complain(words)
            return
        label = self.query_one(f"#{field}-error", Label)
        label.update(words)
        label.display = bool(words)

    def _give(self, **answers: object) -> None:
        self.consent = self.consent.model_copy(update=answers)
        self.post_message(self.Changed(self, self.consent))


def _evidence_of(basis: ConsentBasis | None) -> tuple[str, str]:
    """Return what the proof is called, and an example of it."""
    return _MESSAGE if basis is ConsentBasis.MESSAGE else _EVIDENCE


def _giver_of(basis: ConsentBasis | None) -> tuple[str, str]:
    """Return what whoever agreed is called, and whom to name: of a paper it has to be said."""
    return _SIGNED_BY if basis is ConsentBasis.WRITTEN_RELEASE else _GIVEN_BY


def _example_of(role: Role) -> str:
    match role:
        case Role.SOURCE:
            return "Anna Ek agreed to appear in our film"
        case Role.TARGET:
            return "Ben Ode agreed to be replaced in it"
