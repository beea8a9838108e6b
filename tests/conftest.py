"""What every test gets: a home of its own, no network, quiet libraries, and no error in the log unawares."""

from __future__ import annotations

import datetime as dt
import gc
import logging
import os
import socket
from collections.abc import Iterator
from itertools import chain, groupby
from pathlib import Path

import pytest

from engine.process.libraries import load_quickly
from engine.project.folder import ProjectFolder
from engine.project.settings import Consent, ConsentBasis, ConsentRecord, Project
from tests.once import made_once
from tests.real_faces import MAN, WOMAN

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# A sixth of what the wizard's tests compute goes into looking for garbage otherwise.
load_quickly()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Have each process begin with its share of the journeys: one begun last would be waited for by all.

    Journeys are the files that are slow as a whole; the tests of one stay together, since they share what they made. Of
    tests in a row, the processes get equally many to begin with.
    """
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    if workers == 1:
        return
    others = [item for item in items if not is_journey(item)]
    journeys = [list(tests) for _, tests in groupby(filter(is_journey, items), lambda item: item.path)]
    in_order: list[pytest.Item] = []
    for worker in range(workers):
        share = (len(items) - len(in_order)) // (workers - worker)
        begins_with = list(chain.from_iterable(journeys[worker::workers]))
        goes_on_with = max(0, share - len(begins_with))
        in_order += begins_with + others[:goes_on_with]
        del others[:goes_on_with]
    items[:] = in_order


def is_journey(item: pytest.Item) -> bool:
    """Return whether a whole file of tests is slow, this one among them."""
    module = item.getparent(pytest.Module)
    return module is not None and module.get_closest_marker("slow") is not None


def pytest_collection_finish() -> None:
    """Leave all that importing the tests has made out of the search for garbage: it stays to the end.

    That is half a million objects, TensorFlow's for the most part, and each full search would look at all of them.
    """
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder that nobody else uses, for certificates, caches and settings."""
    path = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(path))
    for name in ("CONFIG", "DATA", "STATE", "CACHE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(path / name.lower()))
    monkeypatch.delenv("UNDERSTUDIO_WORKSPACE", raising=False)
    return path


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing here talks to anyone but this machine."""
    connect = socket.socket.connect

    def refuse_others(self: socket.socket, address: tuple[object, ...] | str | bytes) -> None:
        host = str(address[0]) if isinstance(address, tuple) else ""
        is_here = host.startswith("127.") or host in ("::1", "localhost")
        if self.family != socket.AF_UNIX and not is_here:
            raise AssertionError(f"a test tried to reach {address!r}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", refuse_others)


class ErrorsKept(logging.Handler):
    """Keeps what anybody logs as an error."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.lines: list[str] = []
        self.setFormatter(logging.Formatter("%(name)s: %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@pytest.fixture(autouse=True)
def no_logged_errors(request: pytest.FixtureRequest) -> Iterator[None]:
    """What is logged as an error fails the test, unless that is marked as `logs_errors`."""
    kept = ErrorsKept()
    logging.getLogger().addHandler(kept)
    yield
    logging.getLogger().removeHandler(kept)
    if kept.lines and request.node.get_closest_marker("logs_errors") is None:
        pytest.fail("\n".join(["logged as errors:", *kept.lines]), pytrace=False)


@pytest.fixture(scope="session")
def consent() -> ConsentRecord:
    """Both people agreed."""
    person = Consent(
        basis=ConsentBasis.TEST_ACTOR, note="Agreed for tests", recorded_on=dt.date(2026, 1, 1), is_adult=True
    )
    return ConsentRecord(source=person, target=person)


@pytest.fixture(scope="session")
def project(consent: ConsentRecord) -> Project:
    """A valid project with every setting at its default."""
    return Project(name="test", consent=consent)


@pytest.fixture(scope="session")
def woman_clip() -> Path:
    """640x360, 472 frames, sound; one woman, face about 237 px wide."""
    return WOMAN


@pytest.fixture(scope="session")
def man_clip() -> Path:
    """400x300, 1337 frames, no sound; one man, face about 109 px wide."""
    return MAN


@pytest.fixture(scope="session")
def extracted_swap(tmp_path_factory: pytest.TempPathFactory) -> ProjectFolder:
    """24 frames of each clip after the first stage, the man to appear in the woman's place; only ever copied."""
    from tests.swaps import a_project, extracted_project

    return ProjectFolder(
        made_once(tmp_path_factory, "swap", lambda place: extracted_project(place, a_project(), MAN, WOMAN, 24))
    )


@pytest.fixture(scope="module")
def nothing_is_compiled() -> Iterator[None]:
    """A few small steps are done sooner than compiled."""
    import tensorflow

    tensorflow.config.run_functions_eagerly(True)
    yield
    tensorflow.config.run_functions_eagerly(False)


@pytest.fixture(scope="module")
def gains_of_few_faces() -> Iterator[None]:
    """Of drawn faces nothing is learnt by bending many of them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("engine.faces.reenactment.fit_gains.LOOKED_AT", 4)
        yield
