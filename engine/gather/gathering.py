"""Gather pictures: search, fetch, have them screened, keep those of one person. Never decodes a picture itself."""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from engine.errors import SourceUnavailable
from engine.files.private_folder import make_private
from engine.gather.file_type import suffix_of
from engine.gather.http import HttpClient, Refused
from engine.gather.providers import Candidate
from engine.gather.rate_limit import HostBusy
from engine.gather.screening_client import ScreeningClient
from engine.gather.screening_messages import ChoosePerson, SampledFrame, Screener
from engine.gather.sources import candidates, providers_for, rights_remarks
from engine.gather.store import CandidateRecord, Store, key_of
from engine.project.attribution import OWN_VIDEO, Origin
from engine.project.folder import PROJECT_FILE, ProjectFolder, create_folder
from engine.project.lock import alone_on
from engine.project.stage import Outcome, ShouldStop
from engine.records.gather_request import GatherProgress, GatherReport, GatherRequest, Refusal
from engine.records.gather_text import waiting_words

OnGatherProgress = Callable[[GatherProgress], None]
"""Called with the progress of a gathering."""

_MOST_BYTES = 32 << 20
"""Size of the largest file that is fetched as a picture."""
_TRIED_AT_LEAST, _TRIED_EACH = 60, 10
"""Candidates tried in one run: so many, and so many more for each picture wanted."""
_WORKERS = 8
_POLL_SECONDS = 0.2
_TRANSIENT = frozenset([Refusal.SERVER, Refusal.SLOW, Refusal.CUT_OFF])
"""Failures that may be over in the next run."""


def gather(
    request: GatherRequest,
    on_progress: OnGatherProgress,
    should_stop: ShouldStop,
    client: HttpClient | None = None,
    make_screener: Callable[[GatherRequest, Store], Screener] | None = None,
) -> GatherReport:
    """Gather what is wished for, or go on with it.

    Args:
        request: What is wanted.
        on_progress: Called with the progress, several times a second.
        should_stop: Asked several times a second.
        client: The HTTP client; None makes the usual one.
        make_screener: Makes what screens the pictures; None starts a process.

    Raises:
        ProjectError: The folder is something else than a project.
        ProjectBusy: A stage is at work on it.
        SourceUnavailable: Nobody answers.
        MediaError: A picture or video of the person's own cannot be used.
        OutOfDisk: There is no room; what was gathered is kept.
    """
    folder = folder_for(request.into)
    make_private(folder.work)
    with alone_on(folder):
        store = Store(folder, request.person)
        gathering = Gathering(
            request, store, (make_screener or _screening_process)(request, store), on_progress, should_stop
        )
        return asyncio.run(gathering.run(client or HttpClient(contact=request.contact, named=request.named_servers)))


def folder_for(path: Path) -> ProjectFolder:
    """Return the folder of a project, made where there is nothing yet.

    Raises:
        ProjectError: There is something else in that place.
    """
    folder = ProjectFolder(path.absolute())
    if (folder.path / PROJECT_FILE).is_file() or folder.source.is_dir() or folder.target.is_dir():
        folder.require_own()
        return folder
    return create_folder(folder.path)


class Gathering:
    """One run."""

    def __init__(
        self,
        request: GatherRequest,
        store: Store,
        screener: Screener,
        on_progress: OnGatherProgress,
        should_stop: ShouldStop,
    ) -> None:
        """Take note of what is wanted."""
        self._request = request
        self._store = store
        self._on_progress = on_progress
        self._should_stop = should_stop
        self._screener = screener
        self._remarks: list[str] = rights_remarks(request)
        self._tried = 0
        self._begun = time.monotonic()
        self._kept_before = 0

    async def run(self, client: HttpClient) -> GatherReport:
        """Gather until there are enough pictures, no more candidates, or a request to stop."""
        async with self._screener, client:
            self._kept_before = self._screener.pictures_of_person
            for item in self._store.unscreened():
                await self._screen(item)
            if self._request.person_seen is None:
                if self._request.video is not None and not self._is_over():
                    await self._sample(self._request.video)
                providers = providers_for(self._request, client)
                await self._fetch_all(client, candidates(providers, self._request, self._remark))
            return await self._finish()

    async def _fetch_all(self, client: HttpClient, found: AsyncIterator[Candidate]) -> None:
        """Have workers fetch and screen what the providers name."""
        queue: asyncio.Queue[Candidate] = asyncio.Queue(_WORKERS)
        feeder = asyncio.create_task(self._feed_queue(queue, found))
        tasks = [feeder, *(asyncio.create_task(self._worker(queue, client)) for _ in range(_WORKERS))]
        try:
            while not feeder.done() and not self._is_over():
                done, _ = await asyncio.wait(tasks, timeout=_POLL_SECONDS, return_when=asyncio.FIRST_EXCEPTION)
                for task in done:
                    task.result()
                self._report_progress()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _feed_queue(self, queue: asyncio.Queue[Candidate], found: AsyncIterator[Candidate]) -> None:
        # Openverse names pictures of Commons, too: what is on its way is not fetched a second time.
        named: set[str] = set()
        async for candidate in found:
            if candidate.file_url not in named and not self._is_known(candidate):
                named.add(candidate.file_url)
                await queue.put(candidate)
        await queue.join()

    async def _worker(self, queue: asyncio.Queue[Candidate], client: HttpClient) -> None:
        while True:
            await self._fetch_and_screen(client, await queue.get())
            queue.task_done()

    def _is_known(self, candidate: Candidate) -> bool:
        known = self._store.find(candidate.file_url)
        return known is not None and known.refusal not in _TRANSIENT

    def _is_over(self) -> bool:
        wanted = self._request.count
        tried_enough = self._tried >= _TRIED_AT_LEAST + _TRIED_EACH * wanted
        return self._should_stop() or self._screener.pictures_of_person >= wanted or tried_enough

    async def _fetch_and_screen(self, client: HttpClient, candidate: Candidate) -> None:
        """Fetch a candidate, unless it is known to be refused, and have it screened."""
        self._tried += 1
        if not candidate.is_allowed:
            self._refuse(candidate, Refusal.LICENCE)
            return
        key = key_of(candidate.file_url)
        place = self._store.files / f"{key}.fetched"
        try:
            fetched = await client.fetch(candidate.file_url, place, _MOST_BYTES)
        except Refused as error:
            self._refuse(candidate, error.refusal)
            return
        except HostBusy as error:
            self._remark(waiting_words(error.host, error.seconds))
            return
        suffix = (
            Refusal.SAME_FILE if self._store.has_content(fetched.sha256) else suffix_of(place, fetched.content_type)
        )
        if isinstance(suffix, Refusal):
            place.unlink()
            self._refuse(candidate, suffix)
            return
        name = f"{key}{suffix}"
        place.replace(self._store.files / name)
        item = CandidateRecord(key=key, origin=_origin(candidate, fetched.sha256), file=name)
        self._store.save(item)
        await self._screen(item)

    async def _sample(self, video: Path) -> None:
        """Take frames from a video of the person's own."""
        self._report_progress(f"choosing frames of {video.name}")
        for frame in await self._sampled(video):
            address = f"{video}#t={frame.seconds:.3f}"
            if self._store.find(address) is not None:
                frame.path.unlink()
                continue
            key = key_of(address)
            name = f"{key}{frame.path.suffix}"
            frame.path.replace(self._store.files / name)
            origin = Origin(provider=OWN_VIDEO, file_url=address, title=video.name, fetched_at=dt.datetime.now(dt.UTC))
            item = CandidateRecord(key=key, origin=origin, file=name)
            self._store.save(item)
            await self._screen(item)
            self._report_progress()

    async def _sampled(self, video: Path) -> tuple[SampledFrame, ...]:
        """Return frames of a video that differ; none where asked to stop before they are found."""
        sampling = asyncio.create_task(self._screener.sample(video, self._store.files, self._request.count))
        while not sampling.done() and not self._should_stop():
            await asyncio.wait([sampling], timeout=_POLL_SECONDS)
        if sampling.done():
            return sampling.result()
        sampling.cancel()
        await asyncio.gather(sampling, return_exceptions=True)
        return ()

    async def _screen(self, item: CandidateRecord) -> None:
        path = self._store.files / item.file
        findings = await self._screener.screen(item.key, path, is_frame=item.origin.provider == OWN_VIDEO)
        self._store.save(item.model_copy(update={"findings": findings, "refusal": findings.refusal}))

    def _refuse(self, candidate: Candidate, refusal: Refusal) -> None:
        self._store.save(
            CandidateRecord(key=key_of(candidate.file_url), origin=_origin(candidate, ""), refusal=refusal)
        )

    async def _finish(self) -> GatherReport:
        """Choose the person, and put their pictures in place."""
        request, store = self._request, self._store
        order = ChoosePerson(person=request.person_seen, confirmed=store.confirmed(), thumbnails=store.thumbnails)
        chosen = await self._screener.choose(order)
        if request.person_seen is not None or request.like:
            store.confirm(chosen.keys)
        origins = store.place(chosen.keys)
        refused = store.refused()
        others = len({each.key for each in store.findings()} - set(chosen.keys))
        outcome = Outcome.INTERRUPTED if self._should_stop() else Outcome.DONE
        if not store.findings() and self._remarks and not refused and outcome is Outcome.DONE:
            raise SourceUnavailable(" ".join(self._remarks), "Check the connection and try again. Nothing is lost.")
        return GatherReport(
            outcome=outcome,
            folder=store.media,
            kept=len(origins),
            wanted=request.count,
            looked_at=len(store.items),
            refused=refused | ({Refusal.OTHER_PERSON: others} if others else {}),
            persons=chosen.persons,
            is_confirmed=bool(store.confirmed()),
            origins=origins,
            remarks=tuple(self._remarks),
        )

    def _remark(self, sentence: str) -> None:
        if sentence not in self._remarks:
            self._remarks.append(sentence)

    def _report_progress(self, message: str = "") -> None:
        kept, wanted = self._screener.pictures_of_person, self._request.count
        rate = max(0, kept - self._kept_before) / max(1e-3, time.monotonic() - self._begun)
        self._on_progress(
            GatherProgress(
                kept=kept,
                wanted=wanted,
                looked_at=len(self._store.items),
                refused=self._store.refused(),
                rate=rate,
                eta_seconds=max(0, wanted - kept) / rate if rate else None,
                message=message,
            )
        )


def _screening_process(request: GatherRequest, store: Store) -> ScreeningClient:
    arguments = ["--smallest-face-px", str(request.smallest_face_px)]
    for folder in (store.files, store.thumbnails):
        arguments += ["--writable", str(folder)]
    if request.video is not None:
        arguments += ["--readable", str(request.video)]
    for picture in request.like:
        arguments += ["--like", str(picture)]
    return ScreeningClient(arguments, store.findings)


def _origin(candidate: Candidate, sha256: str) -> Origin:
    stated = candidate.model_dump(exclude={"is_allowed"})
    return Origin(**stated, sha256=sha256, fetched_at=dt.datetime.now(dt.UTC))


__all__ = ["gather"]
