"""Consent lets a project go on: both people have agreed, and the proof in the folder is what it was when recorded."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

from engine.errors import ConsentMissing, ProjectError, concerning
from engine.files.private_folder import make_private
from engine.files.safe_open import open_inside
from engine.project.folder import ProjectFolder
from engine.project.import_media import free_names
from engine.project.settings import Consent, ConsentBasis, ConsentRecord, Project
from engine.role import Role

_GRACE = dt.timedelta(days=1)
"""Dates are written where it may be tomorrow already. Consent that was given there holds here, and so does a
withdrawal; one that has ended is not stretched."""


def require_consent(project: Project, today: dt.date) -> None:
    """Let a project go on only where both people have agreed.

    Raises:
        ConsentMissing: A record is absent, has ended, was taken back, or lacks the statement of age.
    """
    for role in Role:
        require_consent_of(role, project.consent.of(role), today)


def require_consent_of(role: Role, consent: Consent | None, today: dt.date) -> None:
    """Let a project go on only where this person has agreed.

    Raises:
        ConsentMissing: As `require_consent`.
    """
    with concerning(role):
        _require_of(role, consent, today)


def _require_of(role: Role, consent: Consent | None, today: dt.date) -> None:
    words = role.person
    if consent is None:
        raise ConsentMissing(
            f"There is no record that {words} agreed.",
            f"Fill in [consent.{role}] in project.toml, or open the project in the wizard. Nothing was started.",
        )
    if consent.withdrawn_on is not None and consent.withdrawn_on <= today + _GRACE:
        raise ConsentMissing(
            f"The consent of {words} was withdrawn on {consent.withdrawn_on}.",
            "Work on this project has to end here; `understudio forget` deletes what was made from their face.",
        )
    if consent.valid_until is not None and consent.valid_until < today:
        raise ConsentMissing(
            f"The consent of {words} ended on {consent.valid_until}.",
            f"If it was renewed, put the new date at valid_until in [consent.{role}]. What was made is kept.",
        )
    if consent.recorded_on > today + _GRACE:
        raise ConsentMissing(
            f"The consent of {words} is dated {consent.recorded_on}, which is in the future.",
            f"Correct recorded_on in [consent.{role}], or the clock of this machine.",
        )
    if not consent.is_adult:
        raise ConsentMissing(
            f"Nobody has stated that {words} is an adult.",
            f"If that is so, put is_adult = true at [consent.{role}]. This tool does not work on minors.",
        )
    if consent.basis is ConsentBasis.MESSAGE and consent.evidence is None:
        raise ConsentMissing(
            f"The message in which {words} agreed is not there.",
            f"Put it, or a picture of it, into consent/, and name it at evidence in [consent.{role}].",
        )


def require_evidence(folder: ProjectFolder, project: Project) -> None:
    """Let a project go on only where the files that prove consent are what the record says.

    Raises:
        ConsentMissing: One is absent, lies elsewhere, or has another content than the one recorded.
    """
    for role in Role:
        require_evidence_of(role, project.consent.of(role), folder)


def require_evidence_of(role: Role, consent: Consent | None, folder: ProjectFolder) -> None:
    """Let a project go on only where the file that proves this person's consent is what the record says.

    Raises:
        ConsentMissing: As `require_evidence`.
    """
    with concerning(role):
        _require_evidence_of(role, consent, folder)


def _require_evidence_of(role: Role, consent: Consent | None, folder: ProjectFolder) -> None:
    if consent is None or consent.evidence is None:
        return
    setting = f"consent.{role}.evidence"
    hint = f"Put the right file in its place, or correct [consent.{role}] in project.toml. Nothing was started."
    try:
        path = folder.inside(consent.evidence, setting)
        with os.fdopen(open_inside(folder.path, path), "rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except ProjectError as error:
        raise ConsentMissing(error.title, hint) from error
    except OSError as error:
        raise ConsentMissing(f"{setting} cannot be read: {error.strerror}.", hint) from error
    if consent.evidence_sha256 not in (None, digest):
        raise ConsentMissing(f"{consent.evidence} is not the file that was recorded as proof of consent.", hint)


def with_evidence(record: ConsentRecord, proofs: Mapping[Role, Path], folder: ProjectFolder) -> ConsentRecord:
    """Return the record with the files that prove it, and their digests.

    Args:
        record: What was agreed.
        proofs: Files in the project's folder; a person without a record needs none.
        folder: Of the project.
    """
    proven = {role.value: _proven(record.of(role), proof, folder) for role, proof in proofs.items()}
    return record.model_copy(update=proven)


def evidence_place(evidence: Path, role: Role, folder: ProjectFolder) -> Path:
    """Return where a file that proves consent goes: what lies in the project already stays, no other is written over.

    Args:
        evidence: The file; one from another project bears the role already.
        role: Whose consent it proves.
        folder: Of the project; its folder for evidence is made.
    """
    if evidence.is_relative_to(folder.path):
        return evidence
    make_private(folder.consent)
    (place,) = free_names([Path(f"{role}-{evidence.name.removeprefix(f'{role}-')}")], folder.consent)
    return place


def _proven(consent: Consent | None, proof: Path, folder: ProjectFolder) -> Consent | None:
    if consent is None:
        return None
    with proof.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    named = proof.relative_to(folder.path).as_posix()
    return consent.model_copy(update={"evidence": named, "evidence_sha256": digest})
