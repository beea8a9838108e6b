"""What is asked of a gathering, and what it says while it runs."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from engine.errors import MediaError
from engine.project.attribution import Origin
from engine.project.stage import Outcome
from engine.role import Role

_LONGEST_BYTES = 4 << 20
_MOST_LINKS = 5000


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ProviderName(StrEnum):
    """Who is asked for pictures."""

    OPENVERSE = "openverse"
    COMMONS = "commons"
    DUCKDUCKGO = "duckduckgo"
    BING = "bing"
    GOOGLE = "google"

    @property
    def label(self) -> str:
        """Its name as people write it."""
        match self:
            case ProviderName.OPENVERSE:
                return "Openverse"
            case ProviderName.COMMONS:
                return "Wikimedia Commons"
            case ProviderName.DUCKDUCKGO:
                return "DuckDuckGo"
            case ProviderName.BING:
                return "Bing"
            case ProviderName.GOOGLE:
                return "Google"


OPEN_PROVIDERS = (ProviderName.OPENVERSE, ProviderName.COMMONS)
"""Those that name the licence of each picture: the default."""


class Licence(StrEnum):
    """Licences that allow pictures to be changed, by their short names; those that forbid it (ND) are not offered."""

    CC0 = "cc0"
    PUBLIC_DOMAIN = "pdm"
    BY = "by"
    BY_SA = "by-sa"
    BY_NC = "by-nc"
    BY_NC_SA = "by-nc-sa"


DEFAULT_LICENCES = (Licence.CC0, Licence.PUBLIC_DOMAIN, Licence.BY, Licence.BY_SA)
"""For any purpose; those for non-commercial use only have to be asked for."""


MOST_WANTED, USUALLY_WANTED = 500, 40
"""Pictures of one person in one gathering."""
USUAL_FACE_PX = 64
OPENVERSE_URL = "https://api.openverse.org"
COMMONS_URL = "https://commons.wikimedia.org"


class Refusal(StrEnum):
    """Why a picture was not kept."""

    LICENCE = "a licence that does not allow changes"
    ADDRESS = "an address that leads into a private network"
    GONE = "no longer there"
    SERVER = "a server that failed"
    SLOW = "too slow or without end"
    CUT_OFF = "cut off"
    TOO_LARGE = "too large"
    WEB_PAGE = "a web page instead of a picture"
    NOT_A_PICTURE = "not a picture"
    MISLABELLED = "labelled as something else"
    SAME_FILE = "the same file again"
    DAMAGED = "damaged"
    TOO_MANY_PIXELS = "too many pixels"
    NO_FACE = "no face"
    SMALL_FACE = "face too small"
    ALIKE = "nearly the same picture"
    OTHER_PERSON = "somebody else"
    TAKEN_OUT = "taken out by you"


class GatherRequest(_Frozen):
    """What to gather. All paths are absolute."""

    into: Path
    """A project folder, one that is to become one, or a new one."""
    person: Role
    topic: str = ""
    """A name or topic, or the address of a picture."""
    count: int = Field(USUALLY_WANTED, ge=1, le=MOST_WANTED)
    """Pictures of one person wanted."""
    providers: tuple[ProviderName, ...] = OPEN_PROVIDERS
    licences: tuple[Licence, ...] = DEFAULT_LICENCES
    links: tuple[str, ...] = ()
    """Addresses of pictures."""
    video: Path | None = None
    """A video on this machine whose frames are sampled."""
    like: tuple[Path, ...] = ()
    """Pictures on this machine that show the person."""
    person_seen: int | None = Field(None, ge=1)
    """Which of the persons seen is the right one, where that was found out already; nothing is fetched then."""
    smallest_face_px: int = Field(USUAL_FACE_PX, ge=16, le=1000)
    openverse_url: str = OPENVERSE_URL
    commons_url: str = COMMONS_URL
    contact: str = Field("", max_length=200)
    """A mail or web address for the servers' owners, as Wikimedia asks for; sent only where it was given."""

    @property
    def named_servers(self) -> tuple[str, ...]:
        """Collections that the user named in place of the usual ones."""
        return tuple({self.openverse_url, self.commons_url} - {OPENVERSE_URL, COMMONS_URL})


class GatherProgress(_Frozen):
    """How far it is."""

    event: Literal["gathering"] = "gathering"
    kept: int
    """Pictures of the person who was seen most, or who was confirmed."""
    wanted: int
    looked_at: int
    """Pictures fetched or refused, over all runs."""
    refused: dict[Refusal, int] = {}
    rate: float = 0.0
    """Pictures kept a second."""
    eta_seconds: float | None = None
    message: str = ""


class PersonFound(_Frozen):
    """Somebody in the pictures."""

    number: int
    """1 for the one in most pictures."""
    pictures: int
    thumbnail: Path
    is_kept: bool


class GatherReport(_Frozen):
    """What came of it: the last line."""

    event: Literal["gathered"] = "gathered"
    outcome: Outcome
    folder: Path
    """Where the pictures are."""
    kept: int
    wanted: int
    looked_at: int
    refused: dict[Refusal, int]
    persons: tuple[PersonFound, ...]
    is_confirmed: bool
    """The person was chosen or shown; otherwise the one seen most was taken."""
    origins: tuple[Origin, ...] = ()
    """Where the pictures that were kept came from."""
    remarks: tuple[str, ...] = ()
    """What a person should know, in sentences."""


GatherEvent = Annotated[GatherProgress | GatherReport, Field(discriminator="event")]

_ADAPTER: TypeAdapter[GatherEvent] = TypeAdapter(GatherEvent)


def parse_gathered(line: str | bytes) -> GatherEvent | None:
    """Return what a line of a gathering says, or None where it says something else."""
    try:
        return _ADAPTER.validate_json(line)
    except ValidationError:
        return None


def read_links(path: Path) -> tuple[str, ...]:
    """Return the addresses in a text file, one a line; lines that begin with `#` are remarks.

    Raises:
        MediaError: The file is not there, is no text, or a line is no address of the web.
    """
    try:
        with path.open("rb") as file:
            text = file.read(_LONGEST_BYTES).decode()
    except (OSError, UnicodeDecodeError) as error:
        hint = "It takes a text file with one address a line."
        raise MediaError(f"{path.name} cannot be read as a list of links.", hint) from error
    lines = [line.strip() for line in text.lstrip("\N{BYTE ORDER MARK}").splitlines()]
    links = [line for line in lines if line and not line.startswith("#")]
    for link in links:
        if not is_link(link):
            raise MediaError(
                f"{path.name} has a line that is no address: {link[:80]}.", "Each begins with http:// or https://."
            )
    if not links:
        raise MediaError(f"There is no link in {path.name}.", "It takes one address a line.")
    return tuple(links[:_MOST_LINKS])


def is_link(text: str) -> bool:
    """Return whether a text is an address of the web."""
    return text.lower().startswith(("http://", "https://")) and not any(letter.isspace() for letter in text)
