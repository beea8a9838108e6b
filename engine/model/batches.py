"""The batches of training: faces turned, shifted, recoloured and warped at random.

A batch depends on the seed and the step alone, so that a resumed training draws what an undisturbed one would.
OpenCV does the work in background threads, hidden behind the step before.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from types import TracebackType
from typing import Protocol, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.arrays import MODEL_SHARE, RGBBatch, RGBImage

MAPS = 3
"""Maps that go with a picture: the face's mask; eyes and mouth; which pixels are learnt from."""

_TURN_DEGREES = 4.0
"""Largest turn to either side."""
_SCALE = 0.04
"""Largest change of scale, as a share."""
_SHIFT = 0.02
"""Largest shift, as a share of the square's side."""
_WARP_GRID = 5
"""Points along each side of the grid that is bent."""
_WARP = 0.04
"""Largest standard deviation of the bending, as a share of the square's side; each face draws its own below that."""
_BLUR = 2.0
"""Largest standard deviation, in pixels of a 96-pixel square, of the blur that hides how sharp a person's camera is."""
_PARTNERS = 24
"""Faces of the source, nearest to one of the target, among which its partner is drawn."""
_SWAPPED = 0.5
"""Share of the faces in whose place the encoder sees the other person doing the same, as it does at conversion."""
_UNMATCHED = 0.3
"""Share of the source's faces that are drawn without regard to the target's."""
_GAIN, _TINT, _OFFSET = 0.2, 0.07, 20.0
"""Brightness and tint, as shares, and offset, in grey levels of 255."""


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


class Counterparts(Protocol):
    """Makes pictures of the other person doing what a face does."""

    def of_source(self, index: int) -> RGBImage:
        """Return the target doing what a face of the source does, (P, P, 3) uint8 in the source picture's square."""
        ...

    def of_target(self, index: int) -> RGBImage:
        """Return the source doing what a face of the target does, (P, P, 3) uint8 in the target picture's square."""
        ...


@dataclass(frozen=True, eq=False)
class TrainingSet:
    """Both people's faces, and which of them look alike."""

    source: TrainingFaces
    target: TrainingFaces
    partners: NDArray[np.int32]
    """(len(target), K): for each face of the target the faces of the source nearest in pose and expression."""
    counterparts: Counterparts | None = None
    """Shows the encoder one person in the place of the other; None shows it everybody as they are."""


def training_set(source: TrainingFaces, target: TrainingFaces, counterparts: Counterparts | None = None) -> TrainingSet:
    """Find the partners of the target's faces among the source's."""
    partners = most_alike(target, source, _PARTNERS)
    return TrainingSet(source, target, partners, counterparts)


def most_alike(faces: TrainingFaces, others: TrainingFaces, count: int) -> NDArray[np.int32]:
    """Return for each face the others nearest in pose and expression, of those that are learnt from as a whole.

    What a decoder predicts where it learns nothing is arbitrary, and must not become anybody's counterpart.

    Returns:
        (len(faces), K) int32, the nearest first; K is `count`, or how many there are.
    """
    whole = np.flatnonzero(others.maps[..., 2].all(axis=(1, 2)))
    choice = whole if len(whole) else np.arange(len(others))
    nearest = np.empty((len(faces), min(count, len(choice))), np.int32)
    for row, traits in enumerate(faces.traits):
        distances = np.square(others.traits[choice] - traits).sum(1)
        nearest[row] = choice[np.argsort(distances, kind="stable")[: nearest.shape[1]]]
    return nearest


@dataclass(frozen=True, eq=False)
class Batch:
    """The first half of each array of faces is the source, the second the target."""

    warped: RGBBatch
    """(2N, S, S, 3) uint8: what the encoder sees."""
    faces: RGBBatch
    """(2N, S, S, 3) uint8: what the decoders should predict."""
    maps: NDArray[np.uint8]
    """(2N, S, S, MAPS) uint8."""
    matched: NDArray[np.float32]
    """(2N,) float32: 1 where a face of the source was drawn to look like the target's at the same place, else 0."""

    def parts(self, count: int) -> list[Batch]:
        """Return the batch cut into so many equal ones, each with faces of both people that belong together."""
        if count == 1:
            return [self]
        both = np.arange(len(self.warped)).reshape(2, count, -1)
        chosen = [both[:, part].ravel() for part in range(count)]
        return [Batch(self.warped[at], self.faces[at], self.maps[at], self.matched[at]) for at in chosen]


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
    the latents of both people may be compared; the rest evenly, so that all of the source's faces are learnt.
    """
    random = np.random.default_rng((spec.seed, step))
    targets = random.integers(0, len(faces.target), spec.faces)
    nearest = faces.partners[targets, random.integers(0, faces.partners.shape[1], spec.faces)]
    matched = random.random(spec.faces) >= _UNMATCHED
    sources = np.where(matched, nearest, random.integers(0, len(faces.source), spec.faces))
    chosen = [(faces.source, index) for index in sources] + [(faces.target, index) for index in targets]
    swapped = random.random(2 * spec.faces) < _SWAPPED
    drawn = []
    for place, (people, index) in enumerate(chosen):
        picture = people.pictures[index]
        seen = _other_person(faces, int(index), is_source=place < spec.faces) if swapped[place] else None
        drawn.append(_augment(picture if seen is None else seen, picture, people.maps[index], spec.size, random))
    warped, plain, maps = zip(*drawn, strict=True)
    return Batch(np.stack(warped), np.stack(plain), np.stack(maps), np.tile(matched.astype(np.float32), 2))


def _other_person(faces: TrainingSet, index: int, *, is_source: bool) -> RGBImage | None:
    """Return the other person doing what a face does; None where there are no such pictures."""
    if faces.counterparts is None:
        return None
    return faces.counterparts.of_source(index) if is_source else faces.counterparts.of_target(index)


def view(faces: TrainingFaces, indices: NDArray[np.intp], size: int) -> tuple[RGBBatch, NDArray[np.uint8]]:
    """Return faces as they are, and their maps: (N, S, S, 3) and (N, S, S, MAPS) uint8."""
    straight = _square_to_picture(size, 0.0, 1.0, (0.0, 0.0))
    pictures = [_sample(faces.pictures[index], straight, size) for index in indices]
    return np.stack(pictures), np.stack([_sample(faces.maps[index], straight, size) for index in indices])


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


def _augment(
    seen: RGBImage, picture: RGBImage, maps: NDArray[np.uint8], size: int, random: np.random.Generator
) -> tuple[RGBImage, RGBImage, NDArray[np.uint8]]:
    """Return what is seen warped and recoloured, the face as it is, and its maps: all from the same square."""
    matrix = _square_to_picture(
        size,
        np.deg2rad(random.uniform(-_TURN_DEGREES, _TURN_DEGREES)),
        1.0 + random.uniform(-_SCALE, _SCALE),
        tuple(random.uniform(-_SHIFT, _SHIFT, 2)),
    )
    bend = random.normal(0.0, random.uniform(0.0, _WARP) * size, (_WARP_GRID, _WARP_GRID, 2))
    warped = _recolour(_blur(_warp(seen, matrix, bend.astype(np.float32), size), random), random)
    return warped, _sample(picture, matrix, size), _sample(maps, matrix, size)


def _square_to_picture(size: int, angle: float, scale: float, shift: tuple[float, ...]) -> NDArray[np.float64]:
    """Return the (2, 3) transform from pixels of the model's square to a training picture of side 1."""
    step = MODEL_SHARE / size * scale
    cosine, sine = np.cos(angle) * step, np.sin(angle) * step
    turn = np.array([[cosine, -sine], [sine, cosine]])
    middle = 0.5 + np.asarray(shift) * MODEL_SHARE
    return np.column_stack([turn, middle - turn @ np.full(2, (size - 1) / 2)])


def _in_pixels(matrix: NDArray[np.float64], side: int) -> NDArray[np.float64]:
    """Return a transform to a picture of side 1 as one to its pixels, whose centres lie at whole numbers."""
    scaled = matrix * side
    scaled[:, 2] -= 0.5
    return scaled


def _sample(picture: NDArray[np.uint8], matrix: NDArray[np.float64], size: int) -> NDArray[np.uint8]:
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    inside = _in_pixels(matrix, len(picture))
    return np.asarray(
        cv2.warpAffine(picture, inside, (size, size), flags=flags, borderMode=cv2.BORDER_REPLICATE), np.uint8
    )


def _warp(picture: RGBImage, matrix: NDArray[np.float64], bend: NDArray[np.float32], size: int) -> RGBImage:
    """Return the square that `matrix` cuts out, its grid points moved by `bend`, (G, G, 2) in pixels of the square."""
    places = cv2.resize(bend, (size, size), interpolation=cv2.INTER_CUBIC) + _grid(size)
    x, y = cv2.split(cv2.transform(places, _in_pixels(matrix, len(picture))))
    return np.asarray(cv2.remap(picture, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.uint8)


@lru_cache
def _grid(size: int) -> NDArray[np.float32]:
    """(S, S, 2): x and y of every pixel."""
    return np.stack(np.meshgrid(np.arange(size), np.arange(size)), -1).astype(np.float32)


def _blur(face: RGBImage, random: np.random.Generator) -> RGBImage:
    strength = random.uniform(0.0, _BLUR) * len(face) / 96
    return face if strength < 0.3 else np.asarray(cv2.GaussianBlur(face, (0, 0), strength), np.uint8)


def _recolour(face: RGBImage, random: np.random.Generator) -> RGBImage:
    gain = random.uniform(1 - _GAIN, 1 + _GAIN) * random.uniform(1 - _TINT, 1 + _TINT, 3)
    offset = random.uniform(-_OFFSET, _OFFSET)
    recoloured = np.clip(np.arange(256)[:, None, None] * gain + offset, 0.0, 255.0)
    return np.asarray(cv2.LUT(face, recoloured.astype(np.uint8)), np.uint8)
