from __future__ import annotations

from pathlib import Path

import pytest

from engine.model.precision import BFLOAT16, FLOAT32, choose, fastest_of, has_fast_bfloat16, is_possible
from engine.project.settings import Precision


def never(policy: str) -> float:
    raise AssertionError("nothing needs to be measured here")


def test_a_processor_never_counts_in_float16() -> None:
    assert choose(Precision.FLOAT16, deterministic=False, time_step=never) == FLOAT32
    assert not is_possible("mixed_float16")
    assert not is_possible("nonsense")


@pytest.mark.parametrize(("wanted", "policy"), [(Precision.FLOAT32, FLOAT32), (Precision.BFLOAT16, BFLOAT16)])
def test_what_a_person_asks_for_is_done(wanted: Precision, policy: str) -> None:
    assert choose(wanted, deterministic=True, time_step=never) == policy
    assert is_possible(policy)


def test_a_repeatable_training_leaves_nothing_to_a_measurement() -> None:
    assert choose(Precision.AUTO, deterministic=True, time_step=never) == FLOAT32


@pytest.mark.parametrize(("seconds", "policy"), [(0.3, BFLOAT16), (0.95, FLOAT32)])
def test_a_capable_processor_counts_in_what_is_clearly_faster(seconds: float, policy: str) -> None:
    times = {FLOAT32: 1.0, BFLOAT16: seconds}
    chosen = choose(Precision.AUTO, deterministic=False, time_step=times.__getitem__, has_bfloat16=True)
    assert chosen == policy


def test_a_processor_without_the_instructions_is_not_measured() -> None:
    assert choose(Precision.AUTO, deterministic=False, time_step=never, has_bfloat16=False) == FLOAT32


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("processor : 0\nflags\t\t: fpu avx2 avx512_bf16 sse\n", True),
        ("flags : fpu amx_bf16\n", True),
        ("flags : fpu avx2\n", False),
        ("", False),
    ],
)
def test_the_processor_s_flags_are_read(tmp_path: Path, text: str, expected: bool) -> None:
    path = tmp_path / "cpuinfo"
    path.write_text(text)
    assert has_fast_bfloat16(path) is expected
    assert not has_fast_bfloat16(tmp_path / "absent")


def test_the_first_run_is_not_measured() -> None:
    runs = []
    assert fastest_of(lambda: runs.append(1)) >= 0
    assert len(runs) == 4
