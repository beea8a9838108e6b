"""People who were seen in a project's media, as extraction writes them down."""

from __future__ import annotations

from engine.project.persons import Person, PersonsSeen


def seen(*weights: float, still: tuple[int, ...] = (), must_ask: bool = False) -> PersonsSeen:
    """Return people with these weights, numbered from 1; those in `still` never move."""
    persons = (
        Person(
            number=number,
            weight=weight,
            faces=30,
            is_still=number in still,
            picture=f"{number}.jpg",
            descriptor=tuple(float(at == number) for at in range(128)),
        )
        for number, weight in enumerate(weights, start=1)
    )
    return PersonsSeen(persons=tuple(persons), must_ask=must_ask)
