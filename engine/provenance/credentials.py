"""Sign files with content credentials and read them back: the only door to the C2PA library.

Nothing here asks the network: no time-stamping service, no remote manifests, no revocation lists.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import c2pa

from engine.errors import VerificationFailed
from engine.provenance.certificate import SigningIdentity
from engine.provenance.manifest import Credentials, ResultFacts, ingredient, manifest_for, parse_credentials

_MIMES = {
    ".mp4": "video/mp4",
    ".m4v": "video/mp4",
    ".mov": "video/quicktime",
    ".avi": "video/avi",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".webp": "image/webp",
    ".tif": "image/tiff",
    ".tiff": "image/tiff",
    ".gif": "image/gif",
    ".avif": "image/avif",
    ".heic": "image/heic",
}
_UNKNOWN_MIME = "application/octet-stream"


class CredentialsDamaged(Exception):
    """There are credentials, and they cannot be read; the message is the library's."""


def holds_credentials(suffix: str) -> bool:
    """Return whether containers of this suffix take credentials into themselves."""
    return suffix.lower() in _MIMES


def sign(content: io.BufferedIOBase, out: Path, facts: ResultFacts, identity: SigningIdentity) -> bytes | None:
    """Write the signed file.

    Args:
        content: What to sign.
        out: Where the signed file goes; its suffix names the container.
        facts: What to state.
        identity: Who signs.

    Returns:
        The credentials, where the container cannot hold them; None where they are in the file.

    Raises:
        VerificationFailed: The library could not sign it.
    """
    mime = _MIMES.get(out.suffix.lower(), _UNKNOWN_MIME)
    info = c2pa.C2paSignerInfo(identity.algorithm.encode(), identity.chain_pem, identity.key_pem, None)
    manifest = manifest_for(facts, mime, dt.datetime.now(dt.UTC))
    try:
        with (
            _context(identity.anchor_pem) as context,
            c2pa.Signer.from_info(info) as signer,
            c2pa.Builder(manifest, context) as builder,
            out.open("w+b") as signed,
        ):
            if facts.parent is not None:
                _add_parent(builder, facts.parent)
            if not holds_credentials(out.suffix):
                builder.set_no_embed()
            credentials: bytes = builder.sign(signer, mime, content, signed)
    except c2pa.C2paError as error:
        raise VerificationFailed(
            f"The result could not be signed: {error}.",
            "Start again. The original is untouched, and no unsigned result was put in its place.",
        ) from error
    return None if holds_credentials(out.suffix) else credentials


def read(path: Path, anchors: bytes, sidecar: bytes | None = None) -> Credentials | None:
    """Return what the credentials of a file say and whether they hold, or None where it has none.

    Args:
        path: Anyone's file.
        anchors: PEM certificates to trust.
        sidecar: Credentials beside the file, used instead of any inside it.

    Raises:
        CredentialsDamaged: They, or the file, are too damaged to be read.
        OSError: The file cannot be read.
    """
    mime = _MIMES.get(path.suffix.lower(), _UNKNOWN_MIME if sidecar else "")
    try:
        with (
            path.open("rb") as file,
            _context(anchors) as context,
            c2pa.Reader(mime or None, file, sidecar, context=context) as reader,
        ):
            credentials = parse_credentials(reader.json())
    except (c2pa.C2paError.ManifestNotFound, c2pa.C2paError.NotSupported):
        return None
    except c2pa.C2paError as error:
        raise CredentialsDamaged(str(error)) from error
    if credentials is None:
        raise CredentialsDamaged("the library's report has an unknown shape")
    return credentials


@contextmanager
def _context(anchors: bytes) -> Iterator[c2pa.Context]:
    trust = {"trust_anchors": anchors.decode()} if anchors else {}
    verify = {"verify_trust": True, "remote_manifest_fetch": False, "ocsp_fetch": False}
    with c2pa.Context.from_dict({"trust": trust, "verify": verify}) as context:
        yield context


def _add_parent(builder: c2pa.Builder, parent: Path) -> None:
    """Name the original, with the credentials of its own that it may have."""
    mime = _MIMES.get(parent.suffix.lower(), _UNKNOWN_MIME)
    with parent.open("rb") as file:
        try:
            builder.add_ingredient(ingredient(), mime, file)
        except c2pa.C2paError:
            # Credentials so damaged that they cannot be read cannot be kept either. As a file of no known kind, the
            # original is named without anything being looked for inside it.
            builder.add_ingredient(ingredient(), _UNKNOWN_MIME, io.BytesIO())
