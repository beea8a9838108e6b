"""A name with a line break or a control code in it makes one line on a terminal, and a harmless one."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from daemon.status import State
from engine.project.stage import Progress, StageName
from tests.tui import scenes
from tests.tui.conftest import NOW
from tui.cli import built
from tui.commands.console import RewrittenLine, progress_line

FORGED = "holiday\x1b[2J\nanna     finished  The result is ready.\u202e"


def test_a_folders_name_cannot_forge_a_line_of_the_status(workspace: Path) -> None:
    scenes.put_project(workspace, FORGED, FORGED, scenes.simple(State.WAITING, NOW, FORGED))
    said = CliRunner().invoke(built(), ["status", str(workspace)]).output
    lines = said.split("\n")
    assert sum("holiday" in line for line in lines) == 1
    assert all(line.isprintable() for line in lines)
    assert not [line for line in lines if line.startswith("anna")]


def test_a_files_name_cannot_forge_a_line_of_progress(capsys: pytest.CaptureFixture[str]) -> None:
    progress = Progress(stage=StageName.EXTRACT, done=1, total=2, message=f"finding faces in {FORGED}")
    with RewrittenLine() as line:
        line.write(progress_line(progress))
    said = capsys.readouterr().out
    assert said.count("\n") == 1
    assert said.rstrip("\n").isprintable()
