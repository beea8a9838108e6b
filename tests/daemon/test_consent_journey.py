"""Consent that ends while a stage is at work: nothing further is started, and the person is told why."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
import time
from pathlib import Path

import pytest

from daemon.foreground import run_project
from daemon.status import State
from engine.errors import ConsentMissing
from engine.project.folder import ProjectFolder
from engine.project.stage import ExitCode, StageName

from .conftest import MakeProject
from .driver import FAKE_ENGINE, fake_command, starts
from .fake_engine import let_go
from .journey import ROOT, DaemonProcess, child_of, state_of, status_of, wait_until

TODAY = dt.date.today()
YESTERDAY = TODAY - dt.timedelta(days=1)
ENDINGS = [
    ("source", f"withdrawn_on = {TODAY}", f"The consent of the person who will appear was withdrawn on {TODAY}."),
    ("target", f"valid_until = {YESTERDAY}", f"The consent of the person who is replaced ended on {YESTERDAY}."),
]
"""Whose consent ends, the line that a person adds to the project file, and the sentence that follows."""


def edit(folder: ProjectFolder, role: str, line: str) -> None:
    """Write a line into one person's consent, as a person does with an editor."""
    head = f"[consent.{role}]\n"
    text = folder.project_file.read_text()
    assert head in text
    folder.project_file.write_text(text.replace(head, head + line + "\n"))


@pytest.mark.slow
@pytest.mark.timeout(120)
@pytest.mark.parametrize(("role", "line", "sentence"), ENDINGS)
def test_the_daemon_stops_the_stage_at_work_and_starts_no_other(
    workspace: Path, make_project: MakeProject, role: str, line: str, sentence: str
) -> None:
    folder = make_project(extract={"waits": True})
    daemon = DaemonProcess(workspace)
    try:
        wait_until(lambda: child_of(folder.path) is not None and starts(folder))
        edit(folder, role, line)
        wait_until(lambda: state_of(folder.path) is State.WAITING)
        assert child_of(folder.path) is None
        status = status_of(folder.path)
        assert status is not None
        assert status.message == sentence
        assert status.hint
        let_go(folder.path)
        time.sleep(2)
        assert starts(folder) == ["extract"]
        assert state_of(folder.path) is State.WAITING
        # What was made is kept, and goes on where consent is given anew.
        folder.project_file.write_text(folder.project_file.read_text().replace(line + "\n", ""))
        wait_until(lambda: state_of(folder.path) is State.FINISHED)
    finally:
        daemon.leave()
    assert daemon.said(f"anna: waiting: {sentence}") == 1, daemon.lines


@pytest.mark.slow
@pytest.mark.timeout(120)
@pytest.mark.parametrize(("role", "line", "sentence"), ENDINGS)
def test_the_daemon_starts_no_stage_after_one_that_ended_before_the_edit_had_settled(
    workspace: Path, make_project: MakeProject, role: str, line: str, sentence: str
) -> None:
    folder = make_project(extract={"waits": True})
    daemon = DaemonProcess(workspace, settings="settle_seconds = 2\nrescan_seconds = 0.2\nmin_free_mb = 1\n")
    try:
        wait_until(lambda: child_of(folder.path) is not None and starts(folder))
        edit(folder, role, line)
        let_go(folder.path)
        wait_until(lambda: state_of(folder.path) is State.WAITING)
        time.sleep(1)
        status = status_of(folder.path)
        assert status is not None
        assert status.message == sentence
    finally:
        daemon.leave()
    assert daemon.said("finding faces done") == 1, daemon.lines
    assert starts(folder) == ["extract"]


@pytest.mark.slow
@pytest.mark.timeout(60)
def refused_after_extraction(folder: ProjectFolder, role: str, line: str) -> str:
    """Run a project whose consent ends at its first sign of life; return the sentence it ends with."""

    def change_once(_: object) -> None:
        if line not in folder.project_file.read_text():
            edit(folder, role, line)

    with pytest.raises(ConsentMissing) as refused:
        run_project(folder, change_once, lambda: False, command=fake_command)
    assert starts(folder) == ["extract"]
    return refused.value.title


@pytest.mark.parametrize(("role", "line", "sentence"), ENDINGS)
def test_a_run_in_the_foreground_stops_the_stage_at_work(
    make_project: MakeProject, role: str, line: str, sentence: str
) -> None:
    folder = make_project(extract={"units": 100, "unit_seconds": 0.1})
    made = folder.work / "units/extract"
    assert refused_after_extraction(folder, role, line) == sentence
    assert 0 < len(list(made.rglob("*.txt"))) < 100


@pytest.mark.slow
@pytest.mark.parametrize(("role", "line", "sentence"), ENDINGS)
def test_a_run_in_the_foreground_starts_no_further_stage(
    make_project: MakeProject, role: str, line: str, sentence: str
) -> None:
    folder = make_project(extract={"units": 3, "unit_seconds": 0.2})
    assert refused_after_extraction(folder, role, line) == sentence


@pytest.mark.parametrize("stage", list(StageName))
def test_a_stage_called_by_hand_asks_anew(make_project: MakeProject, stage: StageName) -> None:
    folder = make_project()
    role, line, sentence = ENDINGS[0]
    edit(folder, role, line)
    words = [sys.executable, str(FAKE_ENGINE), stage.value, str(folder.path)]
    ended = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    assert ended.returncode == ExitCode.FAILED
    assert sentence in ended.stdout
    assert not (folder.path / "starts.log").exists()
