"""The candidates of a gathering, one small file each, so that it may end at any instant and go on later.

work/gather/source/
  items/1f3c09….json      where it came from, what screening found in it, why it was refused
  files/1f3c09….jpg       a picture that was fetched and not placed
  persons/person-1.jpg    a picture of each person seen
  confirmed.json          pictures that somebody said show the right person

A picture that is kept is a link to (or copy of) the fetched file in `source/`, with its sidecar. Deleting `work/` loses
none of those; only what was refused would be fetched again. A picture that a person takes out of `source/` stays out.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from engine.files import atomic
from engine.files.private_folder import make_private
from engine.gather.screening_messages import PictureFindings
from engine.project.attribution import SIDECAR, Origin, read_origin, sidecar_of, write_origin
from engine.project.folder import ProjectFolder
from engine.records.gather_request import Refusal
from engine.role import Role


class CandidateRecord(BaseModel):
    """A candidate that was fetched or refused."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", validate_by_name=True, validate_by_alias=True, serialize_by_alias=True
    )

    key: str
    origin: Origin
    file: str = ""
    """Name in `files/`; empty where nothing was fetched."""
    refusal: Refusal | None = None
    findings: PictureFindings | None = Field(None, alias="look")
    """None where it was not screened yet. The alias is its key in files written by earlier versions."""
    is_placed: bool = False
    """It was put among the project's media."""


class _Confirmed(BaseModel):
    keys: tuple[str, ...] = ()


class Store:
    """The candidates of one person of one project."""

    def __init__(self, folder: ProjectFolder, role: Role) -> None:
        """Read what is known so far."""
        self._root = folder.work / "gather" / role
        self._media = folder.media_of(role)
        for each in (self.files, self.thumbnails, self._items_folder):
            make_private(each, parents=True)
            atomic.remove_partials(each)
        found = (_read(path) for path in sorted(self._items_folder.glob("*.json")))
        self._items = {item.key: item for item in found if item is not None}
        self._adopt_placed()
        self._note_taken_out()

    @property
    def files(self) -> Path:
        """Where fetched files are."""
        return self._root / "files"

    @property
    def thumbnails(self) -> Path:
        """Where a picture of each person goes."""
        return self._root / "persons"

    @property
    def media(self) -> Path:
        """Where pictures go that are kept."""
        return self._media

    @property
    def items(self) -> tuple[CandidateRecord, ...]:
        """All candidates that something is known of."""
        return tuple(self._items.values())

    def find(self, file_url: str) -> CandidateRecord | None:
        """Return the record of a candidate, None where it is new."""
        return self._items.get(key_of(file_url))

    def has_content(self, sha256: str) -> bool:
        """Return whether the very same file was fetched before."""
        return any(item.origin.sha256 == sha256 for item in self._items.values())

    def save(self, item: CandidateRecord) -> None:
        """Write the record of a candidate; the file of one that is refused is deleted.

        Raises:
            OutOfDisk: There is no room.
        """
        if item.refusal is not None and item.file:
            (self.files / item.file).unlink(missing_ok=True)
        atomic.write_text(self._items_folder / f"{item.key}.json", item.model_dump_json(indent=1))
        self._items[item.key] = item

    def unscreened(self) -> tuple[CandidateRecord, ...]:
        """Return the records of pictures that were fetched and not screened: a run ended in between."""
        return tuple(item for item in self.items if item.refusal is None and item.findings is None and item.file)

    def findings(self) -> tuple[PictureFindings, ...]:
        """Return the findings of the pictures that were not refused."""
        return tuple(item.findings for item in self.items if item.findings is not None and item.refusal is None)

    def refused(self) -> dict[Refusal, int]:
        """Return how many candidates were refused, by reason."""
        return dict(Counter(item.refusal for item in self.items if item.refusal is not None))

    def confirmed(self) -> tuple[str, ...]:
        """Return the keys of pictures that show the right person."""
        try:
            return _Confirmed.model_validate_json(self._confirmed_file.read_bytes()).keys
        except (OSError, ValidationError):
            return ()

    def confirm(self, keys: Iterable[str]) -> None:
        """Remember that somebody said whose pictures these are."""
        atomic.write_text(self._confirmed_file, _Confirmed(keys=tuple(keys)).model_dump_json())

    def place(self, keys: Iterable[str]) -> tuple[Origin, ...]:
        """Put these pictures, and no others of this store, where the project takes them from.

        Raises:
            OutOfDisk: There is no room.
        """
        wanted = set(keys)
        origins = []
        for item in self.items:
            if not item.file or item.refusal is not None:
                continue
            picture = self._picture(item)
            if item.key in wanted:
                place_picture(self.files / item.file, picture)
                write_origin(picture, item.origin)
                origins.append(item.origin)
            else:
                sidecar_of(picture).unlink(missing_ok=True)
                picture.unlink(missing_ok=True)
            if item.is_placed is not (item.key in wanted):
                self.save(item.model_copy(update={"is_placed": item.key in wanted}))
        return tuple(origins)

    def _adopt_placed(self) -> None:
        """Make records of pictures that an earlier run placed, where its own were deleted with `work/`."""
        for sidecar in sorted(self._media.glob(f"*{SIDECAR}")):
            picture = sidecar.with_name(sidecar.name.removesuffix(SIDECAR))
            origin = read_origin(picture)
            if origin is None or not picture.is_file() or key_of(origin.file_url) in self._items:
                continue
            key = key_of(origin.file_url)
            place_picture(picture, self.files / f"{key}{picture.suffix}")
            self.save(CandidateRecord(key=key, origin=origin, file=f"{key}{picture.suffix}", is_placed=True))

    def _note_taken_out(self) -> None:
        """Note which placed pictures somebody has taken out since: they stay out."""
        for item in self.items:
            if item.is_placed and item.refusal is None and not self._picture(item).is_file():
                sidecar_of(self._picture(item)).unlink(missing_ok=True)
                self.save(item.model_copy(update={"refusal": Refusal.TAKEN_OUT, "is_placed": False}))

    def _picture(self, item: CandidateRecord) -> Path:
        return self._media / f"{item.origin.provider}-{item.file}"

    @property
    def _items_folder(self) -> Path:
        return self._root / "items"

    @property
    def _confirmed_file(self) -> Path:
        return self._root / "confirmed.json"


def key_of(file_url: str) -> str:
    """Return the name of a candidate: the beginning of a digest of its address."""
    return hashlib.sha256(file_url.encode()).hexdigest()[:16]


def place_picture(file: Path, picture: Path) -> None:
    """Give a file a second name, or make a copy where there are no hard links; a picture that is there stays."""
    if picture.exists() or not file.is_file():
        return
    make_private(picture.parent, parents=True)
    try:
        picture.hardlink_to(file)
    except OSError:
        with atomic.new_file(picture) as partial:
            shutil.copyfile(file, partial)
    with contextlib.suppress(OSError):
        os.chmod(picture, 0o600)


def _read(path: Path) -> CandidateRecord | None:
    try:
        return CandidateRecord.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None
