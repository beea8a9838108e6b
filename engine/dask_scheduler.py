"""Where the scheduler of a Dask cluster is: told to stages by the environment, by whoever starts them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

_ADDRESS = "UNDERSTUDIO_SCHEDULER"
_FILES = ("UNDERSTUDIO_SCHEDULER_CA", "UNDERSTUDIO_SCHEDULER_CERTIFICATE", "UNDERSTUDIO_SCHEDULER_KEY")


@dataclass(frozen=True)
class Scheduler:
    """A scheduler, and by what both sides know each other."""

    address: str
    """As Dask writes it: `tcp://host:8786`, or `tls://host:8786`."""
    ca_file: str = ""
    """Paths of files in PEM format; empty without TLS."""
    certificate_file: str = ""
    key_file: str = ""

    @property
    def environment(self) -> Mapping[str, str]:
        """What a stage is told of it, as environment variables."""
        files = (self.ca_file, self.certificate_file, self.key_file)
        return {_ADDRESS: self.address} | {name: file for name, file in zip(_FILES, files, strict=True) if file}


def told_scheduler(environment: Mapping[str, str] = os.environ) -> Scheduler | None:
    """Return the scheduler that this process was told of; None where it was told of none.

    Args:
        environment: Of this process.
    """
    address = environment.get(_ADDRESS, "")
    return Scheduler(address, *(environment.get(name, "") for name in _FILES)) if address else None
