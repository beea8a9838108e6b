from __future__ import annotations

from pathlib import Path

from tensorboard.backend.event_processing.event_file_loader import EventFileLoader

from engine.model.history import HEADER, LOSS_FILE, History, read_rows
from engine.model.learner import Losses
from engine.model.schedule import HeldOut

LOSSES = Losses(1.0, 2.0, 3.0, 4.0)


def steps_in(folder: Path) -> list[int]:
    return [int(row[0]) for row in read_rows(folder / LOSS_FILE)]


def test_each_report_is_a_line_with_a_header_above_all(tmp_path: Path) -> None:
    with History(tmp_path, 0) as history:
        history.add(20, 3.21, LOSSES, 1e-4)
        history.add(40, 6.5, LOSSES, 2e-4)
    lines = (tmp_path / LOSS_FILE).read_text().splitlines()
    assert lines == [",".join(HEADER), "20,3.2,1,2,3,4,0.0001", "40,6.5,1,2,3,4,0.0002"]


def test_a_torn_last_line_does_no_harm(tmp_path: Path) -> None:
    with History(tmp_path, 0) as history:
        history.add(20, 1, LOSSES, 1e-4)
    with (tmp_path / LOSS_FILE).open("ab") as file:
        file.write(b"40,2.0,1.0,\xff")
    with History(tmp_path, 40) as history:
        history.add(60, 3, LOSSES, 1e-4)
    assert steps_in(tmp_path) == [20, 60]


def test_lines_of_steps_that_are_done_again_are_dropped(tmp_path: Path) -> None:
    with History(tmp_path, 0) as history:
        for step in (20, 40, 60):
            history.add(step, step, LOSSES, 1e-4)
    with History(tmp_path, 45) as history:
        history.add(60, 61, LOSSES, 1e-4)
    assert steps_in(tmp_path) == [20, 40, 60]
    assert read_rows(tmp_path / LOSS_FILE)[-1][1] == "61.0"


def test_tensorboard_can_read_the_events(tmp_path: Path) -> None:
    with History(tmp_path, 0) as history:
        history.add(20, 1, LOSSES, 1e-4)
        history.add_held_out(20, HeldOut(20, 0.25, 0.5))
    (path,) = tmp_path.glob("events.out.tfevents.*")
    found = {
        value.tag: value.simple_value or value.tensor.float_val[0]
        for event in EventFileLoader(str(path)).Load()
        for value in event.summary.value
    }
    assert found["loss/source"] == 1.0
    assert (found["held_out/source"], found["held_out/target"]) == (0.25, 0.5)
    assert "rate" in found
