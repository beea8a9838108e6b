"""`understudio again`: the same person in another video, beginning with what one project has of them."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from engine.project.again import HeadStartFacts, evidence_in, head_start_facts, project_again
from engine.project.create import create_project
from engine.project.folder import ProjectFolder
from engine.project.settings import ConsentRecord, Project, TargetSettings, TrainSettings
from engine.role import Role
from engine.text import counted
from tui.commands.console import CopyLine, say
from tui.commands.project import BasisOption, FolderArgument, MinutesOption, NoteOption, StepsOption, agreed
from tui.commands.run import TargetPersonOption


def again(
    earlier: Annotated[
        Path, typer.Argument(metavar="PROJECT", help="The project whose person appears again.", show_default=False)
    ],
    folder: FolderArgument,
    target: Annotated[Path, typer.Option("--target", metavar="VIDEO", help="The other video.")],
    target_photos: Annotated[
        list[Path] | None, typer.Option(metavar="PATH", help="More photos of the person who is replaced, or a folder.")
    ] = None,
    target_consent_basis: BasisOption = None,
    target_consent_note: NoteOption = "",
    target_person: TargetPersonOption = None,
    minutes: MinutesOption = None,
    steps: StepsOption = None,
) -> None:
    """Put the same person into another video.

    Their pictures, their consent, the settings, their faces and the model come from PROJECT, which stays as it is.
    """
    if minutes is not None and steps is not None:
        raise typer.BadParameter("give --minutes or --steps, not both")
    begun = ProjectFolder(earlier.absolute())
    known = begun.load()
    project = project_again(known, folder.absolute().name, dt.date.today()).model_copy(
        update={"target": TargetSettings(person=target_person), "train": _train(known, minutes, steps)}
    )
    consent = agreed(Role.TARGET, target_consent_basis, target_consent_note, "--target-consent")
    project = project.model_copy(update={"consent": ConsentRecord(source=project.consent.source, target=consent)})
    proof = evidence_in(begun, known, Role.SOURCE)
    evidence = {Role.SOURCE: proof} if proof is not None else {}
    facts = head_start_facts(begun, known)
    with CopyLine() as copy_line:
        made = create_project(
            folder,
            project,
            [begun.source],
            target,
            evidence,
            copy_line.show,
            target_pictures=target_photos or (),
            earlier=begun,
        )
    say(f"Made {made.path}.")
    say(_taken_over(facts, earlier))
    say(f"Start it with: understudio run {folder}")


def _train(known: Project, minutes: float | None, steps: int | None) -> TrainSettings:
    if minutes is None and steps is None:
        return known.train
    return TrainSettings.model_validate(known.train.model_dump() | {"minutes": minutes, "steps": steps})


def _taken_over(facts: HeadStartFacts, earlier: Path) -> str:
    if not facts.faces:
        return f"{earlier} has no faces yet: everything is made anew."
    model = f" and a model of {counted(facts.steps, 'step')}" if facts.steps else ""
    return f"It begins with {counted(facts.faces, 'face')} of the person who appears{model}, from {earlier}."
