"""Change what is recorded of one person's consent, at any time. Touches files: call from a worker."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

from engine.errors import ConsentMissing, ProjectError
from engine.files import atomic
from engine.project.consent import evidence_place, with_evidence
from engine.project.folder import ProjectFolder
from engine.project.settings import Consent, Project
from engine.role import Role


def record_consent(folder: ProjectFolder, role: Role, consent: Consent, evidence: Path | None) -> Project:
    """Put another record in the place of the one there is, and return the project with it.

    Args:
        folder: Of the project.
        role: Whose consent it is.
        consent: What holds from now on; its `evidence` is filled in here.
        evidence: A file that proves it, anywhere; it is copied into `consent/` unless it lies in the project already.

    Raises:
        ProjectError: The evidence is not there, or the project file is not valid; nothing was changed.
        OutOfDisk: There is no room; nothing was changed.
    """
    project = folder.load()
    record = project.consent.model_copy(update={role.value: consent})
    if evidence is not None:
        record = with_evidence(record, {role: _brought(evidence, role, folder)}, folder)
    changed = project.model_copy(update={"consent": record})
    folder.save(changed)
    return changed


def withdraw_consent(folder: ProjectFolder, role: Role, today: dt.date) -> Project:
    """Record that a person takes their consent back: nothing runs from now on. Returns the project as it is then.

    Raises:
        ConsentMissing: There is none that could be taken back.
        ProjectError: The project file is not valid; nothing was changed.
        OutOfDisk: There is no room; nothing was changed.
    """
    project = folder.load()
    consent = project.consent.of(role)
    if consent is None:
        raise ConsentMissing(
            f"There is no record that {role.person} agreed.", "So nothing can be taken back, and nothing runs."
        )
    withdrawn = consent.model_copy(update={"withdrawn_on": today})
    changed = project.model_copy(
        update={"consent": project.consent.model_copy(update={role.value: withdrawn})},
    )
    folder.save(changed)
    return changed


def _brought(evidence: Path, role: Role, folder: ProjectFolder) -> Path:
    if not evidence.is_file():
        raise ProjectError(f"The evidence file {evidence} is not there.", "Correct its path. Nothing was changed.")
    place = evidence_place(evidence, role, folder)
    if place == evidence:
        return place
    with atomic.new_file(place) as partial:
        shutil.copyfile(evidence, partial)
    return place
