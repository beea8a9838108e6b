"""A gathering that only pretends."""

from __future__ import annotations

import asyncio
import datetime as dt

from engine.errors import SourceUnavailable
from engine.project.attribution import Origin
from engine.project.stage import Outcome
from engine.records.gather_request import GatherProgress, GatherReport, GatherRequest, PersonFound, Refusal
from tests.tui.scenes import picture
from tui.processes.gather_process import Told

ORIGIN = Origin(provider="commons", file_url="http://x/a.jpg", licence="CC BY 4.0", fetched_at=dt.datetime.now(dt.UTC))


def report_of(request: GatherRequest, outcome: Outcome = Outcome.DONE, kept: int = 3, persons: int = 2) -> GatherReport:
    folder = request.into / request.person
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "a.jpg").write_bytes(b"\xff\xd8\xff\xe0")
    found = tuple(
        PersonFound(
            number=number,
            pictures=kept,
            thumbnail=picture(request.into / f"person-{number}.jpg", number),
            is_kept=number == (request.person_seen or 1),
        )
        for number in range(1, persons + 1)
    )
    return GatherReport(
        outcome=outcome,
        folder=folder,
        kept=kept,
        wanted=request.count,
        looked_at=9,
        refused={Refusal.NO_FACE: 4, Refusal.DAMAGED: 2},
        persons=found,
        is_confirmed=request.person_seen is not None,
        origins=(ORIGIN,),
        remarks=("Openverse did not answer as it should.",),
    )


class FakeGatherer:
    """Finds some persons; goes on until it is let go, or asked to stop."""

    def __init__(self) -> None:
        self.requests: list[GatherRequest] = []
        self.go_on = asyncio.Event()
        self.fails = False
        self.persons = 2
        self.doing = ""

    async def gather(self, request: GatherRequest, told: Told, stop: asyncio.Event) -> GatherReport:
        self.requests.append(request)
        so_far = GatherProgress(kept=1, wanted=request.count, looked_at=5, refused={Refusal.NO_FACE: 4}, eta_seconds=90)
        told(so_far.model_copy(update={"message": self.doing}))
        if self.fails:
            raise SourceUnavailable("Nobody answered.", "Try again.")
        waiting = [asyncio.create_task(each.wait()) for each in (stop, self.go_on)]
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        for each in waiting:
            each.cancel()
        return report_of(request, Outcome.INTERRUPTED if stop.is_set() else Outcome.DONE, persons=self.persons)
