"""One person's agreement as typed: what is missing in it, the record it makes, and the file that proves it."""

from __future__ import annotations

import contextlib
import datetime as dt
import tempfile
from collections.abc import Iterator
from pathlib import Path

from engine.project.folder import ProjectFolder
from engine.project.settings import Consent, ConsentBasis
from tui.drafts.answers import ConsentAnswers
from tui.drafts.paths import typed_paths

_MESSAGE = "message.txt"
"""Name of the file that keeps the words of a message."""


def consent_faults(consent: ConsentAnswers, today: dt.date) -> dict[str, str]:
    """Return what to do about each answer that is missing or cannot be used, by its name. Pure."""
    found = {}
    if consent.basis is None:
        found["basis"] = "Choose one."
    if len(consent.note.strip()) < 3:
        found["note"] = "Say in a few words who agreed, and to what."
    if consent.basis is ConsentBasis.MESSAGE and not consent.evidence.strip():
        found["evidence"] = "Paste the message, or give the path of a picture of it."
    if consent.basis is ConsentBasis.WRITTEN_RELEASE and not consent.given_by.strip():
        found["given_by"] = "Say who signed the paper."
    recorded = parse_date(consent.recorded_on) if consent.recorded_on.strip() else today
    if recorded is None or recorded > today:
        found["recorded_on"] = f"Give a day up to today, such as {today}."
    until = parse_date(consent.valid_until)
    if consent.valid_until.strip() and (until is None or until < today):
        found["valid_until"] = "Give a day from today on, or leave it empty."
    if not consent.is_adult:
        found["is_adult"] = "Only for adults: this has to be stated."
    return found


def evidence_fault(consent: ConsentAnswers) -> str:
    """Return what is wrong with the evidence; empty where nothing is. Reads the disk: call from a worker."""
    path = _path_of(consent)
    return "" if path is None or path.is_file() else f"There is no file {path}."


def to_consent(consent: ConsentAnswers, today: dt.date) -> Consent:
    """Return the record that complete answers make, without its evidence.

    Raises:
        ValueError: Something is missing; `consent_faults` says what.
    """
    if consent.basis is None:
        raise ValueError("the basis of the consent is missing")
    return Consent(
        basis=consent.basis,
        note=consent.note.strip(),
        given_by=consent.given_by.strip(),
        recorded_on=parse_date(consent.recorded_on) or today,
        valid_until=parse_date(consent.valid_until),
        purpose=consent.purpose.strip(),
        is_adult=consent.is_adult,
    )


def from_consent(consent: Consent | None, folder: ProjectFolder) -> ConsentAnswers:
    """Return the answers that make a record; none where it was withdrawn: whoever agrees again has to say so anew."""
    if consent is None or consent.withdrawn_on is not None:
        return ConsentAnswers()
    return ConsentAnswers(
        basis=consent.basis,
        note=consent.note,
        given_by=consent.given_by,
        recorded_on=str(consent.recorded_on),
        valid_until=str(consent.valid_until or ""),
        purpose=consent.purpose,
        evidence=str(folder.path / consent.evidence) if consent.evidence else "",
        is_adult=consent.is_adult,
    )


@contextlib.contextmanager
def evidence_file(consent: ConsentAnswers) -> Iterator[Path | None]:
    """Yield the file that proves it, if any: the one that was named, or one with the words of the message."""
    path = _path_of(consent)
    if path is not None or not consent.evidence.strip():
        yield path
        return
    with tempfile.TemporaryDirectory() as place:
        written = Path(place) / _MESSAGE
        written.write_text(f"{consent.evidence.strip()}\n", "utf-8")
        yield written


def parse_date(text: str) -> dt.date | None:
    """Return a date written as 2026-11-24, or None."""
    try:
        return dt.date.fromisoformat(text.strip())
    except ValueError:
        return None


def _path_of(consent: ConsentAnswers) -> Path | None:
    """Return the path that was given, or None where it is the words of a message, or nothing."""
    text = consent.evidence.strip()
    is_words = consent.basis is ConsentBasis.MESSAGE and " " in text and text[0] not in "/~.'\"" and "://" not in text
    return None if is_words else next(iter(typed_paths(text, Path.cwd())), None)
