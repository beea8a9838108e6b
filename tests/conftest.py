"""What every test gets: a home of its own, no network, quiet libraries, and no error in the log unawares."""

from __future__ import annotations

import datetime as dt
import logging
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.project.settings import Consent, ConsentBasis, ConsentRecord, Project
from tests.real_faces import MAN, WOMAN

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


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
