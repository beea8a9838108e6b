"""Make a project folder: media in, project file last, and the folder visible only when it is whole."""

from __future__ import annotations

import contextlib
import errno
import filecmp
import hashlib
import os
import shutil
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine import atomic
from engine.errors import MediaError, OutOfDisk, ProjectError
from engine.project.attribution import sidecar_of
from engine.project.folder import ProjectFolder
from engine.project.media_kinds import MediaKind, kind_of, list_media
from engine.project.settings import Consent, ConsentRecord, Project

CopyReport = Callable[[int, int], None]
"""Told bytes done and bytes in all while media are brought in; what it raises ends that, and nothing is left behind."""

_BLOCK_BYTES = 1 << 22


def create_project(
    path: Path,
    project: Project,
    sources: Sequence[Path],
    target: Path,
    evidence: Mapping[str, Path],
    report: CopyReport,
    *,
    target_pictures: Sequence[Path] = (),
) -> ProjectFolder:
    """Make a project folder at `path`, which only its owner may read.

    Media are hard-linked where the file system allows it and copied where not. The folder appears under its name in one
    rename, so that a daemon never sees a part of it.

    Args:
        path: Where the folder goes; must not exist, or be empty.
        project: What is wanted. `target.video` and the consent's `evidence` are filled in here.
        sources: Photos, videos, or folders of them, that show the person who will appear.
        target: The video to change.
        evidence: Files that prove consent, by "source" or "target".
        report: Told how many bytes are in.
        target_pictures: Photos, and folders of them, that show the person in the video: more to learn from.

    Raises:
        ProjectError: There is something at `path` already.
        MediaError: A source or the target is absent or neither a picture nor a video.
        OutOfDisk: There is no room for a copy; nothing is left behind.
    """
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise ProjectError(f"{path} exists already and is not empty.", "Choose another name. Nothing was changed.")
    brought = _all_sources(sources)
    pictures = _all_sources(target_pictures) if target_pictures else []
    further = [path for path in pictures if kind_of(path) is MediaKind.PHOTO]
    if kind_of(target) is not MediaKind.VIDEO:
        raise MediaError(
            f"{target.name} is not a video that can be read.", "Choose an MP4, MOV, MKV, AVI or WebM file."
        )
    with atomic.new_folder(path.absolute()) as partial:
        folder = ProjectFolder(partial)
        for each in (folder.source, folder.target, folder.consent):
            each.mkdir(mode=0o700)
        into_target = [target, *further]
        files = [
            *zip(brought, free_names(brought, folder.source), strict=True),
            *zip(into_target, free_names(into_target, folder.target), strict=True),
        ]
        proofs = {role: folder.consent / f"{role}-{file.name}" for role, file in evidence.items()}
        _bring_all([*_with_sidecars(files), *((evidence[role], proof) for role, proof in proofs.items())], report)
        record = ConsentRecord(
            source=_with_evidence(project.consent.source, proofs.get("source")),
            target=_with_evidence(project.consent.target, proofs.get("target")),
        )
        video = project.target.model_copy(update={"video": f"target/{target.name}"})
        folder.save(project.model_copy(update={"target": video, "consent": record}))
    return ProjectFolder(path.absolute())


@dataclass(frozen=True)
class Brought:
    """What became of files that were to be brought in."""

    places: tuple[Path, ...]
    """Where each file lies now, in the order of the files."""
    added: tuple[Path, ...]
    """Those of them that were not there before."""


def bring_in(paths: Sequence[Path], into: Path, report: CopyReport) -> Brought:
    """Bring further media into a folder of a project that is there already.

    A file that lies there under whatever name is not brought in again. Where it fails, or `report` raises, none stays.

    Raises:
        MediaError: One is absent or neither a picture nor a video.
        OutOfDisk: There is no room for a copy; nothing was brought in.
    """
    files = _all_sources(paths) if paths else []
    into.mkdir(mode=0o700, exist_ok=True)
    atomic.remove_partials(into)
    known = _known(files, into)
    new = [file for file in files if file not in known]
    places = dict(zip(new, free_names(new, into), strict=True))
    _bring_all(_with_sidecars(list(places.items())), report)
    return Brought(tuple((places | known)[file] for file in files), tuple(places.values()))


def _known(files: Sequence[Path], folder: Path) -> dict[Path, Path]:
    """Return where in a folder those files lie that are in it already."""
    by_size: dict[int, list[Path]] = defaultdict(list)
    media = list_media(folder)
    for path in (*media.photos, *media.videos):
        by_size[path.stat().st_size].append(path)
    same = ((file, other) for file in files for other in by_size.get(file.stat().st_size, ()))
    return {file: other for file, other in same if file.samefile(other) or filecmp.cmp(file, other, shallow=False)}


def _with_sidecars(files: Sequence[tuple[Path, Path]]) -> list[tuple[Path, Path]]:
    """Add the sidecars of gathered pictures: the names of their authors come along."""
    sidecars = ((sidecar_of(file), sidecar_of(place)) for file, place in files)
    return [*files, *((file, place) for file, place in sidecars if file.is_file())]


def _all_sources(sources: Sequence[Path]) -> list[Path]:
    """Return every picture and video that the arguments name, folders opened up."""
    found: list[Path] = []
    for path in sources:
        if path.is_dir():
            media = list_media(path)
            found += [*media.photos, *media.videos]
        elif not path.is_file():
            raise MediaError(f"{path} is not there.", "Check the name. Nothing was changed.")
        elif kind_of(path) is None:
            raise MediaError(f"{path.name} is neither a picture nor a video.", "Leave it out, or convert it first.")
        else:
            found.append(path)
    if not found:
        names = ", ".join(str(path) for path in sources)
        raise MediaError(f"There is no picture or video in {names}.", "Choose photos or a video of the person.")
    return found


def free_names(files: Iterable[Path], folder: Path) -> list[Path]:
    """Return where each file goes; names that are taken get a number."""
    taken = {path.name.casefold() for path in folder.iterdir()}
    places = []
    for file in files:
        name, count = file.name, 1
        while name.casefold() in taken:
            count += 1
            name = f"{file.stem}-{count}{file.suffix}"
        taken.add(name.casefold())
        places.append(folder / name)
    return places


def _bring_all(files: Sequence[tuple[Path, Path]], report: CopyReport) -> None:
    total = sum(file.stat().st_size for file, _ in files)
    done = 0

    def copied(count: int) -> None:
        report(done + count, total)

    with contextlib.ExitStack() as undo:
        for file, place in files:
            if not _link(file, place):
                _check_room(file, place)
                _copy(file, place, copied)
            undo.callback(place.unlink, missing_ok=True)
            done += file.stat().st_size
            report(done, total)
        undo.pop_all()


def _link(file: Path, place: Path) -> bool:
    """Return whether a hard link could be made.

    Other file systems say no; and of somebody else's file none is to be in a project (`engine.safe_open`).
    """
    if file.stat().st_uid != os.geteuid():
        return False
    try:
        place.hardlink_to(file.resolve())
    except OSError as error:
        if error.errno in (errno.EXDEV, errno.EPERM, errno.EACCES, errno.EMLINK, errno.ENOTSUP):
            return False
        raise
    return True


def _check_room(file: Path, place: Path) -> None:
    needed, free = file.stat().st_size, shutil.disk_usage(place.parent).free
    if needed > free:
        raise OutOfDisk(
            f"There is no room for {file.name}: it needs {needed >> 20} MB and {free >> 20} MB are free.",
            "Free some space, or choose another place. Nothing was changed.",
        )


def _copy(file: Path, place: Path, copied: Callable[[int], None]) -> None:
    """Copy a file, telling the bytes done so far; it gets its name once it is whole."""
    with atomic.new_file(place) as partial:
        with file.open("rb") as reader, partial.open("xb") as writer:
            while block := reader.read(_BLOCK_BYTES):
                writer.write(block)
                copied(writer.tell())
        shutil.copystat(file, partial)


def _with_evidence(consent: Consent | None, proof: Path | None) -> Consent | None:
    if consent is None or proof is None:
        return consent
    with proof.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return consent.model_copy(update={"evidence": f"consent/{proof.name}", "evidence_sha256": digest})
