"""What the system does not let this user use is told in a sentence that says whose it is and what to do."""

import errno
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from engine import doctor
from engine.errors import AccessRefused, CertificateUnusable
from engine.files.atomic import write_text
from engine.files.refusal import CHANGE, refusal_of, refused_use
from engine.host.home import data_folder, expanded, typed
from engine.provenance.certificate import signing_identity
from tests.rights import STRANGER, give_away, ordinary_rights
from tui.cli import built, main


@pytest.fixture
def homeless(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a container that is started under a user's number that has no name."""
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(os, "getuid", lambda: STRANGER)


@pytest.fixture
def theirs(tmp_path: Path) -> Path:
    """A folder of somebody else."""
    path = tmp_path / "theirs"
    path.mkdir()
    give_away(path, 0o555)
    return path


def test_what_belongs_to_somebody_else_is_said_to(theirs: Path) -> None:
    with ordinary_rights(), pytest.raises(AccessRefused) as caught:
        write_text(theirs / "new.txt", "hello")
    assert caught.value.title.startswith(f"{theirs / 'new.txt'} may not be used")
    assert "Nothing is lost" in caught.value.hint


def test_a_read_only_disk_is_called_that() -> None:
    refusal = refusal_of(OSError(errno.EROFS, "read-only", "/proc/self/x"))
    assert refusal is not None
    assert refusal.title == "/proc/self/x cannot be written: the disk at /proc (proc) is read-only."


def test_other_errors_are_no_refusals() -> None:
    assert refusal_of(OSError(errno.EIO, "broken", "/x")) is None


def test_what_may_be_used_or_is_not_there_is_not_refused(tmp_path: Path) -> None:
    assert refused_use(tmp_path, CHANGE) is None
    assert refused_use(tmp_path / "gone" / "work", CHANGE) is None


def test_what_lies_where_nobody_may_look_is_refused(theirs: Path) -> None:
    theirs.chmod(0)
    with ordinary_rights():
        refusal = refused_use(theirs / "work", CHANGE)
    assert refusal is not None
    assert str(theirs) in refusal.title


@pytest.mark.usefixtures("homeless")
def test_without_a_home_that_is_said_and_no_folder_named_after_it_is_made(tmp_path: Path) -> None:
    for ask in (data_folder, lambda: expanded(Path("~/understudio")), signing_identity):
        with pytest.raises(AccessRefused, match="HOME is not set"):
            ask()
    ran = CliRunner().invoke(built(["status"]), ["status"])
    assert isinstance(ran.exception, AccessRefused)
    assert [each.level for each in doctor.examine_home()] == [doctor.Level.FATAL]


def test_the_home_of_nobody_stays_as_it_was_typed() -> None:
    assert typed("~nobody-of-that-name/film.mp4") == Path("~nobody-of-that-name/film.mp4")
    with pytest.raises(AccessRefused, match="no user nobody-of-that-name"):
        expanded(Path("~nobody-of-that-name/films"))


def test_a_home_that_may_not_be_written_stops_what_is_to_be_signed_before_it_begins(
    theirs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(theirs))
    with ordinary_rights():
        with pytest.raises(CertificateUnusable, match="cannot be made") as caught:
            signing_identity()
        (finding,) = doctor.examine_home()
    assert "XDG_DATA_HOME" in caught.value.hint
    assert finding.level is doctor.Level.FATAL
    assert str(theirs) in finding.words


def test_doctor_names_what_keeps_it_from_a_place_instead_of_stopping(
    theirs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs.chmod(0)
    monkeypatch.setenv("XDG_DATA_HOME", str(theirs / "home"))
    with ordinary_rights():
        findings = [*doctor.examine_workspace(theirs / "films"), *doctor.examine_home()]
    assert [each.about for each in findings if each.level is doctor.Level.FATAL] == ["Workspace", "Home"]
    assert all(f"{theirs} may not be used" in each.words for each in findings)


def test_the_command_tells_it_without_a_traceback(
    theirs: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["understudio", "daemon", str(theirs), "--once"])
    with ordinary_rights(), pytest.raises(SystemExit) as caught:
        main()
    told = capsys.readouterr().err
    assert caught.value.code == 3
    assert str(theirs) in told
    assert "Something went wrong" not in told
