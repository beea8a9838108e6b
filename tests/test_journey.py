"""Whole journeys with the real command, real faces and real training, however small."""

import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import imageio_ffmpeg
import psutil
import pytest
from av.container import InputContainer

from engine.files.atomic import PARTIAL
from engine.project.folder import ProjectFolder
from engine.project.markers import marker_path
from engine.project.stage import ExitCode, StageName
from engine.records.report import read_report

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1500)]

TRIES = 5
"""How often a moment that lasts a tenth of a second is aimed at."""
KILLS = int(os.environ.get("UNDERSTUDIO_KILLS", "4"))
"""How many times a run is killed; raise it to look closer."""


def understudio(*words: str | Path) -> list[str]:
    return [sys.executable, "-m", "tui.cli", *map(str, words)]


def tell(*words: str | Path, home: Path | None = None) -> subprocess.CompletedProcess[str]:
    own = {} if home is None else {"HOME": str(home), "XDG_DATA_HOME": str(home / "data")}
    return subprocess.run(understudio(*words), capture_output=True, text=True, timeout=900, env={**os.environ, **own})


def cut(clip: Path, start: float, seconds: float, out: Path) -> Path:
    command = [
        imageio_ffmpeg.get_ffmpeg_exe(),
        "-v",
        "error",
        "-y",
        "-ss",
        str(start),
        "-t",
        str(seconds),
        "-i",
        str(clip),
    ]
    subprocess.run([*command, "-c:v", "libx264", "-preset", "veryfast", "-crf", "18", str(out)], check=True)
    return out


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory, woman_clip: Path, man_clip: Path) -> tuple[Path, Path]:
    """Two seconds of each person."""
    folder = tmp_path_factory.mktemp("clips")
    return cut(woman_clip, 14, 2.0, folder / "woman.mp4"), cut(man_clip, 8, 2.0, folder / "man.mp4")


def new_project(folder: Path, clips: tuple[Path, Path]) -> ProjectFolder:
    source, target = clips
    words: list[str | Path] = [
        "new",
        folder,
        "--source",
        source,
        "--target",
        target,
        "--steps",
        "8",
        "--deterministic",
    ]
    made = tell(*words, "--consent-basis", "test-actor", "--consent-note", "bundled clips")
    assert made.returncode == 0, made.stderr
    return ProjectFolder(folder)


def frames_digest(video: Path) -> str:
    digest = hashlib.sha256()
    with av.open(str(video)) as container:
        for frame in container.decode(video=0):
            digest.update(f"{frame.pts}".encode())
            digest.update(frame.to_ndarray().tobytes())
    return digest.hexdigest()


def result_of(folder: ProjectFolder) -> Path:
    return folder.result_video(folder.load())


@pytest.fixture(scope="module")
def signer_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of the installation that makes the undisturbed project: only it knows its own signature."""
    return tmp_path_factory.mktemp("signer")


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory, clips: tuple[Path, Path], signer_home: Path) -> ProjectFolder:
    """A small project that nobody disturbed."""
    folder = new_project(tmp_path_factory.mktemp("undisturbed") / "swap", clips)
    ran = tell("run", folder.path, home=signer_home)
    assert ran.returncode == ExitCode.DONE, ran.stdout + ran.stderr
    assert str(result_of(folder)) in ran.stdout
    return folder


def test_a_project_goes_from_two_clips_to_a_labelled_video(finished: ProjectFolder, clips: tuple[Path, Path]) -> None:
    with av.open(str(result_of(finished))) as after, av.open(str(clips[1])) as before:
        was, now = before.streams.video[0], after.streams.video[0]
        assert (now.width, now.height) == (was.width, was.height)
        assert times_of(after) == times_of(before)
    assert finished.compare_video.is_file()
    assert finished.report_html.is_file()
    report = read_report(finished.report_json)
    assert report is not None
    assert report.is_labelled
    assert report.is_signed
    assert report.frames.changed > 0


def times_of(container: InputContainer) -> list[Fraction]:
    """Return when each picture is shown, in seconds."""
    tick = container.streams.video[0].time_base
    assert tick is not None
    return sorted(packet.pts * tick for packet in container.demux(video=0) if packet.pts is not None)


def test_the_result_verifies_as_synthetic_and_unchanged(finished: ProjectFolder, signer_home: Path) -> None:
    verified = tell("verify", result_of(finished), finished.compare_video, home=signer_home)
    assert verified.returncode == 0, verified.stdout + verified.stderr


def test_a_second_run_does_nothing_again(finished: ProjectFolder) -> None:
    before = {path: path.stat().st_mtime_ns for path in finished.path.rglob("*") if path.is_file()}
    assert tell("run", finished.path).returncode == ExitCode.DONE
    after = {path: path.stat().st_mtime_ns for path in finished.path.rglob("*") if path.is_file()}
    quiet = (finished.log_file, finished.chatter_file, finished.lock_file)
    assert {p: t for p, t in after.items() if p not in quiet} == {p: t for p, t in before.items() if p not in quiet}


def stage_ahead(folder: ProjectFolder) -> StageName | None:
    """Return the first stage that is not done."""
    return next((stage for stage in StageName if not marker_path(folder, stage).exists()), None)


def is_done_before(folder: ProjectFolder, stage: StageName) -> bool:
    return all(marker_path(folder, each).exists() for each in list(StageName)[: list(StageName).index(stage)])


def drawn_in_part(folder: ProjectFolder) -> list[Path]:
    """Return what there is of a frame drawn ahead that is on its way."""
    return [*folder.work.glob(".preview*/*"), *folder.previews.glob(f".foretaste{PARTIAL}*.jpg")]


def everything_but_the_log(folder: ProjectFolder) -> dict[Path, bytes]:
    own = (folder.log_file, folder.chatter_file, folder.lock_file, folder.foretaste_file)
    return {path: path.read_bytes() for path in folder.path.rglob("*") if path.is_file() and path not in own}


def kill_a_run(folder: ProjectFolder, is_time: Callable[[], bool]) -> None:
    """Kill a run as a power cut does, all at once: the one that draws is the last of its processes."""
    with subprocess.Popen(understudio("run", folder.path), stdout=subprocess.DEVNULL) as run:
        while not is_time() and run.poll() is None:
            time.sleep(0.002)
        for process in reversed([psutil.Process(run.pid), *psutil.Process(run.pid).children(recursive=True)]):
            process.kill()
    assert run.returncode == -signal.SIGKILL, "it ended before it was killed"


def forget_the_frame(folder: ProjectFolder) -> None:
    """Have it drawn once more."""
    folder.foretaste.unlink(missing_ok=True)
    folder.foretaste_file.unlink(missing_ok=True)


def kill_while_one_frame_is_drawn_ahead(folder: ProjectFolder) -> None:
    """Kill a run before it has painted that frame, and while it writes and signs it: nothing of it is left.

    Once more killed, as soon as the frame is there, it is whole and signed.
    """
    forget_the_frame(folder)
    kill_a_run(folder, folder.foretaste_file.exists)
    assert not folder.foretaste.exists()
    before = everything_but_the_log(folder)
    for _ in range(TRIES):
        kill_a_run(folder, lambda: bool(drawn_in_part(folder)))
        if drawn_in_part(folder):
            break
        # Hit a moment too late.
        forget_the_frame(folder)
    assert drawn_in_part(folder), "it was killed too late each time"
    assert not folder.foretaste.exists()
    now = everything_but_the_log(folder)
    assert {path: now.get(path) for path in before} == before
    kill_a_run(folder, folder.foretaste.exists)
    assert tell("verify", folder.foretaste).returncode == 0


def test_kill_9_in_every_stage_costs_nothing_but_time(
    tmp_path: Path, clips: tuple[Path, Path], finished: ProjectFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    """Given a run that is killed again and again, when it ends at last, its frames are those of an undisturbed run."""
    folder = new_project(tmp_path / "swap", clips)
    chance = random.Random(7)
    hits: Counter[str] = Counter()
    aims = [list(StageName)[number * len(StageName) // KILLS] for number in range(KILLS)]
    for number, aim in enumerate(aims):
        if number == aims.index(StageName.TRAIN):
            # It is drawn as soon as training begins: the last of these kills is one amid training.
            kill_while_one_frame_is_drawn_ahead(folder)
            hits[str(stage_ahead(folder))] += 1
            continue
        with subprocess.Popen(understudio("run", folder.path), stdout=subprocess.DEVNULL) as run:
            while not is_done_before(folder, aim) and run.poll() is None:
                time.sleep(0.05)
            # The report ends the run, so it must be hit early.
            time.sleep(chance.uniform(0.0, 4.0 if aim is StageName.REPORT else 9.0))
            hits[str(stage_ahead(folder))] += 1
            run.send_signal(signal.SIGKILL)
        assert run.returncode == -signal.SIGKILL, "it ended before all kills were given out"
    with capsys.disabled():
        sys.stdout.write(f"\n{KILLS} kills: {dict(hits)}\n")
    assert hits.keys() >= {str(stage) for stage in StageName}
    ran = tell("run", folder.path)
    assert ran.returncode == ExitCode.DONE, ran.stderr
    assert frames_digest(result_of(folder)) == frames_digest(result_of(finished))
    assert not drawn_in_part(folder)
    assert not list(folder.path.rglob(f"*{PARTIAL}*"))


def losses_written(folder: ProjectFolder) -> int:
    log = folder.history / "loss.csv"
    return len(log.read_text().splitlines()[1:]) if log.exists() else 0


def test_ctrl_c_stops_at_a_safe_point_and_says_how_to_go_on(tmp_path: Path, finished: ProjectFolder) -> None:
    folder = ProjectFolder(Path(shutil.copytree(finished.path, tmp_path / "swap")))
    project = folder.load()
    folder.save(project.model_copy(update={"train": project.train.model_copy(update={"steps": 100_000})}))
    kept, written = set(folder.checkpoints.glob("step-*")), losses_written(folder)
    run = subprocess.Popen(understudio("run", folder.path), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 240
    while losses_written(folder) == written and time.monotonic() < deadline:
        time.sleep(0.2)
    run.send_signal(signal.SIGINT)
    said, complaint = run.communicate(timeout=180)
    assert run.returncode == ExitCode.INTERRUPTED, complaint
    assert "goes on from here" in said
    assert set(folder.checkpoints.glob("step-*")) > kept


def test_without_consent_nothing_is_made(tmp_path: Path, clips: tuple[Path, Path]) -> None:
    refused = tell("new", tmp_path / "p", "--source", clips[0], "--target", clips[1])
    assert refused.returncode == ExitCode.FAILED
    assert "--consent-basis" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert not (tmp_path / "p").exists()
