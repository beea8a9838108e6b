"""Make the network: `python -m tests.recipes.visible_face DATA`, under two hours on two cores.

DATA holds the pictures that `pictures.SETS` names, and the pictures and videos that were marked by hand.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import time
from dataclasses import asdict
from pathlib import Path

import keras
import numpy as np

from engine.faces.occlusion import OCCLUSION_WEIGHTS, OcclusionReader
from tests.recipes.visible_face.exporting import exported
from tests.recipes.visible_face.hand_mesh import HandMesh
from tests.recipes.visible_face.hands import hand_pictures
from tests.recipes.visible_face.learning import PHASES, learn
from tests.recipes.visible_face.marks import Marked, agreement, marked_frames
from tests.recipes.visible_face.network import build
from tests.recipes.visible_face.pictures import HAND, SETS, portraits

_HERE = Path(__file__).parent
_HANDS = 600
_KINDS = ("hand", "hair", "clear")


def main() -> None:
    """Learn, write the weights, and print and record the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=OCCLUSION_WEIGHTS)
    wanted = parser.parse_args()
    began = time.monotonic()
    keras.utils.set_random_seed(wanted.seed)
    faces, data_sha256 = portraits(wanted.data, wanted.seed)
    hands = hand_pictures(HandMesh(HAND), _HANDS, np.random.default_rng(wanted.seed))
    print(f"{len(faces.pictures)} portraits, {len(hands)} hands, {time.monotonic() - began:.0f} s")
    network = build()

    def report(step: int, loss: float) -> None:
        print(f"step {step}: {loss:.4f}, {time.monotonic() - began:.0f} s", flush=True)

    learn(network, faces, hands, wanted.seed, report)
    weights = exported(network)
    wanted.out.write_bytes(weights)
    record = {
        "weights_sha256": hashlib.sha256(weights).hexdigest(),
        "data_sha256": data_sha256,
        "data": [asdict(each) for each in SETS],
        "phases": [asdict(each) for each in PHASES],
        "seed": wanted.seed,
        "minutes": round((time.monotonic() - began) / 60, 1),
        "figures": _figures(list(marked_frames(wanted.data.joinpath)), wanted.out),
    }
    print(json.dumps(record["figures"], indent=1))
    (_HERE / "record.json").write_text(json.dumps(record, indent=1) + "\n")


def _figures(marked: list[Marked], weights: Path) -> dict[str, dict[str, float]]:
    """Return how well the network agrees with what was marked by hand, by half and by what is before the face."""
    reader = OcclusionReader(weights)
    found = {}
    for half, is_unseen in (("looked at", False), ("unseen", True)):
        those = [each for each in marked if each.is_unseen is is_unseen]
        for kind in (*_KINDS, "all"):
            some = [each for each in those if kind in ("all", each.kind)]
            found[f"{half}, {kind}"] = {
                name: round(value, 4) for name, value in asdict(agreement(some, reader.seen)).items()
            }
    return found


if __name__ == "__main__":
    main()
