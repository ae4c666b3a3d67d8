"""Who may use the web view: requests of our own page only, and with the token where one is set.

A page from elsewhere that is open in the same browser could open a WebSocket to this machine, or
have its name point here: so Host and Origin count even where there is no token.
"""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Middleware

from rig.client.access import is_same

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
COOKIE = "rig_seat"
MOST_SEATS = 50
"""Browsers that are remembered; then the first has to show the token again."""
LOGIN = (Path(__file__).parent / "templates" / "login.html").read_text()
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


class Gate:
    """Middleware in front of the web view.

    Args:
        token: that a browser must show once; "" for none.
        hosts: names by which a request may call us; None for any (a token is asked for then).
        secure: the cookie is for TLS only.
    """

    def __init__(self, token: str, hosts: frozenset[str] | None, *, secure: bool) -> None:
        if hosts is None and not token:
            raise ValueError("without a token only known hosts may come")
        self._token = token
        self._hosts = hosts
        self._secure = secure
        self._seats: deque[str] = deque(maxlen=MOST_SEATS)

    @property
    def middleware(self) -> Middleware:
        """For an aiohttp application."""

        @web.middleware
        async def gate(request: web.Request, handler: Handler) -> web.StreamResponse:
            return await self._pass(request, handler)

        return gate

    async def _pass(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            host = urlsplit(f"//{request.host}").hostname or ""
            origin = request.headers.get("Origin")
            is_ours = origin is None or urlsplit(origin).netloc == request.host
        except ValueError:
            return _refused(400, "no host name")
        if self._hosts is not None and host not in self._hosts:
            return _refused(403, "unknown host name")
        if not is_ours:
            return _refused(403, "a page from elsewhere may not use this one")
        if self._token and not self._has_seat(request):
            return await self._login(request)
        if request.method == "GET" and "token" in request.query:
            return _away_from_the_token()
        response = await handler(request)
        if not response.prepared:
            response.headers.update(HEADERS)
        return response

    def _has_seat(self, request: web.Request) -> bool:
        shown = request.cookies.get(COOKIE, "")
        return any(is_same(shown, seat) for seat in self._seats)

    async def _login(self, request: web.Request) -> web.StreamResponse:
        """The token, from a form or from the address; then a cookie stands for it."""
        if request.path != "/" or request.method not in ("GET", "POST"):
            return _refused(401, "show the token at / first")
        form = await request.post() if request.method == "POST" else {}
        shown = str(form.get("token", request.query.get("token", "")))
        if not is_same(shown, self._token):
            page = LOGIN.replace("{{ wrong }}", "That is not the token." if shown else "")
            return web.Response(text=page, content_type="text/html", status=401, headers=HEADERS)
        seat = secrets.token_urlsafe(32)
        self._seats.append(seat)
        response = _away_from_the_token()
        response.set_cookie(
            COOKIE, seat, httponly=True, samesite="Strict", secure=self._secure, path="/"
        )
        return response


def _away_from_the_token() -> web.Response:
    """The page without the token in its address, so that it stays in no history."""
    return web.Response(status=303, headers={**HEADERS, "Location": "/"})


def _refused(status: int, why: str) -> web.Response:
    return web.Response(text=why + "\n", status=status, headers=HEADERS)
