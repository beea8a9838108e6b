"""Verify whether a file was made by Understudio, and whether it is unchanged."""

from __future__ import annotations

from pathlib import Path

from engine.project.folder import CREDENTIALS_SUFFIX
from engine.provenance.certificate import known_anchors, own_name
from engine.provenance.credentials import CredentialsDamaged, holds_credentials, read
from engine.provenance.label_detection import file_shows_label
from engine.provenance.manifest import SWAP_LABEL, Credentials
from engine.provenance.xmp import mentions, states_source_type
from engine.records.verification import SignedBy, Verdict, Verification


def verify(path: Path, consent_sha256: str | None = None, *, detect_label: bool = False) -> Verification:
    """Return what can be said about a file.

    Args:
        path: A file of any origin.
        consent_sha256: Digest of the consent record to compare with; None where there is none to compare.
        detect_label: Detect the label in the picture, which takes decoding its beginning. In a file without
            credentials it is detected in any case.

    Raises:
        CertificateUnusable: This installation's certificate cannot be read.
    """
    try:
        credentials = _credentials(path)
        has_second_layer = states_source_type(path)
    except CredentialsDamaged as damage:
        return Verification(file=str(path), verdict=Verdict.CHANGED, problems=(str(damage),))
    except OSError as error:
        return Verification(file=str(path), verdict=Verdict.UNREADABLE, problems=(error.strerror or str(error),))
    seen = file_shows_label(path) if detect_label or credentials is None else None
    if credentials is None:
        is_marked = bool(seen) or has_second_layer
        verdict = Verdict.STRIPPED if is_marked else Verdict.UNMARKED
        return Verification(file=str(path), verdict=verdict, label_seen=seen, has_second_layer=has_second_layer)
    found = _stated(path, credentials, consent_sha256)
    return found.model_copy(update={"label_seen": seen, "has_second_layer": has_second_layer})


def _credentials(path: Path) -> Credentials | None:
    """Return what the file or its sidecar states.

    Raises:
        CredentialsDamaged: They cannot be read, and were ours: our name is still in them.
        OSError: The file cannot be read.
    """
    beside = path.with_suffix(CREDENTIALS_SUFFIX)
    sidecar = beside.read_bytes() if not holds_credentials(path.suffix) and beside.is_file() else None
    try:
        return read(path, known_anchors(), sidecar)
    except CredentialsDamaged:
        if mentions(path, SWAP_LABEL.encode()):
            raise
        return None


def _stated(path: Path, credentials: Credentials, consent_sha256: str | None) -> Verification:
    swap = credentials.swap
    if not credentials.is_ours:
        verdict = Verdict.OTHER_MAKER
    else:
        verdict = Verdict.UNCHANGED if credentials.is_intact else Verdict.CHANGED
    found = Verification(
        file=str(path),
        verdict=verdict,
        signed_by=_signed_by(credentials),
        signer=credentials.signer.common_name or credentials.signer.issuer or "",
        maker=credentials.maker,
        keeps_original_credentials=credentials.has_parent_credentials,
        problems=credentials.failures,
    )
    if swap is None:
        return found
    matches = None if consent_sha256 is None else swap.consent_sha256 == consent_sha256
    stated = {
        "version": swap.version,
        "made_at": swap.made_at,
        "model_sha256": swap.model_sha256,
        "consent_sha256": swap.consent_sha256,
        "consent_matches": matches,
        "label_stated": swap.label,
        "label_off_reason": swap.label_off_reason,
        "content_check": swap.content_check,
    }
    return found.model_copy(update=stated)


def _signed_by(credentials: Credentials) -> SignedBy:
    if not credentials.is_trusted:
        return SignedBy.STRANGER
    # Of the two that are trusted, only this installation's own certificate has this name.
    return SignedBy.THIS_MACHINE if credentials.signer.common_name == own_name() else SignedBy.STUDIO
