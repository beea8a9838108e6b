"""A stage that lost its claim ends, and who takes over waits until it must have ended."""

import errno
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.errors import ProjectBusy
from engine.files import atomic
from engine.host.machine import this_host
from engine.project.fence import LAPSE_SECONDS, SHARED_DISK, Claim, Fence, fenced, lock_keeper, reach, read_claim
from engine.project.folder import ProjectFolder, create_folder
from engine.project.settings import Project
from engine.project.stage import ExitCode

ELSEWHERE = Claim(host="box-two", keeper="another", token="theirs")


@pytest.fixture
def folder(tmp_path: Path) -> ProjectFolder:
    folder = create_folder(tmp_path / "anna")
    folder.work.mkdir()
    return folder


@pytest.fixture
def shared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SHARED_DISK, "1")


def put(folder: ProjectFolder, claim: Claim) -> None:
    atomic.write_text(folder.claim_file, claim.model_dump_json())


def own(folder: ProjectFolder, token: str = "ours", *, is_taken_over: bool = False) -> Claim:
    keeper = lock_keeper(folder.work)
    return Claim(host=this_host().name, keeper=keeper, token=token, is_taken_over=is_taken_over)


class Ended(Exception):
    pass


def fence(folder: ProjectFolder, now: list[float], reach: Callable[[Path, str], None] = reach) -> Fence:
    def end() -> None:
        raise Ended

    put(folder, own(folder))
    return Fence(folder, own(folder), clock=lambda: now[0], end=end, reach=reach)


def test_alone_on_a_disk_nothing_is_written(folder: ProjectFolder) -> None:
    with fenced(folder, lambda host: False):
        assert not list(folder.work.iterdir())


@pytest.mark.usefixtures("shared")
def test_a_claim_is_there_while_a_stage_works_and_given_back_at_its_end(folder: ProjectFolder) -> None:
    with fenced(folder, lambda host: False):
        claim = read_claim(folder)
        assert claim is not None
        assert claim.host == this_host().name
    assert read_claim(folder) is None


@pytest.mark.usefixtures("shared")
def test_after_one_that_was_killed_on_this_machine_nobody_waits(folder: ProjectFolder) -> None:
    put(folder, own(folder, "dead"))
    with fenced(folder, lambda host: False):
        assert read_claim(folder) != own(folder, "dead")


@pytest.mark.usefixtures("shared")
def test_who_takes_over_from_another_machine_claims_first_and_waits_then(folder: ProjectFolder) -> None:
    put(folder, ELSEWHERE)
    seen = []

    def waiting(host: str) -> bool:
        seen.append((host, read_claim(folder) == ELSEWHERE))
        return True

    began = time.monotonic()
    with fenced(folder, waiting, seconds=0.5):
        assert time.monotonic() - began >= 0.5
    assert seen[0] == ("box-two", False)


@pytest.mark.usefixtures("shared")
@pytest.mark.parametrize("is_first", [True, False])
def test_a_wait_that_is_given_up_says_for_whom_and_the_next_one_waits_too(
    folder: ProjectFolder, *, is_first: bool
) -> None:
    """Given one that was killed while it waited, when the next comes, the first of all may still be at work."""
    before = ELSEWHERE if is_first else own(folder, "killed while it waited", is_taken_over=True)
    put(folder, before)
    with pytest.raises(ProjectBusy, match=before.host), fenced(folder, lambda host: False, seconds=60):
        pytest.fail("it did not wait")


def test_a_stage_whose_claim_another_has_taken_ends(folder: ProjectFolder) -> None:
    ours = fence(folder, [0.0])
    ours.ask()
    put(folder, ELSEWHERE)
    with pytest.raises(Ended):
        ours.ask()


def test_a_stage_whose_folder_was_taken_away_from_under_it_ends(folder: ProjectFolder) -> None:
    ours = fence(folder, [0.0])
    folder.claim_file.unlink()
    with pytest.raises(Ended):
        ours.ask()


def test_a_stage_that_gets_no_answer_for_too_long_ends(folder: ProjectFolder) -> None:
    now = [0.0]
    is_cut_off = [False]

    def sometimes(folder: Path, name: str) -> None:
        if is_cut_off[0]:
            raise OSError(errno.EIO, "Input/output error")
        reach(folder, name)

    ours = fence(folder, now, sometimes)
    now[0] = LAPSE_SECONDS - 5
    ours.ask()
    is_cut_off[0] = True
    now[0] += LAPSE_SECONDS
    ours.ask()
    ours.look()
    now[0] += 1
    with pytest.raises(Ended):
        ours.look()


def test_a_claim_given_back_ends_nobody_who_was_just_asking(folder: ProjectFolder) -> None:
    def meanwhile(folder_: Path, name: str) -> None:
        ours.give_back()

    ours = fence(folder, [0.0], meanwhile)
    ours.ask()
    assert read_claim(folder) is None


def test_the_time_counts_from_the_question_and_not_from_the_answer(folder: ProjectFolder) -> None:
    """Given an answer that is long on its way, another may have taken the claim since it was given."""
    now = [0.0]

    def slowly(folder: Path, name: str) -> None:
        now[0] += LAPSE_SECONDS + 1

    ours = fence(folder, now, slowly)
    ours.ask()
    with pytest.raises(Ended):
        ours.look()


def test_a_full_disk_answers(folder: ProjectFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    ours = fence(folder, now)

    real = os.open

    def full(path: str, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        if flags & os.O_CREAT:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(path, flags, mode, dir_fd=dir_fd)

    monkeypatch.setattr(os, "open", full)
    now[0] = LAPSE_SECONDS
    ours.ask()
    now[0] += 1
    ours.look()


def test_a_process_really_ends_when_its_claim_is_taken(folder: ProjectFolder) -> None:
    script = (
        "import sys, time; from pathlib import Path\n"
        "from engine.project.fence import fenced; from engine.project.folder import ProjectFolder\n"
        "with fenced(ProjectFolder(Path(sys.argv[1])), lambda host: True):\n"
        "    print('claimed', flush=True); time.sleep(60)\n"
    )
    environment = {**os.environ, SHARED_DISK: "1"}
    words = [sys.executable, "-c", script, str(folder.path)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "claimed\n"
        put(folder, ELSEWHERE)
        assert process.wait(timeout=30) == ExitCode.INTERRUPTED
    # The claim is the other's, and stays.
    assert read_claim(folder) == ELSEWHERE


def test_a_stage_that_waits_for_another_machine_says_so_and_gives_up_with_its_starter(
    folder: ProjectFolder, project: Project
) -> None:
    folder.save(project)
    put(folder, ELSEWHERE)
    words = [sys.executable, "-m", "engine", "train", str(folder.path)]
    environment = {**os.environ, SHARED_DISK: "1"}
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        said = process.stdout.readline()
        process.stdin.close()
        rest = process.stdout.read()
    assert "waiting for an earlier run on box-two to end" in said
    assert "A stage on box-two may still be working on anna." in rest
    assert process.returncode == ExitCode.FAILED
    # Whoever comes next has to wait as well.
    claim = read_claim(folder)
    assert claim is not None
    assert claim.is_taken_over
