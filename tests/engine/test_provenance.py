"""Signing, and reading back what was signed."""

import json
import stat
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import c2pa
import pytest

from engine.errors import CertificateUnusable, VerificationFailed
from engine.media.images import write_image
from engine.provenance.certificate import certificate_folder, known_anchors, signing_identity
from engine.provenance.publish import ResultFacts, publish
from engine.provenance.verify import verify
from engine.provenance.xmp import COMPOSITE, states_source_type
from engine.records.verification import SignedBy, Verdict
from tests.media import Shape, Tone, picture, write_video

CONSENT = "ab" * 32
FACTS = ResultFacts(consent_sha256=CONSENT, model_sha256="cd" * 32, label=True)
SUFFIXES = [".mp4", ".mov", ".mkv", ".jpg", ".png"]


def unsigned(folder: Path, suffix: str) -> Path:
    path = folder / f"plain{suffix}"
    if suffix in (".jpg", ".png"):
        write_image(path, picture(0, (160, 120)))
        return path
    return write_video(path, Shape(frames=10))


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_result_is_signed_verified_and_only_then_in_its_place(tmp_path: Path, suffix: str) -> None:
    final = tmp_path / f"result/final{suffix}"
    publish(unsigned(tmp_path, suffix), final, FACTS)
    found = verify(final, CONSENT)
    assert found.verdict is Verdict.UNCHANGED
    assert found.signed_by is SignedBy.THIS_MACHINE
    assert found.consent_matches
    assert found.label_stated
    assert found.model_sha256 == FACTS.model_sha256
    assert sorted(path.name for path in final.parent.iterdir()) == (
        ["final.c2pa", "final.mkv"] if suffix == ".mkv" else [final.name]
    )


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_second_layer_is_put_into_every_container_that_has_a_place_for_it(tmp_path: Path, suffix: str) -> None:
    plain = unsigned(tmp_path, suffix)
    assert not states_source_type(plain)
    publish(plain, tmp_path / f"final{suffix}", FACTS)
    # Matroska takes it as a tag, which is written with the pictures.
    assert states_source_type(tmp_path / f"final{suffix}") == (suffix != ".mkv")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_one_flipped_byte_is_noticed(tmp_path: Path, suffix: str) -> None:
    final = tmp_path / f"final{suffix}"
    publish(unsigned(tmp_path, suffix), final, FACTS)
    content = bytearray(final.read_bytes())
    content[len(content) * 3 // 4] ^= 1
    final.write_bytes(content)
    found = verify(final)
    assert found.verdict is Verdict.CHANGED
    assert found.problems


@pytest.mark.parametrize("suffix", [".mp4", ".jpg"])
def test_an_independent_reader_with_default_settings_reads_it(tmp_path: Path, suffix: str) -> None:
    final = tmp_path / f"final{suffix}"
    original = write_video(tmp_path / "original.mp4", Shape(frames=5))
    publish(unsigned(tmp_path, suffix), final, ResultFacts(**{**vars(FACTS), "parent": original}))
    with c2pa.Reader(str(final)) as reader:
        store = json.loads(reader.json())
        assert reader.get_validation_state() == "Valid"
    manifest = store["manifests"][store["active_manifest"]]
    actions = next(each["data"]["actions"] for each in manifest["assertions"] if each["label"] == "c2pa.actions.v2")
    assert [action["action"] for action in actions] == ["c2pa.opened", "c2pa.edited"]
    assert actions[1]["digitalSourceType"] == COMPOSITE
    assert [each["relationship"] for each in manifest["ingredients"]] == ["parentOf"]


def test_the_credentials_name_nobody(tmp_path: Path) -> None:
    original = write_video(tmp_path / "anna-wedding.mp4", Shape(frames=5))
    final = tmp_path / "anna-as-ben.mp4"
    publish(unsigned(tmp_path, ".mp4"), final, ResultFacts(**{**vars(FACTS), "parent": original}))
    content = final.read_bytes()
    assert b"anna" not in content
    assert b"ben.mp4" not in content


def test_the_originals_own_credentials_are_kept(tmp_path: Path) -> None:
    original, final = tmp_path / "original.mp4", tmp_path / "final.mp4"
    publish(unsigned(tmp_path, ".mp4"), original, FACTS)
    publish(unsigned(tmp_path, ".mp4"), final, ResultFacts(**{**vars(FACTS), "parent": original}))
    assert verify(final).keeps_original_credentials


@pytest.mark.parametrize("kept", [300, 1500, 3000])
def test_an_original_with_torn_credentials_does_not_stop_the_work(tmp_path: Path, kept: int) -> None:
    original, final = tmp_path / "original.mp4", tmp_path / "final.mp4"
    publish(unsigned(tmp_path, ".mp4"), original, FACTS)
    original.write_bytes(original.read_bytes()[:kept])
    publish(unsigned(tmp_path, ".mp4"), final, ResultFacts(**{**vars(FACTS), "parent": original}))
    assert verify(final).verdict is Verdict.UNCHANGED


def test_an_original_of_a_kind_without_credentials_is_named_all_the_same(tmp_path: Path) -> None:
    original = write_video(tmp_path / "original.mkv", Shape(frames=5, sound=(Tone(),)))
    publish(unsigned(tmp_path, ".mp4"), tmp_path / "final.mp4", ResultFacts(**{**vars(FACTS), "parent": original}))
    assert verify(tmp_path / "final.mp4").verdict is Verdict.UNCHANGED


def test_a_label_switched_off_is_stated_with_its_reason(tmp_path: Path) -> None:
    facts = ResultFacts(
        consent_sha256=CONSENT, model_sha256="", label=False, label_off_reason="A satire, shown as such"
    )
    publish(unsigned(tmp_path, ".jpg"), tmp_path / "final.jpg", facts)
    found = verify(tmp_path / "final.jpg")
    assert found.label_stated is False
    assert found.label_off_reason == "A satire, shown as such"


def test_what_cannot_be_signed_leaves_the_old_result_in_its_place(tmp_path: Path) -> None:
    final = tmp_path / "final.mp4"
    final.write_bytes(b"the old result")
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"no video at all")
    with pytest.raises(VerificationFailed):
        publish(broken, final, FACTS)
    assert final.read_bytes() == b"the old result"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["broken.mp4", "final.mp4"]


def test_publishing_leaves_what_it_signs_as_it_was(tmp_path: Path) -> None:
    plain = unsigned(tmp_path, ".mp4")
    before = plain.read_bytes()
    publish(plain, tmp_path / "final.mp4", FACTS)
    assert plain.read_bytes() == before


def test_the_key_is_made_once_and_is_the_owners_alone() -> None:
    first = signing_identity()
    assert signing_identity().chain_pem == first.chain_pem
    assert not first.is_studios
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (certificate_folder(), certificate_folder() / "key.pem")}
    assert modes == {0o700, 0o600}
    assert sorted(path.name for path in certificate_folder().parent.iterdir()) == ["certificate"]


def test_many_that_start_at_once_end_up_with_one_certificate() -> None:
    with ThreadPoolExecutor(8) as pool:
        identities = list(pool.map(lambda _: signing_identity(), range(8)))
    assert len({identity.key_pem for identity in identities}) == 1


def test_a_key_that_others_may_read_is_refused() -> None:
    signing_identity()
    (certificate_folder() / "key.pem").chmod(0o644)
    with pytest.raises(CertificateUnusable) as caught:
        signing_identity()
    assert "chmod 600" in caught.value.hint


def test_a_studio_signs_with_its_own_certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    signing_identity()
    studio = tmp_path / "studio"
    certificate_folder().rename(studio)
    monkeypatch.setenv("UNDERSTUDIO_CERTIFICATE", str(studio / "chain.pem"))
    monkeypatch.setenv("UNDERSTUDIO_KEY", str(studio / "key.pem"))
    publish(unsigned(tmp_path, ".jpg"), tmp_path / "final.jpg", FACTS)
    assert verify(tmp_path / "final.jpg").signed_by is SignedBy.STUDIO
    assert not certificate_folder().exists()


def test_half_a_configuration_is_refused_before_anything_is_signed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNDERSTUDIO_CERTIFICATE", "/chain.pem")
    with pytest.raises(CertificateUnusable, match="only one is set"):
        signing_identity()


def test_a_key_of_another_certificate_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("one", "two"):
        signing_identity()
        certificate_folder().rename(tmp_path / name)
    monkeypatch.setenv("UNDERSTUDIO_CERTIFICATE", str(tmp_path / "one/chain.pem"))
    monkeypatch.setenv("UNDERSTUDIO_KEY", str(tmp_path / "two/key.pem"))
    with pytest.raises(CertificateUnusable, match="does not belong"):
        signing_identity()


def test_openssl_accepts_the_chain(tmp_path: Path) -> None:
    signing_identity()
    folder = certificate_folder()
    command: list[str | Path] = [
        "openssl",
        "verify",
        "-x509_strict",
        "-purpose",
        "smimesign",
        "-CAfile",
        folder / "root.pem",
    ]
    try:
        checked = subprocess.run([*command, folder / "chain.pem"], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("no openssl here")
    assert checked.returncode == 0, checked.stderr


def test_nobody_is_trusted_before_anything_was_signed() -> None:
    assert known_anchors() == b""
