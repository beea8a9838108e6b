"""A short run of `tests.fuzz`: broken content of everything that a stranger may have written."""

import random
from pathlib import Path

import pytest
import tomlkit
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.errors import ProjectError
from engine.project.consent import require_consent
from engine.project.file import format_project, parse_project
from tests.fuzz import NOW, mutated, targets

NAMES = [
    *("project file", "status", "stage marker", "limits", "content record", "daemon's note", "workspace settings"),
    *(
        "line of an engine process",
        "credentials report",
        "what kind of file it is",
        "weights",
        "checkpoint facts",
        "face set",
        "persons",
        "daemon's record",
        "claim",
    ),
]


@pytest.mark.parametrize("name", NAMES)
def test_a_reader_of_strangers_files_only_fails_as_it_promises(tmp_path: Path, name: str) -> None:
    chance = random.Random(name)
    target = next(each for each in targets(tmp_path) if each.name == name)
    for seed in target.seeds:
        target.read(seed)
    for _ in range(100):
        target.read(mutated(chance.choice(target.seeds), chance))


def test_every_reader_is_among_those_tried(tmp_path: Path) -> None:
    assert sorted(target.name for target in targets(tmp_path)) == sorted(NAMES)


def refusal(text: str) -> ProjectError | None:
    """Return why a text is no project that may run; None where it is one, which then survives being written again."""
    try:
        project = parse_project(text)
        assert parse_project(format_project(project, text)) == project
        require_consent(project, NOW.date())
    except ProjectError as error:
        return error
    return None


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text())
def test_any_text_is_a_project_or_is_refused_with_a_reason(text: str) -> None:
    refused = refusal(text)
    assert refused is not None
    assert refused.title.endswith(".")


KEYS = st.sampled_from(["name", "wanted", "source", "target", "consent", "video", "person", "train", "minutes", "x"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30) | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(KEYS, VALUES, max_size=6))
def test_any_toml_document_is_a_project_or_is_refused_with_a_reason(document: dict[str, object]) -> None:
    try:
        text = tomlkit.dumps({key: _without_none(each) for key, each in document.items() if each is not None})
    except (ValueError, TypeError):
        return
    refused = refusal(text)
    assert refused is None or "." in refused.title


def _without_none(value: object) -> object:
    if isinstance(value, dict):
        return {key: _without_none(each) for key, each in value.items() if each is not None}
    if isinstance(value, list):
        return [_without_none(each) for each in value if each is not None]
    return value
