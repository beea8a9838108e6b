"""The engine as a process: what it says, how it ends, who may run it."""

import datetime as dt
import os
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock

from engine.process.child import write_line
from engine.project.folder import ProjectFolder, create_folder
from engine.project.markers import Marker, fingerprint, write_marker
from engine.project.settings import ConsentRecord, Project
from engine.project.stage import ExitCode, Outcome, StageName
from engine.records.events import EndedEvent, Event, FailedEvent, ProgressEvent, parse_event


@pytest.fixture
def folder(tmp_path: Path, project: Project) -> ProjectFolder:
    folder = create_folder(tmp_path / "p")
    folder.save(project)
    return folder


def run(word: str, folder: ProjectFolder) -> tuple[int, Event | None]:
    command = [sys.executable, "-m", "engine", word, str(folder.path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL)
    assert "Traceback" not in done.stdout
    return done.returncode, parse_event(done.stdout.splitlines()[-1])


def test_a_stage_that_is_done_ends_at_once(folder: ProjectFolder, project: Project) -> None:
    write_marker(folder, Marker(StageName.TRAIN, fingerprint(folder, project, StageName.TRAIN), {}))
    code, event = run("train", folder)
    assert code == ExitCode.DONE
    assert event == EndedEvent(outcome=Outcome.DONE)


@pytest.mark.slow
def test_no_stage_runs_without_consent(folder: ProjectFolder, project: Project) -> None:
    folder.save(project.model_copy(update={"consent": ConsentRecord()}))
    for stage in StageName:
        code, event = run(stage, folder)
        assert code == ExitCode.FAILED
        assert isinstance(event, FailedEvent)
        assert event.kind == "ConsentMissing"


def test_no_stage_runs_after_consent_has_ended(folder: ProjectFolder, project: Project) -> None:
    assert project.consent.source is not None
    ended = project.consent.source.model_copy(update={"valid_until": dt.date(2026, 1, 2)})
    folder.save(project.model_copy(update={"consent": ConsentRecord(source=ended, target=ended)}))
    code, event = run("convert", folder)
    assert code == ExitCode.FAILED
    assert isinstance(event, FailedEvent)
    assert "ended" in event.title


def test_two_processes_never_work_on_one_project(folder: ProjectFolder) -> None:
    """Given a stage at work, a second one says that it waits; when its starter goes away meanwhile, it gives up."""
    folder.work.mkdir()
    command = [sys.executable, "-m", "engine", "extract", str(folder.path)]
    with (
        FileLock(folder.lock_file),
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as second,
    ):
        assert second.stdin is not None
        assert second.stdout is not None
        waiting = parse_event(second.stdout.readline())
        second.stdin.close()
        event = parse_event(second.stdout.readlines()[-1])
    assert isinstance(waiting, ProgressEvent)
    assert "earlier run" in waiting.progress.message
    assert second.returncode == ExitCode.FAILED
    assert isinstance(event, FailedEvent)
    assert "Another process" in event.title


def test_an_unreadable_project_file_is_a_sentence(folder: ProjectFolder) -> None:
    folder.project_file.write_text("name = 'x'\nfaces = 3")
    code, event = run("extract", folder)
    assert code == ExitCode.FAILED
    assert isinstance(event, FailedEvent)
    assert "faces is not a setting" in event.title


@pytest.mark.parametrize("line", ["", "{}", '{"event": "gone"}', "null", '{"event": "progress"}', "I0000 cuda"])
def test_what_libraries_print_is_no_event(line: str) -> None:
    assert parse_event(line) is None


CHATTERS = """
import os, sys
from pathlib import Path
from engine.process.child import claim_stderr, claim_stdout
out = claim_stdout()
claim_stderr(Path(sys.argv[1]))
os.write(2, b"a framework starts\\n")
os.write(1, b"and says so\\n")
print("train begins", file=sys.stderr)
out.write("{}\\n")
"""


LARGE = bytes(9 << 20)
"""More than a file of chatter may hold."""


def test_what_libraries_print_goes_to_a_file_of_its_own(tmp_path: Path) -> None:
    chatter = tmp_path / "log-libraries.txt"
    said = subprocess.run([sys.executable, "-c", CHATTERS, chatter], capture_output=True, text=True, check=True)
    assert (said.stdout, said.stderr) == ("{}\n", "train begins\n")
    assert chatter.read_text() == "a framework starts\nand says so\n"


@pytest.mark.parametrize("content", [b"", LARGE], ids=["empty", "large"])
def test_where_that_file_leads_elsewhere_all_stays_in_the_log(tmp_path: Path, content: bytes) -> None:
    other, chatter = tmp_path / "other", tmp_path / "log-libraries.txt"
    other.write_bytes(content)
    chatter.hardlink_to(other)
    said = subprocess.run([sys.executable, "-c", CHATTERS, chatter], capture_output=True, text=True, check=True)
    assert "a framework starts" in said.stderr
    assert other.read_bytes() == content


def test_that_file_is_begun_anew_when_it_has_grown_large(tmp_path: Path) -> None:
    chatter = tmp_path / "log-libraries.txt"
    chatter.write_bytes(LARGE)
    subprocess.run([sys.executable, "-c", CHATTERS, chatter], capture_output=True, check=True)
    assert chatter.read_text() == "a framework starts\nand says so\n"


def test_times_in_the_log_are_in_utc_wherever_the_machine_stands(
    folder: ProjectFolder, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    folder.save(project.model_copy(update={"consent": ConsentRecord()}))
    command = [sys.executable, "-m", "engine", "train", str(folder.path)]
    before = dt.datetime.now(dt.UTC).replace(microsecond=0)
    said = subprocess.run(command, capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL).stderr
    stamp = next(line for line in said.splitlines() if "train begins" in line).split("  ")[0]
    assert before <= dt.datetime.fromisoformat(stamp) <= dt.datetime.now(dt.UTC)


def test_what_a_starter_that_is_gone_does_not_hear_ends_no_stage() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as out:
        for _ in range(2):
            write_line(out, EndedEvent(outcome=Outcome.DONE))
