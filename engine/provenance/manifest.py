"""What a result's content credentials state, in the form of the C2PA specification (C2PA 2.2, section 18).

No names: people appear only as the SHA-256 of their consent record, and titles are ours, since those of projects and
files tend to carry names.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from engine.provenance.xmp import COMPOSITE

TOOL = "Understudio"
SWAP_LABEL = "org.understudio.swap"
PARENT_ID = "parent"
"""What the manifest calls the original video among its ingredients."""

_TITLE, _PARENT_TITLE = "Video or picture with a replaced face", "The original"


@dataclass(frozen=True, kw_only=True)
class ResultFacts:
    """The facts that the credentials state about a result."""

    consent_sha256: str
    """Digest of the consent record, `ConsentRecord.fingerprint()`."""
    model_sha256: str
    """Digest of the trained model's weights; empty where there was no model."""
    label: bool
    """The picture shows the words "AI MODIFIED"."""
    label_off_reason: str = ""
    """Why it does not, in the words of the person who switched it off."""
    parent: Path | None = None
    """What was changed: the target video, or the result that a comparison was cut from."""
    content_check: str = ""
    """Outcome of the check for sexual content, `ContentRecord.outcome`; empty where it does not apply."""


class Swap(BaseModel):
    """Our own assertion in the manifest."""

    model_config = ConfigDict(frozen=True)

    version: str
    made_at: dt.datetime
    """Time by the clock of the machine that made it; no authority vouches for it."""
    consent_sha256: str
    model_sha256: str
    label: bool
    label_off_reason: str = ""
    content_check: str = ""


def tool_and_version() -> str:
    """Return what made a result, in one word and a number."""
    return f"{TOOL} {version('understudio')}"


def manifest_for(facts: ResultFacts, mime: str, now: dt.datetime) -> dict[str, object]:
    """Return the manifest definition that the C2PA library builds from."""
    release = version("understudio")
    agent = {"name": TOOL, "version": release}
    when = now.isoformat(timespec="seconds")
    swap = Swap(version=release, made_at=now, **_stated(facts))
    edited = {
        "action": "c2pa.edited",
        "when": when,
        "digitalSourceType": COMPOSITE,
        "softwareAgent": agent,
        "description": "A person's face was replaced by another's, made by a trained autoencoder.",
    }
    begun: dict[str, object] = {"action": "c2pa.created", "digitalSourceType": COMPOSITE, "softwareAgent": agent}
    if facts.parent is not None:
        begun = {"action": "c2pa.opened", "parameters": {"ingredientIds": [PARENT_ID]}, "softwareAgent": agent}
    return {
        "claim_generator_info": [agent],
        "title": _TITLE,
        "format": mime,
        "assertions": [
            {"label": "c2pa.actions.v2", "data": {"actions": [begun, edited]}},
            {"label": SWAP_LABEL, "data": swap.model_dump(mode="json")},
        ],
    }


def ingredient() -> dict[str, object]:
    """Return the definition of the original as an ingredient; its own credentials come along by themselves."""
    return {"title": _PARENT_TITLE, "relationship": "parentOf", "label": PARENT_ID}


def _stated(facts: ResultFacts) -> dict[str, str | bool]:
    return {
        "consent_sha256": facts.consent_sha256,
        "model_sha256": facts.model_sha256,
        "label": facts.label,
        "label_off_reason": "" if facts.label else facts.label_off_reason,
        "content_check": facts.content_check,
    }


_TRUSTED, _UNTRUSTED = "signingCredential.trusted", "signingCredential.untrusted"
"""C2PA status codes."""


class _Assertion(BaseModel):
    label: str
    data: object = None


class SignatureInfo(BaseModel):
    """Who signed."""

    issuer: str | None = None
    common_name: str | None = None


class _Ingredient(BaseModel):
    active_manifest: str | None = None


class _Manifest(BaseModel):
    claim_generator_info: list[dict[str, object]] = []
    assertions: list[_Assertion] = []
    ingredients: list[_Ingredient] = []
    signature_info: SignatureInfo = SignatureInfo()


class _Status(BaseModel):
    code: str


class _Codes(BaseModel):
    success: list[_Status] = []
    failure: list[_Status] = []


class _Results(BaseModel):
    activeManifest: _Codes = _Codes()


class _Store(BaseModel):
    active_manifest: str
    manifests: dict[str, _Manifest]
    validation_results: _Results = _Results()
    validation_state: str = "Invalid"


@dataclass(frozen=True)
class Credentials:
    """What the credentials in a file say, and whether they hold."""

    maker: str
    """The program that claims to have made the file."""
    swap: Swap | None
    """Our own assertion: of the file, or of an ingredient where somebody else changed the file after us."""
    is_ours: bool
    """That assertion is in the newest manifest, and not only in that of an ingredient."""
    is_composite: bool
    """They state that a part was put in by a trained model."""
    has_parent_credentials: bool
    """The original had credentials of its own, and they were kept."""
    signer: SignatureInfo
    is_intact: bool
    """The file is what was signed."""
    is_trusted: bool
    """The signer's certificate leads to one that this machine knows."""
    failures: tuple[str, ...]
    """The C2PA status codes of what does not hold."""


def parse_credentials(report: str) -> Credentials | None:
    """Return what the C2PA library's JSON report says, or None where it has another shape than expected."""
    try:
        store = _Store.model_validate_json(report)
        active = store.manifests[store.active_manifest]
    except (ValidationError, KeyError):
        return None
    assertions = {assertion.label: assertion.data for assertion in active.assertions}
    maker = str(active.claim_generator_info[0].get("name", "")) if active.claim_generator_info else ""
    own = _swap(active)
    codes = store.validation_results.activeManifest
    return Credentials(
        maker=maker,
        swap=own or next(filter(None, map(_swap, store.manifests.values())), None),
        is_ours=own is not None and maker == TOOL,
        is_composite=COMPOSITE in str(assertions.get("c2pa.actions.v2")),
        has_parent_credentials=any(each.active_manifest for each in active.ingredients),
        signer=active.signature_info,
        is_intact=store.validation_state in ("Valid", "Trusted"),
        is_trusted=any(status.code == _TRUSTED for status in codes.success),
        failures=tuple(status.code for status in codes.failure if status.code != _UNTRUSTED),
    )


def _swap(manifest: _Manifest) -> Swap | None:
    data = next((assertion.data for assertion in manifest.assertions if assertion.label == SWAP_LABEL), None)
    try:
        return Swap.model_validate(data)
    except ValidationError:
        return None
