"""What belongs to a face and yet does not look like skin: glasses, an open mouth, a shadow."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.arrays import Mask
from engine.faces.landmarks import INNER_LIPS, LEFT_EYE, RIGHT_EYE
from tests.recipes.visible_face.occluders import Layer, Random, fixed


def glasses(landmarks: NDArray[np.float32], size: int, random: Random) -> Layer:
    """Return glasses on the face, which belong to it."""
    eyes = [landmarks[list(ring), :2].mean(axis=0) for ring in (RIGHT_EYE, LEFT_EYE)]
    apart = float(np.linalg.norm(eyes[1] - eyes[0]))
    angle = float(np.degrees(np.arctan2(*(eyes[1] - eyes[0])[::-1])))
    alpha, thick = np.zeros((size, size), np.float32), max(1, round(size * random.uniform(0.006, 0.028)))
    wide, high = apart * random.uniform(0.32, 0.47), apart * random.uniform(0.2, 0.4)
    is_dark, is_round = random.random() < 0.25, random.random() < 0.5
    for eye in eyes:
        middle = np.add(eye, (0, random.uniform(0, 0.06) * apart))
        steps = np.linspace(0, 2 * np.pi, 40, endpoint=False)
        power = 1.0 if is_round else 0.55
        ring = np.column_stack(
            [np.sign(f(steps)) * np.abs(f(steps)) ** power * s for f, s in ((np.cos, wide), (np.sin, high))]
        )
        ring = np.asarray(cv2.transform(ring[None], cv2.getRotationMatrix2D((0, 0), -angle, 1.0))[0]) + middle
        if is_dark:
            cv2.fillPoly(alpha, [fixed(ring)], float(random.uniform(0.6, 1.0)), cv2.LINE_AA, 4)
        cv2.polylines(alpha, [fixed(ring)], True, 1.0, thick, cv2.LINE_AA, 4)
    inner = [eyes[0] + (eyes[1] - eyes[0]) * wide / apart, eyes[1] - (eyes[1] - eyes[0]) * wide / apart]
    cv2.polylines(alpha, [fixed(np.stack(inner))], False, 1.0, thick, cv2.LINE_AA, 4)
    for eye, ear in ((eyes[0], landmarks[127, :2]), (eyes[1], landmarks[356, :2])):
        start = eye + (ear - eye) * min(1.0, wide / (float(np.linalg.norm(ear - eye)) + 1e-6))
        cv2.polylines(alpha, [fixed(np.stack([start, ear]))], False, 1.0, thick, cv2.LINE_AA, 4)
    colour = random.uniform(0, 90, 3) if random.random() < 0.75 else random.uniform(0, 255, 3)
    return Layer(np.broadcast_to(colour.astype(np.float32), (size, size, 3)), alpha)


def with_open_mouth(picture: NDArray[np.float32], points: NDArray[np.float32], random: Random) -> NDArray[np.float32]:
    """Return the picture with a mouth that stands open: dark, with teeth or a tongue in it."""
    size = len(picture)
    lips = points[list(INNER_LIPS), :2]
    middle, wide = lips.mean(axis=0), float(np.ptp(lips[:, 0])) / 2
    high = wide * random.uniform(0.3, 1.2)
    inside, parts = np.zeros((size, size), np.float32), np.zeros((size, size), np.float32)
    cv2.ellipse(inside, (middle.tolist(), (1.7 * wide, 2 * high), 0.0), 1.0, -1, cv2.LINE_AA)
    is_tongue = random.random() < 0.5
    part = np.add(middle, (0, (0.6 if is_tongue else -0.7) * high))
    cv2.ellipse(parts, (part.tolist(), (1.3 * wide, high), 0.0), 1.0, -1, cv2.LINE_AA)
    colour = np.array([170, 90, 90]) if is_tongue else np.array([215, 205, 190])
    shown = np.array([55, 25, 25]) * (1 - parts[..., None]) + colour * parts[..., None]
    return np.asarray(picture * (1 - inside[..., None]) + shown * inside[..., None], np.float32)


def shadow(size: int, random: Random) -> Mask:
    """Return what part of the light is left where something casts a shadow on the face, (size, size) float32."""
    middle = random.uniform(0.1, 0.9, 2) * size
    way = random.uniform(0, 2 * np.pi)
    rows, columns = np.mgrid[:size, :size].astype(np.float32)
    over = (columns - middle[0]) * np.cos(way) + (rows - middle[1]) * np.sin(way)
    soft = size * random.choice([0.01, 0.04, 0.15, 0.4])
    dark = 1 / (1 + np.exp(-np.clip(over / soft, -30, 30)))
    return np.asarray(1 - random.uniform(0.2, 0.7) * dark, np.float32)
