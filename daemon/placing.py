"""Which stage computes on which graphics card, and how much of its memory it may take: pure.

A training has a card to itself but for room that is kept for conversions: two trainings on one card would take turns at
running out of memory. A conversion goes onto a card where there is that room, and onto the processor where there is
none. Only stages that load a network are placed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.host.cards import A_TRAINING, NO_ROOM, SHARE, VISIBLE, Card
from engine.project.stage import StageName

_USABLE = 0.92
"""Share of a card's memory that stages may take; the driver and what draws the screen take the rest."""

_CONVERSION_BYTES = 3 << 30
"""What a conversion may take: the largest network with a batch of 16 faces needs 0.6 GB, its libraries the rest."""

_ROOMY_BYTES = 12 << 30
"""Of a smaller card, training gets all, and conversions go beside it onto the processor."""

_MOST_KEPT = 0.25
"""Most of a card that is kept for conversions."""


@dataclass(frozen=True)
class Place:
    """Where a stage computes."""

    stage: StageName
    cards: tuple[str, ...] = ()
    """Numbers of the cards, as the driver counts; none is the processor."""
    share: float = 0.0
    """Of each card's memory, 0..1."""

    @property
    def environment(self) -> Mapping[str, str]:
        """What the stage is told of it, as environment variables."""
        if not self.cards:
            return {VISIBLE: "-1", NO_ROOM: "1"}
        told = {VISIBLE: ",".join(self.cards), SHARE: f"{self.share:.3f}"}
        return told if len(self.cards) == 1 else {**told, A_TRAINING: str(len(self.cards))}


def place_for(
    stage: StageName, cards: Sequence[Card], held: Sequence[Place], cards_a_training: int = 1
) -> Place | None:
    """Return where a stage that loads a network is to compute; None where it has to wait for a card.

    Args:
        stage: The stage.
        cards: Of this machine, at least one.
        held: Where the stages at work compute.
        cards_a_training: How many cards a training gets; of fewer, all.
    """
    if not stage.facts.is_heavy:
        return next((place for card in cards if (place := _beside(stage, card, _on(card, held)))), Place(stage))
    free = [card for card in cards if _may_train(card, _on(card, held))]
    wanted = min(cards_a_training, len(cards))
    if len(free) < wanted:
        return None
    # The larger ones, and of equal ones those with fewer conversions on them.
    best = sorted(free, key=lambda card: (-card.total_bytes, len(_on(card, held))))[:wanted]
    return Place(stage, tuple(card.number for card in best), min(_USABLE - _kept(card) for card in best))


def _on(card: Card, held: Sequence[Place]) -> list[Place]:
    return [place for place in held if card.number in place.cards]


def _kept(card: Card) -> float:
    """Return the share of a card that is kept for conversions beside a training."""
    if card.total_bytes < _ROOMY_BYTES:
        return 0.0
    return min(_MOST_KEPT, 2 * _CONVERSION_BYTES / card.total_bytes)


def _may_train(card: Card, held: Sequence[Place]) -> bool:
    is_taken = any(place.stage.facts.is_heavy for place in held)
    return not is_taken and sum(place.share for place in held) <= _kept(card) + 1e-9


def _beside(stage: StageName, card: Card, held: Sequence[Place]) -> Place | None:
    """Return a lighter stage's place on a card, None where it has no room there."""
    share = _CONVERSION_BYTES / card.total_bytes if card.total_bytes else _USABLE
    taken = sum(place.share for place in held if not place.stage.facts.is_heavy)
    fits_beside = taken + share <= _kept(card) + 1e-9
    # The only one on a card too small to keep room: a training waits the minutes that it takes.
    is_first = not held and share <= _USABLE
    return Place(stage, (card.number,), share) if fits_beside or is_first else None
