"""How a project stands, in one word. All that such a word means on the screens stands here."""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from daemon.status import State
from tui.theme import BAD, GOOD, WAITS


class Condition(StrEnum):
    """How a project stands, in one word."""

    sign: str
    """What stands before its name."""
    style: str
    """The sign's style, as rich knows it."""
    says: str
    """What is going on, in a few words; empty where its stage says it."""

    DRAFT = "draft", "…", WAITS, "questions open"
    """Questions are still open, and there is no folder yet."""
    WAITING = "waiting", "?", WAITS, "waits for you"
    """A person has something to provide."""
    QUEUED = "queued", "·", "dim", "in the queue"
    RUNNING = "running", "▶", "bold", ""
    STOPPED = "stopped", "=", WAITS, "stands still"
    """It was at work when the daemon ended; it goes on with the next one."""
    PAUSED = "paused", "=", "dim", "paused"
    FAILED = "failed", "!", BAD, "failed"
    DONE = "done", "✓", GOOD, "finished"

    def __new__(cls, value: str, sign: str, style: str, says: str) -> Self:
        """Make a member of its row in the table."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.sign, member.style, member.says = sign, style, says
        return member

    @property
    def is_under_way(self) -> bool:
        """Whether it goes on without a word from anybody, as soon as somebody is at work."""
        match self:
            case Condition.QUEUED | Condition.RUNNING | Condition.STOPPED:
                return True
            case Condition.DRAFT | Condition.WAITING | Condition.PAUSED | Condition.FAILED | Condition.DONE:
                return False


def condition_of(state: State) -> Condition:
    """Return how a project stands by its status alone."""
    match state:
        case State.ARRIVING | State.QUEUED:
            return Condition.QUEUED
        case State.WAITING | State.NO_ROOM:
            return Condition.WAITING
        case State.RUNNING:
            return Condition.RUNNING
        case State.PAUSED:
            return Condition.PAUSED
        case State.FAILED:
            return Condition.FAILED
        case State.FINISHED:
            return Condition.DONE
