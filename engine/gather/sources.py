"""Which providers a gathering asks, in which order, and the remarks on those that do not answer."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence

from engine.gather.commons import Commons
from engine.gather.http import HttpClient, Refused
from engine.gather.links import Links
from engine.gather.openverse import Openverse
from engine.gather.providers import Candidate, Provider
from engine.gather.rate_limit import HostBusy
from engine.gather.websearch import WebSearch
from engine.records.gather_request import OPEN_PROVIDERS, GatherRequest, ProviderName, is_link
from engine.records.gather_text import LINK_RIGHTS, RIGHTS, waiting_words


def providers_for(request: GatherRequest, client: HttpClient) -> list[Provider]:
    """Return the providers to ask.

    Raises:
        SourceUnavailable: A general search engine was asked for, and cannot be asked from here.
    """
    links = (*request.links, request.topic) if is_link(request.topic) else request.links
    found: list[Provider] = [Links(links)] if links else []
    if not request.topic or is_link(request.topic):
        return found
    for name in dict.fromkeys(request.providers):
        match name:
            case ProviderName.OPENVERSE:
                found.append(Openverse(client, request.openverse_url))
            case ProviderName.COMMONS:
                found.append(Commons(client, request.commons_url))
            case ProviderName.DUCKDUCKGO | ProviderName.BING | ProviderName.GOOGLE:
                found.append(WebSearch(name))
    return found


def rights_remarks(request: GatherRequest) -> list[str]:
    """Return the remarks on the rights to what is found."""
    general = [name for name in request.providers if name not in OPEN_PROVIDERS]
    remarks = [RIGHTS] if general and request.topic and not is_link(request.topic) else []
    return [*remarks, LINK_RIGHTS] if request.links or is_link(request.topic) else remarks


async def candidates(
    providers: Sequence[Provider], request: GatherRequest, remark: Callable[[str], None]
) -> AsyncIterator[Candidate]:
    """Yield what the providers offer, one page of each in turn.

    Args:
        providers: The providers to ask.
        request: What is wanted.
        remark: Called with a sentence on each provider that does not answer.
    """
    pages = [(provider, provider.search(request.topic, request.licences)) for provider in providers]
    while pages:
        for provider, search in list(pages):
            try:
                for candidate in await anext(search):
                    yield candidate
            except StopAsyncIteration:
                pages.remove((provider, search))
            except Refused:
                pages.remove((provider, search))
                remark(f"{_title(provider)} did not answer as it should.")
            except HostBusy as error:
                pages.remove((provider, search))
                remark(waiting_words(_title(provider), error.seconds))


def _title(provider: Provider) -> str:
    return ProviderName(provider.name).label if provider.name in list(ProviderName) else provider.name
