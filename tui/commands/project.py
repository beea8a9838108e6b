"""`understudio new`, `add` and `demo`: make a project, and put more pictures into one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from engine.errors import ConsentMissing
from engine.project.change_media import add_source, add_target_pictures, change_video
from engine.project.create import create_project
from engine.project.folder import ProjectFolder
from engine.project.import_media import left_out_words
from engine.project.presets import Preset
from engine.project.settings import (
    Consent,
    ConsentBasis,
    ConsentRecord,
    Project,
    SourceSettings,
    TargetSettings,
    TrainSettings,
)
from engine.role import Role
from engine.text import counted
from tui.commands.console import CopyLine, say
from tui.commands.run import SourcePersonOption, TargetPersonOption, run_to_the_end

FolderArgument = Annotated[
    Path, typer.Argument(metavar="FOLDER", help="The project folder to make.", show_default=False)
]
SourceOption = Annotated[
    list[Path],
    typer.Option("--source", metavar="PATH", help="Photos, a video, or a folder of them: the person who will appear."),
]
TargetOption = Annotated[Path, typer.Option("--target", metavar="VIDEO", help="The video in which a face is replaced.")]
PresetOption = Annotated[Preset, typer.Option(help="How much detail: quick suits a machine without a graphics card.")]
MinutesOption = Annotated[
    float | None, typer.Option(min=0.01, metavar="MINUTES", help="Training time, counted over all runs.")
]
StepsOption = Annotated[
    int | None,
    typer.Option(min=1, metavar="STEPS", help="Training steps; without them or minutes, those that the preset needs."),
]
BasisOption = Annotated[
    ConsentBasis | None,
    typer.Option(help="Why both faces may be used. Giving one states that both people agreed and are adults."),
]
NoteOption = Annotated[str, typer.Option(metavar="TEXT", help="Who agreed to what, in your own words.")]
EvidenceOption = Annotated[
    Path | None, typer.Option(metavar="FILE", help="What proves it: a scan, or the message in which they agreed.")
]


def new(
    folder: FolderArgument,
    source: SourceOption,
    target: TargetOption,
    target_photos: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="PATH", help="More photos of the person who is replaced, or a folder: more to learn from."
        ),
    ] = None,
    preset: PresetOption = Preset.QUICK,
    minutes: MinutesOption = None,
    steps: StepsOption = None,
    consent_basis: BasisOption = None,
    consent_note: NoteOption = "",
    consent_evidence: EvidenceOption = None,
    target_consent_basis: Annotated[
        ConsentBasis | None, typer.Option(help="For the person who is replaced, where theirs is another.")
    ] = None,
    target_consent_note: Annotated[str, typer.Option(metavar="TEXT", help="The same, in your own words.")] = "",
    target_consent_evidence: Annotated[
        Path | None, typer.Option(metavar="FILE", help="For the person who is replaced, where theirs is another.")
    ] = None,
    target_person: TargetPersonOption = None,
    source_person: SourcePersonOption = None,
    seed: Annotated[int, typer.Option(min=0, metavar="NUMBER", help="Start value of everything random.")] = 1,
    deterministic: Annotated[
        bool, typer.Option("--deterministic", help="Make the same result from the same project, always.")
    ] = False,
) -> None:
    """Make a project: who will appear, in which video, and that both people agreed."""
    if minutes is not None and steps is not None:
        raise typer.BadParameter("give --minutes or --steps, not both")
    if deterministic and minutes is not None:
        raise typer.BadParameter("--deterministic needs --steps, since minutes differ from run to run")
    project = Project(
        name=folder.absolute().name,
        seed=seed,
        deterministic=deterministic,
        consent=ConsentRecord(
            source=agreed(Role.SOURCE, consent_basis, consent_note),
            target=agreed(Role.TARGET, target_consent_basis or consent_basis, target_consent_note or consent_note),
        ),
        source=SourceSettings(person=source_person),
        target=TargetSettings(person=target_person),
        train=TrainSettings(preset=preset, minutes=minutes, steps=steps),
    )
    evidence = _evidence(project, consent_evidence, target_consent_evidence or consent_evidence)
    with CopyLine() as copy_line:
        made = create_project(
            folder, project, source, target, evidence, copy_line.show, target_pictures=target_photos or ()
        )
    say(f"Made {made.path}.")
    _say_left_out([*source, *(target_photos or ())])
    say(f"Start it with: understudio run {folder}")


def add(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="The project folder to add to.", show_default=False)],
    source: Annotated[
        list[Path] | None,
        typer.Option("--source", metavar="PATH", help="More photos, videos, or folders: the person who will appear."),
    ] = None,
    target_photos: Annotated[
        list[Path] | None, typer.Option(metavar="PATH", help="More photos, or folders: the person who is replaced.")
    ] = None,
    target: Annotated[
        Path | None,
        typer.Option("--target", metavar="VIDEO", help="Another video to change; the old one goes to taken-out/."),
    ] = None,
) -> None:
    """Put more pictures, or another video, into a project.

    They must show the same people who agreed. Files that are in the project already are passed over; only what depends
    on the new ones is made again. To take one out, move it out of source/ or target/.
    """
    project = ProjectFolder(folder.absolute())
    project.load()
    if not (source or target_photos or target):
        raise typer.BadParameter("say what to add: --source, --target-photos or --target")
    with CopyLine() as copy_line:
        changes = [add_source(project, source, copy_line.show)] if source else []
        changes += [add_target_pictures(project, target_photos, copy_line.show)] if target_photos else []
        changes += [change_video(project, target, copy_line.show)] if target else []
    added, known = sum(len(change.added) for change in changes), sum(change.known for change in changes)
    known_words = f" {counted(known, 'file')} lay there already." if known else ""
    say(f"Added {counted(added, 'file')} to {folder}.{known_words}")
    _say_left_out([*(source or ()), *(target_photos or ())])
    say(f"A daemon goes on by itself; or go on with: understudio run {folder}")


def _say_left_out(sources: Sequence[Path]) -> None:
    if words := left_out_words(sources):
        say(words)


def demo(
    minutes: Annotated[
        float | None,
        typer.Option(
            min=0.05, metavar="MINUTES", help="Training time; the default makes 8 minutes in all on two cores."
        ),
    ] = None,
    folder: Annotated[Path, typer.Option(metavar="FOLDER", help="Where the demo project goes.")] = Path("demo-project"),
) -> None:
    """Swap a face in a real video: two bundled clips, from start to finish."""
    # The clips are only looked for when they are needed.
    from engine.demo import DEFAULT_MINUTES, SOURCE_CLIP, TARGET_CLIP, demo_project

    wanted = demo_project(minutes or DEFAULT_MINUTES)
    made = ProjectFolder(folder.absolute())
    if made.project_file.exists():
        say(f"Going on with {folder}; delete it to begin anew.")
        if minutes is not None:
            made.save(made.load().model_copy(update={"train": wanted.train}))
    else:
        with CopyLine() as copy_line:
            made = create_project(folder, wanted, [SOURCE_CLIP], TARGET_CLIP, {}, copy_line.show)
    run_to_the_end(made)


def agreed(role: Role, basis: ConsentBasis | None, note: str, options: str = "--consent") -> Consent:
    """Return the record that the command line gives, in options whose names begin with `options`.

    Raises:
        ConsentMissing: The basis or the note is absent.
    """
    hint = (
        f'Add {options}-basis (one of {", ".join(ConsentBasis)}) and {options}-note "who agreed to what". '
        "A face belongs to a person: nothing is made without their agreement. Nothing was changed."
    )
    if basis is None:
        raise ConsentMissing(f"No consent basis was given for {role.person}.", hint, role=role)
    if not note.strip():
        raise ConsentMissing(f"No consent note was given for {role.person}.", hint, role=role)
    if len(note.strip()) < 3:
        title = f"The consent note for {role.person}, “{note.strip()}”, has fewer than three letters."
        raise ConsentMissing(title, "Say in a few words who agreed to what. Nothing was changed.", role=role)
    return Consent(basis=basis, note=note.strip(), recorded_on=dt.date.today(), is_adult=True)


def _evidence(project: Project, source: Path | None, target: Path | None) -> dict[Role, Path]:
    """Return the files that prove the two consents.

    Raises:
        ConsentMissing: Somebody agreed in a message, and it was not given.
    """
    given = {role: file for role, file in ((Role.SOURCE, source), (Role.TARGET, target)) if file is not None}
    for role in Role:
        consent = project.consent.of(role)
        if consent is not None and consent.basis is ConsentBasis.MESSAGE and role not in given:
            option = "--consent-evidence" if role is Role.SOURCE else "--target-consent-evidence"
            title = f"The message in which {role.person} agreed was not given."
            raise ConsentMissing(
                title, f"Add {option} with a file of it, or a picture. Nothing was changed.", role=role
            )
    return given
