"""The settings that a screen can change, each with one sentence. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import BaseModel, ValidationError

from engine.project.file import problems_in_words
from engine.project.settings import ConvertSettings, ExtractSettings, Project, TrainSettings


@dataclass(frozen=True)
class Setting:
    """One setting."""

    section: str
    """`extract`, `train` or `convert`."""
    name: str
    label: str
    sentence: str


BLENDING = (
    Setting("convert", "colour", "Colour", "lab fits colours best; mean only the average; none keeps the model's own."),
    Setting("convert", "mask_grow", "Mask size", "-0.3 to 0.3: larger changes more of the face, smaller less."),
    Setting(
        "convert", "mask_blur", "Mask softness", "0 to 0.5: softer hides the border, harder keeps more of the face."
    ),
    Setting("convert", "smooth_frames", "Steadiness", "0 to 10 frames: higher takes trembling out of the face."),
    Setting("convert", "sharpen", "Sharpness", "0 to 3: gives back fine detail that the model lost."),
    Setting("convert", "quality", "Video quality", "0 to 51: lower is better and larger; 18 looks like the original."),
    Setting("convert", "codec", "Video coding", "h264 plays everywhere; hevc is smaller."),
    Setting(
        "convert", "label", "Visible label", "yes shows “AI MODIFIED”; the signed mark inside the file always stays."
    ),
    Setting(
        "convert", "label_off_reason", "Reason for no label", "Needed where the label is off; kept with the result."
    ),
)

TRAINING = (
    Setting("train", "batch_size", "Faces in a step", "1 to 512: more is steadier, and needs more memory."),
    Setting(
        "train", "learning_rate", "Learning rate", "Lower learns more carefully; change it only if the loss jumps."
    ),
    Setting("train", "precision", "Arithmetic", "auto measures what is fastest; float32 always works."),
    Setting("train", "stop_at_plateau", "Stop early", "yes ends training when nothing gets better any more."),
    Setting("train", "checkpoint_seconds", "Save every (s)", "So much work a power cut may cost."),
)

BUDGET = (Setting("train", "minutes", "Minutes of training", "Over all runs: a higher number trains on."),)

FINDING = (
    Setting("extract", "min_face_px", "Smallest face (px)", "Narrower faces are not learnt from."),
    Setting("extract", "min_sharpness", "Least sharpness", "More blurred faces are not learnt from."),
    Setting("extract", "max_source_faces", "Most source faces", "A long video is sampled down to about so many."),
)


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
        """The setting's name; empty where several do not go together."""
        self.words = words


def _changed(model: BaseModel, given: dict[Setting, str]) -> BaseModel:
    values = {setting.name: _value(text) for setting, text in given.items()}
    both = {"minutes", "steps"} & values.keys()
    other = {"steps": None} if both else {}
    try:
        return type(model).model_validate(model.model_dump() | values | other)
    except ValidationError as error:
        where = error.errors()[0]["loc"]
        name = str(where[0]) if where else ("label_off_reason" if "label" in values else next(iter(values)))
        raise SettingRefused(name, problems_in_words(error)) from error


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
