"""The third stage: put the source's face into the target video.

The video is cut into segments of some hundred frames. Each is the work of one task for an executor and becomes
one file, renamed in when complete: a safe point. Then the segments are joined with the original sound, and the result
is signed. Faces come from the target's face set; nothing is detected again.
"""

from __future__ import annotations

import datetime as dt
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from engine.errors import VerificationFailed, concerning
from engine.files import atomic
from engine.host import cards
from engine.host.machine import cores, memory_bytes
from engine.media.encoding import result_size
from engine.media.frame_index import frame_table
from engine.media.frames import frame_times
from engine.media.probe import VideoInfo, read_video_info
from engine.media.segments import join_segments, result_suffix
from engine.process.in_order import in_order
from engine.process.workers import Pool, worker_pool
from engine.project.checkpoints import checkpoint_folders
from engine.project.consent import require_consent
from engine.project.folder import ProjectFolder
from engine.project.limits import read_limits
from engine.project.markers import Marker, fingerprint, read_marker, write_marker
from engine.project.settings import Project
from engine.project.stage import Device, OnProgress, Outcome, Progress, ShouldStop, StageName
from engine.provenance.label import label_frames
from engine.provenance.publish import ResultFacts, publish
from engine.provenance.xmp import tags_for
from engine.records.content_check import read_content_record
from engine.records.kept_results import keep_result, remove_replaced
from engine.role import Role
from engine.stages.conversion.references import References
from engine.stages.conversion.segment import (
    TRANSFER_REACH,
    SegmentTask,
    SwapperLoader,
    convert_segment,
    load_newest,
)
from engine.stages.conversion.swapped_face import GuidedFace
from engine.stages.conversion.target_faces import TargetFaces
from engine.stages.own_model import require_own_model
from engine.stages.pieces import pieces
from engine.stages.room import require_room_for_result
from engine.stages.target import target_media, target_video

SEGMENT_FRAMES = 120
"""About how many frames make a segment: some seconds of work, which a power cut costs each worker."""

_MODEL_FILE = "model.sha256"
"""File beside the segments that holds the digest of the model that made them."""
_CORES_PER_WORKER = 4
"""A worker decodes, computes and encodes at the same time."""
_FEWEST_WORKERS = 2
"""While one begins or ends a segment, and so cannot do all three, the other keeps the cores busy."""
_BYTES_PER_WORKER = 2 << 30
_MOST_WORKERS = 8
_NO_DEVICE = Device()


@dataclass(frozen=True)
class _Segment:
    start: int
    stop: int
    path: Path

    @property
    def frame_count(self) -> int:
        return self.stop - self.start


class Convert:
    """Replace the face in every frame of the target video that shows it."""

    name = StageName.CONVERT

    def __init__(
        self,
        pool: Pool = worker_pool,
        load_swapper: SwapperLoader = load_newest,
        segment_frames: int = SEGMENT_FRAMES,
    ) -> None:
        """Choose where the work is done and by which model.

        Args:
            pool: Makes an executor of a number of workers, or one that has workers of its own.
            load_swapper: A function at the top of a module, since workers find it by name.
            segment_frames: About how many frames make a segment.
        """
        self._pool = pool
        self._load_swapper = load_swapper
        self._segment_frames = segment_frames

    def run(self, folder: ProjectFolder, project: Project, report: OnProgress, should_stop: ShouldStop) -> Outcome:
        """Write the segments that are missing, join and sign them.

        Raises:
            ConsentMissing: Somebody has not agreed, or no longer does.
            MediaError: The target video cannot be read.
            ProjectError: The trained model is from another project.
            OutOfDisk: There was no room; finished segments are kept.
            VerificationFailed: The result failed its verification; it was not put in its place.
        """
        require_consent(project, dt.date.today())
        wanted = fingerprint(folder, project, self.name)
        with concerning(Role.TARGET):
            video = read_video_info(target_video(folder, project))
        final = folder.result_video(project, result_suffix(video))
        marker = read_marker(folder, self.name)
        if marker is not None and marker.fingerprint == wanted and final.exists():
            return Outcome.DONE
        require_own_model(folder, project)
        started = time.monotonic()
        report(Progress(stage=self.name, done=0, total=0, unit="", message="choosing photographs of the source"))
        faces = TargetFaces(folder, project)
        references = References(folder, project)
        segments = self._plan(folder, wanted, video)
        left = sum(segment.frame_count for segment in segments if not segment.path.exists())
        require_room_for_result(video, left, target_media(folder, project), folder.path)
        with concerning(Role.TARGET):
            tasks = _Tasks(folder, project, video, faces, references, self._load_swapper)
            if not self._write_segments(segments, tasks, report, should_stop):
                return Outcome.INTERRUPTED
        report(
            Progress(stage=self.name, done=video.frame_count, total=video.frame_count, message="joining and signing")
        )
        kept = keep_result(folder, project)
        _publish(folder, project, video, [segment.path for segment in segments], final)
        remove_replaced(folder, kept, final)
        figures: dict[str, float | int | str] = {
            "frames": video.frame_count,
            "frames_changed": len(faces.frames),
            "seconds": round(time.monotonic() - started, 1),
            "result": final.name,
        }
        write_marker(folder, Marker(self.name, wanted, figures))
        shutil.rmtree(folder.segments, ignore_errors=True)
        return Outcome.DONE

    def _plan(self, folder: ProjectFolder, wanted: str, video: VideoInfo) -> list[_Segment]:
        """Return the segments, having removed those of other settings or another model."""
        model = checkpoint_folders(folder.checkpoints)[-1:]
        place = folder.segments / "-".join([wanted[:16], *(path.name for path in model)])
        place.mkdir(parents=True, exist_ok=True)
        for other in folder.segments.iterdir():
            if other != place:
                shutil.rmtree(other, ignore_errors=True)
        atomic.remove_partials(place)
        key_frames = frame_table(video.path).key_indices.tolist()
        cut = pieces(range(video.frame_count), key_frames, self._segment_frames, TRANSFER_REACH)
        suffix = result_suffix(video)
        return [
            _Segment(piece.start, piece.stop, place / f"{piece.start:09d}-{piece.stop:09d}{suffix}") for piece in cut
        ]

    def _write_segments(
        self, segments: list[_Segment], tasks: _Tasks, report: OnProgress, should_stop: ShouldStop
    ) -> bool:
        """Write the segments that are missing; return whether all are there."""
        missing = [segment for segment in segments if not segment.path.exists()]
        tally = _Tally(self.name, segments[-1].stop, sum(segment.frame_count for segment in missing), report)
        tally.add(0)
        workers = _workers_that_fit(tasks.most_workers)
        executor = self._pool(workers)
        try:
            made = map(tasks.for_segment, missing)
            for task, by in in_order(executor, convert_segment, made, should_stop, workers):
                tally.add(task.stop - task.start, by.device)
                atomic.write_text(task.out.parent / _MODEL_FILE, by.model_sha256)
        finally:
            executor.shutdown(wait=True, cancel_futures=True)
        return all(segment.path.exists() for segment in segments)


class _Tally:
    """Counts frames, and reports the progress of the stage."""

    def __init__(self, stage: StageName, total: int, missing: int, report: OnProgress) -> None:
        self._stage = stage
        self._total = total
        self._missing = missing
        self._report = report
        self._done = 0
        self._started = time.monotonic()

    def add(self, frames: int, device: Device = _NO_DEVICE) -> None:
        """Count this many more frames as done by a device, and report it."""
        self._done += frames
        rate = self._done / max(time.monotonic() - self._started, 1e-6)
        left = self._missing - self._done
        self._report(
            Progress(
                stage=self._stage,
                done=self._total - left,
                total=self._total,
                rate=rate,
                eta_seconds=left / rate if rate else None,
                message=f"on {device.words}" if device.words else "",
                device=device.words,
                remark=device.remark,
            )
        )


class _Tasks:
    """Makes the tasks of one project, one at a time: the landmarks of hours of video do not fit in memory."""

    def __init__(
        self,
        folder: ProjectFolder,
        project: Project,
        video: VideoInfo,
        faces: TargetFaces,
        references: References,
        load: SwapperLoader,
    ) -> None:
        self.most_workers = read_limits(folder).workers or _MOST_WORKERS
        """As many as earlier runs found this machine to have memory for."""
        self._settings = project.convert
        self._checkpoints = folder.checkpoints
        self._video = video
        self._faces = faces
        self._references = references
        self._chosen = references.choose(faces)
        self._load = load
        self._is_labelled = label_frames(faces.arrivals, frame_times(video.path))

    def for_segment(self, segment: _Segment) -> SegmentTask:
        frames = range(segment.start, segment.stop) if self._settings.label else ()
        return SegmentTask(
            video=self._video,
            start=segment.start,
            stop=segment.stop,
            faces=self._guided(segment.start - TRANSFER_REACH, segment.stop + TRANSFER_REACH),
            triangles=self._references.triangles,
            labelled=frozenset(index for index in frames if self._is_labelled(index)),
            out=segment.path,
            settings=self._settings,
            checkpoints=self._checkpoints,
            model=segment.path.parent.name,
            load_swapper=self._load,
        )

    def _guided(self, start: int, stop: int) -> tuple[GuidedFace, ...]:
        found = self._faces.acting_between(start, stop)
        return tuple(
            GuidedFace(face.placed, self._references.guide(face, self._chosen[face.face_id])) for face in found
        )


def _publish(folder: ProjectFolder, project: Project, video: VideoInfo, segments: list[Path], final: Path) -> None:
    """Join, check, sign, and put the result in its place."""
    joined = segments[0].parent / f"joined{final.suffix}"
    join_segments(segments, video.path, joined, tags_for(final.suffix))
    written = read_video_info(joined)
    # Damaged frames of the original are passed over, so the result may have fewer.
    is_whole = written.frame_count <= video.frame_count
    width, height = result_size(video)
    if not is_whole or (written.width, written.height) != (width, height):
        raise VerificationFailed(
            f"The result has {written.frame_count} frames of {written.width}x{written.height}, the original "
            f"{video.frame_count} for {width}x{height}.",
            "Start again. The original is untouched, and the result was not put in its place.",
        )
    model = segments[0].parent / _MODEL_FILE
    looked_at = read_content_record(folder)
    publish(
        joined,
        final,
        ResultFacts(
            parent=video.path,
            consent_sha256=project.consent.fingerprint(),
            model_sha256=model.read_text() if model.exists() else "",
            label=project.convert.label,
            label_off_reason=project.convert.label_off_reason,
            content_check=looked_at.outcome if looked_at else "",
        ),
    )
    joined.unlink(missing_ok=True)


def _workers_that_fit(most: int) -> int:
    """Return how many workers, each with a model of its own, suit this machine, `most` at most."""
    if cards.names() and not cards.are_hidden():
        # Each process holds a model, and the card's libraries, in the card's memory.
        return 1
    memory = min(int(psutil.virtual_memory().available), memory_bytes()) // _BYTES_PER_WORKER
    return max(1, min(max(cores() // _CORES_PER_WORKER, _FEWEST_WORKERS), memory, most))
