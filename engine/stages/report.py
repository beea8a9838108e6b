"""The fourth stage: measure the result, and write a report of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from pathlib import Path

from engine.errors import MediaError
from engine.faces.facesets.faceset import FaceSet
from engine.files import atomic
from engine.media.clip import write_comparison
from engine.media.frames import frame_times
from engine.media.images import write_image
from engine.media.probe import VideoInfo, read_video_info
from engine.model.checkpoint import put_away_optimizers
from engine.project.attribution import ATTRIBUTION, attribution_text, credit, origins_in
from engine.project.consent import require_consent
from engine.project.folder import ProjectFolder
from engine.project.markers import (
    REMARKS,
    Marker,
    fingerprint,
    marker_path,
    read_marker,
    result_name,
    video_in_result,
    write_marker,
)
from engine.project.persons import persons_words
from engine.project.settings import Project
from engine.project.stage import OnProgress, Outcome, Progress, ShouldStop, StageName
from engine.provenance.label import Label
from engine.provenance.publish import ResultFacts, publish
from engine.provenance.verify import verify
from engine.records.content_check import read_content_record
from engine.records.report import (
    Following,
    Likeness,
    MadeWith,
    Quality,
    ReportFile,
    SkippedFile,
    StageTime,
    write_report,
)
from engine.records.report_text import lacking_frames
from engine.records.verification import Verdict, Verification
from engine.stages.conversion.target_faces import TargetFaces
from engine.stages.reporting.comparison import preview, shrunk
from engine.stages.reporting.covering import MOST_LOOKED_AT, FoundCovered, find_covered
from engine.stages.reporting.examine import Example, ResultExaminer, example_at
from engine.stages.reporting.following import source_expressions
from engine.stages.reporting.html_page import html_page
from engine.stages.reporting.likeness import person_in
from engine.stages.reporting.page_context import chosen_settings, illustrations
from engine.stages.reporting.sameness import agreeing_frames, compare_files
from engine.stages.reporting.training import read_training
from engine.stages.reporting.windows import choose_windows
from engine.stages.target import remarks_on, target_media, target_video


@dataclass(frozen=True, eq=False)
class _Work:
    """The project and the two videos that are reported on."""

    folder: ProjectFolder
    project: Project
    before: VideoInfo
    after: VideoInfo
    signed: Verification
    """What the result's credentials say."""
    faces: TargetFaces


@dataclass(frozen=True, eq=False)
class _Examined:
    """What the comparison of result and original found."""

    examples: tuple[Example, ...]
    likeness: Likeness | None
    quality: Quality
    following: tuple[Following, ...]
    covered: FoundCovered
    most_covered: Example | None
    """The frame in which most of the face is covered."""


class Report:
    """Write `report.json`, `report.html`, the comparison and the preview picture."""

    name = StageName.REPORT

    def run(self, folder: ProjectFolder, project: Project, report: OnProgress, should_stop: ShouldStop) -> Outcome:
        """Measure the result, unless that was done.

        Raises:
            ConsentMissing: Somebody has not agreed, or no longer does.
            MediaError: The result or the original cannot be read.
            OutOfDisk: There was no room.
            VerificationFailed: The comparison or the preview could not be signed.
        """
        require_consent(project, dt.date.today())
        wanted = fingerprint(folder, project, self.name)
        marker = read_marker(folder, self.name)
        if marker is not None and marker.fingerprint == wanted and folder.report_json.exists():
            return Outcome.DONE
        result = _result_video(folder, project)
        work = _Work(
            folder=folder,
            project=project,
            before=read_video_info(target_video(folder, project)),
            after=read_video_info(result),
            signed=verify(result),
            faces=TargetFaces(folder, project),
        )
        examined = self._examine(work, report, should_stop)
        if examined is None or should_stop():
            return Outcome.INTERRUPTED
        report(Progress(stage=self.name, done=1, total=1, unit="steps", message="writing the comparison"))
        _publish_pictures(work, examined.examples)
        if should_stop():
            return Outcome.INTERRUPTED
        written = _report_file(work, examined)
        page = html_page(
            written, illustrations(folder, examined.examples, examined.most_covered), chosen_settings(project, written)
        )
        atomic.write_text(folder.report_html, page)
        _name_authors(folder)
        write_report(folder.report_json, written)
        put_away_optimizers(folder.checkpoints)
        write_marker(folder, Marker(self.name, wanted, _figures(written)))
        return Outcome.DONE

    def _examine(self, work: _Work, report: OnProgress, should_stop: ShouldStop) -> _Examined | None:
        """Compare result and original at some places; None where asked to stop."""
        sources = FaceSet(work.folder.source_faces)
        person = sources.chosen_person(work.project.source.person)
        box = Label(work.before.width, work.before.height).box
        source = person_in(sources.faces(person, usable_only=True), sources.descriptor_of(person))
        replaced = work.faces.some(MOST_LOOKED_AT)
        target = person_in(replaced, work.faces.descriptor)
        examiner = ResultExaminer(
            source.descriptor,
            target.descriptor,
            work.project.convert.mask_blur,
            (box.left, box.top, box.right, box.bottom),
        )
        windows = choose_windows(_comparable_frames(work))
        examples: list[Example] = []
        for done, window in enumerate(windows):
            if should_stop():
                return None
            progress = Progress(stage=self.name, done=done, total=len(windows), unit="places", message="measuring")
            report(progress)
            example = examiner.examine(work.before.path, work.after.path, window, work.faces.landmarks_between)
            examples += [shrunk(example)] if example is not None else []
        findings = examiner.findings
        covered = find_covered(replaced)
        return _Examined(
            tuple(examples),
            findings.likeness(source.spread),
            findings.quality(),
            findings.following(source_expressions(sources, person)),
            covered,
            _most_covered(work, covered.most),
        )


def _result_video(folder: ProjectFolder, project: Project) -> Path:
    """Return the video that conversion made.

    Raises:
        MediaError: It is not there.
    """
    name = result_name(folder, project)
    path = video_in_result(folder, name)
    if path is None:
        # Without its marker, conversion is done again.
        marker_path(folder, StageName.CONVERT).unlink(missing_ok=True)
        raise MediaError(f"The finished video, {name}, is not there any more.", "Start again; it is converted again.")
    return path


def _most_covered(work: _Work, frame_index: int | None) -> Example | None:
    if frame_index not in _comparable_frames(work):
        return None
    example = example_at(work.before.path, work.after.path, frame_index, work.faces.landmarks_between)
    return shrunk(example) if example else None


def _comparable_frames(work: _Work) -> frozenset[int]:
    """Return the changed frames that have the same number in both videos.

    Where a damaged frame of the original did not decode, the result goes on without it, and numbers part.
    """
    if work.before.frame_count == work.after.frame_count:
        return work.faces.frames
    agree = agreeing_frames(frame_times(work.before.path), frame_times(work.after.path))
    return frozenset(index for index in work.faces.frames if index < agree)


def _report_file(work: _Work, examined: _Examined) -> ReportFile:
    folder, project, after = work.folder, work.project, work.after
    skipped = (*FaceSet(folder.source_faces).skipped(), *FaceSet(folder.target_faces).skipped())
    return ReportFile(
        project=project.name,
        result=after.path.name,
        comparison=folder.compare_video.name,
        preview=folder.compare_picture.name if examined.examples else "",
        width=after.width,
        height=after.height,
        seconds=round(after.duration_seconds, 3),
        frame_rate=float(after.frame_rate),
        has_sound=bool(after.sound),
        is_labelled=project.convert.label,
        is_signed=work.signed.verdict is Verdict.UNCHANGED,
        content_check=_content_check(folder),
        about_original=remarks_on(work.before.path, target_media(folder, project)),
        frames=work.faces.count_frames(work.before.frame_count),
        covered=examined.covered.counted,
        frames_shown=after.frame_count,
        likeness=examined.likeness,
        quality=examined.quality,
        following=examined.following,
        same=compare_files(work.before, work.after),
        training=read_training(folder, project),
        made_with=MadeWith.of(project),
        skipped=tuple(SkippedFile(media=each.media, reason=each.reason) for each in skipped),
        persons=persons_words(folder, project),
        credits=tuple(credit(origin) for origin in origins_in([folder.source, folder.target])),
        times=_stage_times(folder),
    )


def _name_authors(folder: ProjectFolder) -> None:
    """Put the list of gathered pictures and their authors beside the result, where there are any."""
    origins = origins_in([folder.source, folder.target])
    if origins:
        atomic.write_text(folder.result / ATTRIBUTION, attribution_text(origins))
    else:
        (folder.result / ATTRIBUTION).unlink(missing_ok=True)


def _content_check(folder: ProjectFolder) -> str:
    record = read_content_record(folder)
    return record.outcome.value if record else ""


def _stage_times(folder: ProjectFolder) -> tuple[StageTime, ...]:
    """Return how long the stages took that noted it."""
    markers = ((stage, read_marker(folder, stage)) for stage in StageName)
    seconds = ((stage, marker.figures.get("seconds")) for stage, marker in markers if marker is not None)
    return tuple(
        StageTime(stage=stage, minutes=round(taken / 60, 2))
        for stage, taken in seconds
        if isinstance(taken, float | int)
    )


def _publish_pictures(work: _Work, examples: tuple[Example, ...]) -> None:
    """Make and sign the comparison and the preview."""
    folder, project = work.folder, work.project
    facts = ResultFacts(
        parent=work.after.path,
        consent_sha256=project.consent.fingerprint(),
        model_sha256=work.signed.model_sha256,
        label=project.convert.label,
        label_off_reason=project.convert.label_off_reason,
        content_check=_content_check(folder),
    )
    atomic.remove_partials(folder.result)
    with atomic.passing_folder(folder.work, "report") as place:
        comparison = place / folder.compare_video.name
        write_comparison(work.before.path, work.after.path, comparison)
        publish(comparison, folder.compare_video, facts)
        if examples:
            picture = place / folder.compare_picture.name
            write_image(picture, preview(examples))
            # The preview draws its own label, whatever the video has.
            publish(picture, folder.compare_picture, replace(facts, label=True, label_off_reason=""))


def _figures(report: ReportFile) -> dict[str, float | int | str]:
    """Return what the command line says in the end."""
    figures: dict[str, float | int | str | None] = {
        "frames": report.frames.total,
        "frames_changed": report.frames.changed,
        "nearer_to_source": report.likeness.nearer_to_source if report.likeness else None,
        "to_source": report.likeness.to_source if report.likeness else None,
        "to_target": report.likeness.to_target if report.likeness else None,
        **report.quality.model_dump(),
        "equal_to_original": int(report.same.all_equal),
        REMARKS: lacking_frames(report) or None,
    }
    return {name: value for name, value in figures.items() if value is not None}
