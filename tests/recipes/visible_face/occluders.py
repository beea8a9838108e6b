"""What may be before a face, made without data: hands, shapes, thin things, cups.

Random shapes with random textures alone teach most of it (Voo, Jiang, Loy 2022, "Delving into high-quality synthetic
face occlusion segmentation datasets", Table 2); hands of the face's own colour are what is hard (`hands`).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray

from engine.arrays import Mask, RGBImage
from tests.recipes.visible_face.hands import SIDE, HandPicture

Random = np.random.Generator


@dataclass(frozen=True, eq=False)
class Layer:
    """Something laid over a picture of S pixels a side."""

    colour: NDArray[np.float32]
    """(S, S, 3) float32, 0..255."""
    alpha: Mask
    """(S, S) float32 in 0..1."""

    def over(self, picture: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return a picture, (S, S, 3) float32 in 0..255, with this laid over it."""
        alpha = self.alpha[..., None]
        return picture * (1 - alpha) + self.colour * alpha


def hand(picture: HandPicture, skin: NDArray[np.float32], at: NDArray[np.float32], size: int, random: Random) -> Layer:
    """Return a hand about as large as it is beside a face, in nearly the colour of the face.

    Args:
        picture: The hand.
        skin: (3,) L*, a*, b* of the face, 8 bits.
        at: (2,) where its middle goes.
        size: Side of the picture in pixels.
        random: Decides how.
    """
    # A hand is about as long as a face; nearer to the camera it looks larger.
    scale = size * random.uniform(0.55, 1.05) / (0.6 * SIDE)
    angle = random.normal(0, 0.8) if random.random() < 0.75 else random.uniform(-np.pi, np.pi)
    flip = -1.0 if random.random() < 0.5 else 1.0
    turn = scale * np.array([[np.cos(angle) * flip, -np.sin(angle)], [np.sin(angle) * flip, np.cos(angle)]])
    anchor = np.array([SIDE / 2, SIDE * random.uniform(0.1, 0.6)])
    matrix = np.column_stack([turn, at - turn @ anchor])
    # Where the forearm leaves its picture it goes on.
    light = cv2.warpAffine(picture.light.astype(np.float32), matrix, (size, size), borderMode=cv2.BORDER_REPLICATE)
    alpha = cv2.warpAffine(picture.alpha, matrix, (size, size), borderMode=cv2.BORDER_REPLICATE)
    own = skin + random.normal(0, 1, 3).astype(np.float32) * np.array([14, 3, 4], np.float32)
    if random.random() < 0.08:
        own = random.uniform(20, 235, 3).astype(np.float32)  # A glove.
    contrast = random.uniform(0.5, 1.3)
    lab = np.empty((size, size, 3), np.float32)
    lab[..., 0] = own[0] * (1 + contrast * (light - 0.95))
    lab[..., 1:] = own[1:] + (0.95 - light)[..., None] * np.array([6, 4], np.float32)
    return Layer(_rgb(lab), _unit(alpha))


def shape(texture: RGBImage, at: NDArray[np.float32], size: int, random: Random) -> Layer:
    """Return a random blob, polygon, or box with a texture."""
    radius, corners = size * random.uniform(0.06, 0.4), int(random.integers(3, 12))
    angles = np.sort(random.uniform(0, 2 * np.pi, corners))
    around = np.column_stack([np.cos(angles), np.sin(angles)]) * random.uniform(0.4, 1.0, (corners, 1)) * radius
    around *= [random.uniform(0.5, 1.5), random.uniform(0.5, 1.5)]
    alpha = np.zeros((size, size), np.uint8)
    match int(random.integers(4)):
        case 0:
            cv2.fillPoly(alpha, [fixed(around + at)], 255, cv2.LINE_AA, 4)
        case 1:
            axes = (radius * random.uniform(0.4, 1.0), radius * random.uniform(0.4, 1.0))
            cv2.ellipse(
                alpha, (at.tolist(), (2 * axes[0], 2 * axes[1]), float(random.uniform(0, 180))), 255, -1, cv2.LINE_AA
            )
        case 2:
            box = cv2.boxPoints(
                (at.tolist(), (2 * radius, radius * random.uniform(0.5, 2.5)), float(random.normal(0, 25)))
            )
            cv2.fillPoly(alpha, [fixed(np.asarray(box, np.float64))], 255, cv2.LINE_AA, 4)
        case _:
            # Softened and cut again, a polygon becomes a blob.
            cv2.fillPoly(alpha, [fixed(around + at)], 255, cv2.LINE_AA, 4)
            soft = cv2.GaussianBlur(alpha, (0, 0), radius / 4).astype(np.float32)
            alpha = np.clip((soft - 110) * 255 / 30, 0, 255).astype(np.uint8)
    return Layer(texture.astype(np.float32), _unit(alpha))


def thin(at: NDArray[np.float32], size: int, random: Random) -> Layer:
    """Return something long: a pen, a straw, a microphone on its stand, a cable."""
    alpha = np.zeros((size, size), np.float32)
    along, width = random.uniform(0, 2 * np.pi), size * random.uniform(0.012, 0.06)
    way = np.array([np.cos(along), np.sin(along)])
    bend = np.array([-way[1], way[0]]) * random.normal(0, 0.12) * size
    steps = np.linspace(0, 1, 16)[:, None]
    length = size * (1.2 if random.random() < 0.5 else random.uniform(0.3, 0.8))
    path = at + steps * way * length + 4 * steps * (1 - steps) * bend
    cv2.polylines(alpha, [fixed(path)], False, 1.0, max(1, round(width)), cv2.LINE_AA, 4)
    colour = np.broadcast_to(random.uniform(0, 255, 3).astype(np.float32), (size, size, 3)).copy()
    across = cv2.GaussianBlur(alpha, (0, 0), max(0.5, width / 3))
    colour *= (random.uniform(0.4, 0.9) + 0.5 * np.roll(across, 1, axis=1))[..., None]
    if random.random() < 0.4:
        head = np.zeros((size, size), np.float32)
        radius = size * random.uniform(0.05, 0.12)
        axes = (2 * radius, 2 * radius * random.uniform(1, 1.6))
        cv2.ellipse(head, (at.tolist(), axes, float(np.degrees(along)) + 90), 1.0, -1, cv2.LINE_AA)
        mesh = random.uniform(10, 120) * (1 + random.normal(0, 0.2, (size, size, 1)))
        colour = np.where(head[..., None] > 0.5, mesh, colour).astype(np.float32)
        alpha = np.maximum(alpha, head)
    return Layer(np.clip(colour, 0, 255).astype(np.float32), alpha)


def cup(at: NDArray[np.float32], size: int, random: Random) -> Layer:
    """Return a cup, a glass or a can: a bar that gets darker to both sides, with a band."""
    half, height = size * random.uniform(0.1, 0.22), size * random.uniform(0.2, 0.5)
    narrow = random.uniform(0.7, 1.0)
    corners = np.array([[-half, 0], [half, 0], [half * narrow, height], [-half * narrow, height]])
    turn = random.normal(0, 0.35)
    rotate = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    alpha = np.zeros((size, size), np.uint8)
    cv2.fillPoly(alpha, [fixed(corners @ rotate.T + at)], 255, cv2.LINE_AA, 4)
    rim = (at.tolist(), (2 * half, half * random.uniform(0.2, 0.7)), float(np.degrees(turn)))
    cv2.ellipse(alpha, rim, 255, -1, cv2.LINE_AA)
    rows, columns = np.mgrid[:size, :size].astype(np.float32)
    across = ((columns - at[0]) * np.cos(turn) + (rows - at[1]) * np.sin(turn)) / half
    down = (-(columns - at[0]) * np.sin(turn) + (rows - at[1]) * np.cos(turn)) / height
    light = np.clip(1.1 - 0.5 * np.square(across - random.uniform(-0.6, 0.6)), 0.2, 1.2)
    base, band = random.uniform(20, 250, 3), random.uniform(20, 250, 3)
    is_band = (down > 0.3) & (down < 0.7) & (random.random() < 0.5)
    colour = np.where(is_band[..., None], band, base) * light[..., None]
    return Layer(np.clip(colour, 0, 255).astype(np.float32), _unit(alpha))


def contact_shadow(alpha: Mask, random: Random) -> Mask:
    """Return what part of the light something before the face leaves beside it."""
    size = len(alpha)
    soft = cv2.GaussianBlur(alpha, (0, 0), size * random.uniform(0.01, 0.06))
    dx, dy = random.normal(0, 0.04, 2) * size
    moved = cv2.warpAffine(soft, np.array([[1, 0, dx], [0, 1, dy]], np.float64), (size, size))
    return np.asarray(1 - random.uniform(0.0, 0.7) * moved, np.float32)


def made_up_texture(size: int, random: Random) -> RGBImage:
    """Return a random texture: spots of all sizes, stripes, or a plain colour in uneven light."""
    first, second = random.uniform(0, 255, (2, 3))
    match int(random.integers(3)):
        case 0:
            cells = int(random.integers(2, 40))
            pattern = cv2.resize(
                random.random((cells, cells)).astype(np.float32), (size, size), interpolation=cv2.INTER_CUBIC
            )
        case 1:
            rows, columns = np.mgrid[:size, :size].astype(np.float32)
            way, pace = random.uniform(0, np.pi), random.uniform(0.05, 0.8)
            pattern = 0.5 + 0.5 * np.sin((columns * np.cos(way) + rows * np.sin(way)) * pace)
        case _:
            pattern = cv2.resize(random.uniform(0, 0.35, (3, 3)).astype(np.float32), (size, size))
    mixed = first + (second - first) * np.clip(pattern, 0, 1)[..., None]
    noisy = mixed + random.normal(0, random.uniform(0, 8), mixed.shape)
    return np.asarray(np.clip(noisy, 0, 255), np.uint8)


def fixed(points: NDArray[np.floating]) -> NDArray[np.int32]:
    """Return points in sixteenths of a pixel, as OpenCV draws them smoothly."""
    return np.asarray(np.rint(np.asarray(points) * 16), np.int32)


def _unit(alpha: MatLike) -> Mask:
    return np.asarray(np.asarray(alpha, np.float32) / np.float32(255), np.float32)


def _rgb(lab: NDArray[np.float32]) -> NDArray[np.float32]:
    eight_bits = np.clip(lab, 0, 255).astype(np.uint8)
    return cv2.cvtColor(eight_bits, cv2.COLOR_LAB2RGB).astype(np.float32)
