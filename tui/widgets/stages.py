"""The four stages of a project, a row each: which are done, which is at work, and what each one does."""

from __future__ import annotations

from collections.abc import Collection

from rich.text import Text

from engine.project.stage import StageName
from tui.theme import WAITS
from tui.widgets.still import Still

STAGES = {
    StageName.EXTRACT: ("Find faces", "who is where in every picture"),
    StageName.TRAIN: ("Train", "a model learns to draw both people"),
    StageName.CONVERT: ("Convert", "each frame gets the other's face"),
    StageName.REPORT: ("Measure", "how good it is, in numbers"),
}
"""Name and purpose of each, in order; its number is the key that explains it."""
_LEADS = "what is happening?"
_NAME, _PURPOSE = 12, 38


class Stages(Still):
    """Each row ends with the key that leads to an explanation of its stage."""

    def __init__(self, id: str) -> None:
        super().__init__(id=id, markup=False)

    def show(self, present: StageName | None, done: Collection[StageName]) -> None:
        """Show how far a project is.

        Args:
            present: The stage at work, if any.
            done: Those that are over.
        """
        lines = Text(no_wrap=True, overflow="crop")
        for number, (stage, (name, purpose)) in enumerate(STAGES.items(), start=1):
            is_present = stage is present and stage not in done
            mark, style = ("✓", "") if stage in done else ("▶", "bold") if is_present else ("·", "dim")
            lines.append(f"{mark} {name.ljust(_NAME)}", style)
            lines.append(purpose.ljust(_PURPOSE), "" if is_present else "dim")
            lines.append(f"{number}", WAITS).append(f" {_LEADS}\n", "dim")
        lines.right_crop(1)
        self.update(lines, layout=False)
