"""What can be said about a file, for people and for scripts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from enum import IntEnum, StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict


class Verdict(StrEnum):
    """What the marks of a file prove."""

    UNCHANGED = "unchanged"
    """Made by Understudio, and the file is what was signed."""
    CHANGED = "changed"
    """Carries Understudio's credentials, and is not what was signed."""
    STRIPPED = "stripped"
    """Shows or carries a mark of Understudio's kind, but the signed credentials are gone."""
    OTHER_MAKER = "other-maker"
    """Carries the credentials of something else."""
    UNMARKED = "unmarked"
    """Nothing was found: it was not made by Understudio, or every mark was removed."""
    UNREADABLE = "unreadable"
    """It is not there, may not be read, or is no file."""


class SignedBy(StrEnum):
    """Whose certificate it was."""

    THIS_MACHINE = "this-machine"
    STUDIO = "studio"
    """The one that this installation is configured to use."""
    STRANGER = "stranger"
    """Nobody that this machine knows: another installation, or somebody who pretends to be one."""


class VerifyExit(IntEnum):
    """How `understudio verify` ends, worst last; of several files, the worst one counts."""

    UNCHANGED = 0
    """Made by Understudio, unchanged, signed by this machine or its studio."""
    STRANGER = 4
    """As 0, but the signer is not known here."""
    CONSENT_DIFFERS = 5
    """Unchanged, but not made under the consent record of the project asked about."""
    STRIPPED = 6
    CHANGED = 7
    NOT_OURS = 8
    """Another maker's credentials, or none."""
    UNREADABLE = 9


class Verification(BaseModel):
    """What was found about one file."""

    model_config = ConfigDict(frozen=True)

    file: str
    verdict: Verdict
    signed_by: SignedBy | None = None
    signer: str = ""
    """The name in the certificate."""
    maker: str = ""
    """The program that the credentials name."""
    version: str = ""
    made_at: dt.datetime | None = None
    """By the clock of the machine that made it."""
    model_sha256: str = ""
    consent_sha256: str = ""
    consent_matches: bool | None = None
    """With the project asked about; None where none was, or nothing is stated."""
    label_stated: bool | None = None
    """What the credentials say about the label; None where they say nothing."""
    label_off_reason: str = ""
    label_seen: bool | None = None
    """It was found in the picture; None where nobody looked or could."""
    content_check: str = ""
    has_second_layer: bool = False
    """The unsigned IPTC digital source type is in the file."""
    keeps_original_credentials: bool = False
    """The original had credentials of its own, which are inside."""
    problems: tuple[str, ...] = ()
    """C2PA status codes of what does not hold."""

    @property
    def exit_code(self) -> VerifyExit:
        """What a script is told."""
        match self.verdict:
            case Verdict.UNCHANGED if self.consent_matches is False:
                return VerifyExit.CONSENT_DIFFERS
            case Verdict.UNCHANGED if self.signed_by is SignedBy.STRANGER:
                return VerifyExit.STRANGER
            case Verdict.UNCHANGED:
                return VerifyExit.UNCHANGED
            case Verdict.CHANGED:
                return VerifyExit.CHANGED
            case Verdict.STRIPPED:
                return VerifyExit.STRIPPED
            case Verdict.OTHER_MAKER | Verdict.UNMARKED:
                return VerifyExit.NOT_OURS
            case Verdict.UNREADABLE:
                return VerifyExit.UNREADABLE


class VerificationReport(BaseModel):
    """What was found about all files asked about."""

    model_config = ConfigDict(frozen=True)

    meaning: str = ""
    """What a signature proves and what it does not."""
    files: tuple[Verification, ...]


def in_words(found: Verification) -> list[str]:
    """Return the findings as sentences, the verdict first."""
    return [_verdict(found), *_signer(found), *_label(found), *_consent(found), *_particulars(found)]


def worst(found: Sequence[Verification]) -> VerifyExit:
    """Return the exit code for several files."""
    return max((each.exit_code for each in found), default=VerifyExit.UNCHANGED)


def _verdict(found: Verification) -> str:
    made = f"Understudio {found.version}" if found.version else "Understudio"
    if found.made_at is not None:
        made += f" on {found.made_at:%Y-%m-%d at %H:%M} UTC"
    match found.verdict:
        case Verdict.UNCHANGED if found.signed_by is SignedBy.STRANGER:
            return f"Says that it was made by {made}, and is unchanged since it was signed."
        case Verdict.UNCHANGED:
            return f"Made by {made}, and unchanged since."
        case Verdict.CHANGED:
            return f"CHANGED after it was made by {made}: the file is not what was signed."
        case Verdict.OTHER_MAKER if found.version:
            return f"Made by {made}, and worked on since by {found.maker or 'another program'}."
        case Verdict.OTHER_MAKER:
            return f"Not made by Understudio. It carries the credentials of {found.maker or 'an unnamed program'}."
        case (Verdict.STRIPPED | Verdict.UNMARKED | Verdict.UNREADABLE) as without:
            return _without_credentials(without)


def _without_credentials(verdict: Literal[Verdict.STRIPPED, Verdict.UNMARKED, Verdict.UNREADABLE]) -> str:
    match verdict:
        case Verdict.STRIPPED:
            return (
                "STRIPPED: it bears a mark that Understudio puts on its results, but the signed credentials are gone."
            )
        case Verdict.UNMARKED:
            return "No mark was found: not made by Understudio, or every mark was removed."
        case Verdict.UNREADABLE:
            return "It cannot be read."


def _signer(found: Verification) -> list[str]:
    match found.signed_by:
        case SignedBy.THIS_MACHINE:
            return [f"Signed by this machine ({found.signer})."]
        case SignedBy.STUDIO:
            return [f"Signed with the studio's certificate ({found.signer})."]
        case SignedBy.STRANGER:
            name = found.signer or "no name"
            return [f"Signed by somebody this machine does not know ({name}): anybody can take any name."]
        case None:
            return []


def _label(found: Verification) -> list[str]:
    seen = {True: "It is in the picture.", False: "It was not found in the picture.", None: ""}[found.label_seen]
    if found.label_stated is None:
        return ['Label "AI MODIFIED": ' + seen[0].lower() + seen[1:]] if found.label_seen else []
    if found.label_stated:
        return [f'Label "AI MODIFIED": put in. {seen}'.rstrip()]
    return [f'Label "AI MODIFIED": switched off, for this reason: {found.label_off_reason}']


def _consent(found: Verification) -> list[str]:
    match found.consent_matches:
        case True:
            return ["Consent: made under the consent record of this project as it is now."]
        case False:
            return ["Consent: NOT made under the consent record of this project as it is now."]
        case None if found.consent_sha256:
            return [f"Consent record: SHA-256 {found.consent_sha256}; --project FOLDER compares it."]
        case None:
            return []


def _particulars(found: Verification) -> list[str]:
    lines = []
    if found.model_sha256:
        lines.append(f"Model: SHA-256 {found.model_sha256}.")
    if found.content_check:
        lines.append(f"Look for sexual content: {found.content_check}.")
    if found.keeps_original_credentials:
        lines.append("The original's own credentials are inside.")
    if found.problems:
        lines.append(f"What does not hold: {', '.join(found.problems)}.")
    return lines
