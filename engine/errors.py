"""The failures a person can act on.

    UnderstudioError
    ├── ProjectError         the project file or folder is not as it must be
    │   ├── ConsentMissing   nobody has said that both people agree, or the consent has ended
    │   └── ProjectBusy      another process works on it
    ├── MediaError           a picture or video cannot be used
    │   ├── TooManyPixels    a picture that would fill all memory
    │   ├── CutShort         a video that was not copied whole
    │   ├── NoFacesFound     nothing to learn from, or nothing to change
    │   ├── WrongPerson      the person asked for is not among those seen
    │   └── PersonUnclear    several were seen, and a person has to say who is meant
    ├── SourceUnavailable    no provider of pictures answers
    ├── ContentRefused       the pictures show what this tool does not work on
    ├── TrainingDiverged     the loss stopped being a number
    ├── OutOfMemory          the machine has too little memory for these settings
    ├── OutOfDisk            no room for what comes next
    ├── ClusterAway          the cluster that is to work does not answer, or has no workers
    ├── ClusterUnfit         the cluster that is to work cannot do this project's tasks
    ├── AccessRefused        the system lets nobody, or not this user, use a file or folder as it must be
    ├── CertificateUnusable  results cannot be signed with the certificate that is there
    └── VerificationFailed   a result was written and failed its verification

Library exceptions become one of these where the library is called. They are caught in two places: `engine.__main__`
and the app.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from engine.role import Role
from engine.text import printable

_LONGEST = 2000


class UnderstudioError(Exception):
    """Something a person can do something about."""

    title: str
    """What happened, in the user's words: one sentence."""
    hint: str
    """What to do now, and that nothing is lost."""
    role: Role | None
    """Whose pictures, video or consent it is about; None where it is about neither of the two people."""

    def __init__(self, title: str, hint: str, *, role: Role | None = None) -> None:
        # Both name files, and strangers choose the names of files.
        self.title, self.hint = printable(title, _LONGEST), printable(hint, _LONGEST)
        self.role = role
        super().__init__(self.title)

    def __reduce__(self) -> tuple[type[UnderstudioError], tuple[str, str], dict[str, object]]:
        """Pickle all of it: by default a worker process would return the title alone."""
        return (type(self), (self.title, self.hint), {"role": self.role})


@contextmanager
def concerning(role: Role) -> Iterator[None]:
    """Note on failures of media and consent raised within whose they are, where they do not say it themselves."""
    try:
        yield
    except (MediaError, ConsentMissing, ContentRefused) as error:
        error.role = error.role or role
        raise


class ProjectError(UnderstudioError):
    """The project file or folder is not as it must be."""


class ConsentMissing(ProjectError):
    """Nobody has said that both people agree, or the consent has ended."""


class ProjectBusy(ProjectError):
    """Another process works on the project."""


class MediaError(UnderstudioError):
    """A picture or video cannot be used."""


class TooManyPixels(MediaError):
    """A picture that would fill all memory."""


class CutShort(MediaError):
    """A video that was not copied whole."""


class NoFacesFound(MediaError):
    """Nothing to learn from, or nothing to change."""


class WrongPerson(MediaError):
    """The person asked for is not among those seen."""


class PersonUnclear(MediaError):
    """Several were seen, and a person has to say who is meant."""


class SourceUnavailable(UnderstudioError):
    """No provider of pictures answers."""


class ContentRefused(UnderstudioError):
    """The pictures show what this tool does not work on."""


class TrainingDiverged(UnderstudioError):
    """The loss stopped being a number."""


class OutOfMemory(UnderstudioError):
    """The machine has too little memory for these settings."""


class OutOfDisk(UnderstudioError):
    """No room for what comes next."""


class ClusterAway(UnderstudioError):
    """The cluster that is to work does not answer, or has no workers."""


class ClusterUnfit(UnderstudioError):
    """The cluster that is to work cannot do this project's tasks."""


class AccessRefused(UnderstudioError):
    """The system lets nobody, or not this user, use a file or folder as it must be."""


class CertificateUnusable(UnderstudioError):
    """Results cannot be signed with the certificate that is there."""


class VerificationFailed(UnderstudioError):
    """A result was written and failed its verification."""
