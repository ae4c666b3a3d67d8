"""Whose request is being served: set for each request, asked where a lease is demanded."""

from __future__ import annotations

from contextvars import ContextVar

HEADER = "X-Rig-Owner"
OWNER: ContextVar[str] = ContextVar("owner", default="somebody")
