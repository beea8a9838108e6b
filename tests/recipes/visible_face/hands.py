"""Rendered hands: shaded like skin, without a colour of their own, to be laid over faces."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from tests.recipes.visible_face.hand_mesh import HandMesh, PosedHand

SIDE = 192
"""Side in pixels of a rendered hand's picture."""
_FINE = 2
"""How much finer it is drawn than kept: triangles have hard edges."""
_PIXELS_A_METRE = 3.4 * SIDE * _FINE
"""The hand, 18 cm long, takes up some 60 % of the picture; the forearm goes on to its lower edge."""
_WRIST_METRES = 0.024
"""Half the width of the forearm where it meets the hand."""


@dataclass(frozen=True, eq=False)
class HandPicture:
    """A rendered hand with a forearm, fingers up, its palm's middle in the middle."""

    light: NDArray[np.float16]
    """(SIDE, SIDE) how much light it gives back, about 1."""
    alpha: NDArray[np.uint8]
    """(SIDE, SIDE) uint8, 255 where the hand is."""


def hand_pictures(mesh: HandMesh, count: int, random: np.random.Generator) -> list[HandPicture]:
    """Return so many hands, each in another pose, from another side and in another light."""
    return [_drawn(mesh.posed(random), random) for _ in range(count)]


def _drawn(hand: PosedHand, random: np.random.Generator) -> HandPicture:
    points, wrist, knuckle = _seen(hand, random)
    side = SIDE * _FINE
    corners = points[hand.triangles]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals /= np.linalg.norm(normals, axis=1, keepdims=True) + 1e-9
    light = _light_on(normals, random)
    shown, alpha = np.zeros((side, side), np.float32), np.zeros((side, side), np.uint8)
    _draw_forearm(shown, alpha, wrist, knuckle, random)
    front = np.flatnonzero(normals[:, 2] < 0.05)
    # The farthest first, so that what is nearer covers it.
    for at in front[np.argsort(-corners[front, :, 2].mean(axis=1))]:
        triangle = np.rint(corners[at, :, :2] * 16).astype(np.int32)
        cv2.fillConvexPoly(shown, triangle, float(light[at]), shift=4)
        cv2.fillConvexPoly(alpha, triangle, 255, shift=4)
    return _finished(shown, alpha, random)


def _seen(hand: PosedHand, random: np.random.Generator) -> tuple[NDArray[np.float64], ...]:
    """Return points, wrist and knuckle in pixels, from a random side: fingers up, y down, z away from the viewer."""
    along = hand.knuckle - hand.wrist
    along = along / np.linalg.norm(along)
    across = np.cross(along, [0.0, 1.0, 0.0])
    across /= np.linalg.norm(across) + 1e-9
    frame = np.stack([across, -along, np.cross(along, across)])
    about, tilt = random.uniform(-np.pi, np.pi), random.normal(0, 0.45)
    turn = cv2.Rodrigues(np.array([tilt, 0.0, 0.0]))[0] @ cv2.Rodrigues(np.array([0.0, about, 0.0]))[0] @ frame
    points, wrist, knuckle = (each @ turn.T for each in (hand.points, hand.wrist, hand.knuckle))
    middle = (knuckle + wrist) / 2
    return tuple((each - middle) * _PIXELS_A_METRE + SIDE * _FINE / 2 for each in (points, wrist, knuckle))


def _light_on(normals: NDArray[np.float64], random: np.random.Generator) -> NDArray[np.float64]:
    lamp = np.array([random.normal(0, 0.7), random.normal(-0.5, 0.6), -random.uniform(0.4, 1.2)])
    lamp /= np.linalg.norm(lamp)
    facing = normals * np.where(normals[:, 2:] > 0, -1, 1)
    ambient, rim = random.uniform(0.45, 0.8), random.uniform(0.0, 0.25)
    return np.asarray(
        ambient + (1 - ambient) * np.maximum(facing @ lamp, 0) * 1.4 - rim * (1 + facing[:, 2]), np.float64
    )


def _draw_forearm(
    shown: NDArray[np.float32],
    alpha: NDArray[np.uint8],
    wrist: NDArray[np.float64],
    knuckle: NDArray[np.float64],
    random: np.random.Generator,
) -> None:
    """Draw a forearm from the wrist on, as a round bar in the light."""
    along = (wrist - knuckle)[:2]
    length = float(np.linalg.norm(along)) + 1e-6
    along, across = along / length, np.array([-along[1], along[0]]) / length
    half = _WRIST_METRES * _PIXELS_A_METRE
    start, end = wrist[:2] - along * half * 0.6, wrist[:2] + along * SIDE * _FINE
    slope, level = random.normal(0, 0.25), random.uniform(0.75, 1.0)
    for step in np.linspace(-1, 1, 24):
        near, far = start + across * half * step, end + across * half * 1.5 * step
        light = level * np.sqrt(max(1.08 - step * step, 0.15)) + slope * step * 0.5
        cv2.line(
            shown,
            np.rint(near).astype(int).tolist(),
            np.rint(far).astype(int).tolist(),
            float(light),
            round(half / 6) + 3,
        )
        cv2.line(alpha, np.rint(near).astype(int).tolist(), np.rint(far).astype(int).tolist(), 255, round(half / 6) + 3)


def _finished(shown: NDArray[np.float32], alpha: NDArray[np.uint8], random: np.random.Generator) -> HandPicture:
    """Return what was drawn at its final size, with the unevenness of skin."""
    soft = cv2.GaussianBlur(shown, (0, 0), random.uniform(1.0, 2.5))
    spread = cv2.GaussianBlur((alpha > 0).astype(np.float32), (0, 0), 1.8)
    soft = np.where(alpha > 0, soft / np.maximum(spread, 0.5), 1)
    noise = sum(
        cv2.resize(
            random.normal(0, strength, (cells, cells)).astype(np.float32), shown.shape, interpolation=cv2.INTER_CUBIC
        )
        for cells, strength in ((8, 0.04), (40, 0.025), (120, 0.02))
    )
    light = cv2.resize((soft + noise).astype(np.float32), (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    return HandPicture(
        light.astype(np.float16), np.asarray(cv2.resize(alpha, (SIDE, SIDE), interpolation=cv2.INTER_AREA))
    )
