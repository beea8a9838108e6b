"""The daemon's borders: settings file, status file, hook, lock, systemd, disk, memory."""

from __future__ import annotations

import datetime as dt
import json
import logging
import os
import shutil
import socket
import subprocess
import sys
import time
import warnings
from pathlib import Path

import pytest

from daemon.disk import Lacked, free_bytes, room_for
from daemon.hooks import Happening, Hooks
from daemon.oom import OomWatch
from daemon.settings import HookEvent, HookSettings, Settings, SettingsReader, load_settings
from daemon.status import State, Status, read_status, write_status
from daemon.systemd import Notifier, install_unit, unit_name, unit_text
from daemon.watch import watched
from daemon.workspace_lock import hold_workspace, is_held, read_holder
from engine.dask_scheduler import Scheduler, told_scheduler
from engine.errors import ProjectError
from engine.project.folder import ProjectFolder
from engine.project.limits import (
    LEAST_FACE_BYTES,
    BatchPlan,
    Limits,
    batch_plan,
    face_bytes,
    forget_other_machines,
    read_limits,
    shrunk,
    tighten,
    write_limits,
)
from engine.project.presets import Preset
from engine.project.settings import Project, TrainSettings
from engine.project.stage import StageName
from tests.daemon.conftest import MakeProject

NOW = dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC)


class TestStatus:
    def test_what_was_written_is_read(self, make_project: MakeProject) -> None:
        folder = make_project()
        status = Status(name="anna", state=State.QUEUED, queue_position=2, updated_at=NOW)
        write_status(folder, status)
        assert read_status(folder) == status
        assert [path.name for path in folder.work.iterdir()] == ["status.json"]

    @pytest.mark.parametrize("content", ["", "{", '{"state": "dancing"}'])
    def test_a_torn_file_is_no_status(self, make_project: MakeProject, content: str) -> None:
        folder = make_project()
        folder.work.mkdir()
        folder.status_file.write_text(content)
        assert read_status(folder) is None

    def test_a_folder_that_is_gone_is_not_made_again(self, tmp_path: Path) -> None:
        folder = ProjectFolder(tmp_path / "gone")
        with pytest.raises(FileNotFoundError):
            write_status(folder, Status(name="x", state=State.QUEUED, updated_at=NOW))
        assert not folder.path.exists()

    def test_only_a_running_project_goes_stale(self) -> None:
        later = NOW + dt.timedelta(seconds=16)
        assert Status(name="x", state=State.RUNNING, updated_at=NOW).is_stale(later)
        assert not Status(name="x", state=State.FINISHED, updated_at=NOW).is_stale(later)


class TestSettings:
    def test_without_a_file_everything_has_a_default(self, workspace: Path) -> None:
        assert load_settings(workspace) == Settings()

    @pytest.mark.parametrize(
        ("text", "words"),
        [("heavy_jbos = 2", "heavy_jbos is not a setting"), ("heavy_jobs = 0", "heavy_jobs"), ("[", "cannot be read")],
    )
    def test_a_mistake_is_named(self, workspace: Path, text: str, words: str) -> None:
        (workspace / "understudio.toml").write_text(text)
        with pytest.raises(ProjectError, match=words):
            load_settings(workspace)

    def test_stages_are_told_of_the_cluster(self, workspace: Path) -> None:
        (workspace / "understudio.toml").write_text(
            '[cluster]\nscheduler = "tls://10.0.0.1:8786"\nca_file = "/ca.pem"\n'
            'certificate_file = "/me.pem"\nkey_file = "/key.pem"\n'
        )
        settings = load_settings(workspace)
        assert told_scheduler(settings.for_stages()) == Scheduler(
            "tls://10.0.0.1:8786", "/ca.pem", "/me.pem", "/key.pem"
        )
        assert [stage for stage in StageName if settings.cluster.takes(stage)] == [StageName.EXTRACT, StageName.CONVERT]
        assert told_scheduler(Settings().for_stages()) is None
        assert not Settings().cluster.takes(StageName.EXTRACT)

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ('scheduler = "10.0.0.1:8786"', "cluster.scheduler"),
            ('scheduler = "tcp://host"', "cluster.scheduler"),
            ('scheduler = "tls://host:1"', "takes ca_file, certificate_file and key_file"),
            ('scheduler = "tcp://host:1"\nca_file = "ca.pem"', "cluster.ca_file"),
            ('scheduler = "tcp://host:1"\nca_file = "/a"\ncertificate_file = "/b"\nkey_file = "/c"', "no other does"),
        ],
    )
    def test_a_mistaken_cluster_is_named(self, workspace: Path, text: str, words: str) -> None:
        (workspace / "understudio.toml").write_text(f"[cluster]\n{text}\n")
        with pytest.raises(ProjectError, match=words):
            load_settings(workspace)

    def test_changes_are_taken_up_and_mistakes_are_not(self, workspace: Path) -> None:
        reader = SettingsReader(workspace)
        file = workspace / "understudio.toml"
        file.write_text("heavy_jobs = 2")
        assert reader.read().heavy_jobs == 2
        file.write_text("heavy_jobs = zero")
        assert reader.read().heavy_jobs == 2
        file.unlink()
        assert reader.read().heavy_jobs == 1

    def test_light_jobs_follow_the_cores(self) -> None:
        assert [Settings().beside(cores) for cores in (1, 2, 4, 8, 16)] == [0, 0, 0, 1, 3]
        assert Settings(light_jobs=2).beside(1) == 2


class TestHooks:
    def happening(self, folder: Path) -> Happening:
        return Happening(HookEvent.DONE, "Anna", folder, "The result is ready.", "", folder / "a.mp4", folder / "log")

    def run(self, folder: Path, script: str, seconds: float = 20.0, **settings: object) -> float:
        words = (sys.executable, "-c", script)
        hooks, began = Hooks(), time.monotonic()
        hook = HookSettings(command=words, seconds=seconds, **settings)
        hooks.happened(self.happening(folder), hook, began)
        while hooks.are_running:
            time.sleep(0.02)
            hooks.look(time.monotonic())
        return time.monotonic() - began

    def test_the_command_gets_the_facts_in_variables(self, tmp_path: Path) -> None:
        script = (
            "import os, json; print(json.dumps({k: v for k, v in os.environ.items() if k.startswith('UNDERSTUDIO_')}),"
            " file=open('facts.json', 'w'))"
        )
        self.run(tmp_path, script)
        facts = json.loads((tmp_path / "facts.json").read_text())
        assert facts["UNDERSTUDIO_EVENT"] == "done"
        assert facts["UNDERSTUDIO_PROJECT"] == "Anna"
        assert facts["UNDERSTUDIO_FOLDER"] == str(tmp_path)
        assert facts["UNDERSTUDIO_RESULT"] == str(tmp_path / "a.mp4")
        assert facts["UNDERSTUDIO_TITLE"] == "The result is ready."

    def test_a_command_that_takes_too_long_is_ended(self, tmp_path: Path) -> None:
        assert self.run(tmp_path, "import time; time.sleep(60)", seconds=0.3) < 10

    def test_only_the_events_asked_for_run_it(self, tmp_path: Path) -> None:
        self.run(tmp_path, "open('ran', 'w')", events=("failed",))
        assert not (tmp_path / "ran").exists()

    def test_a_command_that_is_not_there_harms_nobody(self, tmp_path: Path) -> None:
        hooks = Hooks()
        hooks.happened(self.happening(tmp_path), HookSettings(command=("/nowhere",)), 0.0)
        assert not hooks.are_running


class TestLock:
    def test_a_second_daemon_is_told_who_holds_the_workspace(self, workspace: Path) -> None:
        with hold_workspace(workspace, NOW, polling=False):
            assert is_held(workspace)
            script = (
                "import sys, datetime as dt; from pathlib import Path\n"
                "from daemon.workspace_lock import hold_workspace\n"
                "with hold_workspace(Path(sys.argv[1]), dt.datetime.now(dt.UTC), polling=False): pass"
            )
            words = [sys.executable, "-c", script, str(workspace)]
            second = subprocess.run(words, capture_output=True, text=True, cwd=Path(__file__).parents[2], check=False)
            assert f"process {os.getpid()}" in second.stderr
        assert not is_held(workspace)
        assert read_holder(workspace) is None

    def test_a_workspace_that_is_absent_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(ProjectError, match="nowhere"), hold_workspace(tmp_path / "nowhere", NOW, polling=False):
            pass


class TestSystemd:
    def test_it_hears_that_we_are_ready_and_alive(self, tmp_path: Path) -> None:
        address = str(tmp_path / "notify")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
            systemd.bind(address)
            notifier = Notifier({"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "60000000"})
            assert notifier.beat_seconds == 30
            notifier.ready("looking")
            notifier.beat()
            assert systemd.recv(100) == b"READY=1\nSTATUS=looking"
            assert systemd.recv(100) == b"WATCHDOG=1"

    def test_without_systemd_nothing_is_said(self) -> None:
        notifier = Notifier({})
        notifier.ready("x")
        assert notifier.beat_seconds is None

    def test_the_unit_restarts_on_failure_and_is_watched(self, tmp_path: Path) -> None:
        unit = install_unit(tmp_path, ["/usr/bin/python", "daemon", "/my 100% videos"], tmp_path)
        text = unit.read_text()
        assert unit.parent == tmp_path / "systemd" / "user"
        for line in ("Type=notify", "WatchdogSec=60", "Restart=on-failure", "KillMode=mixed"):
            assert line in text.splitlines()
        assert 'ExecStart="/usr/bin/python" "daemon" "/my 100%% videos"' in text

    def test_each_workspace_has_a_unit_of_its_own(self) -> None:
        assert unit_name(Path("/a/videos")) != unit_name(Path("/b/videos"))

    @pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")
    def test_systemd_understands_the_unit(self, tmp_path: Path) -> None:
        path = tmp_path / "understudio-test.service"
        path.write_text(unit_text(tmp_path, [sys.executable, "-m", "tui.cli", "daemon", str(tmp_path)]))
        words = ["systemd-analyze", "verify", "--user", "--man=no", str(path)]
        environment = {**os.environ, "XDG_RUNTIME_DIR": str(tmp_path)}
        said = subprocess.run(words, capture_output=True, text=True, check=False, env=environment).stderr
        assert path.name not in said


class TestDisk:
    def test_some_room_is_always_left(self) -> None:
        assert not room_for(free=499_000_000, min_free_mb=500).may_start
        assert room_for(free=499_000_000, min_free_mb=500).may_go_on
        assert room_for(free=501_000_000, min_free_mb=500).may_start

    def test_what_proved_too_little_is_not_tried_again_and_said_in_the_words_of_the_stage(self) -> None:
        lacked = Lacked(2_000_000_000, "its 172,800 frames need about 95 GB")
        room = room_for(free=2_100_000_000, min_free_mb=500, lacked=lacked)
        assert not room.may_start
        assert room.words == lacked.words
        assert room_for(free=2_300_000_000, min_free_mb=500, lacked=lacked).may_start

    def test_the_disk_of_a_folder_that_is_gone_is_unknown(self, tmp_path: Path) -> None:
        assert free_bytes(tmp_path / "gone") is None
        assert free_bytes(tmp_path)


class TestMemory:
    def test_a_kill_by_the_kernel_is_told_from_another(self, tmp_path: Path) -> None:
        counter = tmp_path / "vmstat"
        counter.write_text("nr_free_pages 1\noom_kill 3\n")
        watch = OomWatch(counter)
        assert not watch.has_killed()
        counter.write_text("nr_free_pages 1\noom_kill 4\n")
        assert watch.has_killed()

    def test_a_kernel_that_does_not_tell_accuses_nobody(self, tmp_path: Path) -> None:
        assert not OomWatch(tmp_path / "absent").has_killed()


class TestLimits:
    def test_the_batch_asked_for_is_kept_by_accumulation(self, project: Project) -> None:
        limits = Limits(micro_batch=3, settings=Preset.QUICK)
        assert batch_plan(project, Limits()) == BatchPlan(8, 1)
        assert batch_plan(project, limits) == BatchPlan(3, 3)

    def test_another_preset_starts_without_the_bound(self, project: Project) -> None:
        other = project.model_copy(update={"train": TrainSettings(preset=Preset.HIGH)})
        assert batch_plan(other, Limits(micro_batch=1, settings=Preset.QUICK)) == BatchPlan(8, 1)

    def test_each_failure_halves_what_is_held_until_nothing_is_left(self, project: Project) -> None:
        limits = shrunk(Limits(), project, StageName.TRAIN, cores=4)
        sizes = []
        while limits is not None:
            sizes.append(limits.micro_batch)
            limits = shrunk(limits, project, StageName.TRAIN, cores=4)
        assert sizes == [4, 2, 1]

    def test_faces_get_a_share_of_the_memory_that_stays_on_one_machine(self, make_project: MakeProject) -> None:
        folder = make_project()
        forget_other_machines(folder, "here")
        assert face_bytes(folder, 24 << 30) == 3 << 30
        assert face_bytes(folder, 6 << 30) == 3 << 30
        forget_other_machines(folder, "elsewhere")
        assert face_bytes(folder, 1 << 30) == LEAST_FACE_BYTES

    def test_below_the_smallest_batch_fewer_faces_are_kept(self, project: Project) -> None:
        limits: Limits | None = Limits(micro_batch=1, settings="quick", face_bytes=3 * LEAST_FACE_BYTES)
        kept = []
        while limits is not None:
            kept.append(limits.face_bytes)
            limits = shrunk(limits, project, StageName.TRAIN, cores=4)
        assert kept == [3 * LEAST_FACE_BYTES, 3 * LEAST_FACE_BYTES // 2, LEAST_FACE_BYTES]

    def test_lighter_stages_give_up_workers(self, project: Project) -> None:
        limits = shrunk(Limits(), project, StageName.EXTRACT, cores=4)
        assert limits == Limits(workers=2)
        assert shrunk(Limits(workers=1), project, StageName.EXTRACT, cores=4) is None

    def test_what_one_machine_could_not_bear_is_forgotten_on_another(self, make_project: MakeProject) -> None:
        folder, project = make_project(), make_project("ben").load()
        forget_other_machines(folder, "here")
        assert tighten(folder, project, StageName.TRAIN, cores=4)
        forget_other_machines(folder, "here")
        assert batch_plan(project, read_limits(folder)) == BatchPlan(4, 2)
        forget_other_machines(folder, "elsewhere")
        assert batch_plan(project, read_limits(folder)) == BatchPlan(8, 1)

    def test_bounds_are_kept_beside_the_work(self, make_project: MakeProject) -> None:
        folder = make_project()
        assert read_limits(folder) == Limits()
        write_limits(folder, Limits(workers=2))
        assert read_limits(folder) == Limits(workers=2)


class TestFileEvents:
    def test_the_librarys_inner_troubles_are_kept_from_the_log(self, workspace: Path) -> None:
        with warnings.catch_warnings(record=True) as shown, watched(workspace, lambda: None):
            words = "Callback with id '1' already exists for watch <...>. It will be Overwritten."
            warnings.warn_explicit(words, RuntimeWarning, "inotify.py", 1, module="watchdog.observers.inotify")
        assert shown == []

    def test_its_complaint_of_being_stopped_is_too(self, workspace: Path, caplog: pytest.LogCaptureFixture) -> None:
        with watched(workspace, lambda: None):
            logging.getLogger("watchdog.observers.inotify").error("queue_events() called when the thread is inactive")
        assert caplog.records == []
