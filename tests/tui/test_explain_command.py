"""`understudio explain`, as it is typed."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from engine.media.images import write_image
from engine.project.stage import ExitCode
from engine.records.explanation import PAGE
from tests.real_faces import MAN, frames_of, wall
from tui.cli import built

pytestmark = pytest.mark.slow


def test_it_names_the_steps_and_the_page(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    write_image(tmp_path / "man.png", frames_of(MAN, range(40, 41))[0])
    result = CliRunner().invoke(built(), ["explain", str(tmp_path / "man.png"), "--out", str(tmp_path / "out")])
    said = result.output + capfd.readouterr().out
    assert result.exit_code == ExitCode.DONE, said
    assert "10  An exercise for the model" in said
    assert (tmp_path / "out" / PAGE).is_file()


def test_where_it_writes_nothing_it_leaves_nothing(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    write_image(tmp_path / "wall.png", wall())
    (tmp_path / "mine").mkdir()
    for name in ("new", "mine"):
        result = CliRunner().invoke(built(), ["explain", str(tmp_path / "wall.png"), "--out", str(tmp_path / name)])
        assert result.exit_code == ExitCode.FAILED
        assert "Nothing was written." in result.output + capfd.readouterr().err
    assert not (tmp_path / "new").exists()
    assert (tmp_path / "mine").is_dir()
