"""The bundled clips, and the project that the demo makes from them."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from engine.project.presets import Preset
from engine.project.settings import Consent, ConsentBasis, ConsentRecord, Project, TrainSettings

SOURCE_CLIP = Path(__file__).parent / "man_webcam.mp4"
"""Shows the person who will appear."""

TARGET_CLIP = Path(__file__).parent / "man_handheld.mp4"
"""Shows the person who is replaced."""

EXAMPLE = Path(__file__).parent / "example.jpg"
"""Four places of the target clip, above as they were and below after the demo."""
EXAMPLE_STEPS = 1641
"""Training steps after which it was made."""

EXAMPLE_PRESET = Preset.QUICK
"""The preset that made it."""

DETAIL = {preset: Path(__file__).parent / preset.facts.detail for preset in Preset if preset.facts.detail}
"""A frame of a clip, no swap: in the detail that the quick preset can hold, and beside it in this one's."""

DEFAULT_MINUTES = 4.5
"""Training time which, with extraction and conversion, keeps the demo within 8 minutes on two cores."""


def demo_project(minutes: float = DEFAULT_MINUTES) -> Project:
    """Return the project file of the demo: the bundled pair, trained for some minutes."""
    today = dt.date.today()
    note = "Bundled clip; licence and author in LICENCES.md beside it."
    consent = Consent(basis=ConsentBasis.LICENCE, note=note, recorded_on=today, purpose="Demonstration", is_adult=True)
    return Project(
        name="demo",
        consent=ConsentRecord(source=consent, target=consent),
        train=TrainSettings(minutes=minutes),
    )
