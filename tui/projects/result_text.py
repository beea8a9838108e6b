"""A result in words: what is said of it, where it lies, and how it comes home."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.table import Table
from rich.text import Text

from engine.project.folder import ProjectFolder
from engine.text import counted
from tui.format import short_path
from tui.terminal.ssh_lines import SshSession


def bullets(sentences: Sequence[str]) -> Table:
    """Return sentences one beneath the other."""
    table = Table.grid(padding=(0, 1, 0, 0))
    for sentence in sentences:
        table.add_row("·", sentence)
    return table


def places(folder: ProjectFolder, video: Path | None, session: SshSession | None, earlier: int = 0) -> Text:
    """Return where all lies, and how it comes home.

    Args:
        folder: The project.
        video: The finished video; None where it is gone.
        session: How somebody came to this machine; None where they sit at it.
        earlier: How many results gave way to this one, and were kept.
    """
    if video is None:
        return Text.assemble(("Video  ", "dim"), "not there any more; b converts it again")
    lines = [("Video       ", short_path(video))]
    beside = " and ".join(path.name for path in (folder.compare_video, folder.report_html) if path.is_file())
    lines += [("Beside it   ", beside)] if beside else []
    lines += [("Earlier     ", f"{counted(earlier, 'result')}: e shows them beside this one")] if earlier else []
    if session is not None:
        lines.append(("At home     ", "paste this there; c copies it, and C a line for all results"))
        # A row of its own: where it broke into two, whoever marks it with the mouse would paste two commands.
        lines.append(("", session.fetch(video)))
        lines.append(("Or watch it ", "understudio web plays it in your browser, and hands it over"))
    return Text("\n").join(Text.assemble((label, "dim"), words) for label, words in lines)
