"""The plan of extraction: which files, which of their frames, in which pieces. It decides, and changes nothing."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from engine.arrays import STORED_SIZE
from engine.errors import MediaError
from engine.faces.facesets.faceset import DATABASE
from engine.faces.measures import FINEST_SIDE
from engine.media.frame_index import frame_table
from engine.media.probe import VideoInfo, read_video_info
from engine.media.wholeness import shortage_of
from engine.project.folder import ProjectFolder
from engine.project.foreign_formats import foreign_words
from engine.project.markers import media_digest
from engine.project.media_kinds import list_media
from engine.project.settings import ExtractSettings, Project
from engine.stages.extraction.chunk import Photo, SearchSettings, VideoChunk
from engine.stages.extraction.extent import require_whole, require_within_limit
from engine.stages.pieces import pieces
from engine.stages.room import require_room_for_all
from engine.stages.target import media_name, target_media
from engine.text import printable

CHUNK_FRAMES = 240
"""About how many frames make a chunk: a few seconds of work, which a power cut costs each worker."""
RUN_UP_FRAMES = 24
"""Frames before a chunk in which to find the faces that enter it; a turned head may need several searches."""
PHOTOS_TOGETHER = 16
"""Photos that make a chunk."""

_VERSION = 4
"""Raised when the same file and settings would give other faces than before."""
_SEARCHED_PX = 40
"""Faces of this width are searched for even where only larger ones are wanted, so that these are counted too."""


@dataclass(frozen=True)
class VideoPlan:
    """A video and the frames of it to search."""

    path: Path
    media: str
    """Its name in the face set: the path relative to the project folder."""
    recipe: str
    """Digest that differs when its faces have to be extracted again."""
    frames: range
    chunks: tuple[VideoChunk, ...]


@dataclass(frozen=True)
class PhotoPlan:
    """A photo to search."""

    media: str
    recipe: str
    photo: Photo


@dataclass(frozen=True)
class SidePlan:
    """All media of the source or of the target."""

    videos: tuple[VideoPlan, ...]
    photos: tuple[PhotoPlan, ...]
    unusable: dict[str, str]
    """Files that cannot be used, or only in part, and why."""

    @property
    def frame_count(self) -> int:
        """Number of frames and photos to search."""
        return sum(len(video.frames) for video in self.videos) + len(self.photos)

    @property
    def recipes(self) -> dict[str, str]:
        """The recipe of each file."""
        videos = {video.media: video.recipe for video in self.videos}
        return videos | {photo.media: photo.recipe for photo in self.photos}


def plan_source(folder: ProjectFolder, project: Project) -> SidePlan:
    """Plan the media of the person who will appear: photos, and frames taken evenly from the videos."""
    return _Planner(folder, project.extract, folder.source, FINEST_SIDE).plan("")


def plan_target(folder: ProjectFolder, project: Project) -> SidePlan:
    """Plan the media of the person who is replaced: every frame of the video to change, the rest like the source's.

    Raises:
        CutShort: The video to change was not copied whole, and nobody said to take what is there.
        MediaError: It is absent, ambiguous, or cannot be read.
        OutOfDisk: What is made of it has no room.
        ProjectError: The setting that names it is wrong.
    """
    wanted = target_media(folder, project)
    video = read_video_info(folder.path / wanted)
    if not project.target.take_what_is_there:
        require_whole(shortage_of(video.path), wanted)
    require_within_limit(video, wanted)
    if not (folder.target_faces / DATABASE).exists():
        require_room_for_all(video, wanted, folder.path)
    return _Planner(folder, project.extract, folder.target, STORED_SIZE).plan(wanted)


class _Planner:
    """Plans one media folder."""

    def __init__(self, folder: ProjectFolder, settings: ExtractSettings, media: Path, most_side: int) -> None:
        self._folder = folder
        self._settings = settings
        self._media = media
        self._most_side = most_side
        self._search = SearchSettings(min(_SEARCHED_PX, settings.min_face_px), settings.detect_every_seconds)
        self._digests = {str(name): f"{size}-{digest}" for name, size, digest in media_digest(media)}
        self._unusable: dict[str, str] = {}

    def plan(self, whole: str) -> SidePlan:
        """Plan all files; of the video called `whole`, every frame."""
        found = list_media(self._media, self._folder.path)
        for path, reason in (*((path, foreign_words(path)) for path in found.others), *found.left_out()):
            self._unusable[printable(media_name(self._folder, path))] = reason
        photos = tuple(self._photo(path) for path in found.photos)
        infos = [info for path in found.videos for info in self._info(path, whole)]
        sampled = sum(info.frame_count for info in infos if media_name(self._folder, info.path) != whole)
        room = max(1, self._settings.max_source_faces - len(photos))
        step = max(1, -(-sampled // room))
        videos = tuple(self._video(info, 1 if media_name(self._folder, info.path) == whole else step) for info in infos)
        return SidePlan(videos, photos, self._unusable)

    def _info(self, path: Path, whole: str) -> Iterator[VideoInfo]:
        media = media_name(self._folder, path)
        try:
            info = read_video_info(path)
            require_within_limit(info, media)
            if media != whole and (shortage := shortage_of(path)) is not None:
                self._unusable[media] = f"It {shortage.words}; what is there is used."
            yield info
        except MediaError as error:
            self._unusable[media] = error.title

    def _photo(self, path: Path) -> PhotoPlan:
        media = media_name(self._folder, path)
        recipe = self._recipe(path, self._search.min_face_px)
        return PhotoPlan(media, recipe, Photo(path, self._search, picture_stem(media), self._most_side))

    def _video(self, info: VideoInfo, step: int) -> VideoPlan:
        media = media_name(self._folder, info.path)
        recipe = self._recipe(info.path, step, self._search.min_face_px, self._search.detect_every_seconds)
        frames = range(0, info.frame_count, step)
        run_up = RUN_UP_FRAMES // step
        key_frames = frame_table(info.path).key_indices.tolist()
        chunks = tuple(
            VideoChunk(info.path, piece, run_up, info.frame_rate, self._search, picture_stem(media), self._most_side)
            for piece in pieces(frames, key_frames, CHUNK_FRAMES, RUN_UP_FRAMES)
        )
        return VideoPlan(info.path, media, recipe, frames, chunks)

    def _recipe(self, path: Path, *facts: float) -> str:
        content = self._digests.get(str(path.relative_to(self._media)), "")
        return hashlib.sha256(repr((_VERSION, content, *facts)).encode()).hexdigest()


def picture_stem(media: str) -> str:
    """Return the beginning of the names of a file's pictures: readable, and unlike that of any other file."""
    readable = re.sub(r"[^\w-]+", "-", Path(media).stem).strip("-")[:40]
    return f"{readable}-{hashlib.sha256(media.encode()).hexdigest()[:6]}"
