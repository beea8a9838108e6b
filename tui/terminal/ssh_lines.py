"""Lines to paste on one's own machine, which bring files to this one and results home: made from this SSH session."""

from __future__ import annotations

import getpass
import os
import shlex
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_USUAL_PORT = 22


@dataclass(frozen=True)
class SshSession:
    """How somebody came here."""

    user: str
    host: str
    """The address of this machine, as it was reached."""
    port: int

    def fetch(self, path: Path) -> str:
        """Return what fetches one file into the folder in which it is pasted."""
        return f"{self._scp()} {shlex.quote(self._place(path))} ."

    def fetch_all(self, folder: Path, name: str) -> str:
        """Return what fetches a whole folder under another name, and goes on after a broken line."""
        port = f" -e {shlex.quote(f'ssh -p {self.port}')}" if self.port != _USUAL_PORT else ""
        return f"rsync -a --partial{port} {shlex.quote(f'{self._place(folder)}/')} {shlex.quote(f'{name}/')}"

    def bring(self) -> str:
        """Return what brings photos and a video into the person's home folder here."""
        return f"{self._scp()} -r my-photos scene.mp4 {self._at()}:"

    def forward(self, port: int) -> str:
        """Return what brings a loopback port of this machine to the same port of theirs, as long as it runs."""
        usual = self.port == _USUAL_PORT
        return f"ssh -N -L {port}:localhost:{port} {'' if usual else f'-p {self.port} '}{self.user}@{self.host}"

    def _scp(self) -> str:
        return "scp" if self.port == _USUAL_PORT else f"scp -P {self.port}"

    def _place(self, path: Path) -> str:
        home = Path.home()
        # scp and rsync begin in the home folder.
        return f"{self._at()}:{path.relative_to(home) if path.is_relative_to(home) else path}"

    def _at(self) -> str:
        return f"{self.user}@[{self.host}]" if ":" in self.host else f"{self.user}@{self.host}"


def ssh_session(environment: Mapping[str, str] = os.environ) -> SshSession | None:
    """Return how somebody came here over SSH; None where they sit at this machine."""
    parts = environment.get("SSH_CONNECTION", "").split()
    # Address and port of theirs, then of this machine (`man ssh`).
    if len(parts) != 4 or not parts[3].isdecimal():
        return None
    return SshSession(getpass.getuser(), parts[2].partition("%")[0], int(parts[3]))


def line_to_web(port: int, environment: Mapping[str, str] = os.environ) -> str:
    """Return what to paste on one's own machine to reach a loopback port of this one, however one came here."""
    session = ssh_session(environment) or SshSession(getpass.getuser(), socket.gethostname(), _USUAL_PORT)
    return session.forward(port)


def is_in_browser(environment: Mapping[str, str] = os.environ) -> bool:
    """Return whether the terminal is the one on the web page."""
    # textual-serve names the driver that it draws through.
    return "TEXTUAL_DRIVER" in environment


def how_files_come(environment: Mapping[str, str] = os.environ) -> str:
    """Return how photos and videos come to this machine, in two or three lines; empty where somebody sits at it."""
    if is_in_browser(environment):
        return "To bring files from this device, go to Projects, above the wizard: a new project there takes them."
    session = ssh_session(environment)
    if session is None:
        return ""
    return (
        f"To bring files here, paste this on your own machine:\n{session.bring()}\n"
        "Or leave here, run understudio web, and drop them onto its page."
    )
