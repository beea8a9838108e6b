"""A name with a line break or a control code in it makes one line on a terminal, and a harmless one."""

import pytest

from daemon.overview import Overview, Row
from engine.project.stage import Progress, StageName
from tui.commands.console import RewrittenLine, progress_line
from tui.commands.daemon import _table

FORGED = "holiday\x1b[2J\nanna     finished  The result is ready.\u202e"


def test_a_folders_name_cannot_forge_a_line_of_the_status() -> None:
    row = Row(folder=FORGED, name=FORGED, state="waiting", message=FORGED, hint=FORGED)
    lines = _table(Overview(workspace="/w", is_daemon_at_work=True, projects=[row]))
    assert all(line.isprintable() for line in lines)
    assert not [line for line in lines if line.startswith("anna")]


def test_a_files_name_cannot_forge_a_line_of_progress(capsys: pytest.CaptureFixture[str]) -> None:
    progress = Progress(stage=StageName.EXTRACT, done=1, total=2, message=f"finding faces in {FORGED}")
    with RewrittenLine() as line:
        line.write(progress_line(progress))
    said = capsys.readouterr().out
    assert said.count("\n") == 1
    assert said.rstrip("\n").isprintable()
