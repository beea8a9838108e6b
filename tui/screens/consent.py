"""The fourth question: did both people agree? Asked for each on a screen of its own; there is no way around it."""

from __future__ import annotations

import asyncio
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult

from engine.role import Role
from tui.drafts.answers import Step
from tui.drafts.consent import evidence_fault
from tui.screens.question import Question
from tui.widgets.consent_form import ConsentForm

HELP = """\
**Consent** means that this person knows what will be made of their face, and said yes: what the video shows, who will
see it, for how long. Ask them before you go on. Children cannot agree, and nobody can for them here.

**Myself**: it is your own face.

**A message**: they wrote to you that you may, in a mail or chat. Paste their words, or give the path of a picture of
it: it is kept in the project as evidence.

**A signed paper**: a release. Say who signed; a scan of it is the best evidence.

**A licence**: pictures made for all to use and change, such as stock footage, of a person who let themselves be filmed
for that.

**Nobody's any more**: such as a film a hundred years old. Neither the pictures nor the person's face are anybody's.

**A test recording**: made by this person for tries like this one.

What is typed here is kept in the project, and goes to nobody. It can be seen, mended and **withdrawn** at any time:
**k** on the project's screen. A project whose consent ends or is withdrawn stops.
"""


class ConsentQuestion(Question):
    """Asks about one person's agreement."""

    ROLE: ClassVar[Role]
    WHY = "A face belongs to a person: nothing is made unless they agreed."
    HELP = HELP

    def compose_answers(self) -> ComposeResult:
        """Yield basis, details and the statement of age."""
        yield ConsentForm(self.ROLE, self.draft.answers.consent_of(self.ROLE), self.services.clock().date())

    @on(ConsentForm.Changed)
    def on_changed(self, event: ConsentForm.Changed) -> None:
        """Keep what is answered."""
        self.draft.give(**{f"consent_{self.ROLE}": event.consent})

    def complain(self, field: str, words: str) -> None:
        """Show what is wrong beside its input."""
        self.query_one(ConsentForm).complain(field, words)

    def go_on(self) -> None:
        """Show the next question, unless the evidence is not there."""
        if self.draft.answers.consent_of(self.ROLE).evidence.strip():
            self._look_for_evidence()
        else:
            super().go_on()

    @work(exclusive=True, group="evidence", exit_on_error=False)
    async def _look_for_evidence(self) -> None:
        fault = await asyncio.to_thread(evidence_fault, self.draft.answers.consent_of(self.ROLE))
        if fault:
            self.complain("evidence", fault)
            self.query_one("#evidence").focus()
        else:
            super().go_on()


class SourceConsent(ConsentQuestion):
    """Did the person who will appear agree?"""

    STEP = Step.CONSENT_SOURCE
    ROLE = Role.SOURCE
    HEADING = "Consent, 1 of 2: did the person who will appear agree?"


class TargetConsent(ConsentQuestion):
    """Did the person who is replaced agree?"""

    STEP = Step.CONSENT_TARGET
    ROLE = Role.TARGET
    HEADING = "Consent, 2 of 2: did the person who is replaced agree?"
