"""Who signs results: a certificate that this installation makes for itself, or a studio's own.

What the installation's certificate proves, and what it does not, is said in `MEANING` and shown wherever a signature
is. A studio that wants more names its own certificate: `UNDERSTUDIO_CERTIFICATE` and `UNDERSTUDIO_KEY`, or the same two
in `signing.toml` in the user's configuration folder.
"""

from __future__ import annotations

import datetime as dt
import os
import secrets
import shutil
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pydantic import BaseModel, ConfigDict, ValidationError

from engine.errors import CertificateUnusable
from engine.files.refusal import refusal_of
from engine.host.home import config_folder, data_folder

MEANING = (
    "The signature proves that the file is unchanged since Understudio made it. "
    "The signer is this machine, not a public authority: it does not prove who the people in the picture are, "
    "nor who ran the machine."
)
STUDIO_MEANING = (
    "The signature proves that the file is unchanged since Understudio made it, and that whoever holds the studio's "
    "certificate signed it. It does not prove who the people in the picture are."
)

_VALID_YEARS = 20
"""Without a time-stamping service a signature can be checked only as long as its certificate lasts."""
_CHAIN, _KEY, _ROOT = "chain.pem", "key.pem", "root.pem"


@dataclass(frozen=True)
class SigningIdentity:
    """Certificate and key to sign with."""

    chain_pem: bytes
    """The certificates, signer first."""
    key_pem: bytes
    """The private key, unencrypted PKCS 8."""
    algorithm: str
    """Name of the algorithm in the C2PA specification: es256, es384, es512, ps256 or ed25519."""
    anchor_pem: bytes
    """The last certificate of the chain: whoever trusts it trusts the signer."""
    is_studios: bool
    """The certificate was configured, and not made by this installation."""

    def __repr__(self) -> str:
        return f"SigningIdentity({self.algorithm}, is_studios={self.is_studios})"


class _SigningFile(BaseModel):
    model_config = ConfigDict(extra="forbid")

    certificate: Path
    key: Path


def signing_identity() -> SigningIdentity:
    """Return the studio's certificate where one is configured, else this installation's, making it at first use.

    Raises:
        CertificateUnusable: It cannot be read, has ended, or others may read its key; the hint says what to fix.
    """
    configured = _configured()
    if configured is not None:
        return _load(configured.certificate, configured.key, is_studios=True)
    folder = certificate_folder()
    if not folder.is_dir():
        _make(folder)
    return _load(folder / _CHAIN, folder / _KEY, is_studios=False)


def known_anchors() -> bytes:
    """Return the certificates that verification trusts, PEM, one after another: empty where there are none.

    Raises:
        CertificateUnusable: As `signing_identity`.
    """
    root = certificate_folder() / _ROOT
    anchors = root.read_bytes() if root.exists() else b""
    if _configured() is not None:
        anchors += signing_identity().anchor_pem
    return anchors


def own_name() -> str:
    """Return the name in this installation's own certificate; empty where it has none yet."""
    root = certificate_folder() / _ROOT
    if not root.exists():
        return ""
    leaf = x509.load_pem_x509_certificates((certificate_folder() / _CHAIN).read_bytes())[0]
    return str(leaf.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)


def signing_places() -> tuple[Path, ...]:
    """Return the files and folders that signing reads.

    Raises:
        CertificateUnusable: As `signing_identity`.
    """
    configured = _configured()
    own = () if configured is None else (configured.certificate, configured.key)
    return (certificate_folder(), _configuration(), *(path.absolute() for path in own))


def signing_places_made() -> tuple[Path, ...]:
    """Return where the certificate lies, made at first use and outside the project: within bounds it is too late.

    Raises:
        CertificateUnusable: As `signing_identity`.
    """
    signing_identity()
    return signing_places()


def certificate_folder() -> Path:
    """Return where this installation keeps its own certificate."""
    return data_folder() / "certificate"


def _configured() -> _SigningFile | None:
    certificate, key = os.environ.get("UNDERSTUDIO_CERTIFICATE"), os.environ.get("UNDERSTUDIO_KEY")
    if certificate and key:
        return _SigningFile(certificate=Path(certificate), key=Path(key))
    if certificate or key:
        raise CertificateUnusable(
            "Of UNDERSTUDIO_CERTIFICATE and UNDERSTUDIO_KEY only one is set.",
            "Set both, or neither to use this machine's own certificate. Nothing is lost.",
        )
    path = _configuration()
    if not path.exists():
        return None
    try:
        return _SigningFile.model_validate(tomllib.loads(path.read_text()))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, ValidationError) as error:
        raise CertificateUnusable(
            f"{path} is not valid.",
            'It holds two lines, certificate = "/path/chain.pem" and key = "/path/key.pem". Nothing is lost.',
        ) from error


def _configuration() -> Path:
    return config_folder() / "signing.toml"


def _load(chain: Path, key: Path, *, is_studios: bool) -> SigningIdentity:
    hint = "Check the file" if is_studios else f"Move {chain.parent} away, and a new certificate is made"
    hint += ". Everything finished so far is kept."
    try:
        if key.stat().st_mode & 0o077:
            raise CertificateUnusable(f"Others may read the signing key {key}.", f"Run: chmod 600 {key}")
        chain_pem, key_pem = chain.read_bytes(), key.read_bytes()
        certificates = x509.load_pem_x509_certificates(chain_pem)
        private = load_pem_private_key(key_pem, None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise CertificateUnusable(f"The signing certificate cannot be read: {error}.", hint) from error
    leaf = certificates[0]
    if leaf.not_valid_after_utc < dt.datetime.now(dt.UTC):
        raise CertificateUnusable(f"The signing certificate ended on {leaf.not_valid_after_utc:%Y-%m-%d}.", hint)
    public = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if leaf.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) != public:
        raise CertificateUnusable("The signing key does not belong to the first certificate of the chain.", hint)
    pkcs8 = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    anchor = certificates[-1].public_bytes(Encoding.PEM)
    return SigningIdentity(chain_pem, pkcs8, _algorithm(private, hint), anchor, is_studios)


def _algorithm(key: object, hint: str) -> str:
    match key:
        case ec.EllipticCurvePrivateKey(curve=ec.SECP256R1()):
            return "es256"
        case ec.EllipticCurvePrivateKey(curve=ec.SECP384R1()):
            return "es384"
        case ec.EllipticCurvePrivateKey(curve=ec.SECP521R1()):
            return "es512"
        case rsa.RSAPrivateKey():
            return "ps256"
        case ed25519.Ed25519PrivateKey():
            return "ed25519"
        case _:
            raise CertificateUnusable("Content credentials cannot be signed with a key of this kind.", hint)


def _make(folder: Path) -> None:
    """Make root and leaf, and throw the root's key away: nothing else can ever be signed under it.

    Raises:
        CertificateUnusable: Its place may not be written.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=".certificate-", dir=folder.parent))
    except OSError as error:
        why = refusal_of(error)
        raise CertificateUnusable(
            f"The certificate that signs results cannot be made: {why.title if why else error}",
            "Set HOME, or XDG_DATA_HOME, to a folder that may be written, or name a certificate of your own in "
            "UNDERSTUDIO_CERTIFICATE and UNDERSTUDIO_KEY. Nothing is lost.",
        ) from error
    try:
        root_key, leaf_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        number = secrets.token_hex(4)
        root_name = _name(f"Understudio installation {number}, root")
        root = _certificate(root_name, root_name, root_key, root_key, is_root=True)
        leaf = _certificate(_name(f"Understudio installation {number}"), root_name, leaf_key, root_key, is_root=False)
        root_pem, leaf_pem = root.public_bytes(Encoding.PEM), leaf.public_bytes(Encoding.PEM)
        _write(partial / _KEY, leaf_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        _write(partial / _CHAIN, leaf_pem + root_pem)
        _write(partial / _ROOT, root_pem)
        # Two processes may be here at once. A folder is never renamed over one that has something in it, so one of
        # them wins, and both then load the winner's.
        partial.rename(folder)
    except OSError:
        if not folder.is_dir():
            raise
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _name(common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Understudio"),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def _certificate(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    issuer_key: ec.EllipticCurvePrivateKey,
    *,
    is_root: bool,
) -> x509.Certificate:
    """Return a certificate of the profile that C2PA validators accept (specification 2.2, section 14.5)."""
    # A clock that was put right a little meanwhile must not make the certificate one of the future.
    start = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
    builder = (
        x509.CertificateBuilder(issuer, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + dt.timedelta(days=365 * _VALID_YEARS))
        .add_extension(x509.BasicConstraints(ca=is_root, path_length=0 if is_root else None), critical=True)
        .add_extension(_usage(is_root=is_root), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
    )
    if not is_root:
        # Of the purposes that validators take, this is the one that all of them do.
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False)
    return builder.sign(issuer_key, hashes.SHA256())


def _usage(*, is_root: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not is_root,
        key_cert_sign=is_root,
        crl_sign=is_root,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _write(path: Path, content: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
