"""The proof of consent that a project names: it has to be in the folder, and be what it was when it was recorded."""

from __future__ import annotations

import hashlib
import os

from engine.errors import ConsentMissing, ProjectError
from engine.inside import open_inside
from engine.project.folder import ProjectFolder
from engine.project.settings import Project


def require_evidence(folder: ProjectFolder, project: Project) -> None:
    """Let a project go on only where the files that prove consent are what the record says.

    Raises:
        ConsentMissing: One is absent, lies elsewhere, or has another content than the one recorded.
    """
    for role, consent in (("source", project.consent.source), ("target", project.consent.target)):
        if consent is None or consent.evidence is None:
            continue
        setting = f"consent.{role}.evidence"
        hint = f"Put the right file in its place, or mend [consent.{role}] in project.toml. Nothing was started."
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
