"""What is said about files that went through other hands."""

import subprocess
from pathlib import Path

import imageio_ffmpeg
import pytest

from engine.media.frames import read_frames
from engine.media.images import write_image
from engine.provenance.certificate import certificate_folder
from engine.provenance.label import Label
from engine.provenance.publish import ResultFacts, publish
from engine.provenance.verify import verify
from engine.records.verification import SignedBy, Verdict, VerifyExit, in_words, worst
from tests.media import Shape, picture, write_video

FACTS = ResultFacts(consent_sha256="ab" * 32, model_sha256="cd" * 32, label=True)
SIZE = (426, 240)


def ffmpeg(*words: object) -> None:
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", *map(str, words)]
    subprocess.run(command, check=True, capture_output=True)


@pytest.fixture
def signed(tmp_path: Path) -> Path:
    """A labelled and signed video."""
    label = Label(*SIZE)
    pictures = [label.draw(picture(index, SIZE)) for index in range(20)]
    plain = write_video(tmp_path / "plain.mp4", Shape(frames=20, size=SIZE), pictures)
    publish(plain, tmp_path / "signed.mp4", FACTS)
    return tmp_path / "signed.mp4"


def test_a_copy_by_ffmpeg_is_reported_as_stripped_and_the_label_is_still_there(signed: Path) -> None:
    copy = signed.with_name("copy.mp4")
    ffmpeg("-i", signed, "-c", "copy", copy)
    found = verify(copy)
    assert found.verdict is Verdict.STRIPPED
    assert found.label_seen
    assert found.exit_code is VerifyExit.STRIPPED


def test_a_version_coded_again_at_half_size_still_shows_the_label(signed: Path) -> None:
    small = signed.with_name("small.mp4")
    ffmpeg("-i", signed, "-vf", "scale=212:120", "-crf", "28", small)
    assert verify(small).verdict is Verdict.STRIPPED


def test_the_signed_file_plays_as_the_plain_one_does(signed: Path) -> None:
    plain = signed.with_name("plain.mp4")
    for before, after in zip(read_frames(plain), read_frames(signed), strict=True):
        assert before.pts == after.pts
        assert (before.image == after.image).all()


def test_a_file_that_never_was_ours_is_said_to_bear_no_mark(tmp_path: Path) -> None:
    found = verify(write_video(tmp_path / "plain.mp4", Shape(frames=5)))
    assert found.verdict is Verdict.UNMARKED
    assert found.exit_code is VerifyExit.NOT_OURS


def test_a_file_signed_elsewhere_is_unchanged_but_its_signer_is_not_known(signed: Path, tmp_path: Path) -> None:
    certificate_folder().rename(tmp_path / "elsewhere")
    found = verify(signed)
    assert found.verdict is Verdict.UNCHANGED
    assert found.signed_by is SignedBy.STRANGER
    assert found.exit_code is VerifyExit.STRANGER
    assert in_words(found)[0].startswith("Says that it was made by Understudio")


def test_another_consent_record_is_told(signed: Path) -> None:
    found = verify(signed, "ef" * 32)
    assert found.consent_matches is False
    assert found.exit_code is VerifyExit.CONSENT_DIFFERS


@pytest.mark.parametrize("share", [0.02, 0.3, 0.7, 0.99])
def test_a_signed_file_that_was_cut_off_is_changed(signed: Path, share: float) -> None:
    content = signed.read_bytes()
    signed.write_bytes(content[: int(len(content) * share)])
    assert verify(signed).verdict in (Verdict.CHANGED, Verdict.UNMARKED)
    if share > 0.3:
        assert verify(signed).verdict is Verdict.CHANGED


def test_a_result_worked_on_by_another_program_is_said_to_be_theirs(signed: Path) -> None:
    import c2pa

    from engine.provenance.certificate import signing_identity

    identity = signing_identity()
    info = c2pa.C2paSignerInfo(identity.algorithm.encode(), identity.chain_pem, identity.key_pem, None)
    edited = signed.with_name("edited.mp4")
    manifest = {"claim_generator_info": [{"name": "Another editor", "version": "1"}], "format": "video/mp4"}
    with c2pa.Signer.from_info(info) as signer, c2pa.Builder(manifest) as builder, signed.open("rb") as file:
        builder.set_intent(c2pa.C2paBuilderIntent.EDIT)
        with edited.open("w+b") as out:
            builder.sign(signer, "video/mp4", file, out)
    found = verify(edited)
    assert found.verdict is Verdict.OTHER_MAKER
    assert found.version
    assert "worked on since by Another editor" in in_words(found)[0]


@pytest.mark.parametrize("content", [b"", b"hello", b"\xff\xd8\xff" + b"x" * 3000, b"\0\0\0\x18ftypmp42" * 50])
@pytest.mark.parametrize("suffix", [".mp4", ".jpg", ".png", ".mkv", ".txt", ""])
def test_rubbish_of_any_name_bears_no_mark(tmp_path: Path, content: bytes, suffix: str) -> None:
    path = tmp_path / f"rubbish{suffix}"
    path.write_bytes(content)
    assert verify(path).verdict is Verdict.UNMARKED


def test_what_is_not_there_cannot_be_read_and_is_the_worst(tmp_path: Path, signed: Path) -> None:
    absent, folder = verify(tmp_path / "absent.mp4"), verify(tmp_path)
    assert absent.verdict is folder.verdict is Verdict.UNREADABLE
    assert worst([verify(signed), absent]) is VerifyExit.UNREADABLE
    assert worst([verify(signed)]) is VerifyExit.UNCHANGED


def test_a_picture_that_only_shows_the_words_is_called_stripped(tmp_path: Path) -> None:
    write_image(tmp_path / "a.png", Label(*SIZE).draw(picture(0, SIZE)))
    assert verify(tmp_path / "a.png").verdict is Verdict.STRIPPED
