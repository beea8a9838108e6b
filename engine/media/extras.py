"""What a video has beside pictures and sound: names and languages, subtitles, chapters, fonts, and when it was taken.

All of it goes into the result where its container can hold it, which is chosen with that in mind
(`engine.media.joining.result_suffix`). Where it was taken is nobody else's business, and is dropped.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import av
from av.container import InputContainer, OutputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.stream import Disposition, Stream
from av.subtitles.stream import SubtitleStream

from engine.media.file_cache import cached_by_file
from engine.media.frame_index import frame_table
from engine.media.nowhere import Nowhere
from engine.media.open import open_container
from engine.media.packets import readable_tracks

if TYPE_CHECKING:
    # The stubs alone know it.
    from av.container.core import Chapter

_KEPT_TAGS = ("title", "creation_time", "date")
_PLACE = ("location", "gps", "xyz")
"""Parts of the names of tags that tell where a video was taken."""
_HOLDS_FONTS = "matroska"


@dataclass(frozen=True)
class ExtrasPlan:
    """What becomes of them."""

    subtitles: tuple[int, ...]
    """Tracks that are copied, by their index in the file."""
    fonts: tuple[int, ...]
    """Attachments that are copied, likewise."""
    left_out: tuple[str, ...]
    """In words."""
    says_where: bool
    """Whether the file says where it was taken."""


@cached_by_file
def plan_extras(path: Path, container: str) -> ExtrasPlan:
    """Return what becomes of a video's extras; each subtitle track is tried out.

    Quick the second time, as long as the file stays the same.

    Args:
        path: A video.
        container: ffmpeg's name of the result's format.

    Raises:
        MediaError: It cannot be opened, or not even one frame can be read.
    """
    with open_container(path) as source:
        subtitles, attachments = source.streams.subtitles, source.streams.attachments
        # In MP4 files, one such track holds the chapters' names.
        has_chapter_track = "mp4" in source.format.name and source.chapters()
        data = source.streams.data[1 if has_chapter_track else 0 :]
        covers = [each for each in source.streams.video if each.disposition & Disposition.attached_pic]
        says_where = any(word in name.lower() for name in source.metadata for word in _PLACE)
        # Subtitles of recordings that were joined have a clock that starts again, and no sample to count by.
        wanted = [] if frame_table(path).restarts else subtitles
        kept = tuple(track.index for track in wanted if _is_written(path, container, track.index))
        fonts = tuple(each.index for each in attachments if container == _HOLDS_FONTS and _is_font(each))
        left_out = [
            *(_subtitle_words(number, track) for number, track in enumerate(subtitles, 1) if track.index not in kept),
            *(f"the attachment {each.metadata.get('filename', '')}" for each in attachments if each.index not in fonts),
            *(["the cover picture"] if covers else []),
            *([f"{len(data)} tracks of data" if len(data) > 1 else "a track of data"] if data else []),
        ]
    return ExtrasPlan(kept, fonts, tuple(left_out), says_where)


def copy_names(of: Stream, to: Stream) -> None:
    """Give a track of a result language, title, and place among the others of the original's."""
    # MP4 files tell a track's title as its name.
    names = {"language": of.metadata.get("language"), "title": of.metadata.get("title") or of.metadata.get("name")}
    to.metadata.update({name: said for name, said in names.items() if said})
    to.disposition = of.disposition & ~Disposition.attached_pic


def copy_tags(source: InputContainer, result: OutputContainer, origin: Fraction) -> None:
    """Give a result the title, the time of recording, and the chapters of its original.

    Args:
        source: The original.
        result: Its header must not be written yet.
        origin: Seconds on the original's clock that become 0.
    """
    result.metadata.update({name: source.metadata[name] for name in _KEPT_TAGS if name in source.metadata})
    chapters = [_moved(chapter, origin) for chapter in source.chapters()]
    result.set_chapters([chapter for chapter in chapters if chapter["end"] > chapter["start"]])


class Extras:
    """The subtitles and fonts of an open video, set up in an open result."""

    def __init__(self, source: InputContainer, result: OutputContainer, plan: ExtrasPlan) -> None:
        """Add them to the result, whose header must not be written yet.

        Args:
            source: The original, opened for this alone.
            result: Where they go.
            plan: What becomes of them.
        """
        self._source = source
        self._tracks = tuple(track for track in source.streams.subtitles if track.index in plan.subtitles)
        self._copies = {track.index: result.add_stream_from_template(track) for track in self._tracks}
        for index in plan.fonts:
            result.add_stream_from_template(source.streams[index])
        for track in self._tracks:
            copy_names(track, self._copies[track.index])

    def packets(self, origin: Fraction) -> Iterator[Packet[SubtitleStream]]:
        """Yield the packets of the subtitles for the result, in order.

        Args:
            origin: Seconds on the original's clock that become 0.
        """
        for packet in readable_tracks(self._source, self._tracks):
            if packet.size and packet.pts is not None:
                packet.pts -= round(origin / packet.time_base)
                packet.dts = packet.pts
                packet.stream = self._copies[packet.stream.index]
                yield packet


def _moved(chapter: Chapter, origin: Fraction) -> Chapter:
    """Return a chapter by a clock that begins at `origin`."""
    shift = round(origin / (chapter["time_base"] or 1))
    return {**chapter, "start": max(0, chapter["start"] - shift), "end": max(0, chapter["end"] - shift)}


def _is_font(attachment: Stream) -> bool:
    """Return whether subtitles may need an attachment; others, and names that lead elsewhere, are not passed on."""
    name, kind = (attachment.metadata.get(tag, "") for tag in ("filename", "mimetype"))
    return "font" in kind and Path(name).name == name


def _subtitle_words(number: int, track: Stream) -> str:
    codec = track.codec_context.name if track.codec_context is not None else "of an unknown kind"
    language = track.metadata.get("language", "")
    return f"subtitle track {number} ({', '.join(filter(None, (language, codec)))})"


def _is_written(path: Path, container: str, track: int) -> bool:
    """Return whether a subtitle track can be copied into a result: it is copied to nowhere."""
    with (
        suppress(FFmpegError, ValueError),
        open_container(path) as source,
        av.open(Nowhere(), "w", format=container, options={"avoid_negative_ts": "disabled"}) as result,
    ):
        for packet in Extras(source, result, ExtrasPlan((track,), (), (), says_where=False)).packets(Fraction(0)):
            result.mux(packet)
        return True
    return False
