"""The work of one stage, as a cluster is told of it: plain words, and by what a worker checks that it can do it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import NewType

import engine
from engine.project.stage import StageName

JobWords = NewType("JobWords", dict[str, str])
"""A job in words, as they travel."""


@dataclass(frozen=True)
class Job:
    """The tasks of one stage of one project, from its start to its end."""

    stage: StageName
    project: Path
    """The project folder, which every machine sees at this place."""
    token: str
    """What the project's `cluster_file` holds during this job: whoever reads it there sees the same folder."""
    edition: str
    """The Understudio that makes the tasks: another one might make something else of them."""

    @property
    def words(self) -> JobWords:
        """This job in words."""
        return JobWords(
            {"stage": self.stage.value, "project": str(self.project), "token": self.token, "edition": self.edition}
        )

    @classmethod
    def of(cls, words: JobWords) -> Job:
        """Return the job of some words."""
        return cls(StageName(words["stage"]), Path(words["project"]), words["token"], words["edition"])


@lru_cache(maxsize=1)
def edition() -> str:
    """Return which Understudio this is: its version, and a digest of the engine's code."""
    digest = hashlib.sha256()
    room = Path(engine.__file__).parent
    for path in sorted(room.rglob("*.py")):
        digest.update(str(path.relative_to(room)).encode() + b"\0" + path.read_bytes())
    return f"{version('understudio')} ({digest.hexdigest()[:8]})"
