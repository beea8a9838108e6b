"""On what terms a stage starts: with what share of this machine, on which graphics card, or somewhere else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from daemon.launching import Launcher
from daemon.placing import Place, place_for
from daemon.settings import Settings
from engine.host.cards import Card
from engine.host.machine import share
from engine.project.stage import StageName


@dataclass(frozen=True)
class Terms:
    """How a stage is started."""

    environment: Mapping[str, str]
    launcher: Launcher | None = None
    place: Place | None = None
    """Where it computes; None where it loads no network, where there is no graphics card, or where it is elsewhere."""


def terms_for(
    stage: StageName, settings: Settings, among: int, cards: Sequence[Card], held: Sequence[Place]
) -> Terms | None:
    """Return the terms; None where the stage has to wait for a graphics card.

    Args:
        stage: The stage.
        settings: The daemon's.
        among: Over how many stages at work this machine is to be divided.
        cards: Of this machine.
        held: Where the stages at work compute.
    """
    launcher = settings.launch.launcher_of(stage)
    if launcher is not None:
        return Terms(settings.for_stages(), launcher)
    environment = {**settings.for_stages(), **share(among)}
    if not cards or not stage.facts.computes or settings.cluster.takes(stage):
        return Terms(environment)
    place = place_for(stage, cards, held, settings.cards_a_training)
    return None if place is None else Terms({**environment, **place.environment}, place=place)
