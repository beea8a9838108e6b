"""Who may ask the page for anything, and what a browser may do with the answer.

A token in the address opens everything, then a cookie takes its place. What changes something, and what opens the
terminal, must come from our own pages besides: a cookie goes along with requests of every page on the same machine,
whatever its port.
"""

from __future__ import annotations

import hmac
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

_READING = ("GET", "HEAD")

_PAGES_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "media-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
TERMINAL_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        # The terminal writes its colours into style elements of its own.
        "style-src 'self' 'unsafe-inline'",
        "font-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
"""What the page of the terminal may do: as the other pages, but for its styles."""
REPORT_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'"
"""What the page of a report may do: show itself. It lies in a project folder, which a stranger may have made."""

_HEADERS = {
    "Content-Security-Policy": _PAGES_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    # Without any referrer, browsers would not say of a form either where it comes from.
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def guard(token: str) -> Middleware:
    """Return what lets requests pass that carry the token: in the address at first, in a cookie from then on."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        given = request.query.get("token") or request.cookies.get(_cookie_name(request), "")
        if not hmac.compare_digest(given.encode(errors="replace"), token.encode()):
            raise web.HTTPForbidden(text="Open the address with its token, as `understudio web` printed it.")
        if not _is_harmless(request) and not _comes_from_here(request):
            raise web.HTTPForbidden(text="Another page asked for this. Nothing was changed.")
        if "token" in request.query:
            # The token leaves the address bar, so that it is not copied along by accident. "Strict" keeps other sites
            # from using it.
            response = web.Response(status=302, headers={"Location": request.path})
            response.set_cookie(_cookie_name(request), token, httponly=True, samesite="Strict")
            return response
        return await handler(request)

    return middleware


async def add_headers(_request: web.Request, response: web.StreamResponse) -> None:
    """Tell the browser how little an answer may do, where the answer does not say it itself."""
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)


def _cookie_name(request: web.Request) -> str:
    # Cookies are told apart by the host alone: with one name, a second server on another port would shut out the first.
    return f"understudio-{request.url.port}"


def _is_harmless(request: web.Request) -> bool:
    return request.method in _READING and "Upgrade" not in request.headers


def _comes_from_here(request: web.Request) -> bool:
    return urlsplit(request.headers.get("Origin", "")).netloc == request.host
