"""Settings are turned between their ends, and one frame shows what they do."""

from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Button, Label, Static

from daemon.status import State, write_status
from engine.errors import ConsentMissing
from engine.project.presets import Preset
from engine.project.settings import ColourMatch, ConsentRecord, ConvertSettings, ExtractSettings, TrainSettings, Wanted
from engine.records.blended_frame import BlendedFrame
from tests.tui import scenes
from tests.tui.conftest import NOW, FakeEngine, open_project, settle, shown, until
from tui.app import Wizard
from tui.processes.engine_process import EngineProcess
from tui.projects.editable_settings import ALL_SETTINGS, EditableSettings, SettingRefused
from tui.screens.project import ProjectScreen
from tui.screens.result import ResultScreen
from tui.screens.settings import SettingsDialog
from tui.screens.zoom import Zoom
from tui.widgets.field import Field
from tui.widgets.knobs import OneOf, Slider
from tui.widgets.picture import Picture

ALL = {setting.name: setting for setting in ALL_SETTINGS}
AS_THEY_ARE = EditableSettings(ExtractSettings(), TrainSettings(), ConvertSettings())


@pytest.mark.parametrize("name", [name for name, setting in ALL.items() if setting.step is not None])
def test_a_slider_has_the_ends_that_the_project_file_has(name: str) -> None:
    setting = ALL[name]
    low, high = setting.ends
    assert low is not None
    assert high is not None
    for value in (low, high):
        AS_THEY_ARE.changed({setting: f"{value:g}"})
    for value in (low - 0.5, high + 0.5):
        with pytest.raises(SettingRefused):
            AS_THEY_ARE.changed({setting: f"{value:g}"})


@pytest.mark.parametrize("name", [name for name, setting in ALL.items() if setting.options])
def test_every_value_that_is_offered_is_taken(name: str) -> None:
    setting = ALL[name]
    for value, _ in setting.options:
        reason = {ALL["label_off_reason"]: "filmed for a test"} if name == "label" else {}
        changed = AS_THEY_ARE.changed({setting: value, **reason})
        assert changed.shown(setting) == value


@pytest.mark.parametrize(
    ("name", "typed", "said"),
    [
        ("batch_size", "0", "Give a number from 1 to 512."),
        ("learning_rate", "fast", "Give a number from 0 to 0.1."),
        ("min_sharpness", "-1", "Give a number, 0 or more."),
        ("label_off_reason", "x" * 1001, "Give fewer letters."),
    ],
)
def test_what_cannot_be_taken_is_said_in_the_words_of_the_screen(name: str, typed: str, said: str) -> None:
    with pytest.raises(SettingRefused) as refused:
        AS_THEY_ARE.changed({ALL[name]: typed})
    assert (refused.value.name, refused.value.words) == (name, said)


def test_a_slider_moves_on_its_scale_and_stops_at_its_ends() -> None:
    slider = Slider("Softness", "0.07", (0.0, 0.5), 0.02, id="softness")
    assert (slider.turned(1), slider.turned(-1)) == ("0.08", "0.06")
    slider.value = "0.08"
    assert (slider.turned(1), slider.turned(-1)) == ("0.1", "0.06")
    slider.value = "0.5"
    assert slider.turned(1) == "0.5"
    assert slider.at_end(0) == "0"
    assert "●" in slider.shown().plain


@pytest.mark.slow
async def test_choices_and_sliders_are_turned_by_the_arrows(wizard: Wizard, workspace: Path) -> None:
    folder = scenes.finished(workspace, NOW)
    async with wizard.run_test(size=(80, 24)) as pilot:
        await open_project(pilot, folder.path, "b")
        await pilot.press("right", "down", "right", "right", "down", "home", "ctrl+n")
        await settle(pilot)
    convert = folder.load().convert
    assert (convert.colour, convert.mask_grow, convert.mask_blur) == (ColourMatch.MEAN, 0.04, 0)


async def test_the_preset_can_be_changed_afterwards(wizard: Wizard, workspace: Path) -> None:
    folder = scenes.put_project(workspace, "anna", "Anna", scenes.training(NOW))
    async with wizard.run_test(size=(80, 24)) as pilot:
        await open_project(pilot, folder.path, "e")
        dialog = shown(pilot, SettingsDialog)
        assert "learns anew" in str(dialog.query_one("#sentence", Label).content)
        await pilot.press("right", "down", *"720", "ctrl+n")
        await settle(pilot)
    train = folder.load().train
    assert (train.preset, train.minutes) == (Preset.STANDARD, 720)


async def test_the_preset_of_a_finished_project_can_be_changed_on_its_result(wizard: Wizard, workspace: Path) -> None:
    folder = scenes.finished(workspace, NOW)
    folder.save(folder.load().model_copy(update={"wanted": Wanted.FINISH}))
    async with wizard.run_test(size=(80, 24)) as pilot:
        await open_project(pilot, folder.path, "E")
        note = shown(pilot, SettingsDialog).query_one("#settings-note", Label)
        assert "The video that is there stays" in str(note.content)
        await pilot.press("ctrl+n")
        await settle(pilot)
        shown(pilot, ResultScreen)
        assert folder.load().wanted is Wanted.FINISH
        await pilot.press("E", "right", "ctrl+n")
        await settle(pilot)
        assert "as soon as its turn comes" in str(shown(pilot, ProjectScreen).query_one("#says", Static).content)
    project = folder.load()
    assert (project.train.preset, project.wanted) == (Preset.STANDARD, Wanted.RUN)


async def blend(pilot: Pilot[None], workspace: Path) -> SettingsDialog:
    folder = scenes.finished(workspace, NOW)
    folder.checkpoints.mkdir(parents=True)
    await open_project(pilot, folder.path, "b")
    return shown(pilot, SettingsDialog)


@pytest.mark.slow
async def test_one_frame_shows_at_once_what_a_setting_does(
    wizard: Wizard, engine: FakeEngine, workspace: Path, tmp_path: Path
) -> None:
    engine.blended = BlendedFrame(picture=scenes.picture(tmp_path / "frame.jpg", 1), frame_index=41)
    async with wizard.run_test(size=(80, 24)) as pilot:
        dialog = await blend(pilot, workspace)
        picture = dialog.query_one("#trial-picture", Picture)
        await until(pilot, lambda: picture.path == engine.blended.picture if engine.blended else False)
        assert engine.asked_to_blend == [ConvertSettings()]
        assert "frame 42" in str(dialog.query_one("#trial-words", Label).content)
        await pilot.press("down", "right")
        await until(pilot, lambda: len(engine.asked_to_blend) > 1)
        assert engine.asked_to_blend[-1] == ConvertSettings(mask_grow=0.02)
        assert picture.version > 1
        await pilot.press("f5")
        shown(pilot, Zoom)


async def test_settings_can_be_changed_though_no_frame_can_be_shown(wizard: Wizard, workspace: Path) -> None:
    async with wizard.run_test(size=(80, 24)) as pilot:
        dialog = await blend(pilot, workspace)
        await until(pilot, lambda: "There is no frame" in str(dialog.query_one("#trial-words", Label).content))
        assert isinstance(dialog.query_one("#colour"), OneOf)
        await pilot.press("right")
        dialog.query_one("#label", OneOf).value = "no"
        await pilot.press("ctrl+n")
        reason = shown(pilot, SettingsDialog).query_one("#label_off_reason", Field)
        assert "why there is no label" in str(reason.query_one(".field-error", Label).content)


async def test_what_the_real_engine_cannot_blend_it_says_why(workspace: Path) -> None:
    folder = scenes.finished(workspace, NOW)
    folder.save(folder.load().model_copy(update={"consent": ConsentRecord()}))
    async with EngineProcess().blending(folder.path, 0.5) as blend:
        with pytest.raises(ConsentMissing) as error:
            await blend(ConvertSettings())
    assert "no record that the person who will appear agreed" in error.value.title


async def test_the_buttons_are_in_sight_in_the_smallest_window(wizard: Wizard, workspace: Path) -> None:
    folder = scenes.finished(workspace, NOW)
    write_status(folder, scenes.simple(State.QUEUED, NOW))
    async with wizard.run_test(size=(80, 24)) as pilot:
        await open_project(pilot, folder.path, "e")
        dialog = shown(pilot, SettingsDialog)
        box = dialog.query_one("#settings").content_region
        assert all(box.contains_region(button.region) for button in dialog.query(Button))
