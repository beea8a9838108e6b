"""The orders in which projects can be listed. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path

from tui.projects.condition import Condition
from tui.projects.view import View

_NEVER = dt.datetime.min.replace(tzinfo=dt.UTC)
_BY_STATE = (
    *(Condition.WAITING, Condition.FAILED, Condition.RUNNING, Condition.STOPPED),
    *(Condition.QUEUED, Condition.PAUSED, Condition.DRAFT, Condition.DONE),
)
"""Those that want something of a person come first."""


class Order(StrEnum):
    """What comes first."""

    NAME = "by name"
    NEWEST = "newest first"
    """What was changed last."""
    LARGEST = "largest first"
    STATE = "by state"

    @property
    def next(self) -> Order:
        """The order that comes after this one, round and round."""
        orders = list(Order)
        return orders[(orders.index(self) + 1) % len(orders)]


def ordered(views: Sequence[View], order: Order, sizes: Mapping[Path, int]) -> list[View]:
    """Return projects in an order; questions that are open come first in each.

    Args:
        views: By name.
        order: What comes first.
        sizes: Bytes of each project, as far as they are known.
    """
    drafts = [view for view in views if view.draft is not None]
    projects = [view for view in views if view.draft is None]
    match order:
        case Order.NAME:
            pass
        case Order.NEWEST:
            projects.sort(key=lambda view: view.changed_at or _NEVER, reverse=True)
        case Order.LARGEST:
            projects.sort(key=lambda view: sizes.get(view.path, 0) if view.path else 0, reverse=True)
        case Order.STATE:
            projects.sort(key=lambda view: _BY_STATE.index(view.condition))
    return [*drafts, *projects]
