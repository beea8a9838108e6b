"""Where a picture came from and under which licence: a sidecar beside each gathered picture.

The sidecar of `source/openverse-3f2a.jpg` is `source/openverse-3f2a.jpg.origin.json`. It moves with its picture, into
projects made from a folder too, and the list of authors in the report is read from nothing else.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from engine.files import atomic
from engine.text import printable

OWN_VIDEO = "video"
"""The provider of frames from a video of the person's own, who needs no naming."""
SIDECAR = ".origin.json"
"""What the name of a sidecar ends with, after the whole name of its picture."""

ATTRIBUTION = "ATTRIBUTION.txt"
"""Name of the list of authors in `result/`."""

_TEXT_LETTERS = 300


class Credits(BaseModel):
    """Whose a picture is and where it lies, as far as somebody says."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    provider: str
    """Who named it: openverse, commons, duckduckgo, bing, link, video."""
    file_url: str
    """Where the picture itself was fetched; of a video's frame, its path and time."""
    page_url: str = ""
    """The page that shows it."""
    title: str = ""
    author: str = ""
    author_url: str = ""
    licence: str = ""
    """As people write it, `CC BY-SA 4.0`; empty where it is not known."""
    licence_url: str = ""


class Origin(Credits):
    """What is known of a picture that somebody else made."""

    sha256: str = ""
    """SHA-256 of the picture's file."""
    fetched_at: dt.datetime


def sidecar_of(picture: Path) -> Path:
    """Return where the sidecar of a picture lies, or would."""
    return picture.with_name(atomic.fitting_name(picture.name, SIDECAR))


def write_origin(picture: Path, origin: Origin) -> None:
    """Put the sidecar beside a picture in one step.

    Raises:
        OutOfDisk: There is no room.
    """
    atomic.write_text(sidecar_of(picture), origin.model_dump_json(indent=1) + "\n")


def read_origin(picture: Path) -> Origin | None:
    """Return what the sidecar of a picture says, or None where there is none that can be read."""
    try:
        return Origin.model_validate_json(sidecar_of(picture).read_bytes())
    except (OSError, ValidationError):
        return None


def origins_in(folders: Iterable[Path]) -> tuple[Origin, ...]:
    """Return the origins of the pictures in some folders that somebody else made, ordered by name."""
    pictures = (
        path.with_name(path.name.removesuffix(SIDECAR))
        for folder in folders
        for path in sorted(folder.rglob(f"*{SIDECAR}"))
        if path.is_file()
    )
    found = (read_origin(picture) for picture in pictures if picture.is_file())
    return tuple(origin for origin in found if origin is not None and origin.provider != OWN_VIDEO)


def credit(origin: Origin) -> str:
    """Return the line that names title, author, licence and source, as Creative Commons asks for."""
    title = f"“{_text(origin.title)}”" if origin.title else "A picture"
    by = f" by {_text(origin.author)}" if origin.author else ""
    licence = _text(origin.licence) or "licence not known"
    address = f" ({_text(origin.licence_url)})" if origin.licence_url else ""
    return f"{title}{by}, {licence}{address}; {_text(origin.page_url or origin.file_url)}"


def attribution_text(origins: Sequence[Origin]) -> str:
    """Return the content of the ATTRIBUTION file."""
    lines = [
        "The faces in this result were learnt, among others, from these pictures.",
        "They were changed: found, aligned, and learnt from by a model.",
        "",
        *(f"- {credit(origin)}" for origin in origins),
        "",
    ]
    if any("SA" in origin.licence for origin in origins):
        lines += ["ShareAlike (SA) licences ask that what is made from a picture is shared under the same licence.", ""]
    return "\n".join([*lines, "A licence of a picture is not the consent of the person in it.", ""])


def _text(stranger: str) -> str:
    return printable(" ".join(stranger.split()), _TEXT_LETTERS)
