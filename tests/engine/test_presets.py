"""What every preset has to be."""

import pytest

from engine.arrays import MODEL_SHARE, STORED_SIZE
from engine.project.presets import Preset


@pytest.mark.parametrize("preset", Preset)
def test_stored_faces_show_all_the_detail_that_a_preset_learns(preset: Preset) -> None:
    assert preset.facts.pixels <= STORED_SIZE * MODEL_SHARE


def test_presets_rise_in_detail_and_in_time() -> None:
    facts = [preset.facts for preset in Preset]
    assert [each.pixels for each in facts] == sorted({each.pixels for each in facts})
    assert [each.full_steps for each in facts] == sorted({each.full_steps for each in facts})
    assert [preset.is_finest for preset in Preset] == [False] * (len(Preset) - 1) + [True]


def test_every_preset_but_that_of_the_bundled_result_has_a_picture_of_its_detail() -> None:
    from engine.demo import DETAIL, EXAMPLE_PRESET

    assert DETAIL.keys() == set(Preset) - {EXAMPLE_PRESET}
    assert all(path.is_file() for path in DETAIL.values())
