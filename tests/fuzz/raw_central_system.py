"""A Central System made of a WebSocket server and JSON only: it judges nothing and answers all."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Self

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

LEGAL_CODES = frozenset(
    {
        "NotImplemented",
        "NotSupported",
        "InternalError",
        "ProtocolError",
        "SecurityError",
        "FormationViolation",
        "PropertyConstraintViolation",
        "OccurenceConstraintViolation",
        "TypeConstraintViolation",
        "GenericError",
    }
)
PATIENCE_S = 120.0


@dataclass(frozen=True, slots=True)
class Said:
    """One CALL of the station, or the marker of a new connection (action "")."""

    seq: int
    action: str
    payload: dict[str, Any]
    at: float = 0.0


@dataclass
class RawCentralSystem:
    """Answers by rote.

    Attributes:
        now: text of the present time.
        registration: status of the next answers to BootNotification.
        good: idTags that are Accepted.
        said: what the station has said.
        problems: frames that OCPP-J does not know, and answers that nobody has waited for.
        transactions: number by what its StartTransaction said.
        info: goes with every idTagInfo that is Accepted.
        mute: actions that get no answer.
        refuse: actions that get a CALLERROR.
        interval: of BootNotification.conf.
        headers: of the last upgrade.
    """

    now: Callable[[], str]
    registration: str = "Accepted"
    good: frozenset[str] = frozenset()
    said: list[Said] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    transactions: dict[str, int] = field(default_factory=dict)
    info: dict[str, Any] = field(default_factory=dict)
    mute: set[str] = field(default_factory=set)
    refuse: set[str] = field(default_factory=set)
    interval: int = 300
    headers: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._server: Server | None = None
        self._ws: ServerConnection | None = None
        self._ids = itertools.count(1)
        self._open: dict[str, asyncio.Future[list[Any] | None]] = {}
        self.connected = asyncio.Event()
        self.served = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._server = await serve(
            self._serve,
            "127.0.0.1",
            0,
            subprotocols=[Subprotocol("ocpp1.6")],
            ping_interval=None,
            close_timeout=1,
            compression=None,
        )
        return self

    async def __aexit__(self, *_exc: object) -> None:
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    @property
    def url(self) -> str:
        assert self._server is not None
        return f"ws://127.0.0.1:{next(iter(self._server.sockets)).getsockname()[1]}/ocpp"

    async def _serve(self, ws: ServerConnection) -> None:
        self._ws = ws
        self.headers = {} if ws.request is None else dict(ws.request.headers.raw_items())
        self._note("", {})
        self.connected.set()
        try:
            async for raw in ws:
                await self._take(ws, raw)
        except ConnectionClosed:
            pass
        finally:
            if self._ws is ws:
                self._ws = None
                self.connected.clear()
                self.served.clear()
            for future in self._open.values():
                if not future.done():
                    future.set_result(None)

    def _note(self, action: str, payload: dict[str, Any]) -> None:
        now = asyncio.get_running_loop().time()
        self.said.append(Said(len(self.said), action, payload, now))

    async def _take(self, ws: ServerConnection, raw: str | bytes) -> None:
        frame = json.loads(raw)
        match frame:
            case [2, str(id_), str(action), dict(payload)]:
                self._note(action, payload)
                if action in self.mute:
                    return
                if action in self.refuse:
                    await ws.send(json.dumps([4, id_, "InternalError", "", {}]))
                    return
                await ws.send(json.dumps([3, id_, self._answer(action, payload)]))
                if action != "BootNotification" or self.registration == "Accepted":
                    self.served.set()
            case [3, str(id_), dict()] | [4, str(id_), str(), str(), dict()]:
                future = self._open.get(id_)
                if future is not None and not future.done():
                    future.set_result(frame)
                elif not id_.startswith("m") and set(id_) != {"i"} and id_ != "nobody":
                    self.problems.append(f"answer that nobody waits for: {raw!r}")
            case _:
                self.problems.append(f"no frame of OCPP-J: {raw!r}")

    def _answer(self, action: str, payload: dict[str, Any]) -> dict[str, Any]:
        match action:
            case "BootNotification":
                return {
                    "status": self.registration,
                    "currentTime": self.now(),
                    "interval": self.interval,
                }
            case "Heartbeat":
                return {"currentTime": self.now()}
            case "Authorize":
                return {"idTagInfo": self._info(payload)}
            case "StartTransaction":
                return {
                    "idTagInfo": self._info(payload),
                    "transactionId": self._transaction(payload),
                }
            case "DataTransfer" | "SignCertificate":
                return {"status": "Accepted"}
            case _:
                return {}

    def _info(self, payload: dict[str, Any]) -> dict[str, Any]:
        good = payload["idTag"].casefold() in {tag.casefold() for tag in self.good}
        if not good:
            return {"status": "Invalid"}
        return {"status": "Accepted", "parentIdTag": "FAMILY", **self.info}

    def _transaction(self, payload: dict[str, Any]) -> int:
        """The same number for the same message: it was repeated because the answer was lost."""
        key = json.dumps([payload[n] for n in ("connectorId", "idTag", "meterStart", "timestamp")])
        return self.transactions.setdefault(key, len(self.transactions) + 1)

    async def call(self, action: str, payload: Any) -> list[Any] | None:
        """The answer to a CALL; None when the connection ended before.

        Raises:
            TimeoutError: it stayed open, and there was none.
        """
        ws = self._ws
        if ws is None:
            return None
        id_ = f"call-{next(self._ids)}"
        future = asyncio.get_running_loop().create_future()
        self._open[id_] = future
        try:
            await ws.send(json.dumps([2, id_, action, payload]))
            async with asyncio.timeout(PATIENCE_S):
                answer: list[Any] | None = await future
                return answer
        except ConnectionClosed:
            return None
        finally:
            del self._open[id_]

    async def send_raw(self, raw: str | bytes) -> None:
        """Put anything on the wire."""
        if self._ws is not None:
            with suppress(ConnectionClosed):
                await self._ws.send(raw)
