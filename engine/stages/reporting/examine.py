"""Compare a result with its original, a few frames at a time, and collect what the figures are computed from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from engine.arrays import Descriptor, Landmarks, RGBImage
from engine.faces.detection.mesh import Mesh, square_around
from engine.faces.persons.identity import Describer, distance
from engine.faces.reenactment.expression import Coefficients, ExpressionReader
from engine.media.encoding import original_window
from engine.media.frames import Frame, read_frames
from engine.media.probe import read_video_info
from engine.records.report import Following, Likeness, Quality
from engine.stages.reporting.figures import (
    border_steps,
    fine_detail,
    outside_mask,
    psnr_db,
    second_differences,
    square_error,
)
from engine.stages.reporting.following import following

_SURE = 0.5
"""Presence above which the mesh counts as fitted again."""
_LEAST_JITTERS = 5
"""With fewer second differences than this, jitter is not reported."""

FacesBetween = Callable[[int, int], Sequence[tuple[int, Landmarks]]]
"""Returns frame index and landmarks of the faces in a stretch of frames, as they were handed to conversion."""


@dataclass(frozen=True, eq=False)
class Example:
    """A frame before and after."""

    frame_index: int
    before: RGBImage
    after: RGBImage
    landmarks: Landmarks


@dataclass(eq=False)
class Findings:
    """The measurements so far."""

    jitters_before: list[float] = field(default_factory=list)
    jitters_after: list[float] = field(default_factory=list)
    borders_before: list[float] = field(default_factory=list)
    borders_after: list[float] = field(default_factory=list)
    details: list[float] = field(default_factory=list)
    """Ratio of fine detail, after to before."""
    to_source: list[float] = field(default_factory=list)
    to_target: list[float] = field(default_factory=list)
    before_to_source: list[float] = field(default_factory=list)
    expressions_before: list[Coefficients] = field(default_factory=list)
    expressions_after: list[Coefficients] = field(default_factory=list)
    square_errors: float = 0.0
    values: int = 0

    def following(self, source: Sequence[Coefficients]) -> tuple[Following, ...]:
        """Return how far the result does what the target does, and whether the source's pictures show that."""
        return following(self.expressions_before, self.expressions_after, source)

    def likeness(self, source_to_itself: float | None) -> Likeness | None:
        """Return whom the result looks like; None where no face was seen in it."""
        if not self.to_source:
            return None
        nearer = np.array(self.to_source) < np.array(self.to_target)
        return Likeness(
            frames=len(self.to_source),
            to_source=_median(self.to_source),
            to_target=_median(self.to_target),
            nearer_to_source=round(float(nearer.mean()), 4),
            before_to_source=_median(self.before_to_source),
            source_to_itself=source_to_itself,
        )

    def quality(self) -> Quality:
        """Return how the faces sit in their frames."""
        enough = len(self.jitters_after) >= _LEAST_JITTERS
        steady = max(float(np.median(self.jitters_before)), 1e-6) if enough else 1.0
        return Quality(
            jitter_ratio=round(float(np.median(self.jitters_after)) / steady, 4) if enough else None,
            border_step=_median(self.borders_after) if self.borders_after else None,
            border_step_before=_median(self.borders_before) if self.borders_before else None,
            sharpness_ratio=_median(self.details) if self.details else None,
            outside_psnr_db=round(psnr_db(self.square_errors, self.values), 2) if self.values else None,
        )


class ResultExaminer:
    """Compares a result with its original."""

    def __init__(
        self, source: Descriptor, target: Descriptor, feather: float, label: tuple[int, int, int, int]
    ) -> None:
        """Load the models.

        Args:
            source: Descriptor of the person who appears.
            target: Descriptor of the person who was replaced.
            feather: Width of the swap's soft rim as a share of the face's width.
            label: Left, top, right, bottom of the visible label, which is left out of comparison.
        """
        self.findings = Findings()
        self._source, self._target = source, target
        self._feather = feather
        self._label = label
        self._mesh = Mesh()
        self._expressions = ExpressionReader()
        self._describer = Describer()

    def examine(self, before: Path, after: Path, window: range, faces: FacesBetween) -> Example | None:
        """Take a stretch of frames into account, and return the frame in its middle with its first face."""
        by_frame: dict[int, list[Landmarks]] = {}
        for index, landmarks in faces(window.start, window.stop):
            by_frame.setdefault(index, []).append(landmarks)
        fits: list[tuple[Landmarks | None, Landmarks | None]] = []
        example = None
        for was, now in _pairs(before, after, window):
            if was.index not in by_frame:
                continue
            around = by_frame[was.index][0]
            fits.append((self._refit(was.image, around), self._refit(now.image, around)))
            self._expression(was.image, now.image, *fits[-1])
            if example is None and was.index >= window[len(window) // 2]:
                example = Example(was.index, was.image, now.image, around)
                self._likeness(example, fits[-1][1])
                self._surface(example, by_frame[was.index])
        self._measure_jitter(fits)
        return example

    def _refit(self, image: RGBImage, around: Landmarks) -> Landmarks | None:
        """Return the mesh fitted again, or None where the picture shows no face there."""
        landmarks, sure = self._mesh.fit(image, square_around(around))
        return landmarks if sure > _SURE else None

    def _expression(self, before: RGBImage, after: RGBImage, was: Landmarks | None, now: Landmarks | None) -> None:
        if was is None or now is None:
            return
        wanted = self._expressions.read(before, square_around(was))
        shown = self._expressions.read(after, square_around(now))
        if min(wanted.presence, shown.presence) > _SURE:
            self.findings.expressions_before.append(wanted.coefficients)
            self.findings.expressions_after.append(shown.coefficients)

    def _measure_jitter(self, fits: list[tuple[Landmarks | None, Landmarks | None]]) -> None:
        was = [each for each, _ in fits if each is not None]
        now = [each for _, each in fits if each is not None]
        # A face lost in between would count as a leap.
        if len(was) == len(now) == len(fits) and fits:
            self.findings.jitters_before += second_differences(np.stack(was)).tolist()
            self.findings.jitters_after += second_differences(np.stack(now)).tolist()

    def _likeness(self, example: Example, landmarks: Landmarks | None) -> None:
        if landmarks is None:
            return
        was = self._describer.describe(example.before, example.landmarks)
        now = self._describer.describe(example.after, landmarks)
        self.findings.to_source.append(distance(now, self._source))
        self.findings.to_target.append(distance(now, self._target))
        self.findings.before_to_source.append(distance(was, self._source))

    def _surface(self, example: Example, faces: list[Landmarks]) -> None:
        before, after, landmarks = example.before, example.after, example.landmarks
        found = self.findings
        was, now = border_steps(before, after, landmarks, self._feather)
        found.borders_before.append(was)
        found.borders_after.append(now)
        found.details.append(fine_detail(after, landmarks) / max(fine_detail(before, landmarks), 1e-6))
        outside = outside_mask(before.shape, faces)
        left, top, right, bottom = self._label
        outside[top:bottom, left:right] = False
        error, values = square_error(before, after, outside)
        found.square_errors += error
        found.values += values


def example_at(before: Path, after: Path, frame_index: int, faces: FacesBetween) -> Example | None:
    """Return one frame of both videos with its first face; None where one of them has no such frame or face."""
    found = [landmarks for _, landmarks in faces(frame_index, frame_index + 1)]
    pair = next(_pairs(before, after, range(frame_index, frame_index + 1)), None)
    return Example(frame_index, pair[0].image, pair[1].image, found[0]) if pair and found else None


def _pairs(before: Path, after: Path, window: range) -> Iterator[tuple[Frame, Frame]]:
    """Yield the frames of both videos that have the same index, both as large as the original's."""
    part = original_window(read_video_info(before))
    ours = read_frames(after, window.start, window.stop)
    for was in read_frames(before, window.start, window.stop):
        now = next((frame for frame in ours if frame.index >= was.index), None)
        if now is not None and now.index == was.index:
            yield was, now.with_image(np.ascontiguousarray(now.image[part]))


def _median(values: list[float]) -> float:
    return round(float(np.median(values)), 4)
