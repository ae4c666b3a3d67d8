"""Central Systems that we did not write, worked from a test, and what each has understood.

Every one tells the same facts, in its own library's reading of the messages: what it does not
accept as valid does not become a fact, but a complaint.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import os
import shutil
import subprocess
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine
from dataclasses import asdict, is_dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self, TypeVar

import pytest
from ocpp.charge_point import camel_to_snake_case, remove_nones, snake_to_camel_case
from ocpp.routing import on
from ocpp.v16 import ChargePoint, call, call_result
from ocpp_csms import (
    AuthorizationStatus,
    BootEvent,
    CentralSystem,
    ConnectedEvent,
    DataTransferStatus,
    DiagnosticsStatusEvent,
    DisconnectedEvent,
    FirmwareStatusEvent,
    MeterValuesEvent,
    StatusEvent,
    TransactionStartedEvent,
    TransactionStoppedEvent,
)
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

T = TypeVar("T")
GOOD, FRIEND, BAD = "04A1B2C3D4E5F6", "04F12E4D000001", "04BADBADBADBAD"
PATIENCE_S = 25.0
REGISTER = "Energy.Active.Import.Register"
Fact = dict[str, Any]


class Peer(ABC):
    """A Central System for one station.

    Attributes:
        facts: what it has understood, in order.
        complaints: what it found wrong.
        url: where the station connects.
    """

    name = ""

    def __init__(self) -> None:
        self.facts: list[Fact] = []
        self.complaints: list[str] = []
        self.url = ""
        self._changed = threading.Condition()

    @abstractmethod
    def __enter__(self) -> Self: ...

    @abstractmethod
    def __exit__(self, *_exc: object) -> None: ...

    @abstractmethod
    def call(self, action: str, **payload: Any) -> dict[str, Any]:
        """Send a CALL; its answer. A CALLERROR or an answer against the schema is an error."""

    def tell(self, fact: str, **fields: Any) -> None:
        with self._changed:
            self.facts.append({"fact": fact, **fields})
            self._changed.notify_all()

    def complain(self, text: str) -> None:
        with self._changed:
            self.complaints.append(text)
            self._changed.notify_all()

    def wait(self, fact: str, since: int = 0, **fields: Any) -> Fact:
        """The first fact like that after `since`."""

        def found() -> Fact | None:
            wanted = {"fact": fact, **fields}
            return next((f for f in self.facts[since:] if wanted.items() <= f.items()), None)

        with self._changed:
            if self._changed.wait_for(lambda: found() is not None, PATIENCE_S):
                return found() or {}
        raise AssertionError(f"{self.name}: no {fact} {fields}; heard {self.facts[since:]}")

    def all(self, fact: str, **fields: Any) -> list[Fact]:
        """Every fact like that so far."""
        wanted = {"fact": fact, **fields}
        return [f for f in self.facts if wanted.items() <= f.items()]


class _InThread(Peer):
    """A Central System on asyncio, in a loop and thread of its own."""

    def __enter__(self) -> Self:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name=self.name)
        self._thread.start()
        self._run(self._start())
        return self

    def __exit__(self, *_exc: object) -> None:
        try:
            self._run(self._stop())
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE_S)

    def call(self, action: str, **payload: Any) -> dict[str, Any]:
        request = getattr(call, action)(**camel_to_snake_case(payload))
        answer = self._run(self._ask(request))
        fields = asdict(answer) if is_dataclass(answer) and not isinstance(answer, type) else answer
        return dict(snake_to_camel_case(remove_nones(fields)))

    async def _start(self) -> None:
        raise NotImplementedError

    async def _stop(self) -> None:
        raise NotImplementedError

    async def _ask(self, request: Any) -> Any:
        raise NotImplementedError


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _info(id_tag: str) -> dict[str, str]:
    good = id_tag.upper() in (GOOD, FRIEND)
    return {"status": "Accepted", "parent_id_tag": "FAMILY"} if good else {"status": "Invalid"}


class _Complaints(logging.Handler):
    """The packages tell an invalid message in their log only."""

    def __init__(self, peer: Peer) -> None:
        super().__init__(logging.WARNING)
        self._peer = peer

    def emit(self, record: logging.LogRecord) -> None:
        self._peer.complain(f"{record.name}: {record.getMessage()}")


class _Desk(ChargePoint):  # type: ignore[misc]  # the package has no type hints
    """The station as the package's Central System sees it."""

    def __init__(self, peer: OcppPackage, connection: ServerConnection) -> None:
        super().__init__("CP1", connection, response_timeout=20)
        self._peer = peer

    @on("BootNotification")
    def on_boot(self, charge_point_vendor: str, **_: Any) -> Any:
        self._peer.tell("boot", vendor=charge_point_vendor)
        return call_result.BootNotification(_now(), 300, "Accepted")

    @on("Heartbeat")
    def on_heartbeat(self) -> Any:
        self._peer.tell("heartbeat")
        return call_result.Heartbeat(_now())

    @on("StatusNotification")
    def on_status(self, connector_id: int, status: str, **_: Any) -> Any:
        self._peer.tell("status", connector=connector_id, status=str(status))
        return call_result.StatusNotification()

    @on("Authorize")
    def on_authorize(self, id_tag: str) -> Any:
        self._peer.tell("authorize", idTag=id_tag)
        return call_result.Authorize(_info(id_tag))

    @on("StartTransaction")
    def on_start(self, connector_id: int, id_tag: str, meter_start: int, **rest: Any) -> Any:
        number = len(self._peer.all("start")) + 1
        self._peer.tell(
            "start", transaction=number, connector=connector_id, idTag=id_tag,
            meter=meter_start, reservation=rest.get("reservation_id"),
        )  # fmt: skip
        return call_result.StartTransaction(number, _info(id_tag))

    @on("StopTransaction")
    def on_stop(self, transaction_id: int, meter_stop: int, **rest: Any) -> Any:
        self._peer.tell(
            "stop", transaction=transaction_id, meter=meter_stop,
            reason=str(rest.get("reason", "Local")), data=len(rest.get("transaction_data", [])),
        )  # fmt: skip
        return call_result.StopTransaction()

    @on("MeterValues")
    def on_meter(self, connector_id: int, meter_value: list[Any], **rest: Any) -> Any:
        samples = [s for m in meter_value for s in m["sampled_value"]]
        values = [float(s["value"]) for s in samples if s.get("measurand", REGISTER) == REGISTER]
        number = rest.get("transaction_id")
        self._peer.tell("meter", connector=connector_id, transaction=number, values=values)
        return call_result.MeterValues()

    @on("FirmwareStatusNotification")
    def on_firmware(self, status: str) -> Any:
        self._peer.tell("firmware", status=str(status))
        return call_result.FirmwareStatusNotification()

    @on("DiagnosticsStatusNotification")
    def on_diagnostics(self, status: str) -> Any:
        self._peer.tell("diagnostics", status=str(status))
        return call_result.DiagnosticsStatusNotification()

    @on("DataTransfer")
    def on_data(self, vendor_id: str, data: str = "", **_: Any) -> Any:
        self._peer.tell("data", vendor=vendor_id, text=data)
        return call_result.DataTransfer("Accepted", "heard")


class OcppPackage(_InThread):
    """`ChargePoint` of the `ocpp` package, in a server of websockets."""

    name = "ocpp"

    async def _start(self) -> None:
        self._desk: _Desk | None = None
        self._complaints = _Complaints(self)
        logging.getLogger("ocpp").addHandler(self._complaints)
        self._server = await serve(self._serve, "127.0.0.1", 0, subprotocols=["ocpp1.6"])  # type: ignore[list-item]  # a NewType of str
        self.url = f"ws://127.0.0.1:{next(iter(self._server.sockets)).getsockname()[1]}/ocpp"

    async def _stop(self) -> None:
        logging.getLogger("ocpp").removeHandler(self._complaints)
        self._server.close()
        await self._server.wait_closed()

    async def _serve(self, connection: ServerConnection) -> None:
        self._desk = _Desk(self, connection)
        self.tell("connected", identity=str(connection.request and connection.request.path)[-3:])
        try:
            await self._desk.start()
        except ConnectionClosed:
            self.tell("disconnected")

    async def _ask(self, request: Any) -> Any:
        assert self._desk is not None
        return await self._desk.call(request, suppress=False)


class OcppCsms(_InThread):
    """The package `ocpp-csms`: a Central System for those who have one charger at home."""

    name = "ocpp-csms"

    async def _start(self) -> None:
        async def authorize(_: Any, id_tag: str) -> AuthorizationStatus:
            self.tell("authorize", idTag=id_tag)
            return AuthorizationStatus(_info(id_tag)["status"])

        async def data(_: Any, __: str | None, text: str | None) -> tuple[DataTransferStatus, str]:
            self.tell("data", vendor="RigVendor", text=text or "")
            return DataTransferStatus.ACCEPTED, "heard"

        self._complaints = _Complaints(self)
        logging.getLogger("ocpp_csms").addHandler(self._complaints)
        self._csms = CentralSystem(host="127.0.0.1", port=0, authorize=authorize)
        self._csms.set_data_transfer_handler("RigVendor", data)
        self._csms.add_listener(self._listen)
        await self._csms.async_start()
        self.url = f"ws://127.0.0.1:{self._csms.port}/ocpp"

    async def _stop(self) -> None:
        logging.getLogger("ocpp_csms").removeHandler(self._complaints)
        await self._csms.async_stop()

    async def _ask(self, request: Any) -> Any:
        return await self._csms.charge_points["CP1"].async_call(request)

    def _listen(self, event: Any) -> None:
        match event:
            case ConnectedEvent():
                self.tell("connected", identity=event.charge_point_id)
            case DisconnectedEvent():
                self.tell("disconnected")
            case BootEvent():
                self.tell("boot", vendor=event.info.vendor)
            case StatusEvent():
                c = event.connector
                self.tell("status", connector=c.connector_id, status=c.status.value)
            case TransactionStartedEvent():
                t = event.transaction
                self.tell(
                    "start", transaction=t.transaction_id, connector=t.connector_id,
                    idTag=t.id_tag, meter=t.meter_start, reservation=t.reservation_id,
                )  # fmt: skip
            case TransactionStoppedEvent():
                t = event.transaction
                reason = t.stop_reason or "Local"
                self.tell("stop", transaction=t.transaction_id, meter=t.meter_stop, reason=reason)
            case FirmwareStatusEvent():
                self.tell("firmware", status=event.status)
            case DiagnosticsStatusEvent():
                self.tell("diagnostics", status=event.status)
            case MeterValuesEvent():
                values = [float(r.value) for r in event.readings if r.measurand == REGISTER]
                number = event.transaction_id
                self.tell("meter", connector=event.connector_id, transaction=number, values=values)


HERE = Path(__file__).parent / "ocpp_rpc"


def node_program() -> Path:
    """The Central System of `ocpp-rpc` with its packages, as locked; skips where it cannot be."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("no node and npm: apt-get install nodejs npm")
    lock = (HERE / "package-lock.json").read_bytes()
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "evse-rig"
    folder = cache / f"ocpp-rpc-{hashlib.sha256(lock).hexdigest()[:16]}"
    if not (folder / "complete").exists():
        work = folder.with_suffix(f".{os.getpid()}")
        work.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / name, work)
        command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        done = subprocess.run(command, cwd=work, capture_output=True, text=True, timeout=120)
        if done.returncode:
            shutil.rmtree(work)
            pytest.skip(f"npm ci failed: {done.stderr.strip().splitlines()[-1:]}")
        (work / "complete").touch()
        try:
            work.rename(folder)
        except OSError:  # somebody else was faster
            shutil.rmtree(work)
    return folder


class OcppRpc(Peer):
    """`ocpp-rpc` on node, in strict mode: schemas both ways."""

    name = "ocpp-rpc"

    def __enter__(self) -> Self:
        modules = node_program() / "node_modules"
        self._process = subprocess.Popen(
            ["node", str(HERE / "central_system.js")],
            env={**os.environ, "NODE_PATH": str(modules)},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self._outcomes: dict[int, dict[str, Any]] = {}
        self._asked = 0
        assert self._process.stdout is not None
        self.url = f"ws://127.0.0.1:{json.loads(self._process.stdout.readline())['port']}/ocpp"
        self._reader = threading.Thread(target=self._read, name="ocpp-rpc")
        self._reader.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(PATIENCE_S)
        self._reader.join()
        assert self._process.stdout is not None
        self._process.stdout.close()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            said = json.loads(line)
            if "fact" in said:
                self.tell(said.pop("fact"), **said)
            elif "complaint" in said:
                self.complain(said["complaint"])
            else:
                with self._changed:
                    self._outcomes[said["id"]] = said
                    self._changed.notify_all()

    def call(self, action: str, **payload: Any) -> dict[str, Any]:
        self._asked += 1
        number = self._asked
        assert self._process.stdin is not None
        order = {"id": number, "action": action, "payload": payload}
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        with self._changed:
            assert self._changed.wait_for(lambda: number in self._outcomes, PATIENCE_S), action
        outcome = self._outcomes.pop(number)
        assert "error" not in outcome, f"{action} {payload}: {outcome['error']}"
        result: dict[str, Any] = outcome["result"]
        return result


PEERS: list[Callable[[], Peer]] = [OcppPackage, OcppRpc, OcppCsms]
