"""What became of the look for sexual content."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, ValidationError

from engine.files import atomic
from engine.files.safe_open import read_inside
from engine.project.folder import ProjectFolder


class ContentOutcome(StrEnum):
    """How the look ended."""

    PASSED = "passed"
    REFUSED = "refused"
    NOT_MADE = "not made"
    """Of a project of version 0.1.0, which went on without the classifier: it is looked at before it learns on, and a
    result that is made without learning on says so."""


class ContentRecord(BaseModel):
    """Kept in the project's work folder."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    outcome: ContentOutcome
    digest: str = ""
    """Digest of the media and the classifier: another one makes the record void."""
    looked_at: int = 0
    """Pictures and frames."""
    flagged: int = 0
    """Pictures among them that showed what is refused."""
    worst: str = ""
    """The file, or kind of files, with the largest share of flagged pictures."""
    worst_share: float = 0.0
    """That share, 0..1."""


def read_content_record(folder: ProjectFolder) -> ContentRecord | None:
    """Return the record of a project, or None where there is none that can be read."""
    try:
        return ContentRecord.model_validate_json(read_inside(folder.path, folder.work / _FILE))
    except (OSError, ValidationError):
        return None


def write_content_record(folder: ProjectFolder, record: ContentRecord) -> None:
    """Keep the record.

    Raises:
        OutOfDisk: There is no room.
    """
    atomic.write_text(folder.work / _FILE, record.model_dump_json(indent=1))


_FILE = "content.json"
