"""What another project with the same person takes over from this one, in words. Pure."""

from __future__ import annotations

from engine.project.again import HeadStartFacts
from engine.project.settings import Project
from engine.text import counted, duration, printable

_LONGEST_NOTE = 120


def again_words(project: Project, facts: HeadStartFacts) -> str:
    """Return what is taken over, what that saves, and what is asked for."""
    note = project.consent.source.note if project.consent.source is not None else ""
    return (
        f"A new project with the person who appears in {printable(project.name)}: their pictures, the settings, and "
        f"what they agreed to (“{printable(note, _LONGEST_NOTE)}”). If that was for this one video only, change it at "
        f"the review.\n\n{_saved(facts)}\n\nAsked for are the new video, who is replaced in it, and their consent. "
        "This project stays as it is."
    )


def _saved(facts: HeadStartFacts) -> str:
    if not facts.faces:
        return "Faces and model are made anew: there are none in this project."
    faces = f"Their {counted(facts.faces, 'face')} need not be found again."
    if not facts.steps:
        return f"{faces} The model is made anew: there is none in this project."
    time = f" ({duration(facts.seconds)})" if facts.seconds else ""
    return (
        f"{faces} The model begins with the {counted(facts.steps, 'step')} of this one{time}, with the preset "
        f"{facts.preset.facts.label}; with another preset it begins anew."
    )
