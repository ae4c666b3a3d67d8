"""The client that aiohttp has for tests, with the types that its fixtures give it."""

from __future__ import annotations

from typing import TypeAlias

from aiohttp import web
from aiohttp.test_utils import TestClient

ApiClient: TypeAlias = TestClient[web.Request, web.Application]
