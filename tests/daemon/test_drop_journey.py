"""Ten projects dropped in ten different ways, two of them bad, one without consent."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from daemon.status import State
from engine.project.folder import ProjectFolder
from engine.project.settings import ConsentRecord

from .journey import DaemonProcess, fill_project, small_project, state_of, status_of, wait_until

pytestmark = pytest.mark.slow

Drop = Callable[[Path, Path], None]


def moved(whole: Path, place: Path) -> None:
    whole.rename(place)


def copied_by_scp(whole: Path, place: Path) -> None:
    """Use scp's own way of writing, if it is there: files grow under their final names."""
    words = ["scp", "-q", "-r"] if shutil.which("scp") else ["cp", "-r"]
    subprocess.run([*words, str(whole), str(place)], check=True)


def copied_like_rsync(whole: Path, place: Path) -> None:
    """Write as rsync does: hidden names with six random letters, renamed when whole; a pause in the middle of one."""
    for number, path in enumerate(each for each in sorted(whole.rglob("*")) if each.is_file()):
        final = place / path.relative_to(whole)
        final.parent.mkdir(parents=True, exist_ok=True)
        partial = final.with_name(f".{final.name}.aB3x{number:02}")
        content = path.read_bytes()
        partial.write_bytes(content[: len(content) // 2])
        time.sleep(1.5 if path.suffix == ".mp4" else 0.02)
        with partial.open("ab") as file:
            file.write(content[len(content) // 2 :])
        partial.rename(final)


def grown_slowly(whole: Path, place: Path) -> None:
    """Write the video bit by bit under its final name, after everything else."""
    videos = [path for path in whole.rglob("*.mp4") if path.parent.name == "target"]
    place.mkdir()
    for path in (each for each in whole.rglob("*") if each.is_file() and each not in videos):
        (place / path.relative_to(whole)).parent.mkdir(exist_ok=True)
        shutil.copy(path, place / path.relative_to(whole))
    (place / "target").mkdir(exist_ok=True)
    for path in videos:
        with path.open("rb") as content, (place / path.relative_to(whole)).open("wb") as file:
            size = path.stat().st_size
            for _ in range(12):
                file.write(content.read(size // 12 + 1))
                file.flush()
                time.sleep(0.1)


def filled_by_subfolder(whole: Path, place: Path) -> None:
    """Make a fresh folder and put the media into a subfolder of it at once, before anybody can watch it."""
    (place / "source/holiday/day one").mkdir(parents=True)
    for path in (whole / "source").iterdir():
        shutil.copy(path, place / "source/holiday/day one" / path.name)
    shutil.copytree(whole / "target", place / "target")
    for name in ("fake.json", "project.toml"):
        shutil.copy(whole / name, place / name)


def unpacked(whole: Path, place: Path) -> None:
    subprocess.run(["tar", "-C", str(whole.parent), "-cf", str(whole) + ".tar", whole.name], check=True)
    subprocess.run(["tar", "-C", str(place.parent), "-xf", str(whole) + ".tar"], check=True)


def linked(whole: Path, place: Path) -> None:
    """Make hard links, which are never opened, written or closed."""
    subprocess.run(["cp", "-rl", str(whole), str(place)], check=True)


def renamed_in(whole: Path, place: Path) -> None:
    """Copy under a hidden name and rename, as careful programs do."""
    hidden = place.with_name(f".{place.name}.partial-x1")
    shutil.copytree(whole, hidden)
    hidden.rename(place)


def project_file_last(whole: Path, place: Path) -> None:
    """Drop the media, and answer the questions a while later."""
    shutil.copytree(whole, place, ignore=shutil.ignore_patterns("project.toml"))
    time.sleep(1.5)
    shutil.copy(whole / "project.toml", place / "project.toml")


WAYS: dict[str, Drop] = {
    "answers later": project_file_last,
    "mv": moved,
    "scp": copied_by_scp,
    "rsync": copied_like_rsync,
    "slow": grown_slowly,
    "subfolder": filled_by_subfolder,
    "tar": unpacked,
    "links": linked,
    "renamed": renamed_in,
}
"""The tenth way is to lie there when the daemon starts."""

BAD_SETTING, BAD_VIDEO, NO_CONSENT = "scp", "tar", "renamed"


def make(stock: Path, name: str) -> Path:
    folder = ProjectFolder(stock / name)
    project = small_project(name)
    if name == NO_CONSENT:
        project = project.model_copy(update={"consent": ConsentRecord()})
    scripts: dict[str, dict[str, object]] = {"extract": {"fail_at": 0}} if name == BAD_VIDEO else {}
    fill_project(folder, project, **scripts)
    if name == BAD_VIDEO:
        (folder.target / "clip.mp4").write_bytes((folder.target / "clip.mp4").read_bytes()[:64])
    if name == BAD_SETTING:
        folder.project_file.write_text(folder.project_file.read_text().replace("steps =", "stebs ="))
    return folder.path


def test_ten_projects_dropped_in_ten_ways(workspace: Path, tmp_path: Path) -> None:
    stock = tmp_path / "stock"
    stock.mkdir()
    shutil.copytree(make(stock, "there"), workspace / "there")
    (workspace / "holiday photos").mkdir()
    daemon = DaemonProcess(workspace, settings="settle_seconds = 0.8\nrescan_seconds = 0.5\nmin_free_mb = 1\n")
    try:
        for name, drop in WAYS.items():
            drop(make(stock, name), workspace / name)
        bad = {BAD_SETTING: State.FAILED, BAD_VIDEO: State.FAILED, NO_CONSENT: State.WAITING}
        expected = {name: bad.get(name, State.FINISHED) for name in ["there", *WAYS]}
        wait_until(lambda: {name: state_of(workspace / name) for name in expected} == expected)
    finally:
        daemon.leave()
    assert all(line.startswith("20") for line in daemon.lines), "the log is not one line an event"
    assert_sentences(workspace)
    for name in expected:
        assert_done_once(daemon, name, is_good=name not in bad)
    assert list((workspace / "holiday photos").iterdir()) == []


def assert_sentences(workspace: Path) -> None:
    """Each of the three says what is wrong."""
    words = {BAD_SETTING: "train.stebs is not a setting", NO_CONSENT: "no record", BAD_VIDEO: ""}
    for name, expected in words.items():
        status = status_of(workspace / name)
        assert status is not None
        assert expected in status.message
        assert status.message.endswith(".")
        assert status.hint
    assert json.loads((workspace / BAD_VIDEO / "work/status.json").read_text())["failure"]["log"]


def assert_done_once(daemon: DaemonProcess, name: str, *, is_good: bool) -> None:
    assert daemon.said(f" {name}: arrived") == 1
    for words in ("finding faces", "training", "converting", "measuring"):
        assert daemon.said(f" {name}: {words} done") == int(is_good)
    if is_good:
        assert sum(line.endswith(f" {name}: finding faces") for line in daemon.lines) == 1, daemon.lines
