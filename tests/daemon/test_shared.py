"""Two daemons over one workspace: each keeps its hands off what the other has in hand."""

from __future__ import annotations

import datetime as dt
import fcntl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest
from typer.testing import CliRunner

from daemon.claims import Claims, Company
from daemon.overview import read_overview
from daemon.presence import SILENT_SECONDS, Heart, Holder, Pulses, Record, announced
from daemon.status import STALE_SECONDS, Ear, State, Status
from daemon.workspace_lock import Hold, hold_workspace, is_looked_after
from engine.errors import AccessRefused, ProjectError
from engine.host.machine import Host
from engine.project.folder import ProjectFolder
from engine.project.lock import taken
from engine.project.lock_trial import try_locks
from tests.machines import as_machine, needs_machines
from tui.cli import built

from .conftest import MakeProject
from .driver import QUICK, Daemon, is_in, starts, status
from .fake_engine import let_go

ROOT = Path(__file__).parents[2]
NOW = dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC)
ONE, OTHER = (Host(name, f"kernel of {name}", "") for name in ("box-one", "box-two"))


class Pair:
    """A daemon on each of two machines, over one workspace."""

    def __init__(self, workspace: Path) -> None:
        own = workspace / ".understudio"
        own.mkdir()
        self.cut_off = [False]
        companies = [Company(ONE, Claims(own, self._is_cut_off), self._is_cut_off), Company(OTHER, Claims(own))]
        self.one, self.other = (Daemon(workspace, company=company) for company in companies)

    def _is_cut_off(self) -> bool:
        return self.cut_off[0]

    def rounds(self, seconds: float = 1.0) -> None:
        for daemon in (self.one, self.other) * 2:
            daemon.rounds(seconds / 4)


@pytest.fixture
def pair(workspace: Path) -> Iterator[Pair]:
    (workspace / "understudio.toml").write_text(f"shared = true\n{QUICK}light_jobs = 0\n")
    pair = Pair(workspace)
    yield pair
    for daemon in (pair.one, pair.other):
        daemon.leave()
        daemon.wake.close()


class TestTwoDaemons:
    def test_each_takes_another_project_and_the_status_says_whose_it_is(
        self, pair: Pair, make_project: MakeProject
    ) -> None:
        anna, ben = (make_project(name, extract={"waits": True}) for name in ("anna", "ben"))
        pair.one.until(is_in(anna, State.RUNNING))
        pair.other.until(is_in(ben, State.RUNNING))
        pair.rounds()
        assert (status(anna).host, status(anna).state) == ("box-one", State.RUNNING)
        assert (status(ben).host, status(ben).state) == ("box-two", State.RUNNING)
        assert starts(anna) == starts(ben) == ["extract"]
        for folder in (anna, ben):
            let_go(folder.path)

    @pytest.mark.slow
    def test_a_project_at_work_is_left_alone_and_taken_over_when_its_daemon_has_left(
        self, pair: Pair, make_project: MakeProject
    ) -> None:
        folder = make_project(train={"waits": True})
        pair.one.until(lambda: "train" in starts(folder))
        pair.other.rounds(1)
        assert status(folder).host == "box-one"
        assert starts(folder) == ["extract", "train"]
        pair.one.leave()
        pair.other.until(lambda: starts(folder).count("train") == 2)
        let_go(folder.path)
        pair.other.until(is_in(folder, State.FINISHED))
        assert starts(folder) == ["extract", "train", "train", "convert", "report"]

    def test_what_one_found_to_have_failed_the_other_does_not_try_again(
        self, pair: Pair, make_project: MakeProject
    ) -> None:
        folder = make_project(extract={"waits": True, "fail_at": 0})
        self.begin(pair, folder)
        let_go(folder.path)
        pair.one.until(is_in(folder, State.FAILED))
        pair.rounds()
        assert starts(folder) == ["extract"]
        assert status(folder).message == "The video is broken."

    @pytest.mark.slow
    @pytest.mark.parametrize("script", [{"waits": True}, {"waits": True, "fail_at": 0}])
    def test_the_users_command_is_run_once(
        self, pair: Pair, workspace: Path, make_project: MakeProject, script: dict[str, object]
    ) -> None:
        settings, told = workspace / "understudio.toml", workspace / "told.log"
        settings.write_text(settings.read_text() + f'[hook]\ncommand = ["sh", "-c", "echo told >> {told}"]\n')
        folder = make_project(report=script)
        self.begin(pair, folder, "report")
        let_go(folder.path)
        pair.one.until(lambda: status(folder).state in (State.FINISHED, State.FAILED))
        pair.rounds()
        pair.one.until(told.exists)
        assert told.read_text() == "told\n"

    def begin(self, pair: Pair, folder: ProjectFolder, stage: str = "extract") -> None:
        """Have one daemon work on a project that the other would take, too."""
        pair.one.until(lambda: stage in starts(folder))
        pair.other.rounds(1)
        assert status(folder).host == "box-one"

    def test_one_that_was_cut_off_says_nothing_more_and_ends_what_it_had_at_work(
        self, pair: Pair, make_project: MakeProject
    ) -> None:
        folder = make_project(extract={"waits": True})
        pair.one.until(lambda: status(folder).child_pid)
        child = psutil.Process(status(folder).child_pid)
        pair.cut_off[0] = True
        said = status(folder)
        pair.one.service.run()
        assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE
        assert status(folder) == said
        let_go(folder.path)


class TestClaims:
    def test_only_one_has_a_claim_until_it_is_given_back(self, tmp_path: Path) -> None:
        one, other = Claims(tmp_path), Claims(tmp_path)
        assert one.take("anna")
        assert one.has("anna")
        assert not other.take("anna")
        assert other.take("ben")
        one.let_go("anna")
        assert not one.has("anna")
        assert other.take("anna")

    def test_who_was_cut_off_has_nothing_any_more(self, tmp_path: Path) -> None:
        is_cut_off = [False]
        claims = Claims(tmp_path, lambda: is_cut_off[0])
        claims.take("anna")
        is_cut_off[0] = True
        assert not claims.has("anna")
        assert not claims.take("anna")
        assert not claims.take("ben")

    def test_a_place_that_may_not_be_written_claims_nothing_and_says_why(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        (tmp_path / "claims").touch()
        assert not Claims(tmp_path).take("anna")
        assert "anna: it cannot be claimed now" in caplog.text

    def test_alone_everything_is_ours(self) -> None:
        assert Claims(None).take("anna")
        assert Claims(None).has("ben")


HOLD = (
    "import sys, datetime as dt; from pathlib import Path\n"
    "from daemon.workspace_lock import hold_workspace\n"
    "with hold_workspace(Path(sys.argv[1]), dt.datetime.now(dt.UTC), polling=False, shared=sys.argv[2] == 'shared'):\n"
    "    print('held', flush=True); sys.stdin.read()\n"
)


def second(workspace: Path, *, shared: bool, machine: str = "") -> str:
    """Have another process look after a workspace, and return what it says."""
    words = [sys.executable, "-c", HOLD, str(workspace), "shared" if shared else "alone"]
    words = as_machine(machine, words) if machine else words
    done = subprocess.run(words, capture_output=True, text=True, cwd=ROOT, check=False, stdin=subprocess.DEVNULL)
    return done.stdout + done.stderr


class TestHoldingAWorkspace:
    @needs_machines
    def test_a_daemon_of_another_machine_may_join_where_the_workspace_is_shared(self, workspace: Path) -> None:
        with hold_workspace(workspace, NOW, polling=False, shared=True):
            assert second(workspace, shared=True, machine="box-two") == "held\n"
            assert is_looked_after(workspace, Pulses(workspace))
        assert not is_looked_after(workspace, Pulses(workspace))

    def test_a_second_one_of_this_machine_is_refused_all_the_same(self, workspace: Path) -> None:
        with hold_workspace(workspace, NOW, polling=False, shared=True):
            assert "looks after" in second(workspace, shared=True)

    @needs_machines
    @pytest.mark.parametrize("is_shared", [True, False])
    def test_who_shares_and_who_does_not_keep_each_other_out_and_are_told_how_to_share(
        self, workspace: Path, is_shared: bool
    ) -> None:
        words = [sys.executable, "-c", HOLD, str(workspace), "shared" if is_shared else "alone"]
        with subprocess.Popen(
            as_machine("box-two", words), stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True, cwd=ROOT
        ) as other:
            assert other.stdout is not None
            assert other.stdout.readline() == "held\n"
            with (
                pytest.raises(ProjectError, match="process 1 on box-two") as caught,
                hold_workspace(workspace, NOW, polling=False, shared=not is_shared),
            ):
                pass
            assert "`shared = true`" in caught.value.hint
            other.communicate("")

    def test_locks_that_do_not_hold_are_found_out_and_the_sentence_names_the_drive_and_the_way_out(
        self, workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Given a drive that gives every lock to everybody, as some do, nobody begins."""
        lenient = tmp_path / "lenient"
        lenient.mkdir()
        (lenient / "sitecustomize.py").write_text("import fcntl\nfcntl.flock = lambda *_: None\n")
        monkeypatch.setenv("PYTHONPATH", str(lenient))
        monkeypatch.setattr(fcntl, "flock", lambda *_: None)
        with (
            pytest.raises(AccessRefused, match="Locks do not hold on the disk at") as caught,
            hold_workspace(workspace, NOW, polling=False, shared=True),
        ):
            pass
        assert "version 4" in caught.value.hint

    @pytest.mark.parametrize("is_shared", [True, False])
    def test_who_is_alone_on_a_network_drive_waits_for_it_and_loses_nothing(
        self, workspace: Path, *, is_shared: bool
    ) -> None:
        """Given a drive that was away all night, only where others may have taken over something has to end."""
        now = [0.0]
        heart = Heart(workspace / "x.json", Record(pid=1, host="x", since=NOW, keeper="k"), lambda: now[0])
        now[0] = 40_000.0
        assert Hold(workspace, is_shared, heart).is_cut_off() is is_shared

    def test_a_trial_of_locks_leaves_nothing_behind(self, workspace: Path) -> None:
        try_locks(workspace)
        assert list(workspace.iterdir()) == []


class TestWhatIsShown:
    def running(self, updated_at: dt.datetime, host: str = "box-two") -> Status:
        return Status(name="anna", state=State.RUNNING, host=host, updated_at=updated_at)

    def test_a_project_of_another_machine_is_at_work_as_long_as_its_status_is_written_anew(
        self, tmp_path: Path
    ) -> None:
        """Given a machine whose clock is a day late, only what changes counts."""
        now, folder = [0.0], ProjectFolder(tmp_path)
        ear = Ear(lambda: now[0], "box-one")
        late = NOW - dt.timedelta(days=1)
        for seconds in range(0, 60, 4):
            now[0] += 4
            assert not ear.is_stale(folder, self.running(late + dt.timedelta(seconds=seconds)), NOW)
        now[0] += STALE_SECONDS
        assert not ear.is_stale(folder, self.running(late + dt.timedelta(seconds=56)), NOW)
        now[0] += 1
        assert ear.is_stale(folder, self.running(late + dt.timedelta(seconds=56)), NOW)

    def test_of_this_machine_one_clock_tells(self, tmp_path: Path) -> None:
        ear = Ear(lambda: 0.0, "box-two")
        assert ear.is_stale(ProjectFolder(tmp_path), self.running(NOW - dt.timedelta(seconds=16)), NOW)
        assert not ear.is_stale(ProjectFolder(tmp_path), self.running(NOW), NOW)

    def test_the_overview_names_the_machine_of_a_project_at_work(
        self, pair: Pair, workspace: Path, make_project: MakeProject
    ) -> None:
        folder = make_project(extract={"waits": True})
        pair.other.until(is_in(folder, State.RUNNING))
        with hold_workspace(workspace, NOW, polling=False, shared=True):
            overview = read_overview(workspace, status(folder).updated_at)
            told = CliRunner().invoke(built(), ["status", str(workspace)]).output
        (row,) = overview.projects
        assert (row.host, row.state) == ("box-two", State.RUNNING)
        assert overview.is_daemon_at_work
        assert "running   on box-two: " in told
        let_go(folder.path)

    def test_the_status_names_the_machines_where_there_are_several(self, workspace: Path) -> None:
        (workspace / ".understudio").mkdir()
        with ExitStack() as stack:
            for host in (ONE, OTHER):
                holder = Holder(pid=1, host=host.name, since=NOW)
                stack.enter_context(announced(workspace / ".understudio", holder, host))
            told = CliRunner().invoke(built(), ["status", str(workspace)]).output
        assert "At work here: box-one, box-two." in told

    def test_the_wizard_takes_a_machine_whose_beats_have_ended_for_gone(self, workspace: Path) -> None:
        """Given a machine that is gone and whose lock the disk still keeps, somebody else may be started."""
        own, now = workspace / ".understudio", [0.0]
        (own / "daemons").mkdir(parents=True)
        record = Record(pid=1, host="box-two", since=NOW, keeper="theirs", beats=7)
        (own / "daemons" / "box-two.json").write_text(record.model_dump_json())
        pulses = Pulses(workspace, lambda: now[0])
        with ExitStack() as stack:
            for file in (own / "lock", own / "daemons" / "box-two.lock"):
                lock = taken(file, 0.0)
                assert lock is not None
                stack.enter_context(lock)
            assert is_looked_after(workspace, pulses)
            now[0] += SILENT_SECONDS + 1
            assert not is_looked_after(workspace, pulses)
