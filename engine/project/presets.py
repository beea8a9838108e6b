"""The presets: how much detail the model learns, and so how long it takes. All that a preset is stands here."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from engine.project.network import ModelSpec


@dataclass(frozen=True, kw_only=True)
class PresetFacts:
    """What a preset is."""

    label: str
    """Its name on the screens."""
    suits: str
    """What it is for, in a few words."""
    network: ModelSpec
    """The network that it trains."""
    full_steps: int
    """Steps after which it has mostly shown what it can; where the project names neither minutes nor steps it trains so
    many. On a slow or busy machine they take longer, and the face is as good."""
    guessed_seconds_a_step: float
    """On two cores without a graphics card, until the machine has been measured."""
    is_slow_without_graphics_card: bool = False
    """A step takes so long on a processor that it is measured on a single face."""
    detail: str | None = None
    """The bundled picture, in `engine/demo/`, that shows the detail it holds beside that of `quick`."""

    @property
    def pixels(self) -> int:
        """Side of the model's square pictures."""
        return self.network.size


class Preset(StrEnum):
    """How much detail the model learns, and so how long it takes; in rising order."""

    QUICK = "quick"
    """Made for a machine without a graphics card."""
    STANDARD = "standard"
    """For a night, or a graphics card."""
    HIGH = "high"
    """For faces that fill the picture; wants a graphics card."""

    @property
    def facts(self) -> PresetFacts:
        """What this preset is."""
        match self:
            case Preset.QUICK:
                return _QUICK
            case Preset.STANDARD:
                return _STANDARD
            case Preset.HIGH:
                return _HIGH

    @property
    def is_finest(self) -> bool:
        """Whether no other preset holds more detail."""
        return self is max(Preset, key=lambda preset: preset.facts.pixels)


def network_of(preset: Preset) -> ModelSpec:
    """Return the network that a preset trains."""
    return preset.facts.network


_QUICK = PresetFacts(
    label="Quick",
    suits="small faces, a first try",
    network=ModelSpec(96, (48, 96, 192), 128, 192, (96, 96, 48), (1, 1, 0), (96, 48, 24)),
    # On the demo's clips 399 steps reach a mean slope of 0.77 and a correlation of 0.80 in what the face does, and 0.72
    # of the target's sharpness; 1,500 steps reach 0.76, 0.80 and 0.72.
    full_steps=750,
    guessed_seconds_a_step=0.36,
)
_STANDARD = PresetFacts(
    label="Standard",
    suits="most videos",
    network=ModelSpec(160, (64, 128, 256), 192, 256, (192, 128, 64), (1, 1, 1), (96, 64, 32)),
    # On the demo's clips 1,200 steps, 17 minutes, reach 0.85, 0.85 and 0.69; more was not measured yet.
    full_steps=10_000,
    guessed_seconds_a_step=1.6,
    detail="detail-standard.jpg",
)
_HIGH = PresetFacts(
    label="High",
    suits="close-ups, graphics card",
    network=ModelSpec(256, (96, 192, 384), 256, 384, (256, 192, 96), (2, 2, 1), (128, 96, 48)),
    full_steps=30_000,
    guessed_seconds_a_step=25.0,
    is_slow_without_graphics_card=True,
    detail="detail-high.jpg",
)
