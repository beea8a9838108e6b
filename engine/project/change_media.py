"""Change the media of a project that is there already: more in, some out, and back. Touches files: call from a worker.

Nothing is ever deleted: what is taken out lies in `taken-out/`, under the path that it had. Only what depends on the
change is made again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from engine.errors import MediaError
from engine.files.private_folder import make_private
from engine.project.attribution import sidecar_of
from engine.project.folder import ProjectFolder
from engine.project.import_media import OnCopied, bring_in, free_names
from engine.project.media_kinds import MediaKind, kind_of, list_media
from engine.project.persons import ask_again
from engine.project.settings import TargetSettings
from engine.role import Role


@dataclass(frozen=True)
class MediaChange:
    """What was changed, so that it can be undone."""

    added: tuple[Path, ...] = ()
    """Files that were brought in."""
    known: int = 0
    """How many more were wanted, and lay there already."""
    taken_out: tuple[tuple[Path, Path], ...] = ()
    """Where each file lay that was taken out, and where it lies now."""
    is_other_video: bool = False
    """Whether another video is to be changed now."""
    target_before: TargetSettings = field(default_factory=TargetSettings)
    """What the project file said of the video then."""


def add_source(folder: ProjectFolder, paths: Sequence[Path], on_copied: OnCopied) -> MediaChange:
    """Add photos, videos, or folders of them, of the person who will appear.

    Raises:
        MediaError: One is absent or neither a picture nor a video.
        OutOfDisk: There is no room; nothing was changed.
    """
    return _add(paths, folder.source, on_copied)


def add_target_pictures(folder: ProjectFolder, paths: Sequence[Path], on_copied: OnCopied) -> MediaChange:
    """Add photos, or folders of them, of the person who is replaced; videos in the folders stay out.

    Raises:
        MediaError: One is absent or no photo.
        OutOfDisk: There is no room; nothing was changed.
    """
    photos = [photo for path in paths for photo in (list_media(path).photos if path.is_dir() else (path,))]
    for photo in photos:
        if kind_of(photo) is not MediaKind.PHOTO:
            raise MediaError(f"{photo.name} is not a photo that can be read.", "Leave it out. Nothing was changed.")
    if not photos:
        raise MediaError("There is no photo there.", "Choose photos of the person in the video. Nothing was changed.")
    return _add(photos, folder.target, on_copied)


def change_video(folder: ProjectFolder, video: Path, on_copied: OnCopied) -> MediaChange:
    """Put another video in the place of the one to change, which is taken out; who is meant is asked again.

    Raises:
        MediaError: It is absent or no video.
        OutOfDisk: There is no room; nothing was changed.
        ProjectError: The project file is not valid; nothing was changed.
    """
    project = folder.load()
    if kind_of(video) is not MediaKind.VIDEO:
        raise MediaError(f"{video.name} is not a video that can be read.", "Choose another one. Nothing was changed.")
    before = video_to_change(folder, project.target.video)
    brought = bring_in([video], folder.target, on_copied)
    place = brought.places[0]
    wanted = place.relative_to(folder.path).as_posix()
    if wanted == project.target.video:
        return MediaChange(known=1)
    # A number says who it is in one video only.
    changed = {"video": wanted, "person": None, "take_what_is_there": False}
    ask_again(folder, Role.TARGET)
    folder.save(project.model_copy(update={"target": project.target.model_copy(update=changed)}))
    old = [before] if before is not None and before != place else []
    taken = take_out(folder, old).taken_out
    return MediaChange(brought.added, 0, taken, is_other_video=True, target_before=project.target)


def video_to_change(folder: ProjectFolder, named: str | None) -> Path | None:
    """Return the video to change; None where it is absent, or several lie there and none is named.

    Args:
        folder: Of the project.
        named: What `target.video` says.
    """
    if named is not None:
        return path if (path := folder.path / named).is_file() else None
    videos = list_media(folder.target, folder.path).videos
    return videos[0] if len(videos) == 1 else None


def take_out(folder: ProjectFolder, files: Sequence[Path]) -> MediaChange:
    """Take files out of `source/` or `target/`, those that are still there; they are kept in `taken-out/`."""
    return MediaChange(taken_out=tuple((file, _take_out(folder, file)) for file in files if file.exists()))


def undo(folder: ProjectFolder, change: MediaChange) -> None:
    """Put back what was taken out, and take out what was added.

    Raises:
        ProjectError: The project file is not valid.
    """
    for before, now in change.taken_out:
        _move(now, free_names([before], before.parent)[0])
    if change.is_other_video:
        project = folder.load()
        was = change.target_before
        said = {"video": was.video, "person": was.person, "take_what_is_there": was.take_what_is_there}
        ask_again(folder, Role.TARGET)
        folder.save(project.model_copy(update={"target": project.target.model_copy(update=said)}))
    take_out(folder, change.added)


def _add(paths: Sequence[Path], into: Path, on_copied: OnCopied) -> MediaChange:
    brought = bring_in(paths, into, on_copied)
    return MediaChange(brought.added, known=len(brought.places) - len(brought.added))


def _take_out(folder: ProjectFolder, file: Path) -> Path:
    place = folder.taken_out / file.relative_to(folder.path)
    make_private(place.parent, parents=True)
    place = free_names([place], place.parent)[0]
    _move(file, place)
    return place


def _move(file: Path, place: Path) -> None:
    if sidecar_of(file).is_file():
        sidecar_of(file).replace(sidecar_of(place))
    file.replace(place)
