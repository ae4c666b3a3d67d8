"""A Central System that accepts every station, knows a few cards, and does as it is told."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeAlias

from firmware_mocks.central_system.defects import DEFECTS
from firmware_mocks.clock import MockClock, stamp
from firmware_mocks.control import Control
from rig.ocppj.endpoint import CallReceived, Error, Result
from rig.ocppj.frames import ErrorCode, Payload
from rig.ocppj.handshake import SUBPROTOCOL, Accept, Handshake, Refuse
from rig.ocppj.link import Link
from rig.ocppj.server import Server

INTERVAL_S = 30
CARDS = {
    "04A1B2C3D4E5F6": "Accepted",
    "04BADBADBADBAD": "Invalid",
    "04B10C0ED00001": "Blocked",
    "04E0F19ED00001": "Expired",
}
State: TypeAlias = dict[str, object]


@dataclass(slots=True)
class Station:
    """A station that is or was connected."""

    link: Link | None = None
    boot: Payload = field(default_factory=dict)
    statuses: dict[int, str] = field(default_factory=dict)
    transactions: dict[int, Payload] = field(default_factory=dict)


class CentralSystemMock:
    """Serves stations; `command` is what its operator would click.

    Args:
        bind: host and port.
        clock: lab time.
        defects: what it does wrong.
    """

    def __init__(self, bind: tuple[str, int], clock: MockClock, defects: list[str]) -> None:
        self.stations: dict[str, Station] = {}
        self.cards = {k.casefold(): v for k, v in CARDS.items()}
        self.defects: set[str] = set()
        self._clock = clock
        self._ids = itertools.count(1)
        self.server = Server(
            *bind, "/ocpp", self._accept, self._serve, now=clock.now, real=clock.real
        )
        for name in defects:
            self.defect(name)

    def register(self, control: Control) -> None:
        """Offer the commands of the control channel."""
        for name in ("state", "command", "card", "defect"):
            control.register(name, getattr(self, name))
        control.register("defects", lambda: DEFECTS)

    def state(self) -> State:
        """Every station."""
        return {
            "stations": {
                identity: {
                    "connected": s.link is not None,
                    "boot": s.boot,
                    "statuses": s.statuses,
                    "transactions": sorted(s.transactions),
                }
                for identity, s in self.stations.items()
            }
        }

    def card(self, id_tag: str, status: str) -> None:
        """Set the status of a card."""
        self.cards[id_tag.casefold()] = status

    def defect(self, name: str, on: bool = True) -> None:
        """Switch a defect."""
        if name.partition(":")[0] not in DEFECTS:
            raise ValueError(f"no defect {name!r}; there are {', '.join(DEFECTS)}")
        (self.defects.add if on else self.defects.discard)(name)
        self.server.subprotocol = None if self._wrong("no-subprotocol") else SUBPROTOCOL

    async def command(self, identity: str, action: str, payload: Payload) -> State:
        """Send a CALL to a station, as an operator at the screen would."""
        station = self.stations.get(identity)
        if station is None or station.link is None:
            raise ValueError(f"station {identity!r} is not connected")
        if self._wrong("ignores-operator"):
            return {"result": {}}
        payload = dict(payload)
        if action == "RemoteStartTransaction":
            if self._wrong("wrong-remote-start-tag"):
                payload["idTag"] = "SOMEBODY-ELSE"
            if self._wrong("wrong-remote-start-connector"):
                payload["connectorId"] = 0
        if action == "RemoteStopTransaction" and self._wrong("wrong-remote-stop-id"):
            payload["transactionId"] = 424242
        outcome = await station.link.call(action, payload, 30)
        if isinstance(outcome, Result):
            return {"result": outcome.payload}
        if isinstance(outcome, Error):
            return {"error": {"code": outcome.code, "description": outcome.description}}
        return {"timeout": True}

    def _wrong(self, name: str) -> bool:
        return name in self.defects

    def _accept(self, handshake: Handshake) -> Accept | Refuse:
        return Accept() if handshake.identity else Refuse(404, "no identity in the path")

    async def _serve(self, link: Link, _: Handshake) -> None:
        station = self.stations.setdefault(link.identity, Station())
        station.link = link
        try:
            async for call in link.calls():
                await self._answer(station, link, call)
        finally:
            if station.link is link:
                station.link = None

    async def _answer(self, station: Station, link: Link, call: CallReceived) -> None:
        if self._wrong(f"no-answer:{call.action}"):
            link.ignore(call.id)
            return
        if self._wrong(f"callerror:{call.action}"):
            await link.reply_error(call.id, ErrorCode.INTERNAL_ERROR, "on purpose")
            return
        conf = self._conf(station, call)
        if self._wrong(f"schema-violation:{call.action}"):
            conf["rigDefect"] = True
        await link.reply(call.id, conf, validate=False)

    def _conf(self, station: Station, call: CallReceived) -> Payload:
        req = call.payload
        match call.action:
            case "BootNotification":
                station.boot = req
                return self._boot()
            case "Heartbeat":
                return {"currentTime": self._now()}
            case "Authorize":
                return {"idTagInfo": {"status": self._status(req["idTag"])}}
            case "StatusNotification":
                number = req["connectorId"]
                if isinstance(number, int):
                    station.statuses[number] = str(req["status"])
                return {}
            case "StartTransaction":
                number = 1 if self._wrong("repeated-transaction-id") else next(self._ids)
                station.transactions[number] = req
                status = self._status(req["idTag"])
                if self._wrong("start-refused"):
                    status = "Blocked"
                return {"transactionId": number, "idTagInfo": {"status": status}}
            case "StopTransaction":
                number = req["transactionId"]
                if isinstance(number, int):
                    station.transactions.pop(number, None)
                return {"idTagInfo": {"status": "Accepted"}} if "idTag" in req else {}
            case "DataTransfer":
                return {"status": "UnknownVendorId"}
            case "SignCertificate":
                return {"status": "Rejected"}
            case _:
                return {}

    def _boot(self) -> Payload:
        status = "Rejected" if self._wrong("boot-rejected") else "Accepted"
        conf: Payload = {"status": status, "currentTime": self._now(), "interval": INTERVAL_S}
        if self._wrong("missing-interval"):
            del conf["interval"]
        if self._wrong("negative-interval"):
            conf["interval"] = -1
        return conf

    def _status(self, id_tag: object) -> str:
        if self._wrong("accepts-every-card"):
            return "Accepted"
        if self._wrong("refuses-every-card"):
            return "Invalid"
        return self.cards.get(str(id_tag).casefold(), "Invalid")

    def _now(self) -> str:
        off = timedelta(hours=1 if self._wrong("wrong-clock") else 0)
        return stamp(self._clock.utc() + off)
