"""What every route needs: the service behind it, and records as JSON."""

from __future__ import annotations

from collections.abc import Iterable

from aiohttp import web

from rig.client.results import to_json
from rig.daemon.service import RigService
from rig.errors import ConfigError
from rig.jsontypes import Json

SERVICE: web.AppKey[RigService] = web.AppKey("service", RigService)


def answer(data: dict[str, Json], status: int = 200) -> web.Response:
    """JSON values."""
    return web.json_response(data, status=status)


def one(record: object, status: int = 200) -> web.Response:
    """One record."""
    return answer(to_json(record), status)


def many(key: str, records: Iterable[object]) -> web.Response:
    """Records as a list called `key`."""
    return answer({key: [to_json(record) for record in records]})


def number(request: web.Request, name: str, default: int) -> int:
    """A number of the query.

    Raises:
        ConfigError: it is none.
    """
    text = request.query.get(name, str(default))
    if not text.isdecimal():
        raise ConfigError(f"{name}={text}: not a number")
    return int(text)
