"""The target video of a project: the one to change."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from engine.errors import MediaError
from engine.media.encoding import plays_everywhere, result_size
from engine.media.extras import plan_extras
from engine.media.frame_index import frame_table
from engine.media.joining import CONTAINERS, result_suffix
from engine.media.open import open_container, picture_tracks
from engine.media.probe import read_video_info
from engine.media.sound_plan import plan_sound
from engine.media.tracks import Carriage
from engine.media.wholeness import shortage_of
from engine.project.folder import ProjectFolder
from engine.project.media_kinds import list_media
from engine.project.settings import Project
from engine.role import Role
from engine.text import printable


def target_video(folder: ProjectFolder, project: Project) -> Path:
    """Return the path of the video to change.

    Raises:
        MediaError: There is none in `target/`, or there are several and the project file does not say which.
        ProjectError: The one that the project file names is absent or leads out of the folder.
    """
    if project.target.video is not None:
        return folder.inside(project.target.video, "target.video")
    videos = list_media(folder.target, folder.path).videos
    if not videos:
        raise MediaError(
            "There is no video in target/, so there is nothing to change.",
            "Put the video there and start again.",
            role=Role.TARGET,
        )
    if len(videos) > 1:
        names = ", ".join(path.name for path in videos[:4])
        raise MediaError(
            f"There are {len(videos)} videos in target/ ({names}), and the project does not say which one to change.",
            "Name it at `video` in the [target] part of project.toml, or choose it in the wizard.",
            role=Role.TARGET,
        )
    return folder.inside(media_name(folder, videos[0]), "target/")


def target_media(folder: ProjectFolder, project: Project) -> str:
    """Return the name by which face sets know the video to change.

    Raises:
        MediaError: As `target_video`.
    """
    return project.target.video or media_name(folder, target_video(folder, project))


def media_name(folder: ProjectFolder, path: Path) -> str:
    """Return a media file's path relative to the project folder, with forward slashes."""
    return path.relative_to(folder.path).as_posix()


def remarks_on(video: Path, media: str) -> tuple[str, ...]:
    """Return what a person should know of the video to change, a sentence each: what the result cannot have of it.

    The sound is tried out: what cannot be carried over is found before a model is trained, and not after.

    Args:
        video: The video.
        media: Its name in the face set.

    Raises:
        MediaError: It cannot be read.
    """
    about = (_about_length, _about_tracks, _about_pictures, _about_sound, _about_extras)
    return tuple(printable(sentence) for of in about for sentence in of(video, media))


def _about_length(video: Path, media: str) -> Iterator[str]:
    if (shortage := shortage_of(video)) is not None:
        yield f"{media} {shortage.words}; as much as there is was taken."
    if restarts := frame_table(video).restarts:
        yield f"{media} was put together of {len(restarts) + 1} recordings, each with its own clock; they are joined."


def _about_pictures(video: Path, media: str) -> Iterator[str]:
    table = frame_table(video)
    if len(table.sizes) > 1:
        yield (
            f"{media} changes the size of its pictures; the result has the largest throughout, {table.width} by "
            f"{table.height} pixels."
        )
    info = read_video_info(video)
    width, height = result_size(info)
    if (width, height) != (info.width, info.height):
        yield (
            f"{media} is {info.width} by {info.height} pixels, and phones and browsers play even sizes only: the "
            f"result is {width} by {height}, with the pixels of its edge once more."
        )
    if not plays_everywhere(info):
        yield (
            f"{media} is finer in colour than most videos (4:2:2 or 4:4:4), and so is the result: many phones and "
            "browsers do not play it, editing programs do."
        )


def _about_tracks(video: Path, media: str) -> Iterator[str]:
    with open_container(video) as container:
        tracks = picture_tracks(container)
        shown = tracks[0].index + 1 if tracks else 0
        others = ", ".join(f"{track.index + 1} ({track.width} by {track.height})" for track in tracks[1:])
    if others:
        yield f"{media} has {len(tracks)} video tracks: number {shown} is changed, and {others} left out."


def _about_extras(video: Path, media: str) -> Iterator[str]:
    suffix = result_suffix(read_video_info(video))
    plan = plan_extras(video, CONTAINERS[suffix])
    if plan.left_out:
        yield f"The result ({suffix}) goes without what {media} has beside it: {', '.join(plan.left_out)}."
    if plan.says_where:
        yield f"{media} says where it was taken; the result does not."


def _about_sound(video: Path, media: str) -> Iterator[str]:
    suffix = result_suffix(read_video_info(video))
    plans = plan_sound(video, CONTAINERS[suffix])
    for number, plan in enumerate(plans, 1):
        track = f"Sound track {number}" if len(plans) > 1 else "The sound"
        match plan.carriage:
            case Carriage.COPIED:
                pass
            case Carriage.RECODED:
                yield f"{track} of {media} ({plan.codec}) is coded anew, as AAC, since {plan.reason}."
            case Carriage.LEFT_OUT:
                yield f"{track} of {media} ({plan.codec}) is left out, since {plan.reason}."
