from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tensorflow

from engine.errors import ProjectError
from engine.model import backend
from engine.model.autoencoder import build
from engine.model.checkpoint import Checkpoint, CheckpointFacts, publish
from engine.model.swapper import Swapper
from tests.learning import SPEC


def publish_network(checkpoints: Path, step: int, seed: int) -> Path:
    weights = build(SPEC, seed).weights()
    facts = CheckpointFacts(
        spec=SPEC, step=step, budget_step=0, seconds=0.0, recipe="", seed=1, precision="float32", rate_factor=1.0
    )
    return publish(checkpoints, Checkpoint(facts, tuple(0 * each for each in weights), weights, weights + weights))


@pytest.mark.slow
def test_a_swapper_paints_with_the_averaged_weights_of_the_newest_checkpoint(tmp_path: Path) -> None:
    publish_network(tmp_path, 10, seed=1)
    publish_network(tmp_path, 20, seed=2)
    swapper = Swapper.load(tmp_path)
    assert (swapper.size, swapper.step) == (32, 20)
    faces = np.random.default_rng(0).integers(0, 255, (3, 32, 32, 3), dtype=np.uint8)
    pictures, masks = swapper.swap(faces, 255 - faces)
    assert pictures.shape == faces.shape
    assert pictures.dtype == np.uint8
    assert masks.shape == (3, 32, 32)
    assert masks.dtype == np.float32
    one, _ = swapper.swap(faces[1:2], 255 - faces[1:2])
    assert np.abs(one[0].astype(int) - pictures[1]).max() <= 1


def test_the_hash_names_the_weights(tmp_path: Path) -> None:
    publish_network(tmp_path / "a", 10, seed=1)
    publish_network(tmp_path / "b", 99, seed=1)
    publish_network(tmp_path / "c", 10, seed=2)
    first, second, third = (Swapper.load(tmp_path / name).model_hash for name in "abc")
    assert len(first) == 64
    assert first == second != third


def test_a_damaged_newest_checkpoint_falls_back_to_the_one_before(tmp_path: Path) -> None:
    publish_network(tmp_path, 10, seed=1)
    newest = publish_network(tmp_path, 20, seed=2)
    (newest / "average.npz").write_bytes(b"torn")
    assert Swapper.load(tmp_path).step == 10


def test_without_a_model_a_person_is_told_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="no trained model yet"):
        Swapper.load(tmp_path / "checkpoints")
    only = publish_network(tmp_path, 20, seed=2)
    (only / "checkpoint.json").unlink()
    with pytest.raises(ProjectError, match="step-000000020 cannot be used"):
        Swapper.load(tmp_path)


def test_a_card_s_memory_is_taken_as_needed_wherever_a_network_is_built(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, bool]] = []
    config = tensorflow.config
    monkeypatch.setattr(config, "list_physical_devices", lambda kind=None: ["card"] if kind == "GPU" else [])
    monkeypatch.setattr(config.experimental, "set_memory_growth", lambda *words: asked.append(words))
    backend.share_cards.cache_clear()
    build(SPEC, seed=1)
    build(SPEC, seed=2)
    backend.share_cards.cache_clear()
    assert asked == [("card", True)]
