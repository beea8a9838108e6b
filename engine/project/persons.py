"""Who was seen in the media of each of the two people, and who of them is meant.

Extraction writes down whom it saw, beside the faces; daemon, wizard and commands read it. Where it is not clear who is
meant, nothing is trained before a person has said it: `unclear_person` is that question.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from engine.errors import PersonUnclear
from engine.files import atomic
from engine.files.private_folder import make_private
from engine.files.safe_open import read_inside
from engine.project.folder import ProjectFolder
from engine.project.settings import Project
from engine.role import Role
from engine.text import counted

CLOSE = 2.0
"""How many times as heavy as the next one somebody must be to be taken without a question."""

_NAMED = 3
_DESCRIPTOR_LENGTH = 128


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


class Person(_File):
    """Somebody who was seen."""

    number: int = Field(ge=1)
    weight: float = Field(ge=0, le=1)
    """Share of the area of all faces, over all frames and photos; of somebody who never moves, a tenth of it."""
    faces: int
    is_still: bool | None
    """Never moves, as a photograph on a wall; None where that cannot be told, as of photos."""
    picture: str = Field(pattern=r"^[^/\x00]*[^./\x00][^/\x00]*$")
    """Name of the sharpest picture in the face set."""
    descriptor: tuple[float, ...] = Field(min_length=_DESCRIPTOR_LENGTH, max_length=_DESCRIPTOR_LENGTH)
    """Who it is, (128,)."""


class PersonsSeen(_File):
    """All who were seen in the media of one of the two people."""

    persons: tuple[Person, ...] = ()
    """By their numbers; of very many the heaviest."""
    others: int = Field(0, ge=0)
    """How many more were seen."""
    must_ask: bool = False
    """Ask wherever there are several: the media were changed after somebody had been taken."""

    def of(self, number: int) -> Person | None:
        """Return who has a number; None where nobody has."""
        return next((person for person in self.persons if person.number == number), None)

    @property
    def heaviest(self) -> Person:
        """Who is taken where nobody says otherwise; there must be somebody."""
        return max(self.persons, key=lambda person: (person.weight, -person.number))

    @property
    def is_open(self) -> bool:
        """Whether a person has to say who is meant."""
        if len(self.persons) < 2:
            return False
        is_first = self.heaviest is self.persons[0]
        return self.must_ask or not is_first or is_close([person.weight for person in self.persons])


def is_close(weights: Sequence[float]) -> bool:
    """Return whether the heaviest is within a factor of two of the next one."""
    first, *others = sorted(weights, reverse=True)
    return bool(others) and first <= CLOSE * others[0]


def persons_path(folder: ProjectFolder, role: Role) -> Path:
    """Return where it stands who was seen."""
    return folder.faces_of(role) / "persons.json"


def numbered_picture(folder: ProjectFolder, role: Role) -> Path:
    """Return the picture of whole frames in which everybody who was seen is framed and numbered."""
    return folder.faces_of(role) / "persons.jpg"


def write_persons(folder: ProjectFolder, role: Role, seen: PersonsSeen) -> None:
    """Write down who was seen."""
    atomic.write_text(persons_path(folder, role), seen.model_dump_json())


def read_persons(folder: ProjectFolder, role: Role) -> PersonsSeen:
    """Return who was seen; nobody where that is not known."""
    try:
        return PersonsSeen.model_validate_json(read_inside(folder.path, persons_path(folder, role)))
    except (OSError, ValidationError):
        return PersonsSeen()


def remember_persons(folder: ProjectFolder, role: Role, seen: PersonsSeen) -> None:
    """Write down who was seen before any face was found for good: whoever was chosen of them keeps the number."""
    make_private(folder.faces_of(role), parents=True)
    write_persons(folder, role, seen)


def ask_again(folder: ProjectFolder, role: Role) -> None:
    """Forget who was seen, and ask who is meant as soon as several are: the media are others now."""
    remember_persons(folder, role, PersonsSeen(must_ask=True))


def choose_person(folder: ProjectFolder, role: Role, number: int) -> None:
    """Write into the project file who is meant.

    Raises:
        ProjectError: The project file is not valid; nothing was changed.
    """
    project = folder.load()
    chosen = project.with_person(role, number)
    if chosen != project:
        folder.save(chosen)


def unclear_person(folder: ProjectFolder, project: Project) -> PersonUnclear | None:
    """Return the question who is meant; None where it is clear."""
    for role in (Role.TARGET, Role.SOURCE):
        seen = read_persons(folder, role)
        if project.person_of(role) is None and seen.is_open:
            title = f"Who is {role.person}? {_seen_words(role, seen)}"
            return PersonUnclear(title, _question_hint(folder, role, seen), role=role)
    return None


def persons_words(folder: ProjectFolder, project: Project) -> tuple[str, ...]:
    """Return a sentence or two on each side that shows several: how many, who is taken, why, and the way to another."""
    return tuple(words for role in Role if (words := _taken_words(folder, role, project)))


def _taken_words(folder: ProjectFolder, role: Role, project: Project) -> str:
    seen = read_persons(folder, role)
    wanted = project.person_of(role)
    taken = seen.of(wanted) if wanted is not None else seen.heaviest if seen.persons and not seen.is_open else None
    if taken is None or len(seen.persons) < 2:
        return ""
    why = "as the project asks" if wanted is not None else _why(taken, seen)
    another = f"To take another: o in the wizard, or `understudio run FOLDER --{role}-person NUMBER`."
    return f"{_seen_words(role, seen)} Person {taken.number} is taken as {role.person}: {why}. {another}"


def _seen_words(role: Role, seen: PersonsSeen) -> str:
    return f"{counted(len(seen.persons) + seen.others, 'person')} were seen in {role}/."


def _why(taken: Person, seen: PersonsSeen) -> str:
    why = f"{100 * taken.weight:.0f} % by the area of the faces"
    still = [str(person.number) for person in seen.persons if person.is_still and person is not taken]
    if taken.is_still or not still:
        return why
    who = f"person {still[0]} does" if len(still) == 1 else f"persons {', '.join(still[:_NAMED])} do"
    return f"{why}, and {who} not move, as a photograph does not"


def _shares(seen: PersonsSeen) -> str:
    by_weight = sorted(seen.persons, key=lambda person: -person.weight)
    shares = [f"person {person.number} {100 * person.weight:.0f} %" for person in by_weight[:_NAMED]]
    return f"By the area of their faces: {', '.join(shares)}."


def _question_hint(folder: ProjectFolder, role: Role, seen: PersonsSeen) -> str:
    return (
        f"{_shares(seen)} Choose one: o in the wizard, or `understudio run {folder.path} --{role}-person NUMBER`;"
        f" with --yes, person {seen.heaviest.number} is taken. {numbered_picture(folder, role)} shows who is who."
        " Nothing is lost."
    )
