"""Which photos and frames a check examines: evenly spaced ones, chosen such that decoding them is cheap."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from engine.errors import MediaError
from engine.media.frame_index import frame_table
from engine.media.wholeness import shortage_of
from engine.project.folder import PROJECT_FILE, ProjectFolder
from engine.project.foreign_formats import foreign_words
from engine.project.media_kinds import MediaKind, kind_of, list_media
from engine.records.check import SkippedFile

Item = TypeVar("Item")

_PHOTOS = 60
"""Photos examined."""
_FRAMES = 60
"""Frames examined, of all videos together."""
_FRAMES_OF_ONE = 6
"""Frames of each video examined, however many videos there are."""


@dataclass(frozen=True)
class FoundMedia:
    """The media in the paths that were given."""

    photos: tuple[Path, ...]
    videos: dict[Path, int]
    """Number of frames of each video that can be opened."""
    skipped: tuple[SkippedFile, ...]
    cut_short: tuple[str, ...]
    """Of each video that was not copied whole, a sentence."""


@dataclass(frozen=True)
class Burst:
    """A photo, or some frames of a video that are decoded in one go."""

    path: Path
    frames: range | None
    """Indices of the frames; None for a photo."""

    @property
    def count(self) -> int:
        """Pictures in it."""
        return 1 if self.frames is None else len(self.frames)

    @property
    def span(self) -> int:
        """Frames of the video from its first one to its last; 1 of a photo."""
        return 1 if self.frames is None else self.frames.stop - self.frames.start


def find_media(paths: Sequence[Path]) -> FoundMedia:
    """Return the media in files, folders and project folders.

    Raises:
        MediaError: A path is not there, or there is no picture or video in any.
    """
    photos: list[Path] = []
    videos: dict[Path, int] = {}
    skipped: list[SkippedFile] = []
    for path, refused in dict(pair for given in paths for pair in _files(given)).items():
        if refused:
            skipped.append(SkippedFile(path=path, reason=refused))
            continue
        match kind_of(path):
            case MediaKind.PHOTO:
                photos.append(path)
            case MediaKind.VIDEO:
                try:
                    videos[path] = len(frame_table(path))
                except MediaError as error:
                    skipped.append(SkippedFile(path=path, reason=error.title))
            case None:
                skipped.append(SkippedFile(path=path, reason=foreign_words(path)))
    if not photos and not videos:
        names = ", ".join(str(path) for path in paths[:3])
        why = f" ({skipped[0].path.name}: {skipped[0].reason})" if skipped else ""
        raise MediaError(f"There is no picture or video to look at in {names}{why}.", "Choose other files or folders.")
    return FoundMedia(tuple(photos), videos, tuple(skipped), tuple(_cut_short(videos)))


def plan_bursts(found: FoundMedia) -> list[Burst]:
    """Return what to examine, ordered such that every beginning of the list covers the whole evenly."""
    photos = [Burst(path, None) for path in evenly(found.photos, _PHOTOS)]
    each = max(_FRAMES_OF_ONE, _FRAMES // max(1, len(found.videos)))
    of_videos = [list(_bursts_of(path, count, each)) for path, count in found.videos.items()]
    lists = [spread_first(bursts) for bursts in (photos, *of_videos)]
    longest = max(len(bursts) for bursts in lists)
    return [bursts[at] for at in range(longest) for bursts in lists if at < len(bursts)]


def evenly(items: Sequence[Item], count: int) -> list[Item]:
    """Return at most `count` of the items, evenly spaced, the first one among them."""
    if len(items) <= count:
        return list(items)
    return [items[at * len(items) // count] for at in range(count)]


def spread_first(items: Sequence[Item]) -> list[Item]:
    """Return the items such that every beginning covers the whole evenly: halves, quarters, eighths (bit reversal)."""
    bits = max(1, (len(items) - 1).bit_length())
    order = (int(f"{at:0{bits}b}"[::-1], 2) for at in range(1 << bits))
    return [items[at] for at in order if at < len(items)]


def _cut_short(videos: Iterable[Path]) -> Iterator[str]:
    for path in videos:
        if (shortage := shortage_of(path)) is not None:
            yield f"{path.name} {shortage.words}. Copy it again."


def _files(given: Path) -> Iterator[tuple[Path, str]]:
    """Yield files, and why each must not be opened; nothing where it may."""
    if not given.exists():
        raise MediaError(f"{given} is not there.", "Check the name; nothing was changed.")
    if not given.is_dir():
        yield given, ""
        return
    project = ProjectFolder(given.absolute())
    parts = (project.source, project.target) if (given / PROJECT_FILE).is_file() else (given,)
    for part in parts:
        media = list_media(part, given)
        yield from ((path, "") for path in (*media.photos, *media.videos, *media.others))
        yield from media.left_out()


def _bursts_of(path: Path, frame_count: int, wanted: int) -> Iterator[Burst]:
    """Cut a video into bursts that begin at key frames: a frame in between takes decoding all since the last one."""
    keys = sorted({0, *frame_table(path).key_indices.tolist()})
    chosen = evenly(keys, wanted)
    of_each = -(-wanted // len(chosen))
    for start, end in zip(chosen, [*chosen[1:], frame_count], strict=True):
        yield Burst(path, range(start, end, -(-(end - start) // of_each)))
