"""What is recorded of a person's consent, and whether it holds, in words. Looks for evidence: call from a worker."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from engine.errors import ConsentMissing
from engine.project.consent import require_consent_of, require_evidence_of
from engine.project.folder import ProjectFolder
from engine.project.settings import Consent, ConsentBasis, Project
from engine.role import Role

OUT_OF_REACH = "Copies that were made elsewhere are out of reach: delete those, too, and take back what was published."


def basis_words(basis: ConsentBasis) -> tuple[str, str]:
    """Return the name of a basis, as it is asked for, and what it says."""
    match basis:
        case ConsentBasis.SELF:
            return "Myself", "it is my own face"
        case ConsentBasis.MESSAGE:
            return "A message", "they wrote that I may; the message is kept"
        case ConsentBasis.WRITTEN_RELEASE:
            return "A signed paper", "they signed on paper that I may"
        case ConsentBasis.LICENCE:
            return "A licence", "made for all to use, and the person knew that"
        case ConsentBasis.PUBLIC_DOMAIN:
            return "Nobody's any more", "so old that the person's rights have ended"
        case ConsentBasis.TEST_ACTOR:
            return "A test recording", "filmed by this person for tries like this"


def basis_label(basis: ConsentBasis | None) -> str:
    """Return the name of a basis; empty where none was chosen."""
    return basis_words(basis)[0] if basis is not None else ""


def consent_facts(consent: Consent | None) -> Sequence[tuple[str, str]]:
    """Return all that is recorded of a consent, each with what it is."""
    if consent is None:
        return ()
    facts = (
        ("Basis", basis_label(consent.basis)),
        ("Who agreed to what", consent.note),
        ("Evidence", consent.evidence or "none"),
        ("Given by", consent.given_by),
        ("Agreed on", str(consent.recorded_on)),
        ("Valid until", str(consent.valid_until or "does not end")),
        ("Withdrawn on", str(consent.withdrawn_on or "")),
        ("Purpose", consent.purpose),
        ("Scope", consent.scope),
        ("Adult", "yes" if consent.is_adult else "not stated"),
    )
    return tuple((label, value) for label, value in facts if value)


def consent_problem(role: Role, project: Project, folder: ProjectFolder, today: dt.date) -> ConsentMissing | None:
    """Return why a person's consent does not let the project go on; None where it does."""
    try:
        require_consent_of(role, project.consent.of(role), today)
        require_evidence_of(role, project.consent.of(role), folder)
    except ConsentMissing as error:
        return error
    return None
