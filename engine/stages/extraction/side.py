"""Bring the face set of one side, source or target, up to date with its plan."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import replace

from engine.faces.face import Face, bounding_box
from engine.faces.facesets.faceset import FaceSet
from engine.faces.facesets.stored_face import NewChunk, StoredFace
from engine.files import atomic
from engine.process.in_order import in_order
from engine.project.stage import OnProgress, Progress, ShouldStop, StageName
from engine.stages.extraction.chunk import VideoChunk, extract_photos, extract_video_chunk
from engine.stages.extraction.plan import PHOTOS_TOGETHER, SidePlan, VideoPlan

_SAME_TRACK = 0.5
"""Overlap in one frame above which tracks of two chunks are one."""


class Tally:
    """Counts frames and photos, and reports the progress of the stage."""

    def __init__(self, report: OnProgress, total: int) -> None:
        """Begin at none of `total`."""
        self._report = report
        self._total = total
        self._done = 0
        self._fresh = 0
        self._started = time.monotonic()

    def add_known(self, count: int) -> None:
        """Count frames that an earlier run did."""
        self._done += count

    def add(self, count: int, message: str) -> None:
        """Count frames that were done now."""
        self._done += count
        self._fresh += count
        self.say(message)

    def say(self, message: str) -> None:
        """Report the progress, with a message of what is being done."""
        rate = self._fresh / max(time.monotonic() - self._started, 1e-6)
        left = (self._total - self._done) / rate if rate else None
        numbers = {"done": self._done, "total": self._total, "rate": rate, "eta_seconds": left}
        self._report(Progress(stage=StageName.EXTRACT, message=message, **numbers))


class SideWork:
    """What is left to do on one side."""

    def __init__(
        self, faces: FaceSet, plan: SidePlan, *, executor: Executor, workers: int, tally: Tally, should_stop: ShouldStop
    ) -> None:
        """Take the face set, the plan of its media, and the executor."""
        self._faces = faces
        self._plan = plan
        self._executor = executor
        self._workers = workers
        self._tally = tally
        self._should_stop = should_stop

    def run(self) -> bool:
        """Do what is left; return whether all is done."""
        self._forget_what_changed()
        for media, reason in self._plan.unusable.items():
            self._faces.skip_media(media, reason)
        return self._add_videos() and self._add_photos()

    def _forget_what_changed(self) -> None:
        """Remove the faces of files that are gone or not what they were, and what a killed run left half written."""
        atomic.remove_partials(self._faces.pictures)
        wanted, present = self._plan.recipes, self._faces.recipes()
        stale = {media for media, recipe in present.items() if wanted.get(media) != recipe}
        stale |= {each.media for each in self._faces.skipped() if each.media not in present}
        for media in sorted(stale):
            self._faces.forget_media(media)

    def _add_videos(self) -> bool:
        """Find the faces of all videos; short ones keep all workers busy together."""
        left = [(video, chunk) for video in self._plan.videos for chunk in self._missing(video)]
        chunks = [chunk for _, chunk in left]
        if len(chunks) >= self._workers > 1:
            chunks = [replace(chunk, has_threads=False) for chunk in chunks]
        found = in_order(self._executor, extract_video_chunk, chunks, self._should_stop, self._workers)
        added = 0
        # A stop ends what is found before what is left.
        for (video, chunk), (_, seen) in zip(left, found, strict=False):
            start = chunk.frames.start
            before = self._faces.faces_at(video.media, start - chunk.frames.step) if seen.entering else []
            tracks = linked(seen.entering, before)
            self._faces.append(
                [NewChunk(video.media, start, seen.faces, video.recipe, tracks, seen.frame_wh, seen.problem)]
            )
            added += 1
            self._tally.add(len(chunk.frames), f"finding faces in {video.path.name}")
        return added == len(left)

    def _missing(self, video: VideoPlan) -> list[VideoChunk]:
        """Return the chunks that no earlier run did, and count the others as known."""
        present = self._faces.done_chunks(video.media)
        left = [chunk for chunk in video.chunks if chunk.frames.start not in present]
        self._tally.add_known(len(video.frames) - sum(len(chunk.frames) for chunk in left))
        return left

    def _add_photos(self) -> bool:
        present = self._faces.recipes()
        left = [photo for photo in self._plan.photos if photo.media not in present]
        self._tally.add_known(len(self._plan.photos) - len(left))
        batches = [left[at : at + PHOTOS_TOGETHER] for at in range(0, len(left), PHOTOS_TOGETHER)]
        tasks = [tuple(plan.photo for plan in batch) for batch in batches]
        added = 0
        for _, found in in_order(self._executor, extract_photos, tasks, self._should_stop, self._workers):
            plans = zip(batches[added], found, strict=True)
            self._faces.append(
                [
                    NewChunk(plan.media, 0, each.faces, plan.recipe, frame_wh=each.frame_wh, problem=each.problem)
                    for plan, each in plans
                ]
            )
            added += 1
            self._tally.add(len(found), "finding faces in photos")
        return added == len(batches)


def linked(entering: Sequence[Face], before: Sequence[StoredFace]) -> dict[int, int]:
    """Return which tracks of a chunk go on from the one before.

    Args:
        entering: The chunk's own view of the last frame before it.
        before: What the chunk before found in that frame.

    Returns:
        For tracks inside the chunk, the number of the face set's track that they continue.
    """
    overlaps = [
        (bounding_box(face.landmarks).overlap(bounding_box(stored.landmarks)), face.track, stored.track)
        for face in entering
        for stored in before
    ]
    links: dict[int, int] = {}
    for overlap, inside, known in sorted(overlaps, reverse=True):
        if overlap > _SAME_TRACK and inside not in links and known not in links.values():
            links[inside] = known
    return links
