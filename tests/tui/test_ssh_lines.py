"""The video comes home by a line to paste, and files come here by another."""

import getpass
import socket
import subprocess
from pathlib import Path

import pytest
from textual.widgets import Label, Static

from tests.tui import scenes
from tests.tui.conftest import NOW, open_project, settle, shown
from tui.app import Wizard
from tui.processes.clipboard import copy
from tui.screens.media import SourceQuestion
from tui.screens.result import ResultScreen
from tui.terminal.ssh_lines import SshSession, how_files_come, line_to_web, ssh_session

HERE = "198.51.100.7 50022 203.0.113.5 2222"


def test_the_session_tells_host_and_port() -> None:
    session = ssh_session({"SSH_CONNECTION": HERE})
    assert session is not None
    assert (session.host, session.port) == ("203.0.113.5", 2222)
    assert ssh_session({}) is None
    assert ssh_session({"SSH_CONNECTION": "broken"}) is None


def test_a_line_names_the_port_where_it_is_unusual_and_quotes_what_a_shell_would_read(tmp_path: Path) -> None:
    video = Path.home() / "films" / "Anna & Ben.mp4"
    assert SshSession("anna", "server", 22).fetch(video) == "scp 'anna@server:films/Anna & Ben.mp4' ."
    assert SshSession("anna", "server", 2222).fetch(Path("/srv/a.mp4")) == "scp -P 2222 anna@server:/srv/a.mp4 ."
    all_of_it = SshSession("anna", "fe80::1", 2222).fetch_all(Path("/srv/result"), "film-result")
    assert all_of_it == "rsync -a --partial -e 'ssh -p 2222' 'anna@[fe80::1]:/srv/result/' film-result/"
    assert SshSession("anna", "server", 22).bring() == "scp -r my-photos scene.mp4 anna@server:"


def test_the_browser_reaches_this_machine_by_the_address_and_port_of_the_session() -> None:
    line = line_to_web(8000, {"SSH_CONNECTION": HERE})
    assert line == f"ssh -N -L 8000:localhost:8000 -p 2222 {getpass.getuser()}@203.0.113.5"
    # Unlike scp, ssh takes no brackets around such an address.
    assert SshSession("anna", "fe80::1", 22).forward(9000) == "ssh -N -L 9000:localhost:9000 anna@fe80::1"
    assert line_to_web(8000, {}).endswith(f"@{socket.gethostname()}")


async def test_the_result_page_has_the_line_to_paste_at_home(
    wizard: Wizard, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSH_CONNECTION", HERE)
    folder = scenes.finished(workspace, NOW)
    folder.compare_video.write_bytes(b"video")
    async with wizard.run_test(size=(80, 24)) as pilot:
        await open_project(pilot, folder.path)
        said = str(shown(pilot, ResultScreen).query_one("#result-path", Static).render())
        # Of two rows, somebody who marks them with the mouse would paste two commands.
        assert "\nscp -P 2222 " in said
        assert "@203.0.113.5:understudio/anna-as-ben/result/Anna-as-Ben.mp4 ." in said
        assert "compare.mp4" in said
        assert "understudio web plays it" in said
        await pilot.press("c")
        await settle(pilot)
        assert wizard.clipboard.startswith("scp -P 2222 ")
        await pilot.press("C")
        await settle(pilot)
        assert wizard.clipboard.endswith("anna-as-ben-result/")


async def test_who_sits_at_the_machine_copies_the_path(wizard: Wizard, workspace: Path) -> None:
    folder = scenes.finished(workspace, NOW)
    async with wizard.run_test(size=(80, 24)) as pilot:
        await open_project(pilot, folder.path, "c")
        assert wizard.clipboard == str(folder.result / "Anna-as-Ben.mp4")


async def test_the_first_question_says_how_files_come_here(
    wizard: Wizard, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSH_CONNECTION", HERE)
    async with wizard.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("n")
        await settle(pilot)
        bring = shown(pilot, SourceQuestion).query_one("#bring", Label)
        assert "scp -P 2222 -r my-photos scene.mp4" in str(bring.render())
        assert "understudio web" in str(bring.render())
        assert bring.display


def test_in_the_browser_files_come_by_the_page_and_at_the_machine_nothing_is_said() -> None:
    assert "Projects, above the wizard" in how_files_come({"TEXTUAL_DRIVER": "web", "SSH_CONNECTION": HERE})
    assert how_files_come({}) == ""


def test_within_tmux_the_copy_is_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    socket = tmp_path / "tmux"
    tmux = ["tmux", "-S", str(socket), "-f", "/dev/null"]
    subprocess.run([*tmux, "new-session", "-d", "sleep 60"], check=True)
    try:
        monkeypatch.setenv("TMUX", f"{socket},1,0")
        sent: list[str] = []
        assert copy("scp x .", sent.append).startswith("Copied: tmux pastes it")
        shown_buffer = subprocess.run([*tmux, "show-buffer"], capture_output=True, text=True, check=True)
        assert (shown_buffer.stdout, sent) == ("scp x .", [])
    finally:
        subprocess.run([*tmux, "kill-server"], check=True)
    assert copy("scp x .", sent.append).startswith("Not copied")


def test_where_a_copy_cannot_be_looked_at_that_is_said() -> None:
    sent: list[str] = []
    assert "If pasting brings nothing" in copy("scp x .", sent.append, {})
    assert sent == ["scp x ."]
    assert copy("scp x .", sent.append, {"STY": "1.pts"}).startswith("Not copied: GNU screen")
