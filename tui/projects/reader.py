"""Home's list: drafts, dropped folders and projects of a workspace, each read again only where something changed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from engine.files.refusal import USE, refused_use
from engine.project.folder import ProjectFolder
from engine.project.lock import is_seen_held
from tui.drafts.answers import Answers
from tui.drafts.store import DraftStore
from tui.drafts.validation import suggested_name
from tui.projects.condition import Condition
from tui.projects.folders import children_of, is_loose, is_project
from tui.projects.forecast import Outlook
from tui.projects.view import View, closed_view, read_view

_AT_ONCE = 80
"""Projects that are read before the list is shown: more than a window has lines, and read in a moment."""


class ProjectReader:
    """Reads a workspace, and reads again only what has changed. Call from a worker."""

    def __init__(self, workspace: Path, drafts: DraftStore, outlook: Outlook) -> None:
        self._workspace = workspace
        self._drafts = drafts
        self._outlook = outlook
        self._known: dict[Path, tuple[tuple[int, int, bool], View]] = {}

    def read(self, now: dt.datetime) -> Iterator[list[View]]:
        """Yield drafts first, then projects by name, as much as is known of each; the last time all is known.

        Folders that nobody may look into come last: some may be projects.
        """
        kept = self._drafts.all()
        drafts = [_draft_view(draft) for draft in kept if draft.folder is None]
        children = sorted(children_of(self._workspace), key=lambda path: path.name.casefold())
        reasons = {path: why for path in children if (why := refused_use(path, USE)) is not None}
        closed = [closed_view(path, None, why) for path, why in reasons.items()]
        open_ones = [path for path in children if path not in reasons]
        folders = [path for path in open_ones if is_project(path)]
        used = {path for draft in kept for path in draft.sources}
        drafts += [_loose_view(path) for path in open_ones if path not in used and is_loose(path)]
        while len(unread := [path for path in folders if path not in self._known]) > _AT_ONCE:
            for path in unread[:_AT_ONCE]:
                self._remembered(path, now)
            yield [*drafts, *_by_name(self._so_far(path) for path in folders), *closed]
        yield [*drafts, *_by_name(self._remembered(path, now) for path in folders), *closed]

    def known(self, path: Path) -> View | None:
        """Return how a project stood when it was read last, at once; None where it was not read yet."""
        known = self._known.get(path)
        return known[1] if known else None

    def _so_far(self, path: Path) -> View:
        return self.known(path) or View(path.name, Condition.QUEUED, path, says="…")

    def _remembered(self, path: Path, now: dt.datetime) -> View:
        folder = ProjectFolder(path)
        sign = _changed_at(folder.project_file), _changed_at(folder.status_file), is_seen_held(folder.lock_file)
        known = self._known.get(path)
        if known is None or known[0] != sign or known[1].may_change:
            view = replace(read_view(folder, now, self._outlook), changed_at=_minute(max(sign[:2])))
            known = self._known[path] = (sign, view)
        return known[1]


def _by_name(views: Iterable[View]) -> list[View]:
    return sorted(views, key=lambda view: view.name.casefold())


def _loose_view(path: Path) -> View:
    return View(
        path.name,
        Condition.WAITING,
        path,
        says="pictures only",
        detail="This folder has pictures or videos, and is no project yet. Enter begins one, with these as the person "
        "who will appear.",
        is_loose=True,
    )


def _draft_view(draft: Answers) -> View:
    return View(
        draft.name or suggested_name(draft),
        Condition.DRAFT,
        None,
        draft,
        says=Condition.DRAFT.says,
        detail="Your answers are kept. Enter goes on where you stopped; x throws them away.",
    )


def _minute(moment_ns: int) -> dt.datetime | None:
    """Return a time to the minute, so that not every breath of a project at work has its line drawn again."""
    return dt.datetime.fromtimestamp(moment_ns // 60_000_000_000 * 60, dt.UTC) if moment_ns else None


def _changed_at(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
