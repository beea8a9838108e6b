"""The schemas in the package say what the models say."""

import json

import pytest

from tests.schemas import ROOT, SCHEMAS, schema_text


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_its_models(name: str) -> None:
    assert (ROOT / name).read_text() == schema_text(SCHEMAS[name]), "write it anew: make schemas"


@pytest.mark.parametrize("name", [name for name in SCHEMAS if "status" not in name])
def test_a_file_that_people_write_is_explained_by_its_schema(name: str) -> None:
    """Editors show the words beside a setting, and mark what is not one."""
    schema = json.loads((ROOT / name).read_text())
    tables = [schema, *(each for each in schema["$defs"].values() if each["type"] == "object")]
    assert all(table["additionalProperties"] is False for table in tables)
    assert sum("description" in setting for table in tables for setting in table["properties"].values()) > 5
