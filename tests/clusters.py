"""A real Dask cluster on this machine: a scheduler and workers, each a process of its own."""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

ROOT = Path(__file__).parents[1]


class RealCluster:
    """What a test can do to a cluster."""

    def __init__(self, place: Path, flags: Sequence[str]) -> None:
        self._place = place
        self._flags = ["--host=127.0.0.1", *flags]
        # The temporary folder is open to confined processes: this one holds nothing of anybody else's.
        (temporary := place / "tmp").mkdir()
        self._environment = {**os.environ, "TMPDIR": str(temporary)}
        self._scheduler_file = place / "scheduler.json"
        self.scheduler = self._start("scheduler", "--port=0", "--no-dashboard")
        self.workers: list[subprocess.Popen[bytes]] = []

    @property
    def address(self) -> str:
        """Of the scheduler; empty as long as it has not said it, and its file is there a moment before it does."""
        try:
            return str(json.loads(self._scheduler_file.read_text())["address"])
        except (OSError, ValueError):
            return ""

    def add_worker(self) -> None:
        # Without a nanny, which would start a worker anew that a test has killed.
        self.workers.append(self._start("worker", "--no-nanny", "--nthreads=1", "--no-dashboard"))

    def make_up(self, number: int) -> None:
        """Have so many workers that live."""
        wait_until(lambda: self.address)
        for _ in range(number - sum(worker.poll() is None for worker in self.workers)):
            self.add_worker()
        wait_until(lambda: self.log().count("Registered to:") >= len(self.workers))

    def end(self) -> None:
        for process in [*self.workers, self.scheduler]:
            process.kill()
            process.wait()

    def log(self) -> str:
        return (self._place / "log.txt").read_text()

    def _start(self, *words: str) -> subprocess.Popen[bytes]:
        with (self._place / "log.txt").open("ab") as log:
            places = [f"--scheduler-file={self._scheduler_file}"]
            places += [f"--local-directory={self._place}"] if "worker" in words else []
            command = [sys.executable, "-m", "dask", *words, *self._flags, *places]
            return subprocess.Popen(command, stdout=log, stderr=log, cwd=ROOT, env=self._environment)


@contextmanager
def cluster_of(workers: int, place: Path, flags: Sequence[str] = ()) -> Iterator[RealCluster]:
    """Yield a cluster of some workers that do one task at a time each, ended afterwards whatever happened.

    Args:
        workers: How many.
        place: Where they put their files.
        flags: For the scheduler and each worker.
    """
    cluster = RealCluster(place, flags)
    try:
        cluster.make_up(workers)
        yield cluster
    finally:
        cluster.end()


def vouched_by_itself(place: Path) -> tuple[Path, Path]:
    """Return a certificate for this machine that vouches for itself, and its key, as files."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "cluster")])
    now = dt.datetime.now(dt.UTC)
    built = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    built = built.not_valid_before(now - dt.timedelta(hours=1)).not_valid_after(now + dt.timedelta(hours=1))
    built = built.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    certificate_file, key_file = place / "certificate.pem", place / "key.pem"
    certificate_file.write_bytes(built.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return certificate_file, key_file


def kill(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGKILL)
    process.wait()


def wait_until(holds: Callable[[], object], seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.05)
