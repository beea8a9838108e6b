"""Hostile files fed to the real programs, watched from outside: what do they open, whom do they call, what is said?"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from engine.faces.facesets.faceset import FaceSet
from engine.media.frames import read_frames
from engine.media.images import write_image
from engine.project.folder import ProjectFolder, create_folder
from engine.project.media_kinds import MediaKind, kind_of
from engine.project.settings import Precision, Project, TargetSettings, TrainSettings
from engine.project.stage import ExitCode, Outcome
from engine.provenance.verify import verify
from engine.records.check import CheckReport
from engine.records.report import read_report
from engine.records.report_text import sentences
from engine.records.verification import Verdict
from engine.stages.convert import Convert
from engine.text import printable
from tests.bombs import Hostile
from tests.corpus import make_corpus
from tests.media import Shape, write_video
from tests.real_faces import at_once, never
from tests.swaps import load_turned_hue

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

ROOT = Path(__file__).parents[1]
FRAMES = 24
"""Of the good videos: a few more than training asks for."""
_EACH = 4
"""The daemon gets every fourth file."""
_WATCHED = "openat,open,creat,socket,connect,execve,unlink,unlinkat,rename,renameat,renameat2,mkdir,mkdirat,link,linkat"
_OPENED = re.compile(r'open(?:at)?\((?:AT_FDCWD(?:<[^>]*>)?, )?"(?:[^"\\]|\\.)*", ([A-Z_|]+).*\) = \d+<(.*)>$', re.M)
"""How, and what was really opened: where links led, whatever the name."""
_CHANGED = re.compile(
    r'(?:unlink|unlinkat|rename|renameat2?|mkdir|mkdirat|link|linkat)\(.*?"(/(?:[^"\\]|\\.)*)".*= 0$', re.M
)
_CALLED = re.compile(r"socket\((AF_(?!UNIX)\w+)")
_STARTED = re.compile(r'execve\("([^"]*)".*\) = 0')


@dataclass(frozen=True)
class Ran:
    """How a program ended and what it did."""

    code: int
    said: str
    """Standard output and error."""
    lines: list[str]
    """Of standard output."""
    trace: str
    """Its system calls; empty where there is no strace here."""


@pytest.fixture
def secret(tmp_path: Path, woman_clip: Path) -> Path:
    """A perfectly usable picture that lies outside and must not be opened."""
    path = tmp_path / "outside/secret.jpg"
    path.parent.mkdir()
    write_image(path, next(read_frames(woman_clip)).image)
    return path


def watched(words: Sequence[object], tmp_path: Path, home: Path) -> Ran:
    """Run a program in an empty network, with every file that it opens written down."""
    log = tmp_path / "trace.txt"
    command = [sys.executable, *map(str, words)]
    # Only these calls stop a program for a look at them: without `--seccomp-bpf` each does, and a run takes thrice as
    # long. Sockets that the program has forbidden itself are then refused unseen.
    strace = ["strace", "-f", "--seccomp-bpf", "-qq", "-y", "-s", "4096", "-e", f"trace={_WATCHED}"]
    if _works(*strace, "true"):
        command = [*strace, "-o", str(log), *command]
    if _works("unshare", "-rn", "true"):
        command = ["unshare", "-rn", *command]
    (tmp := tmp_path / "temporary").mkdir(exist_ok=True)
    environment = os.environ | {"TMPDIR": str(tmp), "HOME": str(home), "NO_COLOR": "1"}
    child = subprocess.run(
        command, capture_output=True, cwd=ROOT, stdin=subprocess.DEVNULL, env=environment, check=False, timeout=800
    )
    said = (child.stdout + child.stderr).decode(errors="replace")
    lines = child.stdout.decode(errors="replace").splitlines()
    return Ran(child.returncode, said, lines, log.read_text(errors="replace") if log.exists() else "")


def _works(*words: str) -> bool:
    """Return whether a program is here and may do what it is for: containers forbid some of it."""
    return shutil.which(words[0]) is not None and subprocess.run(words, capture_output=True).returncode == 0


def assert_harmless(ran: Ran, secret: Path, allowed: Sequence[Path]) -> None:
    """Hold what a program said and did against what it may."""
    assert "Traceback" not in ran.said
    assert "\x1b" not in ran.said
    opened = [(path, how) for how, path in _OPENED.findall(ran.trace)]
    assert opened or not ran.trace
    assert str(secret) not in {path for path, _ in opened}
    assert not {"/etc/passwd", "/dev/zero"} & {path for path, _ in opened} - _read_by_libraries(ran)
    assert _CALLED.findall(ran.trace) == []
    places = (*map(str, allowed), "/dev/", "/proc/self")
    written = [path for path, how in opened if re.search("O_WRONLY|O_RDWR|O_CREAT", how)]
    # On a new machine Python keeps what it has compiled beside the code.
    changed = [path for path in (*written, *_CHANGED.findall(ran.trace)) if "/__pycache__/" not in path]
    assert [path for path in changed if path[0] == "/" and not path.startswith(places)] == []
    programs = {Path(path).name.partition("-")[0] for path in _STARTED.findall(ran.trace)}
    assert not programs - {Path(sys.executable).name, "python3", "python", *_HELPERS}
    assert not list(ROOT.glob("understudio-was-here"))


_HELPERS = {"unshare", "uname", "lscpu", "ffmpeg", "ffplay"}
"""Libraries look for the last two by starting them; ffmpeg codes the comparison, which it gets through a pipe."""


def _read_by_libraries(ran: Ran) -> set[str]:
    """Python asks the password file for the home folder where nothing else tells it."""
    return {"/etc/passwd"} if "getpwuid" in ran.trace or os.environ.get("HOME") is None else set()


def some_of(corpus: Sequence[Hostile]) -> list[Hostile]:
    """Take away most files: that each is survived is seen elsewhere, and all of them keep a core busy for long."""
    for each in corpus:
        if each.path.is_file() and each not in corpus[::_EACH]:
            each.path.unlink()
    return [each for each in corpus if os.path.lexists(each.path)]


def assert_named(hopeless: Sequence[Hostile], reasons: dict[str, str]) -> None:
    """Hold that each file of which nothing can be used was named with a sentence."""
    told = {printable(name) for name, reason in reasons.items() if reason}
    silent = [each.path.name for each in hopeless if printable(each.path.name) not in told]
    assert silent == []
    assert all(reason.isprintable() and reason.endswith(".") for reason in reasons.values())


def test_check_survives_the_corpus_and_names_what_cannot_be_used(tmp_path: Path, home: Path, secret: Path) -> None:
    corpus = make_corpus(tmp_path / "corpus", secret)
    assert len(corpus) >= 150
    thumbnails = tmp_path / "thumbnails"
    ran = watched(["-m", "engine", "check", "--thumbnails", thumbnails, "--", tmp_path / "corpus"], tmp_path, home)
    assert ran.code == ExitCode.DONE
    assert_harmless(ran, secret, [thumbnails, tmp_path / "temporary", home])
    report = CheckReport.model_validate_json(ran.lines[-1])
    reasons = {each.path.name: each.reason for each in report.skipped}
    # Photos are looked at until the time is up, and so not all of them.
    assert_named([each for each in corpus if each.is_hopeless and each.path.suffix == ".mp4"], reasons)


def test_the_stages_survive_the_corpus_and_make_a_result_of_what_is_good(
    tmp_path: Path, home: Path, secret: Path, project: Project, woman_clip: Path, man_clip: Path
) -> None:
    """Given a project full of bad files beside a good one, each stage goes on without them and all are named.

    What is between finding faces and reporting sees nothing of the source's files but the faces that were stored.
    """
    folder = _project(tmp_path, project, woman_clip, man_clip)
    corpus = make_corpus(folder.source / "corpus", secret)
    assert len(corpus) >= 150
    allowed = [folder.path, tmp_path / "temporary", home]
    ran = watched(["-m", "engine", "extract", folder.path], tmp_path, home)
    assert ran.code == ExitCode.DONE, ran.said[-2000:]
    assert_harmless(ran, secret, allowed)
    faces = FaceSet(folder.source_faces)
    assert len(faces.faces()) >= FRAMES
    skipped = {Path(each.media).name: each.reason for each in faces.skipped()}
    assert_named([each for each in corpus if each.is_hopeless], skipped)
    assert Convert(at_once, load_turned_hue).run(folder, folder.load(), lambda _: None, never) is Outcome.DONE
    ran = watched(["-m", "engine", "report", folder.path], tmp_path, home)
    assert ran.code == ExitCode.DONE, ran.said[-2000:]
    assert_harmless(ran, secret, allowed)
    report = read_report(folder.report_json)
    assert report is not None
    assert any(f"{len(faces.skipped())} files could not be used" in sentence for sentence in sentences(report))
    assert verify(folder.result_video(project)).verdict is Verdict.UNCHANGED


def test_a_run_refuses_a_hostile_target_in_a_sentence(
    tmp_path: Path, home: Path, secret: Path, project: Project, woman_clip: Path, man_clip: Path
) -> None:
    folder = _project(tmp_path, project, woman_clip, man_clip)
    corpus = make_corpus(tmp_path / "corpus", secret)
    hopeless = [each for each in corpus if each.is_hopeless and each.path.suffix == ".mp4"]
    for each in hopeless[::6]:
        shutil.copy(each.path, folder.target / "bad.mp4")
        folder.save(project.model_copy(update={"target": TargetSettings(video="target/bad.mp4")}))
        ran = watched(["-m", "tui.cli", "run", folder.path], tmp_path, home)
        assert ran.code == ExitCode.FAILED, each.path.name
        assert "bad.mp4" in ran.said
        assert_harmless(ran, secret, [folder.path, tmp_path / "temporary", home])
    assert len(hopeless[::6]) >= 5


def test_the_daemon_survives_projects_made_of_hostile_files(
    tmp_path: Path, home: Path, secret: Path, project: Project, woman_clip: Path, man_clip: Path
) -> None:
    """Given one project with all kinds of bad files in it, and others made from bad videos, each ends in a sentence."""
    workspace = tmp_path / "workspace"
    good = _project(tmp_path, project, woman_clip, man_clip)
    everything = create_folder(workspace / "everything")
    everything.save(good.load())
    shutil.copy(good.target / "video.mp4", everything.target)
    corpus = some_of(make_corpus(everything.source / "corpus", secret))
    films = [each.path for each in corpus if kind_of(each.path) is MediaKind.VIDEO and each.path.is_file()]
    for number, film in enumerate(films[:: len(films) // 3]):
        folder = create_folder(workspace / f"p{number}\x1b[2J")
        folder.save(project)
        shutil.copy(good.source / "good.mp4", folder.source)
        shutil.copy(film, folder.target)
    (workspace / "understudio.toml").write_text("settle_seconds = 0.3\n")
    broken = create_folder(workspace / "broken")
    broken.project_file.write_bytes(b"name = \xff\xfe[[[")
    (workspace / "archive.zip").write_bytes(b"PK\3\4" + bytes(100))
    (workspace / "link").symlink_to("/")
    ran = watched(["-m", "tui.cli", "daemon", workspace, "--once"], tmp_path, home)
    assert ran.code in (0, ExitCode.FAILED), ran.said[-2000:]
    assert_harmless(ran, secret, [workspace, tmp_path / "temporary", home])
    asked = watched(["-m", "tui.cli", "status", workspace], tmp_path, home)
    assert asked.code == 0
    assert_harmless(asked, secret, [workspace, tmp_path / "temporary", home])
    folders = [ProjectFolder(path.parent) for path in workspace.glob("*/project.toml") if path.parent.name != "link"]
    states = {folder.path.name: json.loads(folder.status_file.read_text())["state"] for folder in folders}
    assert len(states) >= 5
    assert set(states.values()) <= {"failed", "waiting"}, states
    assert any(folder.log_file.exists() for folder in folders)
    reasons = {Path(each.media).name: each.reason for each in FaceSet(everything.source_faces).skipped()}
    assert_named([each for each in corpus if each.is_hopeless], reasons)


def _project(tmp_path: Path, project: Project, woman_clip: Path, man_clip: Path) -> ProjectFolder:
    """A project whose own media are good, and which trains for a moment only."""
    folder = create_folder(tmp_path / "project")
    for clip, path in ((woman_clip, folder.source / "good.mp4"), (man_clip, folder.target / "video.mp4")):
        frames = [frame.image for frame in read_frames(clip, 0, FRAMES)]
        height, width = frames[0].shape[:2]
        write_video(path, Shape(frames=FRAMES, size=(width, height)), frames)
    train = TrainSettings(steps=1, batch_size=4, precision=Precision.FLOAT32)
    folder.save(project.model_copy(update={"target": TargetSettings(video="target/video.mp4"), "train": train}))
    return folder
