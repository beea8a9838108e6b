from pathlib import Path

import pytest

from engine.host.machine import this_machine
from engine.model.batches import MAPS
from engine.model.calibrate import calibrate, noise_batch
from engine.project.presets import Preset
from engine.records.pace import PaceStore, PresetPace
from tests.learning import SPEC, small_spec


@pytest.mark.slow
@pytest.mark.usefixtures("nothing_is_compiled")
def test_each_preset_is_told_as_soon_as_it_is_known() -> None:
    told: list[PresetPace] = []
    calibrate([Preset.QUICK, Preset.HIGH], told.append, busy=lambda: False, specs=small_spec)
    assert [pace.preset for pace in told] == [Preset.QUICK, Preset.HIGH]
    assert all(pace.seconds_a_step > 0 for pace in told)


def test_a_busy_machine_is_not_measured() -> None:
    told: list[PresetPace] = []
    calibrate([Preset.QUICK], told.append, busy=lambda: True)
    assert told == []


def test_noise_has_the_shape_of_a_batch() -> None:
    batch = noise_batch(SPEC, 4)
    assert batch.warped.shape == batch.faces.shape == (8, SPEC.size, SPEC.size, 3)
    assert batch.maps.shape == (8, SPEC.size, SPEC.size, MAPS)


def test_what_was_measured_is_remembered_for_this_machine_only(tmp_path: Path) -> None:
    file = tmp_path / "state" / "pace.json"
    paces = (PresetPace(preset=Preset.QUICK, seconds_a_step=0.3),)
    PaceStore(file, "one").write(paces)
    assert PaceStore(file, "one").read() == paces
    assert PaceStore(file, "another").read() == ()
    file.write_text("{")
    assert PaceStore(file, "one").read() == ()


def test_another_processor_or_graphics_card_is_another_machine(tmp_path: Path) -> None:
    (tmp_path / "cpuinfo").write_text("processor : 0\nmodel name : Slow 1\n")
    names = {this_machine(tmp_path)}
    (tmp_path / "cpuinfo").write_text("processor : 0\nmodel name : Fast 2\n")
    names.add(this_machine(tmp_path))
    card = tmp_path / "driver" / "nvidia" / "gpus" / "0000:01:00.0" / "information"
    card.parent.mkdir(parents=True)
    card.write_text("Model: \t\t NVIDIA H100\n")
    names.add(this_machine(tmp_path))
    assert len(names) == 3
    assert this_machine(tmp_path) in names
