"""Why something cannot go on, as one process tells another: the kind of an error and whom it is about stay with it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Self

from pydantic import BaseModel, ConfigDict

from engine.errors import UnderstudioError
from engine.role import Role

_BUG = "Bug"


class Failure(BaseModel):
    """A failure in words, with what a program needs to know of it."""

    model_config = ConfigDict(frozen=True)

    kind: str
    """The name of the error's class in `engine.errors`, or "Bug"."""
    title: str
    """What happened, in the user's words."""
    hint: str
    """What to do now."""
    role: Role | None = None
    """Whose pictures, video or consent it is about; None where it is about neither of the two people."""

    @classmethod
    def of(cls, error: UnderstudioError) -> Self:
        """Return an error as it is written down."""
        return cls(kind=type(error).__name__, title=error.title, hint=error.hint, role=error.role)

    @classmethod
    def bug(cls, title: str, hint: str) -> Self:
        """Return a failure that nobody could have foreseen, and that no person can mend."""
        return cls(kind=_BUG, title=title, hint=hint)

    @property
    def is_bug(self) -> bool:
        """Whether the program itself is at fault."""
        return self.kind == _BUG

    def is_a(self, kind: type[UnderstudioError]) -> bool:
        """Return whether it was an error of this class, or of one below it."""
        return any(each.__name__ == self.kind for each in _below(kind))

    def error(self) -> UnderstudioError:
        """Return the error that it was, to be raised again; of a class that is not known here, the root of them."""
        kind = next((each for each in _below(UnderstudioError) if each.__name__ == self.kind), UnderstudioError)
        return kind(self.title, self.hint, role=self.role)


def _below(kind: type[UnderstudioError]) -> Iterator[type[UnderstudioError]]:
    yield kind
    for each in kind.__subclasses__():
        yield from _below(each)
