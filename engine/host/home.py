"""The user's own folders: where certificate, settings, measurements and logs are kept. The one door to platformdirs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import platformdirs

from engine.errors import AccessRefused

_NAME = "understudio"


def home() -> Path:
    """Return the user's home folder.

    Raises:
        AccessRefused: There is none.
    """
    return expanded(Path("~"))


def expanded(path: Path) -> Path:
    """Return a path with a leading `~` or `~name` replaced by the home folder of that user.

    Raises:
        AccessRefused: There is no such user, or no home folder.
    """
    try:
        return path.expanduser()
    except RuntimeError as error:
        if path.parts[0] == "~":
            raise _homeless() from error
        raise AccessRefused(f"There is no user {path.parts[0][1:]}.", "Write the path in full.") from error


def typed(text: str) -> Path:
    """Return a path as a person typed it, with a `~` replaced where there is such a user."""
    try:
        return expanded(Path(text))
    except AccessRefused:
        return Path(text)


def data_folder() -> Path:
    """Return where the certificate is kept; raises as `home`."""
    return _found(platformdirs.user_data_dir)


def config_folder() -> Path:
    """Return where settings are kept; raises as `home`."""
    return _found(platformdirs.user_config_dir)


def state_folder() -> Path:
    """Return where measurements are kept; raises as `home`."""
    return _found(platformdirs.user_state_dir)


def cache_folder() -> Path:
    """Return where things are kept that can be made again; raises as `home`."""
    return _found(platformdirs.user_cache_dir)


def log_folder() -> Path:
    """Return where logs are kept; raises as `home`."""
    return _found(platformdirs.user_log_dir)


def _found(place_for: Callable[[str], str]) -> Path:
    try:
        path = Path(place_for(_NAME))
    except RuntimeError as error:
        raise _homeless() from error
    # Earlier versions of platformdirs leave a `~` in its place, and a folder of that name would be made.
    if not path.is_absolute():
        raise _homeless()
    return path


def _homeless() -> AccessRefused:
    return AccessRefused(
        "This user has no home folder: HOME is not set.",
        "Set it to a folder that may be written, as in `HOME=/srv/understudio understudio`. Nothing is lost.",
    )
