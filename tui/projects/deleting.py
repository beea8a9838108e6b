"""All that was made of a project is deleted, and what people put in where that is wanted. Call from a worker."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Callable, Iterator, Sequence

from engine.errors import ProjectBusy
from engine.project.folder import ProjectFolder
from engine.project.forget import Doomed, forget
from engine.project.lock import alone_on
from engine.text import counted, printable
from tui.drafts.store import DraftStore
from tui.format import megabytes

_PATIENCE_SECONDS = 180.0
"""How long a stage that was asked to stop may take to come to its safe point."""


def delete(folder: ProjectFolder, drafts: DraftStore, now: dt.datetime, *, media_too: bool) -> tuple[Doomed, ...]:
    """Delete what was made, and the answers that belong to the folder; return what is gone.

    Raises:
        ProjectError: The folder is no project; nothing was deleted.
        ProjectBusy: A stage is at work on it; nothing was deleted.
    """
    gone = forget(folder, now, media_too=media_too)
    while (draft := drafts.for_folder(folder.path)) is not None:
        drafts.forget(draft)
    return gone


def wait_until_still(folder: ProjectFolder, goes_on: Callable[[], bool]) -> None:
    """Return as soon as no stage is at work on a project, or after minutes.

    Args:
        folder: Of the project.
        goes_on: Asked about once a second; false gives up at once.
    """
    if folder.work.is_dir():
        with contextlib.suppress(ProjectBusy), alone_on(folder, _PATIENCE_SECONDS, goes_on):
            pass


def in_words(things: Sequence[Doomed]) -> Iterator[str]:
    """Yield a line for each thing that is deleted: what it is, how many files, how large."""
    for each in things:
        if each.leads_to is not None:
            yield f"{each.what}: only a link; what it leads to stays, {printable(str(each.leads_to))}"
        elif each.files:
            yield f"{each.what}: {counted(each.files, 'file')}, {megabytes(each.size_bytes)}"
