"""The stages of a project, a row each: which are done, which is at work, and what each one does."""

from __future__ import annotations

from collections.abc import Collection

from rich.text import Text

from engine.project.stage import StageName
from tui.projects.condition import Condition
from tui.theme import BAD, WAITS
from tui.widgets.quiet_static import QuietStatic

_LEADS = "what is happening?"
_NAME, _PURPOSE = 12, 38
_SIGNS = {
    Condition.RUNNING: ("▶", "bold"),
    Condition.FAILED: ("✗", BAD),
    Condition.PAUSED: ("=", WAITS),
    Condition.STOPPED: ("=", BAD),
    Condition.WAITING: ("?", WAITS),
}


class Stages(QuietStatic):
    """Each row ends with the key that leads to an explanation of its stage."""

    def __init__(self, id: str) -> None:
        super().__init__(id=id, markup=False)
        self.styles.height = len(StageName)

    def show(self, present: StageName | None, done: Collection[StageName], condition: Condition) -> None:
        """Show how far a project is.

        Args:
            present: The stage at work or next, if any.
            done: Those that are over.
            condition: How the project stands: a stage looks otherwise at work than failed, paused or waiting.
        """
        sign, colour = _SIGNS.get(condition, ("·", ""))
        lines = Text(no_wrap=True, overflow="crop")
        for number, stage in enumerate(StageName, start=1):
            facts = stage.facts
            is_present = stage is present and stage not in done
            mark, style = ("✓", "") if stage in done else (sign, colour) if is_present else ("·", "dim")
            lines.append(f"{mark} {facts.title.ljust(_NAME)}", style)
            lines.append(facts.purpose.ljust(_PURPOSE), "" if is_present else "dim")
            lines.append(f"{number}", WAITS).append(f" {_LEADS}\n", "dim")
        lines.right_crop(1)
        self.update(lines, layout=False)
