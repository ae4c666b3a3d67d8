"""HTTP/JSON interface of a mock, on loopback or on a Unix socket: routes, token, errors, events.

What can be done is the table of operations; this module knows only HTTP. Errors are problem
documents (RFC 9457): what went wrong, where, what now.
"""

from __future__ import annotations

import asyncio
import hmac
import inspect
import ipaddress
import json
import os
import secrets
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from aiohttp import web

from firmware_mocks.charging_station.journal import Journal
from firmware_mocks.charging_station.waiting import NotSeen
from firmware_mocks.openapi import BASE, description
from firmware_mocks.operations import BadArguments, NoSuch, NotNow, Operation
from firmware_mocks.process import Busy

KEEP_ALIVE_S = 5.0
"""Real seconds without an event until the stream sends a comment."""
MAX_BODY_BYTES = 1024 * 1024
LEAST_TOKEN = 16

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Place:
    """Where the interface listens: host and port, or the path of a Unix socket."""

    host: str = ""
    port: int = 0
    path: Path | None = None

    @property
    def is_local(self) -> bool:
        """Whether only this computer can reach it."""
        if self.path is not None or self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


def read_place(text: str) -> Place:
    """The meaning of PORT, HOST:PORT or unix:PATH.

    Raises:
        ValueError: it is none of them.
    """
    if text.startswith("unix:"):
        if not text[5:]:
            raise ValueError("--api unix: has no path; want unix:/path/of/the/socket")
        return Place(path=Path(text[5:]))
    host, _, port = text.rpartition(":")
    if not port.isdecimal() or int(port) > 65535:
        raise ValueError(f"--api {text}: want PORT, HOST:PORT or unix:PATH")
    return Place(host.strip("[]") or "127.0.0.1", int(port))


class HttpApi:
    """Serves operations and events.

    Args:
        operations: with a route each.
        journal: of what happens.
        place: where to listen.
        token: that every request has to bring; one is made up for TCP if it is missing.

    Attributes:
        ready: part of the ready line: where it is, and a token that was made up.

    Raises:
        ValueError: other computers could reach it, and no token was given.
    """

    def __init__(
        self, operations: Sequence[Operation], journal: Journal, place: Place, token: str | None
    ) -> None:
        if token is None and not place.is_local:
            raise ValueError(
                f"--api {place.host}:{place.port}: other computers could reach it; give a token "
                "(RIG_STATION_TOKEN or --api-token-file), or listen on 127.0.0.1"
            )
        if token is not None and len(token) < LEAST_TOKEN:
            raise ValueError(f"the token is shorter than {LEAST_TOKEN} characters")
        self._made_up = token is None and place.path is None
        self._token = secrets.token_urlsafe(24) if self._made_up else token
        self._place = place
        self._journal = journal
        self._operations = {operation.name: operation for operation in operations}
        self._closing = asyncio.Event()
        app = web.Application(middlewares=[self._guard], client_max_size=MAX_BODY_BYTES)
        app.router.add_get("/openapi.json", self._describe)
        app.router.add_get(f"{BASE}/events", self._events)
        app.router.add_post(f"{BASE}/do/{{operation}}", self._do)
        for operation in operations:
            app.router.add_route(operation.method, BASE + operation.path, self._serve(operation))
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        self.ready: dict[str, object] = {}

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        try:
            await self._listen()
        except BaseException:
            await self._runner.cleanup()
            raise
        return self

    async def __aexit__(self, *exc: object) -> None:
        self._closing.set()
        await self._runner.cleanup()
        if self._place.path is not None:
            self._place.path.unlink(missing_ok=True)

    async def _listen(self) -> None:
        place = self._place
        if place.path is not None:
            await self._listen_unix(place.path)
            return
        try:
            await web.TCPSite(self._runner, place.host, place.port).start()
        except OSError as error:
            raise Busy(
                f"--api {place.host}:{place.port}: {error.strerror or error}; "
                "choose another port, or 0 for a free one"
            ) from None
        host, port = self._runner.addresses[0][:2]
        shown = f"[{host}]" if ":" in host else host
        self.ready = {"url": f"http://{shown}:{port}", "host": host, "port": port}
        if self._made_up:
            self.ready["token"] = self._token

    async def _listen_unix(self, path: Path) -> None:
        _clear(path)
        before = os.umask(0o177)  # for its owner only
        try:
            await web.UnixSite(self._runner, str(path)).start()
        except OSError as error:
            raise Busy(f"--api unix:{path}: {error.strerror or error}") from None
        finally:
            os.umask(before)
        self.ready = {"path": str(path)}

    # --- requests -----------------------------------------------------------------------------

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            if not self._may_enter(request):
                text = "the token is missing or wrong; send the header Authorization: Bearer TOKEN"
                response = problem(request, 401, "unauthorised", text)
                response.headers["WWW-Authenticate"] = "Bearer"
                return response
            return await handler(request)
        except BadArguments as bad:
            return problem(request, 400, "bad-argument", str(bad), bad.problems)
        except NoSuch as missing:
            return problem(request, 404, "no-such-thing", str(missing))
        except NotNow as refused:
            return problem(request, 409, "not-now", str(refused))
        except NotSeen as late:
            return problem(request, 408, "not-seen", str(late))
        except web.HTTPNotFound as missing:
            return problem(request, 404, "no-such-thing", _route_help(missing))
        except web.HTTPException as refused:
            return problem(request, refused.status, "http", _route_help(refused))
        except (ValueError, OSError, LookupError) as error:
            return problem(request, 400, "bad-argument", str(error) or type(error).__name__)
        except Exception as error:
            return problem(request, 500, "internal", f"internal error: {error!r}")

    def _may_enter(self, request: web.Request) -> bool:
        if self._token is None:
            return True
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        right = hmac.compare_digest(given.strip().encode(), self._token.encode())
        return right and scheme.casefold() == "bearer"

    def _serve(self, operation: Operation) -> Handler:
        async def serve(request: web.Request) -> web.StreamResponse:
            arguments = await _body(request)
            for name, text in [*request.query.items(), *request.match_info.items()]:
                arguments[name] = _typed(operation, name, text)
            return await _result(operation, arguments)

        return serve

    async def _do(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["operation"]
        if name not in self._operations:
            known = ", ".join(self._operations)
            raise NoSuch(f"no operation {name!r}; there are {known}")
        return await _result(self._operations[name], await _body(request))

    async def _describe(self, _: web.Request) -> web.StreamResponse:
        return web.json_response(description(self._operations.values()))

    async def _events(self, request: web.Request) -> web.StreamResponse:
        last = request.headers.get("Last-Event-ID", request.query.get("after", ""))
        if last and not last.isdecimal():
            raise BadArguments("events", (f"Last-Event-ID {last!r} is not a number",))
        after = int(last) if last else self._journal.last
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
        )
        await response.prepare(request)
        sending = asyncio.ensure_future(self._send_events(response, after))
        closing = asyncio.ensure_future(self._closing.wait())
        try:
            await asyncio.wait({sending, closing}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (sending, closing):
                task.cancel()
            await asyncio.gather(sending, closing, return_exceptions=True)
        return response

    async def _send_events(self, response: web.StreamResponse, after: int) -> None:
        await response.write(b": open\n\n")
        async for item in self._journal.follow(after, KEEP_ALIVE_S):
            if item is None:
                await response.write(b": keep-alive\n\n")
            elif isinstance(item, int):
                await response.write(f'event: gap\ndata: {{"missed": {item}}}\n\n'.encode())
            else:
                data = json.dumps(item, separators=(",", ":"))
                head = f"id: {item['id']}\nevent: {item['event']}\n"
                await response.write(f"{head}data: {data}\n\n".encode())


def _clear(path: Path) -> None:
    """Remove a socket that a process has left behind, not one that somebody serves.

    Raises:
        Busy: somebody does; the server would silently take its name away.
    """
    if not path.is_socket():
        return
    with socket.socket(socket.AF_UNIX) as trial:
        try:
            trial.connect(str(path))
        except OSError:
            path.unlink()
            return
    raise Busy(f"--api unix:{path}: it is in use by another process; choose another path")


async def _body(request: web.Request) -> dict[str, object]:
    text = await request.text()
    if not text.strip():
        return {}
    try:
        body = json.loads(text)
    except ValueError as error:
        raise BadArguments(request.path, (f"the body is no JSON: {error}",)) from None
    if not isinstance(body, dict):
        raise BadArguments(request.path, ("the body is no JSON object",))
    return body


def _typed(operation: Operation, name: str, text: str) -> object:
    """A parameter from path or query: JSON where its type is not text."""
    kinds = operation.parameters.get(name, {}).get("type", "string")
    if "string" in (kinds if isinstance(kinds, list) else [kinds]):
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text


async def _result(operation: Operation, arguments: dict[str, object]) -> web.Response:
    result = operation(**arguments)
    if inspect.isawaitable(result):
        result = await result
    return web.json_response({"result": result})


def problem(
    request: web.Request, status: int, kind: str, detail: str, problems: Sequence[str] = ()
) -> web.Response:
    """A problem document."""
    body = {
        "type": f"urn:evse-rig:{kind}",
        "status": status,
        "title": kind.replace("-", " "),
        "detail": detail,
        "instance": f"{request.method} {request.path}",
        "problems": list(problems),
    }
    return web.json_response(body, status=status, content_type="application/problem+json")


def _route_help(refused: web.HTTPException) -> str:
    if isinstance(refused, web.HTTPMethodNotAllowed):
        return f"this path takes {', '.join(sorted(refused.allowed_methods))}; see /openapi.json"
    return f"{refused.reason}; what there is: /openapi.json"
