"""Examples to learn from: a portrait with something before it, in some light, by some camera."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.arrays import MODEL_SHARE, Mask, RGBImage
from engine.faces.occlusion import SIZE
from tests.recipes.visible_face import belongings, hair, occluders
from tests.recipes.visible_face.hands import HandPicture
from tests.recipes.visible_face.occluders import Layer, Random
from tests.recipes.visible_face.relief import side_light

STORED = 160
"""Side of the portraits, which show a margin around that square, and more detail."""

_GREY = 16
"""Greatest difference between red, green and blue of a picture that has no colours but its JPEG's."""


@dataclass(frozen=True, eq=False)
class Portraits:
    """Clear portraits with their labels, N of them, `STORED` pixels a side."""

    pictures: NDArray[np.uint8]
    """(N, STORED, STORED, 3) RGB."""
    landmarks: NDArray[np.float32]
    """(N, 468, 2)."""
    face: NDArray[np.uint8]
    """(N, STORED, STORED), 1 where the face is seen."""
    known: NDArray[np.uint8]
    """(N, STORED, STORED), 1 where that is sure."""
    depth: NDArray[np.float16]
    """(N, STORED, STORED) in pixels, away from the camera."""

    def chances(self) -> NDArray[np.float64]:
        """Return how often each is drawn, (N,): those in colour together as often as the grey ones."""
        is_grey = np.ptp(self.pictures[:, ::8, ::8].astype(np.int16), axis=3).max(axis=(1, 2)) < _GREY
        count = np.count_nonzero(is_grey)
        if count in (0, len(is_grey)):
            return np.full(len(is_grey), 1 / len(is_grey))
        return np.where(is_grey, 0.5 / count, 0.5 / (len(is_grey) - count))


@dataclass(frozen=True, eq=False)
class Example:
    """What the network sees, and what it should say."""

    picture: RGBImage
    """(SIZE, SIZE, 3) uint8."""
    face: Mask
    """(SIZE, SIZE) how far each pixel shows the face."""
    weight: Mask
    """(SIZE, SIZE) how much that counts."""


def examples_of_one(portraits: Portraits, at: int, hands: list[HandPicture], random: Random) -> tuple[Example, Example]:
    """Return a portrait with something before it, photographed twice.

    Args:
        portraits: All portraits.
        at: Which of them.
        hands: Rendered hands.
        random: Decides everything.
    """
    picture = portraits.pictures[at].astype(np.float32)
    face, known = portraits.face[at].astype(np.float32), portraits.known[at].astype(np.float32)
    points = portraits.landmarks[at]
    picture = _with_what_belongs(picture, points, portraits.depth[at], random)
    for layer in _before(portraits, at, hands, random):
        if random.random() < 0.6:
            picture *= occluders.contact_shadow(layer.alpha, random)[..., None]
        picture = layer.over(picture)
        face *= 1 - layer.alpha
        # What is covered is known, whatever lies beneath.
        known = np.maximum(known, layer.alpha)
    first, second = (_photographed(picture, face, known, random) for _ in range(2))
    return first, second


def _with_what_belongs(
    picture: NDArray[np.float32], points: NDArray[np.float32], depth: NDArray[np.float16], random: Random
) -> NDArray[np.float32]:
    """Return the picture with glasses, an open mouth, light and shadows: all of them the face's own."""
    if random.random() < 0.15:
        picture = belongings.glasses(points, STORED, random).over(picture)
    if random.random() < 0.08:
        picture = belongings.with_open_mouth(picture, points, random)
    if random.random() < 0.25:
        picture = picture * side_light(depth.astype(np.float32), random)[..., None]
    if random.random() < 0.25:
        picture = picture * belongings.shadow(STORED, random)[..., None]
    return picture


def _before(portraits: Portraits, at: int, hands: list[HandPicture], random: Random) -> list[Layer]:
    """Return what is before the face: mostly one thing, sometimes two, sometimes nothing."""
    count = int(random.choice([0, 1, 2], p=[0.22, 0.55, 0.23]))
    return [_thing(portraits, at, hands, random) for _ in range(count)]


def _thing(portraits: Portraits, at: int, hands: list[HandPicture], random: Random) -> Layer:
    points = portraits.landmarks[at]
    low, high = points.min(axis=0), points.max(axis=0)
    place = (low + (high - low) * random.uniform(-0.15, 1.15, 2)).astype(np.float32)
    kind = random.random()
    if kind < 0.42:
        # Hands come from below more often than not, and chins lie in them.
        lowest = random.uniform(0.85, 1.2) if random.random() < 0.25 else random.uniform(0.2, 1.2)
        place[1] = max(place[1], low[1] + (high[1] - low[1]) * lowest)
        return occluders.hand(
            hands[int(random.integers(len(hands)))], _skin_colour(portraits, at), place, STORED, random
        )
    if kind < 0.60:
        return occluders.shape(_texture(portraits, at, random), place, STORED, random)
    if kind < 0.67:
        return occluders.thin(place, STORED, random)
    if kind < 0.73:
        return occluders.cup(place, STORED, random)
    if kind < 0.95:
        return _hair(portraits, at, random)
    return _another_head(portraits, place, random)


def _hair(portraits: Portraits, at: int, random: Random) -> Layer:
    points, colour = portraits.landmarks[at], _hair_colour(portraits, at, random)
    kind = random.random()
    if kind < 0.25:
        own = hair.own_fringe(portraits.pictures[at], points, STORED, random)
        return own or hair.fringe(colour, points, STORED, random)
    if kind < 0.5:
        return hair.fringe(colour, points, STORED, random)
    if kind < 0.7:
        return hair.curtain(colour, points, STORED, random)
    return hair.locks(colour, points, STORED, random)


def _texture(portraits: Portraits, at: int, random: Random) -> RGBImage:
    """Return a made-up texture, or a piece of a portrait: of its background, or of a face itself."""
    kind = random.random()
    if kind < 0.4:
        return occluders.made_up_texture(STORED, random)
    other = at if kind < 0.6 else int(random.integers(len(portraits.pictures)))
    side = int(random.integers(24, 80))
    # What repeats the edge of the photo is at the sides; the face's middle makes skin of the face's own colour.
    left, top = random.integers(0, STORED - side, 2)
    piece = portraits.pictures[other, top : top + side, left : left + side]
    turned = np.rot90(piece, int(random.integers(4)))
    return np.asarray(cv2.resize(np.ascontiguousarray(turned), (STORED, STORED), interpolation=cv2.INTER_LINEAR))


def _another_head(portraits: Portraits, place: NDArray[np.float32], random: Random) -> Layer:
    """Return another person's head, from a little below its hair to its chin."""
    other = int(random.integers(len(portraits.pictures)))
    points = portraits.landmarks[other]
    low, high = points.min(axis=0), points.max(axis=0)
    middle, half = (low + high) / 2, (high - low) / 2
    alpha = np.zeros((STORED, STORED), np.float32)
    cv2.ellipse(
        alpha, ((middle - [0, 0.12 * half[1]]).tolist(), (half * [2.3, 2.45]).tolist(), 0.0), 1.0, -1, cv2.LINE_AA
    )
    # Beside the face rather than over all of it.
    away = np.array([random.choice([-1, 1]) * random.uniform(0.5, 0.95), random.normal(0, 0.3)]) * 2 * half
    scale = random.uniform(0.7, 1.4)
    matrix = np.column_stack([np.eye(2) * scale, middle + away - scale * middle])
    size = (STORED, STORED)
    colour = cv2.warpAffine(portraits.pictures[other], matrix, size, borderMode=cv2.BORDER_REPLICATE)
    return Layer(colour.astype(np.float32), np.asarray(cv2.warpAffine(alpha, matrix, size), np.float32))


def _skin_colour(portraits: Portraits, at: int) -> NDArray[np.float32]:
    """Return the (3,) L*, a*, b* of a face, 8 bits."""
    shown = portraits.pictures[at][portraits.face[at] > 0][::7]
    return np.asarray(np.median(cv2.cvtColor(shown[None], cv2.COLOR_RGB2LAB)[0], axis=0), np.float32)


def _hair_colour(portraits: Portraits, at: int, random: Random) -> NDArray[np.float32]:
    """Return the (3,) RGB of what is just above the face, which mostly is its hair, or any hair's."""
    if random.random() < 0.35:
        tone = random.uniform(5, 190)
        return np.array([tone, tone * random.uniform(0.6, 1.0), tone * random.uniform(0.35, 1.0)], np.float32)
    points = portraits.landmarks[at]
    x = int(np.clip(points[10, 0] + random.normal(0, 10), 4, STORED - 5))
    y = int(np.clip(points[:, 1].min() - random.uniform(10, 22), 2, STORED - 3))
    around = portraits.pictures[at, y - 2 : y + 3, x - 2 : x + 3]
    return np.asarray(around.reshape(-1, 3).mean(axis=0), np.float32)


def _photographed(picture: NDArray[np.float32], face: Mask, known: Mask, random: Random) -> Example:
    """Return what lies in the square, not quite where the mesh would have it, through some camera."""
    angle, scale = random.normal(0, 0.1), SIZE / (STORED * MODEL_SHARE) * random.uniform(0.88, 1.12)
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    if random.random() < 0.5:
        turn[:, 0] *= -1
    shift = random.normal(0, 0.03, 2)
    middle = np.array([STORED, STORED]) / 2 - 0.5
    matrix = np.column_stack([turn, SIZE * (0.5 + shift) - 0.5 - turn @ middle])
    size = (SIZE, SIZE)
    seen = cv2.warpAffine(np.clip(picture, 0, 255).astype(np.uint8), matrix, size, borderMode=cv2.BORDER_REPLICATE)
    face = np.asarray(cv2.warpAffine(face, matrix, size, borderMode=cv2.BORDER_REPLICATE), np.float32)
    weight = np.asarray(cv2.warpAffine(known, matrix, size, borderMode=cv2.BORDER_REPLICATE), np.float32)
    # A doubtful pixel between two sure ones is still doubtful.
    weight = np.where(weight > 0.95, 1.0, 0.0).astype(np.float32)
    return Example(_camera(np.asarray(seen, np.uint8), random), face, weight)


def _camera(seen: RGBImage, random: Random) -> RGBImage:
    """Return a picture as some camera takes it: tones, colour cast, blur, few pixels, noise, compression."""
    if random.random() < 0.3:
        grey = cv2.cvtColor(cv2.cvtColor(seen, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
        share = random.uniform(0.5, 1.0)
        seen = np.asarray(cv2.addWeighted(seen, 1 - share, grey, share, 0), np.uint8)
    seen = np.asarray(cv2.LUT(seen, _tones(random)), np.uint8)
    if random.random() < 0.5:
        seen = np.asarray(cv2.GaussianBlur(seen, (0, 0), random.uniform(0.3, 1.6)), np.uint8)
    if random.random() < 0.2:
        few = int(random.integers(40, 100))
        small = cv2.resize(seen, (few, few), interpolation=cv2.INTER_AREA)
        seen = np.asarray(cv2.resize(small, seen.shape[:2], interpolation=cv2.INTER_LINEAR), np.uint8)
    noise = random.standard_normal(seen.shape, np.float32) * np.float32(random.uniform(0, 8))
    seen = np.clip(seen + noise, 0, 255).astype(np.uint8)
    if random.random() < 0.3:
        _, coded = cv2.imencode(".jpg", seen, [cv2.IMWRITE_JPEG_QUALITY, int(random.integers(25, 80))])
        seen = np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)
    return seen


def _tones(random: Random) -> NDArray[np.uint8]:
    """Return what each of 256 values becomes in red, green and blue, (1, 256, 3)."""
    value = (np.arange(256)[None, :, None] / 255) ** random.uniform(0.6, 1.7)
    value = value * random.uniform(0.7, 1.25) * (1 + random.normal(0, 0.07, 3))
    value = (value - 0.5) * random.uniform(0.75, 1.2) + 0.5 + random.normal(0, 0.04)
    return np.clip(value * 255, 0, 255).astype(np.uint8)
