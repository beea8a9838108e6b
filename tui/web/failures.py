"""What went wrong, said to whoever asked: to a person as a page, to a script of the page as a sentence."""

from __future__ import annotations

from aiohttp import web
from aiohttp.typedefs import Handler

from engine.errors import ProjectError, UnderstudioError
from engine.files.refusal import refusal_of
from tui.web.templating import page

_GONE, _REFUSED = 404, 422


class NotListed(ProjectError):
    """What was asked for is not, or no more, among what the page lists."""


@web.middleware
async def say_failures(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer failures that a person can act on in words; others are the server's to log."""
    try:
        return await handler(request)
    except UnderstudioError as error:
        return _answer(request, error)
    except OSError as error:
        if (refusal := refusal_of(error)) is None:
            raise
        return _answer(request, refusal)


def _answer(request: web.Request, error: UnderstudioError) -> web.Response:
    status = _GONE if isinstance(error, NotListed) else _REFUSED
    if "application/json" in request.headers.get("Accept", ""):
        return web.json_response({"title": error.title, "hint": error.hint}, status=status)
    return web.Response(text=page("failure.html", error=error), content_type="text/html", status=status)
