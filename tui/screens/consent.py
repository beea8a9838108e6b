"""The fourth question: did both people agree? Asked for each on a screen of its own; there is no way around it."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.widgets import Label

from engine.project.settings import ConsentBasis
from engine.role import Role
from tui.drafts.answers import Step
from tui.screens.question import Question
from tui.widgets.choices import Choice, Choices
from tui.widgets.field import Field, Tick

BASES = (
    Choice(ConsentBasis.SELF, "Myself", "it is my own face"),
    Choice(ConsentBasis.WRITTEN_RELEASE, "Signed release", "the person signed a paper that allows it"),
    Choice(ConsentBasis.LICENCE, "Licence", "the pictures' licence and the model's release allow it"),
    Choice(ConsentBasis.PUBLIC_DOMAIN, "Public domain", "and the person's own rights have ended"),
    Choice(ConsentBasis.TEST_ACTOR, "Test recording", "recorded by this person for tests like this"),
)

_FIELDS = ("note", "given_by", "recorded_on", "valid_until", "purpose", "evidence")


class ConsentQuestion(Question):
    """Asks about one person's agreement."""

    ROLE: ClassVar[Role]
    EXAMPLE: ClassVar[str]
    """An example of a note on who agreed to what."""
    WHY = "A face belongs to a person: nothing is made unless they agreed."
    HELP = """\
**Consent** means that this person knows what will be made of their face, and said yes: what the video shows, who will
see it, for how long. Ask them before you go on; a message in which they agree is enough to begin, and a file of it is
the best **evidence**. Children cannot agree, and nobody can for them here.

**Myself** is for your own face. **Signed release** needs the name of whoever signed. **Licence** means pictures whose
licence allows changes, and a person who released their likeness. What is typed here is kept in the project, and goes
to nobody. A project whose consent ends or is withdrawn stops.
"""

    def compose_answers(self) -> ComposeResult:
        """Yield basis, details and the statement of age."""
        given = self.draft.answers.consent_of(self.ROLE)
        yield Choices(BASES, given.basis, id="basis")
        yield Label("", id="basis-error", markup=False, classes="field-error")
        yield Field("Who agreed to what", given.note, id="note", placeholder=f"such as: {self.EXAMPLE}")
        yield Tick("This person is an adult (18 or older).", given.is_adult, id="is_adult")
        yield Label("", id="is_adult-error", markup=False, classes="field-error")
        yield Field("Given by", given.given_by, id="given_by", placeholder="who signed, where it was somebody else")
        today = str(self.services.clock().date())
        yield Field("Agreed on", given.recorded_on, id="recorded_on", placeholder=f"{today}  (today, if left empty)")
        yield Field("Valid until", given.valid_until, id="valid_until", placeholder="does not end, if left empty")
        yield Field("Purpose", given.purpose, id="purpose", placeholder="what the video is for")
        yield Field("Evidence file", given.evidence, id="evidence", placeholder="path of a scan of the release, if any")

    def on_mount(self) -> None:
        """Begin at the basis."""
        super().on_mount()
        self.query_one("#basis").focus()
        for error in self.query(".field-error").results(Label):
            error.display = False

    @on(Choices.Picked, "#basis")
    def on_basis(self, event: Choices.Picked) -> None:
        """Keep the basis."""
        self._give(basis=ConsentBasis(event.value))
        self.complain("basis", "")

    @on(Field.Given)
    def on_given(self, event: Field.Given) -> None:
        """Keep what is typed."""
        self._give(**{str(event.field.id): event.value})

    @on(Tick.Turned, "#is_adult")
    def on_adult(self, event: Tick.Turned) -> None:
        """Keep the statement."""
        self._give(is_adult=event.value)
        self.complain("is_adult", "")

    def complain(self, field: str, words: str) -> None:
        """Show what is wrong beside its input."""
        if field in _FIELDS:
            super().complain(field, words)
        else:
            label = self.query_one(f"#{field}-error", Label)
            label.update(words)
            label.display = bool(words)

    def _give(self, **answers: object) -> None:
        name = f"consent_{self.ROLE}"
        self.draft.give(**{name: self.draft.answers.consent_of(self.ROLE).model_copy(update=answers)})


class SourceConsent(ConsentQuestion):
    """Did the person who will appear agree?"""

    STEP = Step.CONSENT_SOURCE
    ROLE = Role.SOURCE
    EXAMPLE = "Anna Ek agreed to appear in our film"
    HEADING = "Consent, 1 of 2: did the person who will appear agree?"


class TargetConsent(ConsentQuestion):
    """Did the person who is replaced agree?"""

    STEP = Step.CONSENT_TARGET
    ROLE = Role.TARGET
    EXAMPLE = "Ben Ode agreed to be replaced in it"
    HEADING = "Consent, 2 of 2: did the person who is replaced agree?"
