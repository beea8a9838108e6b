"""A rigged hand, read from a glTF file, in any pose.

The hand is `hand/right.glb`, of npm's `@webxr-input-profiles/assets` (MIT, Amazon 2019): 25 joints, 2314 triangles.
What is read of glTF 2.0 is what this file has: one buffer, one mesh, one skin.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

_TYPES = {5121: np.uint8, 5123: np.uint16, 5126: np.float32}
_WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}
_FINGERS = ("thumb", "index-finger", "middle-finger", "ring-finger", "pinky-finger")
_WRIST, _KNUCKLE = "wrist", "middle-finger-phalanx-proximal"


@dataclass(frozen=True, eq=False)
class PosedHand:
    """A hand in some pose, in metres."""

    points: NDArray[np.float32]
    """(V, 3)."""
    triangles: NDArray[np.intp]
    """(T, 3)."""
    wrist: NDArray[np.float32]
    """(3,)."""
    knuckle: NDArray[np.float32]
    """(3,) where the middle finger begins."""


class HandMesh:
    """The hand, ready to be posed."""

    def __init__(self, path: Path) -> None:
        """Read it.

        Raises:
            OSError: The file cannot be read.
            KeyError: It is another kind of glTF file.
        """
        content = path.read_bytes()
        (length,) = struct.unpack_from("<I", content, 12)
        self._parts: dict[str, Any] = json.loads(content[20 : 20 + length])
        self._buffer = content[28 + length :]
        primitive = self._parts["meshes"][0]["primitives"][0]
        attributes, skin = primitive["attributes"], self._parts["skins"][0]
        self._points = self._array(attributes["POSITION"]).astype(np.float64)
        self._joints = self._array(attributes["JOINTS_0"]).astype(np.intp)
        self._weights = self._array(attributes["WEIGHTS_0"]).astype(np.float64)
        self._triangles = self._array(primitive["indices"]).reshape(-1, 3).astype(np.intp)
        # glTF writes matrices column by column.
        self._unbind = self._array(skin["inverseBindMatrices"]).reshape(-1, 4, 4).transpose(0, 2, 1).astype(np.float64)
        self._nodes: list[dict[str, Any]] = self._parts["nodes"]
        self._order: list[int] = skin["joints"]
        self._parents = {child: at for at, node in enumerate(self._nodes) for child in node.get("children", ())}

    def posed(self, random: np.random.Generator) -> PosedHand:
        """Return the hand in a random pose that a hand can take."""
        turns = self._bends(random)
        placed = {node: self._placed(node, turns) for node in self._order}
        moves = np.stack([placed[node] for node in self._order]) @ self._unbind
        homogeneous = np.column_stack([self._points, np.ones(len(self._points))])
        each = np.einsum("vjab,vb->vja", moves[self._joints], homogeneous)
        points = (each * self._weights[..., None]).sum(axis=1)[:, :3]
        by_name = {self._nodes[node]["name"]: placed[node][:3, 3] for node in self._order}
        return PosedHand(
            points.astype(np.float32),
            self._triangles,
            by_name[_WRIST].astype(np.float32),
            by_name[_KNUCKLE].astype(np.float32),
        )

    def _bends(self, random: np.random.Generator) -> dict[str, NDArray[np.float64]]:
        """Return how each joint is turned, as a (3, 3) matrix by its name."""
        curl, spread = random.beta(0.8, 1.2), random.uniform(-0.05, 0.2)
        turns: dict[str, NDArray[np.float64]] = {}
        for number, finger in enumerate(_FINGERS):
            # A fist closes by about a right angle in each joint; mostly the fingers close together.
            own = random.random() if random.random() < 0.2 else np.clip(curl + random.normal(0, 0.12), 0, 1)
            most = 0.5 if finger == "thumb" else 1.4
            aside = (number - 2) * spread if finger != "thumb" else random.normal(0, 0.15)
            turns[f"{finger}-phalanx-proximal"] = _turn([-most * own, aside, 0])
            turns[f"{finger}-phalanx-intermediate"] = _turn([-most * own, 0, 0])
            turns[f"{finger}-phalanx-distal"] = _turn([-0.6 * most * own, 0, 0])
        return turns

    def _placed(self, node: int, turns: dict[str, NDArray[np.float64]]) -> NDArray[np.float64]:
        """Return the transform of a joint to the hand's space, (4, 4)."""
        here = self._nodes[node]
        local = np.eye(4)
        local[:3, :3] = _of_quaternion(here.get("rotation", (0, 0, 0, 1))) * np.array(here.get("scale", (1, 1, 1)))
        local[:3, 3] = here.get("translation", (0, 0, 0))
        if (turn := turns.get(here["name"])) is not None:
            local[:3, :3] = local[:3, :3] @ turn
        parent = self._parents.get(node)
        return local if parent is None else self._placed(parent, turns) @ local

    def _array(self, number: int) -> NDArray[Any]:
        accessor = self._parts["accessors"][number]
        view = self._parts["bufferViews"][accessor["bufferView"]]
        start = view.get("byteOffset", 0) + accessor.get("byteOffset", 0)
        width = _WIDTHS[accessor["type"]]
        values = np.frombuffer(self._buffer, _TYPES[accessor["componentType"]], accessor["count"] * width, start)
        return values.reshape(accessor["count"], width)


def _turn(rotation: list[float]) -> NDArray[np.float64]:
    return np.asarray(cv2.Rodrigues(np.array(rotation, np.float64))[0])


def _of_quaternion(quaternion: tuple[float, float, float, float]) -> NDArray[np.float64]:
    x, y, z, w = quaternion
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )
