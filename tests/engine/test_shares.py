"""Network drives refuse what a disk does: what can be done without is done without, the rest is a sentence."""

import errno
import fcntl
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from engine import doctor
from engine.errors import AccessRefused
from engine.files.atomic import new_folder, write_text
from engine.files.private_folder import make_private
from engine.gather.store import place_picture
from engine.host.mounts import Mount, mount_of
from engine.project.change_media import add_source
from engine.project.create import create_project
from engine.project.disk_trial import require_disk, try_disk
from engine.project.folder import create_folder
from engine.project.lock import alone_on, is_free
from engine.project.settings import Project
from engine.project.stage import ExitCode
from engine.records.events import FailedEvent, parse_event

REFUSALS = {"hard links": errno.EPERM, "rights": errno.EPERM, "flushing of folders": errno.EINVAL}
"""What CIFS, vboxsf and the like do without, and how they say so."""

Refuse = Callable[[str], None]


@pytest.fixture
def share(tmp_path: Path) -> Path:
    path = tmp_path / "share"
    path.mkdir()
    return path


@pytest.fixture
def refuse(monkeypatch: pytest.MonkeyPatch) -> Refuse:
    """Have the system refuse something, as a network drive would."""
    fsync = os.fsync

    def fsync_files(handle: int) -> None:
        if stat.S_ISDIR(os.fstat(handle).st_mode):
            refusing(REFUSALS["flushing of folders"])()
        fsync(handle)

    def refuse(what: str) -> None:
        if what == "flushing of folders":
            monkeypatch.setattr(os, "fsync", fsync_files)
        elif what in REFUSALS:
            for name in ("link",) if what == "hard links" else ("chmod", "fchmod"):
                monkeypatch.setattr(os, name, refusing(REFUSALS[what]))
        else:
            monkeypatch.setattr(fcntl, "flock", refusing(getattr(errno, what)))

    return refuse


def refusing(number: int) -> Callable[..., None]:
    """Return what fails as the system does."""

    def call(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    return call


@pytest.mark.parametrize("what", REFUSALS)
def test_a_project_is_made_changed_and_worked_on_without(
    share: Path, project: Project, woman_clip: Path, man_clip: Path, refuse: Refuse, what: str
) -> None:
    refuse(what)
    folder = create_project(share / "p", project, [woman_clip], man_clip, {}, lambda *_: None)
    assert add_source(folder, [man_clip], lambda *_: None).added
    make_private(folder.work)
    with alone_on(folder), new_folder(folder.checkpoints / "step-1") as partial:
        write_text(partial / "model", "weights")
    place_picture(folder.source / woman_clip.name, folder.source / "gathered" / "a.mp4")
    assert (folder.source / "gathered" / "a.mp4").read_bytes() == woman_clip.read_bytes()
    assert (folder.checkpoints / "step-1" / "model").read_text() == "weights"


@pytest.mark.parametrize("number", ["ENOLCK", "ENOSYS", "ENOTSUP"])
def test_without_locks_nobody_works_and_the_sentence_names_the_drive(share: Path, refuse: Refuse, number: str) -> None:
    folder = create_folder(share / "p")
    folder.work.mkdir()
    refuse(number)
    with pytest.raises(AccessRefused, match="Locks do not work on") as caught, alone_on(folder):
        pass
    assert mount_of(share).point in caught.value.title
    assert "Mount it with locks" in caught.value.hint
    assert is_free(folder.lock_file)


@pytest.mark.parametrize("what", REFUSALS)
def test_a_trial_finds_what_does_not_work_and_leaves_nothing_behind(share: Path, refuse: Refuse, what: str) -> None:
    refuse(what)
    trials = {trial.what: trial for trial in try_disk(share)}
    assert [name for name, trial in trials.items() if trial.problem] == [what]
    assert trials[what].without
    assert list(share.iterdir()) == []


@pytest.mark.parametrize(
    ("broken", "what"),
    [
        ("pathlib.Path.replace = refuse(FileExistsError(17, 'File exists'))", "writing and renaming: File exists"),
        ("sqlite3.connect = refuse(sqlite3.OperationalError('database is locked'))", "databases: database is locked"),
    ],
)
def test_a_drive_without_what_work_needs_ends_a_stage_in_a_sentence_before_it_begins(
    share: Path, project: Project, broken: str, what: str
) -> None:
    folder = create_folder(share / "p")
    folder.save(project)
    code = f"""
import pathlib, sqlite3, sys
from engine.__main__ import main
def refuse(error):
    def call(*_, **__):
        raise error
    return call
{broken}
sys.exit(main(["train", sys.argv[1]]))
"""
    ended = subprocess.run([sys.executable, "-c", code, folder.path], capture_output=True, text=True, check=False)
    event = parse_event(ended.stdout.splitlines()[-1])
    assert isinstance(event, FailedEvent)
    assert ended.returncode == ExitCode.FAILED
    assert what in event.title
    assert mount_of(share).point in event.title
    assert "understudio doctor" in event.hint
    assert not list(folder.work.glob(".disk-trial*"))


def test_what_somebody_who_was_killed_left_behind_is_swept_away(share: Path) -> None:
    for left in ("file.partial", "faces.sqlite"):
        write_text(share / ".disk-trial" / left, "torn")
    require_disk(share)
    assert list(share.iterdir()) == []


def test_doctor_tries_the_workspace_and_calls_it_unfit_where_locks_are_refused(share: Path, refuse: Refuse) -> None:
    refuse("ENOLCK")
    findings = [each for each in doctor.examine_workspace(share) if each.level is doctor.Level.FATAL]
    assert len(findings) == 1
    assert "no locks" in findings[0].words
    assert "Mount it with locks" in findings[0].words


def test_the_file_system_of_a_path_is_the_innermost_one() -> None:
    assert mount_of(Path("/proc/self")).kind == "proc"
    assert mount_of(Path("/proc/no/such/thing")).point == "/proc"
    assert "network drive" in Mount("/nas", "cifs").words
