"""The batches of training: faces turned, shifted, recoloured and warped at random.

A batch depends on the seed and the step alone, so that a resumed training draws what an undisturbed one would.
They are drawn in background threads, hidden behind the step before.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.arrays import RGBBatch, RGBImage
from engine.model.augment import Square, distorted, in_colours_of, random_square, sample, square_of

MAPS = 3
"""Maps that go with a picture: the face's mask; eyes and mouth; which pixels are learnt from."""

_SWAPPED = 0.5
"""Share of the faces in whose place the encoder sees the other person doing the same, as it does at conversion."""
_ACTED = 0.3
"""Share of the source's places in a batch that are taken by the source doing what a face of the target does."""
_UNMATCHED = 0.3
"""Share of the source's faces that are drawn without regard to the target's."""


@dataclass(frozen=True, eq=False)
class TrainingFaces:
    """One person's faces, ready to draw from."""

    pictures: NDArray[np.uint8]
    """(N, P, P, 3) uint8 RGB, P about twice what the model's square needs: sampling then keeps the detail."""
    maps: NDArray[np.uint8]
    """(N, M, M, MAPS) uint8, the same squares at any size."""
    traits: NDArray[np.float32]
    """(N, K) float32: pose and expression, scaled so that faces less than about 1 apart look alike in them."""

    def __post_init__(self) -> None:
        """Refuse arrays that do not belong together.

        Raises:
            ValueError: Shapes or types are not as documented.
        """
        for name, array, channels in (("pictures", self.pictures, 3), ("maps", self.maps, MAPS)):
            if array.ndim != 4 or array.shape[1] != array.shape[2] or array.shape[3] != channels:
                raise ValueError(f"{name} must be (N, P, P, {channels}), not {array.shape}")
            if array.dtype != np.uint8:
                raise ValueError(f"{name} must be uint8, not {array.dtype}")
        if not len(self.pictures) == len(self.maps) == len(self.traits) > 0:
            raise ValueError(f"{len(self.pictures)} pictures, {len(self.maps)} maps, {len(self.traits)} traits")

    def __len__(self) -> int:
        return len(self.pictures)


@dataclass(frozen=True, eq=False)
class HeldOutFaces:
    """One person's faces that are never learnt from."""

    faces: TrainingFaces
    references: NDArray[np.uint8]
    """(N, P, P, 3) uint8: the source bent to do what they do."""


@dataclass(frozen=True, eq=False)
class Acted:
    """The source doing what a face of the target does, in the square of that face's picture."""

    picture: RGBImage
    """(P, P, 3) uint8: a picture of the source, bent to do it."""
    reference: RGBImage
    """(P, P, 3) uint8: another one."""
    maps: NDArray[np.uint8]
    """(M, M, MAPS) uint8."""


class Bends(Protocol):
    """Makes pictures of somebody bent to do what a face does, (P, P, 3) uint8 in the square of that face's picture."""

    def target_doing(self, source_face: int) -> RGBImage:
        """Return the target doing what a face of the source does."""
        ...

    def source_doing(self, target_face: int) -> RGBImage:
        """Return the source doing what a face of the target does."""
        ...

    def reference(self, source_face: int, random: np.random.Generator) -> RGBImage:
        """Return another picture of the source doing what a face of the source does."""
        ...

    def acted(self, target_face: int, random: np.random.Generator) -> Acted:
        """Return two pictures of the source that do what a face of the target does."""
        ...


@dataclass(frozen=True, eq=False)
class AsTheyAre:
    """Bends nothing: everybody is shown as they are."""

    source: TrainingFaces
    target: TrainingFaces

    def target_doing(self, source_face: int) -> RGBImage:
        """Return the source's face itself."""
        return _picture(self.source, source_face)

    def source_doing(self, target_face: int) -> RGBImage:
        """Return the target's face itself."""
        return _picture(self.target, target_face)

    def reference(self, source_face: int, random: np.random.Generator) -> RGBImage:
        """Return the source's face itself."""
        return _picture(self.source, source_face)

    def acted(self, target_face: int, random: np.random.Generator) -> Acted:
        """Return any face of the source."""
        index = target_face % len(self.source)
        picture = _picture(self.source, index)
        return Acted(picture, picture, self.source.maps[index])


def _picture(faces: TrainingFaces, index: int) -> RGBImage:
    picture: RGBImage = faces.pictures[index]
    return picture


@dataclass(frozen=True, eq=False)
class TrainingSet:
    """Both people's faces, and which of them look alike."""

    source: TrainingFaces
    target: TrainingFaces
    partners: NDArray[np.intp]
    """(len(target), K): for each face of the target the faces of the source nearest in pose and expression."""
    bends: Bends
    """Shows the encoder one person in the place of the other, and the source's decoder its references."""


@dataclass(frozen=True, eq=False)
class Batch:
    """The first half of each array of faces is the source, the second the target."""

    warped: RGBBatch
    """(2N, S, S, 3) uint8: what the encoder sees."""
    faces: RGBBatch
    """(2N, S, S, 3) uint8: what the decoders should predict."""
    references: RGBBatch
    """(N, S, S, 3) uint8: for each face of the source another picture of it, bent to do the same, in its colours."""
    maps: NDArray[np.uint8]
    """(2N, S, S, MAPS) uint8."""
    matched: NDArray[np.float32]
    """(2N,) float32: 1 where a face of the source was drawn to look like the target's at the same place, else 0."""

    def parts(self, count: int) -> list[Batch]:
        """Return the batch cut into so many equal ones, each with faces of both people that belong together."""
        if count == 1:
            return [self]
        both = np.arange(len(self.warped)).reshape(2, count, -1)
        return [self._part(both[0, part], both[:, part].ravel()) for part in range(count)]

    def _part(self, sources: NDArray[np.intp], both: NDArray[np.intp]) -> Batch:
        return Batch(self.warped[both], self.faces[both], self.references[sources], self.maps[both], self.matched[both])


@dataclass(frozen=True)
class BatchSpec:
    """How batches are drawn."""

    seed: int
    """Seed of all random choices."""
    size: int
    """Side of the model's square in pixels."""
    faces: int
    """Number of faces of each person in a batch."""


def draw(spec: BatchSpec, step: int, faces: TrainingSet) -> Batch:
    """Return the batch of a step, counted from 0 over all runs of the project.

    The target's faces are drawn evenly. The source's are mostly drawn to match them in pose and expression, so that
    the latents of both people may be compared; the rest evenly, so that all of the source's faces are learnt. Some
    places of the source are taken by what conversion will be about: a face of the target, and the source doing that.
    """
    random = np.random.default_rng((spec.seed, step))
    targets = random.integers(0, len(faces.target), spec.faces)
    nearest = faces.partners[targets, random.integers(0, faces.partners.shape[1], spec.faces)]
    is_acted = random.random(spec.faces) < _ACTED
    matched = (random.random(spec.faces) >= _UNMATCHED) & ~is_acted
    sources = np.where(matched, nearest, random.integers(0, len(faces.source), spec.faces))
    swapped = random.random((2, spec.faces)) < _SWAPPED
    views = [
        _acted_view(faces, int(target), spec.size, random)
        if acted
        else _source_view(faces, int(source), spec.size, random, swapped=swap)
        for acted, target, source, swap in zip(is_acted, targets, sources, swapped[0], strict=True)
    ]
    views += [
        _target_view(faces, int(target), spec.size, random, swapped=swap)
        for target, swap in zip(targets, swapped[1], strict=True)
    ]
    return Batch(
        np.stack([view.seen for view in views]),
        np.stack([view.face for view in views]),
        np.stack([view.reference for view in views if view.reference is not None]),
        np.stack([view.maps for view in views]),
        np.tile(matched.astype(np.float32), 2),
    )


@dataclass(frozen=True, eq=False)
class _View:
    """One place of a batch."""

    seen: RGBImage
    face: RGBImage
    maps: NDArray[np.uint8]
    reference: RGBImage | None


def _source_view(faces: TrainingSet, index: int, size: int, random: np.random.Generator, *, swapped: bool) -> _View:
    square, picture = random_square(size, random), faces.source.pictures[index]
    seen = distorted(faces.bends.target_doing(index) if swapped else picture, square, size, random)
    reference = faces.bends.reference(index, random)
    return _view(seen, picture, faces.source.maps[index], reference, square)


def _acted_view(faces: TrainingSet, target: int, size: int, random: np.random.Generator) -> _View:
    square, acted = random_square(size, random), faces.bends.acted(target, random)
    seen = distorted(faces.target.pictures[target], square, size, random)
    return _view(seen, acted.picture, acted.maps, acted.reference, square)


def _target_view(faces: TrainingSet, index: int, size: int, random: np.random.Generator, *, swapped: bool) -> _View:
    square, picture = random_square(size, random), faces.target.pictures[index]
    seen = distorted(faces.bends.source_doing(index) if swapped else picture, square, size, random)
    return _view(seen, picture, faces.target.maps[index], None, square)


def _view(
    seen: RGBImage, picture: RGBImage, maps: NDArray[np.uint8], reference: RGBImage | None, square: Square
) -> _View:
    """Return what of a picture lies in a square, the reference in its colours."""
    face, inside = sample(picture, square, len(seen)), sample(maps, square, len(seen))
    if reference is not None:
        reference = in_colours_of(sample(reference, square, len(seen)), face, inside)
    return _View(seen, face, inside, reference)


def view(faces: TrainingFaces, indices: NDArray[np.intp], size: int) -> tuple[RGBBatch, NDArray[np.uint8]]:
    """Return faces as they are, and their maps: (N, S, S, 3) and (N, S, S, MAPS) uint8."""
    return square_of(faces.pictures[indices], size), square_of(faces.maps[indices], size)


class Prefetcher:
    """Batches drawn ahead of their use, in the order of their steps."""

    def __init__(self, draw_step: Callable[[int], Batch], first_step: int, ahead: int = 4, threads: int = 1) -> None:
        # OpenCV's own threads would take the cores from the step: for faces this small they double the work.
        cv2.setNumThreads(0)
        self._draw_step = draw_step
        self._step = first_step
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="draw")
        self._waiting: deque[Future[Batch]] = deque()
        for _ in range(ahead):
            self._submit()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(cancel_futures=True)

    def next(self) -> Batch:
        """Return the batch of the next step."""
        batch = self._waiting.popleft().result()
        self._submit()
        return batch

    def _submit(self) -> None:
        self._waiting.append(self._pool.submit(self._draw_step, self._step))
        self._step += 1
