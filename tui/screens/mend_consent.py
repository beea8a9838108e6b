"""What a person agreed to, asked again for a project that is there."""

from __future__ import annotations

import asyncio
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import Label

from engine.role import Role
from tui.drafts.answers import ConsentAnswers
from tui.drafts.consent import consent_faults, evidence_fault
from tui.screens.consent import HELP as ABOUT_CONSENT
from tui.screens.dialog import Dialog
from tui.services import Services
from tui.widgets.consent_form import ConsentForm


class MendConsent(Dialog[ConsentAnswers]):
    """Returns the answers, complete, or None where nothing is to be changed."""

    HELP = ABOUT_CONSENT

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+n", "take", "Save"),
    ]

    def __init__(self, services: Services, role: Role, consent: ConsentAnswers, note: str) -> None:
        """Make the dialog.

        Args:
            services: Has the clock.
            role: Whose consent it is.
            consent: What is recorded.
            note: What follows from a change; empty where there is nothing to say.
        """
        super().__init__()
        self._today = services.clock().date()
        self._role = role
        self._consent = consent
        self._note = note

    def compose(self) -> ComposeResult:
        """Yield the form and two buttons."""
        with Vertical(classes="dialog", id="mend") as dialog:
            dialog.border_title = f"What did {self._role.person} agree to?"
            with VerticalScroll(can_focus=False):
                yield ConsentForm(self._role, self._consent, self._today)
            if self._note:
                yield Label(self._note, id="settings-note", markup=False)
            with Horizontal(classes="dialog-buttons"):
                yield from self.buttons("Save")

    @work(exclusive=True, exit_on_error=False)
    async def action_take(self) -> None:
        """Return the answers, or say what is missing."""
        form = self.query_one(ConsentForm)
        faults = consent_faults(form.consent, self._today)
        if not faults and (fault := await asyncio.to_thread(evidence_fault, form.consent)):
            faults = {"evidence": fault}
        for field, words in faults.items():
            form.complain(field, words)
        if faults:
            self.query_one(f"#{next(iter(faults))}").focus()
        else:
            self.dismiss(form.consent)
