"""Publish a result: mark it, sign it, read it back, verify it, and only then rename it into place."""

from __future__ import annotations

from pathlib import Path

from engine.errors import VerificationFailed
from engine.files import atomic
from engine.project.folder import CREDENTIALS_SUFFIX
from engine.provenance.certificate import SigningIdentity, signing_identity
from engine.provenance.credentials import CredentialsDamaged, read, sign
from engine.provenance.manifest import ResultFacts, tool_and_version
from engine.provenance.xmp import with_xmp

__all__ = ["ResultFacts", "publish"]


def publish(unsigned: Path, final: Path, facts: ResultFacts) -> None:
    """Sign a finished file and put it in its place, replacing what was there.

    The digital source type goes in as XMP first, where the container has a place for it (`engine.provenance.xmp`), so
    that the signature covers it. Credentials go into the file, or beside it with the suffix `.c2pa` where the container
    (Matroska) cannot hold them.

    Args:
        unsigned: Complete and closed; it is not changed.
        final: Has the same suffix.
        facts: What the credentials state.

    Raises:
        CertificateUnusable: There is nothing to sign with.
        VerificationFailed: The file could not be signed, or did not verify when read back; `final` is untouched.
        OutOfDisk: There was no room; `final` is untouched.
    """
    identity = signing_identity()
    with atomic.new_file(final) as partial, unsigned.open("rb") as file:
        sidecar = sign(with_xmp(file, final.suffix, tool_and_version()), partial, facts, identity)
        _check(partial, sidecar, facts, identity)
        if sidecar is not None:
            atomic.write_bytes(final.with_suffix(CREDENTIALS_SUFFIX), sidecar)


def _check(signed: Path, sidecar: bytes | None, facts: ResultFacts, identity: SigningIdentity) -> None:
    """Read the file back as a stranger would.

    Raises:
        VerificationFailed: It does not prove what it was signed to prove.
    """
    try:
        credentials = read(signed, identity.anchor_pem, sidecar)
    except CredentialsDamaged:
        credentials = None
    held = (
        credentials is not None
        and credentials.is_ours
        and credentials.is_intact
        and credentials.is_trusted
        and credentials.is_composite
        and credentials.swap is not None
        and credentials.swap.consent_sha256 == facts.consent_sha256
    )
    if not held:
        reason = ", ".join(credentials.failures) if credentials and credentials.failures else "no valid credentials"
        raise VerificationFailed(
            f"The signed result did not verify when read back ({reason}).",
            "Start again. The original is untouched, and the result was not put in its place.",
        )
