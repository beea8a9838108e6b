"""The settings that a screen can change, each with one sentence. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pydantic import BaseModel, ValidationError

from engine.project.presets import Preset
from engine.project.settings import (
    Codec,
    ColourMatch,
    ConvertSettings,
    ExtractSettings,
    Precision,
    Project,
    TrainSettings,
)

_YES_NO = (("yes", "yes"), ("no", "no"))


@dataclass(frozen=True)
class Setting:
    """One setting."""

    section: str
    """`extract`, `train` or `convert`."""
    name: str
    label: str
    sentence: str
    options: tuple[tuple[str, str], ...] = ()
    """Values to choose from, each with its name on the screen; nothing where it is a number or words."""
    step: float | None = None
    """By how much a slider moves it; None where it is typed."""

    @property
    def ends(self) -> tuple[float | None, float | None]:
        """The lowest and the highest value that the project file takes; None where there is none."""
        bounds = _SECTIONS[self.section].model_fields[self.name].metadata
        lowest = (getattr(bound, "ge", getattr(bound, "gt", None)) for bound in bounds)
        highest = (getattr(bound, "le", getattr(bound, "lt", None)) for bound in bounds)
        return _first(lowest), _first(highest)


def _first(found: Iterable[float | None]) -> float | None:
    return next((value for value in found if value is not None), None)


_SECTIONS: dict[str, type[BaseModel]] = {"extract": ExtractSettings, "train": TrainSettings, "convert": ConvertSettings}

BLENDING = (
    Setting(
        "convert",
        "colour",
        "Colour",
        "Fitted to the light of the scene; only its average; or as the model paints it.",
        options=((ColourMatch.LAB, "fitted"), (ColourMatch.MEAN, "average"), (ColourMatch.NONE, "own")),
    ),
    Setting("convert", "mask_grow", "Mask size", "Larger changes more of the face, smaller less.", step=0.02),
    Setting(
        "convert", "mask_blur", "Mask softness", "Softer hides the border, harder keeps more of the face.", step=0.02
    ),
    Setting(
        "convert",
        "smooth_frames",
        "Steadiness",
        "In frames: higher takes trembling out of the face; it is seen when the video plays.",
        step=0.5,
    ),
    Setting("convert", "sharpen", "Sharpness", "Gives back fine detail that the model lost.", step=0.25),
    Setting("convert", "quality", "Video quality", "Lower is better and larger; 18 looks like the original.", step=1),
    Setting(
        "convert",
        "codec",
        "Video coding",
        "H.264 plays everywhere; HEVC is smaller.",
        options=((Codec.H264, "H.264"), (Codec.HEVC, "HEVC")),
    ),
    Setting(
        "convert",
        "label",
        "Visible label",
        "Shows “AI MODIFIED”; the signed mark inside the file always stays.",
        options=_YES_NO,
    ),
    Setting("convert", "label_off_reason", "Why no label", "Needed where the label is off; kept with the result."),
)

TRAINING = (
    Setting("train", "batch_size", "Faces in a step", "More is steadier, and needs more memory."),
    Setting(
        "train", "learning_rate", "Learning rate", "Lower learns more carefully; change it only if the loss jumps."
    ),
    Setting(
        "train",
        "precision",
        "Arithmetic",
        "auto measures what is fastest; float32 always works.",
        options=tuple((precision, precision) for precision in Precision),
    ),
    Setting(
        "train", "stop_at_plateau", "Stop early", "Ends training when nothing gets better any more.", options=_YES_NO
    ),
    Setting("train", "checkpoint_seconds", "Save every (s)", "So much work a power cut may cost."),
)

BUDGET = (
    Setting(
        "train",
        "preset",
        "Detail",
        "Another one learns anew, and what was learnt is kept; empty the minutes, and it takes what it needs.",
        options=tuple((preset, preset.facts.label) for preset in Preset),
    ),
    Setting(
        "train",
        "minutes",
        "Training minutes",
        "Over all runs: a higher number trains on; none takes as long as the preset needs.",
    ),
)

FINDING = (
    Setting("extract", "min_face_px", "Smallest face px", "Narrower faces are not learnt from."),
    Setting("extract", "min_sharpness", "Least sharpness", "More blurred faces are not learnt from."),
    Setting("extract", "max_source_faces", "Most faces", "A long video is sampled down to about so many."),
)

ALL_SETTINGS = (*BUDGET, *BLENDING, *TRAINING, *FINDING)

_LABEL_OFF = "Say in at least ten letters why there is no label; it is kept with the result."


@dataclass(frozen=True)
class EditableSettings:
    """The settings of the three stages together."""

    extract: ExtractSettings
    train: TrainSettings
    convert: ConvertSettings

    @classmethod
    def of(cls, project: Project) -> EditableSettings:
        """Return the settings of a project."""
        return cls(project.extract, project.train, project.convert)

    def into(self, project: Project) -> Project:
        """Return the project with these settings."""
        return project.model_copy(update={"extract": self.extract, "train": self.train, "convert": self.convert})

    def shown(self, setting: Setting) -> str:
        """Return a setting's value as a person writes it."""
        value = getattr(getattr(self, setting.section), setting.name)
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, float):
            return f"{value:g}"
        return "" if value is None else str(value)

    def changed(self, typed: dict[Setting, str]) -> EditableSettings:
        """Return these settings with typed ones in their place.

        Raises:
            SettingRefused: A text is not a value that its setting takes.
        """
        sections: dict[str, BaseModel] = {"extract": self.extract, "train": self.train, "convert": self.convert}
        for section, model in sections.items():
            given = {s: text for s, text in typed.items() if s.section == section and text.strip() != self.shown(s)}
            if given:
                sections[section] = _changed(model, given)
        return EditableSettings(**sections)  # type: ignore[arg-type]


class SettingRefused(Exception):
    """A typed text is not a value that its setting takes."""

    def __init__(self, name: str, words: str) -> None:
        super().__init__(words)
        self.name = name
        """The setting's name."""
        self.words = words


def _changed(model: BaseModel, given: dict[Setting, str]) -> BaseModel:
    settings = {setting.name: setting for setting in given}
    values = {setting.name: _value(text) for setting, text in given.items()}
    # Steps that were meant for another preset say nothing of this one.
    other = {"steps": None} if {"minutes", "preset"} & values.keys() else {}
    try:
        return type(model).model_validate(model.model_dump() | values | other)
    except ValidationError as error:
        # What does not go together has no place of its own: a label that is off without a reason.
        where = error.errors()[0]["loc"]
        if not where:
            raise SettingRefused("label_off_reason", _LABEL_OFF) from error
        raise SettingRefused(str(where[0]), _refusal(settings[str(where[0])])) from error


def _refusal(setting: Setting) -> str:
    """Return what to type instead, in the words of the screen."""
    lowest, highest = setting.ends
    match lowest, highest:
        case None, None:
            return "Give fewer letters."
        case _, None:
            return f"Give a number, {lowest:g} or more."
        case None, _:
            return f"Give a number, {highest:g} at most."
        case _, _:
            return f"Give a number from {lowest:g} to {highest:g}."


def _value(text: str) -> object:
    match text.strip().lower():
        case "yes" | "true":
            return True
        case "no" | "false":
            return False
        case "":
            return None
        case other:
            return other.replace(",", ".") if other.replace(",", "").replace(".", "").isdigit() else text.strip()
