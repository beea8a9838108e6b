from __future__ import annotations

import json
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.errors import ProjectError, TrainingDiverged
from engine.files import atomic
from engine.model.checkpoint import (
    Checkpoint,
    CheckpointFacts,
    digest,
    publish,
    read,
    read_arrays,
    read_checkpoint_facts,
)
from engine.model.schedule import RateDecay
from engine.project.checkpoints import checkpoint_folders
from tests.learning import SPEC, same_arrays

SHAPES = [(3, 2), (4,)]


def facts(step: int) -> CheckpointFacts:
    return CheckpointFacts(
        spec=SPEC, step=step, budget_step=0, seconds=1.5, recipe="ab", seed=1, precision="float32", rate_factor=1.0
    )


def arrays(value: float) -> tuple[np.ndarray, ...]:
    return tuple(np.full(shape, value, np.float32) for shape in SHAPES)


def checkpoint(step: int, value: float = 0.5) -> Checkpoint:
    return Checkpoint(facts(step), arrays(value), arrays(value + 1), arrays(2) + arrays(3))


def test_a_checkpoint_comes_back_as_it_was_published(tmp_path: Path) -> None:
    path = publish(tmp_path, checkpoint(12))
    assert path.name == "step-000000012"
    again = read(path, SHAPES)
    assert again.facts == facts(12)
    assert same_arrays(again.weights, arrays(0.5))
    assert same_arrays(again.average, arrays(1.5))
    assert same_arrays(again.optimizer, arrays(2) + arrays(3))


def test_only_the_newest_two_are_kept(tmp_path: Path) -> None:
    for step in (5, 10, 1_000_000_000, 7):
        publish(tmp_path, checkpoint(step))
    assert [path.name for path in checkpoint_folders(tmp_path)] == ["step-000000010", "step-1000000000"]
    assert len(list(tmp_path.iterdir())) == 2


def test_what_a_dead_writer_left_is_no_checkpoint(tmp_path: Path) -> None:
    (tmp_path / f".step-000000009{atomic.PARTIAL}x").mkdir()
    (tmp_path / "step-nine").mkdir()
    assert checkpoint_folders(tmp_path) == []


def test_weights_that_are_no_numbers_are_not_published(tmp_path: Path) -> None:
    publish(tmp_path, checkpoint(1))
    with pytest.raises(TrainingDiverged, match="no longer numbers"):
        publish(tmp_path, checkpoint(2, value=float("nan")))
    assert [path.name for path in checkpoint_folders(tmp_path)] == ["step-000000001"]


def test_weights_that_are_no_numbers_are_not_used(tmp_path: Path) -> None:
    path = tmp_path / "weights.npz"
    np.savez(path, allow_pickle=False, **{"0000": np.full((3, 2), np.inf, np.float32), "0001": np.zeros(4, np.float32)})
    with pytest.raises(ProjectError, match="not numbers"):
        read_arrays(path, SHAPES)


@pytest.mark.parametrize(
    "shapes", [[(3, 2)], [(3, 2), (4,), (1,)], [(2, 3), (4,)], [(3, 2), (40_000,)], [(3, 2), (2,)]]
)
def test_the_checkpoint_of_another_network_is_refused(tmp_path: Path, shapes: list[tuple[int, ...]]) -> None:
    with pytest.raises(ProjectError, match=r"another network|damaged"):
        read(publish(tmp_path, checkpoint(3)), shapes)


def test_a_torn_file_is_refused(tmp_path: Path) -> None:
    path = publish(tmp_path, checkpoint(3)) / "weights.npz"
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(ProjectError, match="step-000000003 cannot be used: it is damaged"):
        read(path.parent, SHAPES)


def test_a_flipped_bit_is_noticed(tmp_path: Path) -> None:
    path = publish(tmp_path, checkpoint(3)) / "average.npz"
    content = bytearray(path.read_bytes())
    content[content.index(np.float32(1.5).tobytes())] ^= 1
    path.write_bytes(bytes(content))
    with pytest.raises(ProjectError, match="damaged"):
        read(path.parent, SHAPES)


def test_a_pickle_in_disguise_is_never_opened(tmp_path: Path) -> None:
    path = tmp_path / "weights.npz"
    np.savez(path, allow_pickle=True, **{"0000": np.array([{"a": 1}], object), "0001": np.zeros(4, np.float32)})
    with pytest.raises(ProjectError, match="damaged"):
        read_arrays(path, SHAPES)


def test_a_small_file_that_unpacks_to_a_huge_one_is_refused_unopened(tmp_path: Path) -> None:
    path = tmp_path / "weights.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("0000.npy", bytes(50_000_000))
        archive.writestr("0001.npy", b"")
    with pytest.raises(ProjectError, match="another network"):
        read_arrays(path, SHAPES)


def test_numbers_of_another_type_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "weights.npz"
    np.savez(path, allow_pickle=False, **{"0000": np.zeros((3, 2), np.int32), "0001": np.zeros(4, np.float32)})
    with pytest.raises(ProjectError, match="another network"):
        read_arrays(path, SHAPES)


@pytest.mark.parametrize("text", ["", "{", '{"step": 1}', '{"format": 2}', "[]"])
def test_facts_that_are_not_ours_are_refused(tmp_path: Path, text: str) -> None:
    path = publish(tmp_path, checkpoint(3))
    (path / "checkpoint.json").write_text(text)
    with pytest.raises(ProjectError, match="not a checkpoint of this program"):
        read_checkpoint_facts(path)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("size", 33),
        ("size", 16 << 20),
        ("code", 1 << 30),
        ("middle", 1 << 30),
        ("encoder", [8, 1 << 30, 8]),
        ("decoder", [1 << 30]),
        ("residual", [1 << 30]),
    ],
)
def test_a_network_that_cannot_be_or_would_fill_all_memory_is_refused_before_it_is_built(
    tmp_path: Path, name: str, value: object
) -> None:
    path = publish(tmp_path, checkpoint(3))
    facts = json.loads((path / "checkpoint.json").read_text())
    assert name in facts["spec"]
    facts["spec"][name] = value
    (path / "checkpoint.json").write_text(json.dumps(facts))
    with pytest.raises(ProjectError, match="not a checkpoint of this program"):
        read_checkpoint_facts(path)


def test_the_digest_tells_weights_apart() -> None:
    assert digest(arrays(1)) == digest(arrays(1))
    assert digest(arrays(1)) != digest(arrays(2))
    assert digest((np.zeros((2, 3), np.float32),)) != digest((np.zeros((3, 2), np.float32),))


def test_a_checkpoint_has_the_names_that_the_version_before_gave_it(tmp_path: Path) -> None:
    decaying = replace(checkpoint(3), facts=facts(3).model_copy(update={"rate_decay": RateDecay(2, 202, 0.25)}))
    path = publish(tmp_path, decaying)
    written = json.loads((path / "checkpoint.json").read_text())
    assert written["cooling"] == {"first_step": 2, "last_step": 202, "progress": 0.25}
    assert written["spec"]["code"] == SPEC.code
    assert set(written) == set(CheckpointFacts.model_fields) - {"rate_decay"} | {"cooling"}
    assert read_checkpoint_facts(path) == decaying.facts
