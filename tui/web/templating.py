"""The pages' templates, filled in: whatever strangers chose the name of is escaped."""

from __future__ import annotations

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from engine.text import counted, printable
from tui.format import megabytes


def page(template: str, **shown: object) -> str:
    """Return a page, or a part of one.

    Args:
        template: Name of a file in `templates/`.
        shown: What the template shows, by its names there.
    """
    return _environment().get_template(template).render(shown)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("tui.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update({"printable": printable, "megabytes": megabytes, "counted": counted})
    return environment
