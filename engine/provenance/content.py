"""Look for sexual content before extraction, and refuse it.

The rule is FaceFusion's, which has stood for years: about one frame a second, and above a tenth of them the work is
refused. Each video is judged by itself, and the photos of each person together.

Where the classifier is not there or does not work, the project does not go on: what nobody looked at has not passed.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from engine.arrays import RGBImage
from engine.errors import ContentRefused, MediaError
from engine.media.frames import read_frames
from engine.media.images import read_pictures
from engine.media.probe import read_video_info
from engine.project.folder import ProjectFolder
from engine.project.markers import media_digest
from engine.project.media_kinds import list_media
from engine.project.settings import Project
from engine.project.stage import OnProgress, Progress, ShouldStop, StageName
from engine.provenance.classifier import DISTRIBUTION, LEAST_SCORE, Classifier, ContentClassifier
from engine.records.content_check import ContentOutcome, ContentRecord, read_content_record, write_content_record
from engine.role import Role
from engine.text import printable

MOST_SHARE = 0.1
"""Share of flagged pictures, of a video or of all photos of a person, above which the project is refused."""
MOST_PICTURES = 900
"""Pictures of one video, or of one person's photos, that are classified; of more, evenly chosen ones."""

_PICTURES_OF_ANIMATION = 6
"""Pictures of an animation that are classified, evenly chosen."""

ClassifierSource = Callable[[], Classifier]
"""Makes the classifier; raises `ContentRefused` where it is not there or does not work."""


def check_content(
    folder: ProjectFolder,
    project: Project,
    report: OnProgress,
    should_stop: ShouldStop,
    *,
    stage: StageName = StageName.EXTRACT,
    classifier: ClassifierSource = ContentClassifier,
) -> ContentRecord | None:
    """Classify both people's media, unless that was done with just these files.

    Args:
        folder: The project's; the record is kept in its work folder.
        project: Names the target video.
        report: Called with the number of pictures classified.
        should_stop: Asked at every picture.
        stage: The one on whose behalf this is done.
        classifier: Makes the classifier.

    Returns:
        The record; None where asked to stop.

    Raises:
        ContentRefused: More than a tenth shows what is refused, or the classifier is not there or does not work.
        OutOfDisk: There is no room for the record.
    """
    digest = _digest(folder, project)
    known = read_content_record(folder)
    if known is not None and known.digest == digest and known.outcome is not ContentOutcome.NOT_MADE:
        return _accepted(known)
    judge = classifier()
    tally = _classify_all(_media_groups(folder), judge, _Reporter(report, stage), should_stop)
    if tally is None:
        return None
    record = _record(tally, digest)
    write_content_record(folder, record)
    return _accepted(record)


@dataclass(frozen=True)
class _MediaGroup:
    """Pictures whose share of flagged ones is counted together: a video, or the photos of a person."""

    name: str
    """Name in the message to the user."""
    photos: tuple[Path, ...] = ()
    video: Path | None = None


class _Reporter:
    """Reports how many pictures were classified, of about how many."""

    def __init__(self, report: OnProgress, stage: StageName) -> None:
        self._report, self._stage = report, stage
        self.total = 0
        self._done = 0
        self._began = time.monotonic()

    def step(self) -> None:
        self._done += 1
        rate = self._done / max(time.monotonic() - self._began, 1e-3)
        progress = Progress(
            stage=self._stage,
            done=self._done,
            total=max(self.total, self._done),
            unit="pictures",
            rate=rate,
            eta_seconds=max(0, self.total - self._done) / rate,
            message="looking for sexual content, which is refused",
        )
        self._report(progress)


def _media_groups(folder: ProjectFolder) -> list[_MediaGroup]:
    groups = []
    for role in Role:
        place = folder.media_of(role)
        media = list_media(place, folder.path)
        if media.photos:
            groups.append(_MediaGroup(f"The photos of {role.person}", photos=media.photos))
        named = ((printable(f"{place.name}/{video.relative_to(place)}"), video) for video in media.videos)
        groups += [_MediaGroup(name, video=video) for name, video in named]
    return groups


def _classify_all(
    groups: Sequence[_MediaGroup], judge: Classifier, reporter: _Reporter, should_stop: ShouldStop
) -> dict[str, Counter[bool]] | None:
    """Return how many pictures of each pile were and were not flagged; None where asked to stop."""
    pictures = [(group, _pictures_of(group)) for group in groups]
    reporter.total = sum(count for _, (count, _) in pictures)
    tally: dict[str, Counter[bool]] = {}
    for group, (_, images) in pictures:
        counts = tally.setdefault(group.name, Counter())
        for image in images:
            if should_stop():
                return None
            counts[judge.is_sexual(image)] += 1
            reporter.step()
    return tally


def _pictures_of(group: _MediaGroup) -> tuple[int, Iterator[RGBImage]]:
    """Return about how many pictures there are to classify, and the pictures."""
    if group.video is None:
        step = -(-len(group.photos) // MOST_PICTURES)
        chosen = group.photos[::step]
        return len(chosen), _photos(chosen)
    try:
        info = read_video_info(group.video)
    except MediaError:
        # Extraction names the files that cannot be read; nothing is learnt from them.
        return 0, iter(())
    step = max(1, round(info.frame_rate), -(-info.frame_count // MOST_PICTURES))
    return -(-info.frame_count // step), _frames(group.video, step)


def _photos(paths: Sequence[Path]) -> Iterator[RGBImage]:
    for path in paths:
        try:
            yield from (picture for _, picture in read_pictures(path, _PICTURES_OF_ANIMATION))
        except MediaError:
            continue


def _frames(video: Path, step: int) -> Iterator[RGBImage]:
    try:
        yield from (frame.image for frame in read_frames(video, 0, None, step))
    except MediaError:
        return


def _record(tally: dict[str, Counter[bool]], digest: str) -> ContentRecord:
    shares = {name: counts[True] / counts.total() for name, counts in tally.items() if counts.total()}
    worst = max(shares, key=lambda name: shares[name], default="")
    share = shares.get(worst, 0.0)
    return ContentRecord(
        outcome=ContentOutcome.REFUSED if share > MOST_SHARE else ContentOutcome.PASSED,
        digest=digest,
        looked_at=sum(counts.total() for counts in tally.values()),
        flagged=sum(counts[True] for counts in tally.values()),
        worst=worst if share else "",
        worst_share=share,
    )


def _accepted(record: ContentRecord) -> ContentRecord:
    if record.outcome is ContentOutcome.REFUSED:
        raise ContentRefused(
            f"{record.worst}: sexual content in {record.worst_share:.0%} of the "
            "pictures looked at. This tool does not work on that.",
            "Take it out of the project. If it was mistaken, other material of the same people may do.",
        )
    return record


def _digest(folder: ProjectFolder, project: Project) -> str:
    try:
        release = version(DISTRIBUTION)
    except PackageNotFoundError:
        release = ""
    facts = [media_digest(folder.source), media_digest(folder.target), project.target.video, release, LEAST_SCORE]
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
