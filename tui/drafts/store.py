"""The answers of projects that are not started yet, one file each in the workspace's hidden folder.

workspace/.understudio/
  drafts/20261124-211859-3f2a.json     answers
  checks/20261124-211859-3f2a/source/  what the engine saw in the media, with thumbnails
  gathered/20261124-211859-3f2a/       pictures that were gathered for it
  places.json                          folders in which media were chosen before
"""

from __future__ import annotations

import datetime as dt
import secrets
import shutil
import threading
import traceback
from pathlib import Path

from pydantic import BaseModel, ValidationError

from engine.files import atomic
from engine.files.private_folder import make_private
from engine.role import Role
from tui.drafts.answers import Answers

_PLACES_KEPT = 8


class DraftStore:
    """Reads and writes what the wizard remembers of a workspace. Every method touches files: call from a worker."""

    def __init__(self, workspace: Path) -> None:
        self._root = workspace / ".understudio"
        self._lock = threading.Lock()

    def new(self, now: dt.datetime) -> Answers:
        """Return empty answers under a name of their own; nothing is written yet."""
        # In UTC, as all times that are kept: the newest comes first, wherever it was begun.
        began = now.astimezone(dt.UTC)
        return Answers(draft=f"{began:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}", started_at=began)

    def save(self, answers: Answers) -> None:
        """Put answers on the disk in one step, readable by their owner only.

        Raises:
            OutOfDisk: There is no room; the last answers are kept.
        """
        with self._lock:
            make_private(self._drafts, parents=True)
            atomic.write_text(self._drafts / f"{answers.draft}.json", answers.model_dump_json(indent=1))

    def all(self) -> list[Answers]:
        """Return every draft, the newest first; files that cannot be read, or were not finished, are left out."""
        drafts = (_read(path) for path in sorted(self._drafts.glob("[!.]*.json"), reverse=True))
        return [draft for draft in drafts if draft is not None]

    def for_folder(self, folder: Path) -> Answers | None:
        """Return the draft that completes a dropped project folder, if one was begun."""
        return next((draft for draft in self.all() if draft.folder == folder), None)

    def forget(self, answers: Answers) -> None:
        """Remove a draft and what was seen in its media."""
        with self._lock:
            (self._drafts / f"{answers.draft}.json").unlink(missing_ok=True)
            atomic.remove_partials(self._drafts, answers.draft)
        shutil.rmtree(self._root / "checks" / answers.draft, ignore_errors=True)
        shutil.rmtree(self._root / "gathered" / answers.draft, ignore_errors=True)

    def check_folder(self, answers: Answers, role: Role) -> Path:
        """Return where the check of one person's media keeps its thumbnails."""
        return self._root / "checks" / answers.draft / role

    def gather_folder(self, answers: Answers) -> Path:
        """Return where pictures are gathered: into a dropped folder itself, or beside the answers."""
        return answers.folder or self._root / "gathered" / answers.draft

    def places(self) -> tuple[Path, ...]:
        """Return folders in which media were chosen before, the latest first, those that still exist."""
        try:
            kept = _Places.model_validate_json((self._root / "places.json").read_bytes()).places
        except (OSError, ValidationError):
            return ()
        return tuple(place for place in kept if place.is_dir())

    def remember_place(self, place: Path) -> None:
        """Put a folder first among the remembered ones."""
        others = [other for other in self.places() if other != place]
        kept = _Places(places=(place, *others)[:_PLACES_KEPT])
        with self._lock:
            atomic.write_text(self._root / "places.json", kept.model_dump_json())

    def log_fault(self, error: BaseException) -> Path:
        """Add what a developer needs to the wizard's log, and return where that is."""
        make_private(self._root, parents=True)
        with self.log_file.open("a") as file:
            file.writelines(traceback.format_exception(error))
        return self.log_file

    @property
    def log_file(self) -> Path:
        """Where the wizard writes what went wrong in itself."""
        return self._root / "wizard.log"

    @property
    def _drafts(self) -> Path:
        return self._root / "drafts"


class _Places(BaseModel):
    places: tuple[Path, ...] = ()


def _read(path: Path) -> Answers | None:
    try:
        return Answers.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None
