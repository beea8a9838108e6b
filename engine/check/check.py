"""A quick check of pictures and videos before any work is done: who is in them, and are they good enough?

It takes a few seconds for any length: photos and frames, taken evenly, are examined until the time is up.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from engine.check.looks import BurstFindings, FoundFace, describe_faces, examine_bursts
from engine.check.persons import FoundPerson, draw_who_is_who, persons_among
from engine.check.samples import FoundMedia, find_media, plan_bursts
from engine.faces.measures import Measured
from engine.host.machine import cores
from engine.records.check import CheckReport, SkippedFile, ValueRange, advise
from engine.records.coverage import FaceSeen

BUDGET_SECONDS = 5.0
"""How long a check takes."""

_DETECTION_SHARE = 0.6
"""Share of the time for finding faces; the rest is for describing them."""
DESCRIBED = 40
"""Faces described to assign them to persons; each takes a tenth of a second."""


def check(
    paths: Sequence[Path],
    thumbnails: Path,
    progress: Callable[[int, int], None],
    budget_seconds: float = BUDGET_SECONDS,
) -> CheckReport:
    """Check media.

    Args:
        paths: Pictures, videos, folders of them, or project folders.
        thumbnails: A folder, made where it is not there, for one picture of each person.
        progress: Called with the number of pictures examined and their total.
        budget_seconds: About how long to examine pictures; listing and opening the files comes on top.

    Raises:
        MediaError: A path is not there, or there is no picture or video in any.
    """
    found = find_media(paths)
    deadline = time.monotonic() + budget_seconds
    with ThreadPoolExecutor(cores()) as pool:
        detection_ends = deadline - (1 - _DETECTION_SHARE) * budget_seconds
        findings = examine_bursts(pool, plan_bursts(found), detection_ends, progress)
        pictures = [faces for each in findings for faces in each.by_picture]
        described = describe_faces(pool, pictures, deadline, DESCRIBED)
    persons = persons_among(described, thumbnails)
    picture = draw_who_is_who(persons, pictures, thumbnails)
    return _report(found, findings, persons, picture)


def _report(
    found: FoundMedia, findings: Sequence[BurstFindings], persons: list[FoundPerson], numbered: Path | None
) -> CheckReport:
    faces = [face for each in findings for face in each.faces]
    measured = [face.measured for face in faces]
    photos = [each for each in findings if each.burst.frames is None]
    clips = [each for each in findings if each.burst.frames is not None]
    broken = {each.burst.path: each.problem for each in findings if each.problem}
    report = CheckReport(
        photos=len(found.photos),
        photos_seen=sum(each.pictures > 0 for each in photos),
        videos=len(found.videos),
        frames=sum(found.videos.values()),
        frames_seen=sum(each.pictures for each in clips),
        faces=len(measured),
        faces_expected=_expected_in_photos(photos, len(found.photos)) + _expected(clips, sum(found.videos.values())),
        persons=[person.seen for person in persons],
        faces_seen=_faces_seen(faces, persons),
        numbered=numbered,
        without_face=sum(each.without_face for each in findings),
        yaw=_spread([each.yaw for each in measured]),
        pitch=_spread(_pitches([person.faces for person in persons], measured)),
        width_px=_spread([each.width_px for each in measured]),
        sharpness=_spread([each.sharpness for each in measured]),
        brightness=_spread([each.brightness for each in measured]),
        skipped=[*found.skipped, *(SkippedFile(path=path, reason=why) for path, why in sorted(broken.items()))],
        cut_short=list(found.cut_short),
        advice=[],
    )
    return report.model_copy(update={"advice": advise(report)})


def _faces_seen(faces: Sequence[FoundFace], persons: Sequence[FoundPerson]) -> list[FaceSeen]:
    """Return what each usable face does, and whose it is."""
    numbers = {id(face): person.seen.number for person in persons for face in person.faces}
    return [
        FaceSeen(path=face.path, frame_index=face.frame_index, person=numbers.get(id(face), 0), motions=face.motions)
        for face in faces
        if face.measured.is_plausible
    ]


def _expected(findings: Sequence[BurstFindings], pictures: int) -> int:
    """Return how many faces there are in all pictures, extrapolated from those examined."""
    examined = sum(each.pictures for each in findings)
    faces = sum(len(each.faces) for each in findings)
    return round(faces * pictures / examined) if examined else 0


def _expected_in_photos(findings: Sequence[BurstFindings], photos: int) -> int:
    """Return how many faces there are in all photos; of an animation, few of many pictures are examined."""
    examined = [each for each in findings if each.pictures]
    faces = sum(len(each.faces) * each.in_photo / each.pictures for each in examined)
    return round(faces * photos / len(examined)) if examined else 0


def _pitches(by_person: Sequence[Sequence[FoundFace]], measured: Sequence[Measured]) -> list[float]:
    """Return how far each face looks down from how the same person mostly holds their head, in degrees.

    Noses and foreheads differ: of people who look straight ahead, the mesh has some look down by up to 20 degrees.
    """
    groups = [[face.measured for face in faces] for faces in by_person] if len(by_person) > 1 else [list(measured)]
    pitches = [np.array([each.pitch for each in group]) for group in groups if group]
    return [float(pitch) for group in pitches for pitch in group - np.median(group)]


def _spread(values: Sequence[float]) -> ValueRange | None:
    if not values:
        return None
    return ValueRange(lowest=min(values), median=float(np.median(values)), highest=max(values))
