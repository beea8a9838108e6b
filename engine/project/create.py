"""Make a project folder: media in, project file last, and the folder visible only when it is whole."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from engine.errors import MediaError, ProjectError
from engine.files import atomic
from engine.files.private_folder import make_private
from engine.project.again import copy_database, learnt_files, source_places
from engine.project.attribution import sidecar_of
from engine.project.consent import evidence_place, with_evidence
from engine.project.folder import ProjectFolder
from engine.project.import_media import OnCopied, bring_all, bring_in, free_names, named_media, with_sidecars
from engine.project.lock import at_rest
from engine.project.media_kinds import MediaKind, kind_of
from engine.project.settings import Project
from engine.role import Role


def create_project(
    path: Path,
    project: Project,
    sources: Sequence[Path],
    target: Path,
    evidence: Mapping[Role, Path],
    on_copied: OnCopied,
    *,
    target_pictures: Sequence[Path] = (),
    earlier: ProjectFolder | None = None,
) -> ProjectFolder:
    """Make a project folder at `path`, which only its owner may read.

    Media are hard-linked where the file system allows it and copied where not. The folder appears under its name in one
    rename, so that a daemon never sees a part of it.

    Args:
        path: Where the folder goes; must not exist, or be empty.
        project: What is wanted. `target.video` and the consent's `evidence` are filled in here.
        sources: Photos, videos, or folders of them, that show the person who will appear.
        target: The video to change.
        evidence: Files that prove consent.
        on_copied: Told how many bytes are in.
        target_pictures: Photos, and folders of them, that show the person in the video: more to learn from.
        earlier: A project in which the same person appears: their faces and the model come along. Its pictures do where
            `sources` names them.

    Raises:
        ProjectBusy: A stage is at work on the earlier project; nothing was changed.
        ProjectError: There is something at `path` already, or an evidence file is absent.
        MediaError: A source or the target is absent or neither a picture nor a video.
        OutOfDisk: There is no room for a copy; nothing is left behind.
    """
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise ProjectError(f"{path} exists already and is not empty.", "Choose another name. Nothing was changed.")
    _require(evidence)
    brought = named_media(sources)
    pictures = named_media(target_pictures) if target_pictures else []
    further = [path for path in pictures if kind_of(path) is MediaKind.PHOTO]
    if not target.is_file():
        raise MediaError(f"{target} is not there.", "Check the name. Nothing was changed.", role=Role.TARGET)
    if kind_of(target) is not MediaKind.VIDEO:
        raise MediaError(
            f"{target.name} is not a video that can be read.", "Choose an MP4, MOV, MKV, AVI or WebM file."
        )
    with atomic.new_folder(path.absolute()) as partial, _kept_as_it_is(earlier):
        folder = ProjectFolder(partial)
        for each in (folder.source, folder.target, folder.consent):
            make_private(each)
        into_target = [target, *further]
        files = [
            *source_places(brought, folder.source, earlier),
            *zip(into_target, free_names(into_target, folder.target), strict=True),
        ]
        learnt = list(learnt_files(earlier, folder)) if earlier is not None else []
        proofs = {role: evidence_place(file, role, folder) for role, file in evidence.items()}
        proven = [(evidence[role], proof) for role, proof in proofs.items()]
        bring_all([*with_sidecars(files), *learnt, *proven], on_copied)
        if earlier is not None:
            copy_database(earlier, folder)
        record = with_evidence(project.consent, proofs, folder)
        video = project.target.model_copy(update={"video": f"target/{target.name}"})
        folder.save(project.model_copy(update={"target": video, "consent": record}))
    return ProjectFolder(path.absolute())


def complete_project(
    folder: ProjectFolder,
    project: Project,
    sources: Sequence[Path],
    target: Path,
    evidence: Mapping[Role, Path],
    on_copied: OnCopied,
    *,
    target_pictures: Sequence[Path] = (),
) -> None:
    """Write the project file of a folder whose media are there already; what lies elsewhere is brought in first.

    Args:
        folder: The folder, dropped with its media.
        project: What is wanted. `target.video` and the consent's `evidence` are filled in here.
        sources: Photos, videos, or folders of them, that show the person who will appear, in the folder or elsewhere.
        target: The video to change, in the folder or elsewhere.
        evidence: Files that prove consent.
        on_copied: Told how many bytes are in.
        target_pictures: Photos, and folders of them, that show the person in the video, in the folder or elsewhere.

    Raises:
        ProjectError: An evidence file is absent; nothing was changed.
        MediaError: Something named is absent or neither a picture nor a video; nothing was changed.
        OutOfDisk: There is no room for a copy; nothing was changed.
    """
    _require(evidence)
    with contextlib.ExitStack() as undo:

        def bring(paths: Sequence[Path], into: Path) -> tuple[Path, ...]:
            outside = [path for path in paths if not path.is_relative_to(folder.path)]
            brought = bring_in(outside, into, on_copied)
            for path in (each for added in brought.added for each in (added, sidecar_of(added))):
                undo.callback(path.unlink, missing_ok=True)
            return brought.places

        bring(sources, folder.source)
        bring(target_pictures, folder.target)
        (video,) = bring([target], folder.target) or (target,)
        proofs = {role: evidence_place(file, role, folder) for role, file in evidence.items()}
        for role, place in proofs.items():
            if place != evidence[role]:
                shutil.copyfile(evidence[role], place)
        named = project.target.model_copy(update={"video": str(video.relative_to(folder.path))})
        record = with_evidence(project.consent, proofs, folder)
        folder.save(project.model_copy(update={"target": named, "consent": record}))
        undo.pop_all()


def _kept_as_it_is(earlier: ProjectFolder | None) -> contextlib.AbstractContextManager[None]:
    """Keep stages from a project whose faces and model are copied."""
    hint = "Its faces and model are to be taken over: pause it, or wait until its video is ready. Nothing was changed."
    return contextlib.nullcontext() if earlier is None else at_rest(earlier, hint)


def _require(evidence: Mapping[Role, Path]) -> None:
    for role, file in evidence.items():
        if not file.is_file():
            raise ProjectError(
                f"The evidence file {file} is not there.",
                f"Correct its path on the consent page of the {role}.",
                role=role,
            )
