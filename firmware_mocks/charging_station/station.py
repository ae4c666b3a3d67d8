"""The station: sockets, cards, transactions, registration, over power cycles and restarts.

Source: station behaviour of the conformance reference; OCPP 1.6 edition 2 with errata v4.0.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from firmware_mocks.charging_station.authorisation import Cache, Decision, decide
from firmware_mocks.charging_station.commands import Answer, Refused, serve
from firmware_mocks.charging_station.configuration import Configuration
from firmware_mocks.charging_station.defects import Defects
from firmware_mocks.charging_station.meter import Meter
from firmware_mocks.charging_station.persona import Persona
from firmware_mocks.charging_station.queue import NEVER_ANSWERED, TransactionQueue
from firmware_mocks.charging_station.registration import Registration
from firmware_mocks.charging_station.sampling import Sampler
from firmware_mocks.charging_station.socket import Session, Socket, Transaction
from firmware_mocks.charging_station.status import StatusReporter
from firmware_mocks.charging_station.storage import Disk, Json, StoredMessage, StoredTransaction
from firmware_mocks.charging_station.uplink import Account, Payload, Uplink
from firmware_mocks.clock import MockClock, stamp
from firmware_mocks.electrical import UNPOWERED, ConnectorOutputs, PlugInputs
from rig.ocppj.endpoint import CallReceived, Result
from rig.ocppj.frames import ErrorCode
from rig.ocppj.link import Link, WireObserver

EV_SIDE_DISCONNECTED = "EV side disconnected"
GOING_AWAY = 1001
BACKUP_POWER_S = 10.0
"""How long a station with backup power lives on without mains, at most."""


@dataclass(frozen=True, slots=True)
class StationOptions:
    """How a station is set up before its first power-up."""

    account: Account
    persona: Persona
    defects: tuple[str, ...] = ()
    disk: Path | None = None
    seed: int = 1


class ChargingStation:
    """A charging station; `run` it, give it power, and connect its sockets.

    Implements `firmware_mocks.electrical.StationSockets`.
    """

    def __init__(self, options: StationOptions, clock: MockClock, observer: WireObserver) -> None:
        self.persona = options.persona
        self.connector_ids = tuple(range(1, self.persona.connectors + 1))
        self.defects = Defects(options.defects)
        self.clock = clock
        self.powered = asyncio.Event()
        self._mains = False
        self._disk = Disk(options.disk)
        self._inputs: dict[int, PlugInputs] = {}
        self._output_listeners: list[Callable[[int, ConnectorOutputs], None]] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._life: asyncio.Task[None] | None = None
        self._restart = asyncio.Event()
        self._clock_offset_s = 0.0
        self.uplink = Uplink(
            options.account,
            clock,
            self.defects,
            observer,
            options.seed,
            lambda: float(self.configuration.number("MessageTimeout")),
            self._on_command,
        )
        self._load()

    def _load(self) -> None:
        """Begin with what is on the disk."""
        content = self._disk.read()
        self.configuration = Configuration(self.persona, content["configuration"])
        self.cache = Cache(content["cache"])
        self.inoperative = set(content["inoperative"])
        self.scheduled_inoperative: set[int] = set()
        self._next_local_id = content["next_local_id"]
        self.queue = TransactionQueue(
            content["queue"], self.clock, self.configuration, self.uplink.call,
            self._message_answered, self.save,
        )  # fmt: skip
        self.sockets = {
            n: self._socket(n, content["meters"].get(str(n), 0.0)) for n in self.connector_ids
        }
        for number, socket in self.sockets.items():
            socket.used = number in content["finishing"]
            socket.operative = not {0, number} & self.inoperative
        self.status = StatusReporter(self)
        self.sampler = Sampler(self, content["samples"])
        self.registrar = Registration(self)
        self._interrupted = content["transactions"]
        self._written_at = content["written_at"]

    def _socket(self, number: int, wh: float) -> Socket:
        return Socket(
            number,
            Meter(self.clock.now, wh, self.persona.phases),
            self.clock,
            self.defects,
            fixed_cable=self.persona.fixed_cable,
            max_current_a=self.persona.max_current_a,
            changed=self.evaluate,
            output=self._tell_output,
        )

    # --- electrical side --------------------------------------------------------------------

    def apply_plug(self, connector_id: int, inputs: PlugInputs) -> None:
        """New values at a connector."""
        self._inputs[connector_id] = inputs
        if self.powered.is_set():
            self.sockets[connector_id].apply(inputs)

    def present_card(self, connector_id: int, id_tag: str) -> None:
        """A card at the reader of a connector."""
        if self.powered.is_set():
            self.spawn(self.card(connector_id, id_tag))

    def outputs(self, connector_id: int) -> ConnectorOutputs:
        """What a connector does now."""
        return self.sockets[connector_id].outputs if self.powered.is_set() else UNPOWERED

    def on_outputs(self, listener: Callable[[int, ConnectorOutputs], None]) -> None:
        """Call `listener` with every change of an output."""
        self._output_listeners.append(listener)

    def _tell_output(self, connector_id: int, _: ConnectorOutputs) -> None:
        for listener in self._output_listeners:
            listener(connector_id, self.outputs(connector_id))

    def set_power(self, on: bool) -> None:
        """Mains on or off.

        Off is at once: no message, no handshake, only the disk stays. A station with backup
        power (stop_before_down) ends its transactions first.
        """
        if on == self._mains:
            return
        self._mains = on
        if on and not self.powered.is_set():
            self.powered.set()
            self._life = asyncio.create_task(self._live(), name="station life")
        elif not on and self.persona.power_failure_mode == "stop_before_down":
            self.spawn(self._end_on_backup_power())
        elif not on:
            self._go_dark()

    async def _end_on_backup_power(self) -> None:
        for socket in self.sockets.values():
            self.stop_transaction(socket, "PowerLoss")
        try:
            async with asyncio.timeout(self.clock.real(BACKUP_POWER_S)):
                await self.queue.drained()
                await self.status.flushed()
        except TimeoutError:
            pass  # the rest is on the disk and goes out after the boot
        if not self._mains:
            self._go_dark()

    def _go_dark(self) -> None:
        self._die()
        self.powered.clear()
        for number in self.connector_ids:
            self._tell_output(number, UNPOWERED)

    def _die(self) -> None:
        for socket in self.sockets.values():
            socket.stop()
        self.save()
        self.uplink.kill()
        for task in (*self._tasks, *([self._life] if self._life else [])):
            task.cancel()
        self._tasks.clear()
        self._life = None

    async def aclose(self) -> None:
        """End the emulator itself."""
        life = self._life
        self._mains = False
        if self.powered.is_set():
            self._go_dark()
        if life is not None:
            await asyncio.gather(life, return_exceptions=True)

    # --- life -------------------------------------------------------------------------------

    async def _live(self) -> None:
        registration = ""
        while True:
            self._load()
            self.registrar.status = registration
            self._settle_interrupted()
            for number, inputs in self._inputs.items():
                self.sockets[number].inputs = inputs
                self.sockets[number].announce()
            await self.clock.sleep(self.persona.boot_time_s)
            self._restart.clear()
            uplink = asyncio.create_task(self.uplink.run(self.registrar.session))
            deliver = asyncio.create_task(self.queue.deliver(self.uplink.settled))
            beat = asyncio.create_task(self.registrar.heartbeats())
            align = asyncio.create_task(self.sampler.sample_by_the_clock())
            parts = (uplink, deliver, beat, align)
            try:
                await self._restart.wait()
            finally:
                for part in parts:
                    part.cancel()
                await asyncio.gather(*parts, return_exceptions=True)
            await self._stop_tasks()
            for socket in self.sockets.values():
                socket.stop()
            self.save()
            if self.defects.has("no-boot-after-reset"):
                registration = "Accepted"

    async def _stop_tasks(self) -> None:
        mine = [t for t in self._tasks if t is not asyncio.current_task()]
        for task in mine:
            task.cancel()
        await asyncio.gather(*mine, return_exceptions=True)

    def spawn(self, work: Awaitable[None]) -> None:
        """Do something beside the rest; it ends with the power."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    @property
    def registration(self) -> str:
        """Last answer to BootNotification since the boot."""
        return self.registrar.status

    def posix(self) -> float:
        """The station's own clock."""
        ahead = 600.0 if self.defects.has("timestamp-wrong-minutes") else 0.0
        return self.clock.posix() + self._clock_offset_s + ahead

    def utc(self, posix: float | None = None) -> datetime:
        """A moment of the station's own clock, by default now."""
        return datetime.fromtimestamp(self.posix() if posix is None else posix, UTC)

    def set_clock(self, moment: datetime) -> None:
        """Take over the time of the Central System; less than a second is ignored."""
        off_s = moment.timestamp() - (self.clock.posix() + self._clock_offset_s)
        if abs(off_s) >= 1:
            self._clock_offset_s += off_s

    def save(self) -> None:
        """Write everything that survives to the disk."""
        if self.powered.is_set():
            self._written_at = self.posix()
        running = [(n, s.transaction) for n, s in self.sockets.items() if s.transaction]
        self._disk.write(
            {
                "configuration": self.configuration.values,
                "inoperative": sorted(self.inoperative),
                "finishing": [n for n, s in self.sockets.items() if s.used],
                "meters": {str(n): s.meter.wh for n, s in self.sockets.items()},
                "transactions": [_stored(n, t) for n, t in running],
                "queue": self.queue.messages,
                "cache": self.cache.entries,
                "next_local_id": self._next_local_id,
                "samples": self.sampler.data,
                "written_at": self._written_at,
            }
        )

    def _settle_interrupted(self) -> None:
        """Transactions that were running when the power went."""
        stored, self._interrupted = self._interrupted, []
        for item in stored:
            socket = self.sockets[item["connector_id"]]
            if self.defects.has("loses-transaction-on-reset"):
                socket.used = True
                continue
            resume = self.persona.power_failure_mode == "resume"
            if resume or self.defects.has("resumes-after-reset"):
                socket.transaction = _restored(item, self.clock)
                self.spawn(self.sampler.sample(socket, socket.transaction))
                continue
            lost = _restored(item, self.clock)
            socket.used = True
            self._queue_stop(socket, lost, "PowerLoss", posix=self._written_at)

    # --- cards ------------------------------------------------------------------------------

    async def card(self, connector_id: int, id_tag: str) -> None:
        """A card was read."""
        socket = self._selected(connector_id)
        if self.registration not in ("Accepted", "") or socket is None:
            return
        if socket.transaction is not None:
            await self._card_stops(socket, socket.transaction, id_tag)
        elif socket.session is not None and _same(socket.session.id_tag, id_tag):
            socket.session = None  # B1: shown again, the intention ends
            self.evaluate(socket)
        elif socket.is_free and not socket.timed_out:
            await self._card_starts(socket, id_tag)

    def _selected(self, connector_id: int) -> Socket | None:
        if self.persona.readers == "per-connector":
            return self.sockets[connector_id]
        plugged = [s for s in self.sockets.values() if s.connected_to_ev and not s.timed_out]
        free = [s for s in self.sockets.values() if s.is_free]
        best = sorted(plugged, key=lambda s: -s.plugged_s) or free
        return best[0] if best else None

    async def _card_starts(self, socket: Socket, id_tag: str) -> None:
        if self.defects.has("start-without-authorize"):
            session: Session | None = Session(id_tag, None)
        else:
            session = await self.authorise(id_tag)
        if session is None and self.defects.has("start-for-refused-card"):
            session = Session(id_tag, None)
        if session is None and self.defects.has("energy-without-authorization"):
            socket.session = Session(id_tag, None, energy_refused=True)
            socket.drive()
            return
        if session is not None and socket.is_free:
            socket.session = session
            socket.used = False
            self.evaluate(socket)

    async def _card_stops(self, socket: Socket, running: Transaction, id_tag: str) -> None:
        if not _same(running.id_tag, id_tag):
            parent = running.parent_id_tag
            known = self.cache.get(id_tag) if self._cache_in_use else None
            other = known.get("parentIdTag") if known else None
            if not parent or not isinstance(other, str) or not _same(parent, other):
                if not parent:
                    return
                session = await self.authorise(id_tag)
                if session is None or not _same(session.parent_id_tag or "", parent):
                    return
        if socket.transaction is running:
            self.stop_transaction(socket, "Local", id_tag)

    @property
    def _cache_in_use(self) -> bool:
        return self.configuration.flag("AuthorizationCacheEnabled")

    async def authorise(self, id_tag: str) -> Session | None:
        """Whether a card may charge; None when it may not."""
        known = self.cache.get(id_tag) if self._cache_in_use else None
        online = self.uplink.online.is_set()
        decision = decide(known, self.configuration, online, self.utc())
        if decision is Decision.ASK:
            outcome = await self.uplink.call("Authorize", {"idTag": id_tag})
            if isinstance(outcome, Result) and not outcome.problems:
                info = outcome.payload["idTagInfo"]
                if not isinstance(info, dict):
                    return None
                self.remember(id_tag, info)
                if info.get("status") != "Accepted":
                    return None
                return Session(id_tag, _text(info.get("parentIdTag")))
            decision = decide(known, self.configuration, False, self.utc())
        if decision is Decision.REFUSE:
            return None
        return Session(id_tag, _text((known or {}).get("parentIdTag")))

    def remember(self, id_tag: str, info: dict[str, Json]) -> None:
        """Keep an idTagInfo in the cache, if there is one in use."""
        if self._cache_in_use:
            self.cache.put(id_tag, info)
            self.save()

    # --- transactions -----------------------------------------------------------------------

    def evaluate(self, socket: Socket) -> None:
        """Draw the consequences of whatever has changed at a connector."""
        if not self.powered.is_set():
            return
        if not socket.cable:
            self._cable_out(socket)
        if socket.error_code is not None:
            self.stop_transaction(socket, "Other")  # at once, whatever the fault (ours)
        if socket.transaction is not None and not socket.connected_to_ev:
            self._ev_disconnected(socket)
        if self._may_start(socket):
            self._start(socket)
        self._mind_connection_timeout(socket)
        socket.drive()
        self.status.update(socket)

    def _cable_out(self, socket: Socket) -> None:
        socket.timed_out = False
        socket.keep_locked = False
        if socket.session is not None and socket.session.energy_refused:
            socket.session = None
        if socket.used:
            socket.used = False
            self.save()
        if socket.connector_id in self.scheduled_inoperative and socket.transaction is None:
            self._take_out_of_service(socket)

    def _may_start(self, socket: Socket) -> bool:
        session = socket.session
        return (
            session is not None
            and not session.energy_refused
            and socket.transaction is None
            and socket.connected_to_ev
            and socket.operative
            and socket.error_code is None
        )

    def _start(self, socket: Socket) -> None:
        session, socket.session = socket.session, None
        if session is None:
            return
        if self.defects.has("crash-in-mid-test"):
            self._restart.set()
            return
        since = socket.preparing_since
        if self.defects.has("preparing-twice") and since is not None and socket.plugged_s > since:
            self.status.report(socket, "Preparing")
        transaction = Transaction(
            self._next_local_id, session.id_tag, session.parent_id_tag,
            round(socket.meter.wh), self.clock.now(), self.posix(),
        )  # fmt: skip
        self._next_local_id += 1
        socket.transaction = transaction
        socket.used = False
        self.sampler.begin(socket, transaction)
        wrong_tag = self.defects.has("wrong-id-tag")
        self.queue.put(
            "StartTransaction",
            {
                "connectorId": socket.connector_id,
                "idTag": "SOMEBODY-ELSE" if wrong_tag else session.id_tag,
                "meterStart": transaction.meter_start,
                "timestamp": stamp(self.utc(transaction.started_posix)),
            },
            transaction.local_id,
        )
        self.spawn(self.sampler.sample(socket, transaction))

    def _message_answered(self, message: StoredMessage, conf: dict[str, Json] | None) -> None:
        info, id_tag = (conf or {}).get("idTagInfo"), message["payload"].get("idTag")
        if isinstance(info, dict) and isinstance(id_tag, str):
            self.remember(id_tag, info)
        if message["action"] == "StartTransaction":
            self._transaction_answered(message["local_id"], conf)

    def _transaction_answered(self, local_id: int, conf: dict[str, Json] | None) -> None:
        number = NEVER_ANSWERED if conf is None else conf["transactionId"]
        if not isinstance(number, int):
            return
        self.queue.assign(local_id, number)
        for socket in self.sockets.values():
            transaction = socket.transaction
            if transaction is None or transaction.local_id != local_id:
                continue
            transaction.transaction_id = number
            info = (conf or {}).get("idTagInfo")
            if isinstance(info, dict):
                parent = _text(info.get("parentIdTag"))
                transaction.parent_id_tag = parent or transaction.parent_id_tag
                if info.get("status") != "Accepted":
                    self._deauthorise(socket)

    def _deauthorise(self, socket: Socket) -> None:
        if self.configuration.flag("StopTransactionOnInvalidId"):
            self.stop_transaction(socket, "DeAuthorized")
            socket.keep_locked = True
        elif socket.transaction is not None:
            socket.transaction.offering = False
        self.evaluate(socket)

    def stop_transaction(self, socket: Socket, reason: str, id_tag: str | None = None) -> None:
        """End the transaction of a connector; the message goes into the queue."""
        transaction, socket.transaction = socket.transaction, None
        if transaction is None:
            return
        self._queue_stop(socket, transaction, reason, id_tag)
        socket.used = socket.cable
        if not socket.cable and socket.connector_id in self.scheduled_inoperative:
            self._take_out_of_service(socket)
        self.save()
        self.evaluate(socket)

    def _queue_stop(
        self,
        socket: Socket,
        transaction: Transaction,
        reason: str,
        id_tag: str | None = None,
        posix: float | None = None,
    ) -> None:
        posix = self.posix() if posix is None else posix
        number = transaction.transaction_id
        if number is not None and self.defects.has("wrong-transaction-id"):
            number += 1000
        meter_stop = round(socket.meter.wh)
        if self.defects.has("meter-stop-below-start"):
            meter_stop = transaction.meter_start - 1
        payload: Payload = {
            "transactionId": NEVER_ANSWERED if number is None else number,
            "meterStop": meter_stop,
            "timestamp": stamp(self.utc(posix)),
            "reason": self.defects.argument("wrong-stop-reason") or reason,
        }
        if id_tag is not None:
            payload["idTag"] = id_tag
        if data := self.sampler.transaction_data(socket, transaction, posix):
            payload["transactionData"] = data
        self.queue.put("StopTransaction", payload, transaction.local_id)

    def _ev_disconnected(self, socket: Socket) -> None:
        stops = self.configuration.flag("StopTransactionOnEVSideDisconnect")
        if not stops or self.defects.has("no-stop-on-ev-disconnect"):
            self.status.info[socket.connector_id] = EV_SIDE_DISCONNECTED
            return
        if not self.configuration.flag("UnlockConnectorOnEVSideDisconnect"):
            socket.keep_locked = True
        if self.defects.has("finishing-skipped-on-unplug"):
            self.status.skip_once.add((socket.connector_id, "Finishing"))
        self.status.info[socket.connector_id] = EV_SIDE_DISCONNECTED
        if not socket.cable:
            self.status.report(socket, "Finishing")  # C1 is permitted, but tests want both
        self.stop_transaction(socket, "EVDisconnected")

    def _mind_connection_timeout(self, socket: Socket) -> None:
        if socket.status != "Preparing":
            socket.preparing_since = None
        elif socket.preparing_since is None:
            socket.preparing_since = self.clock.now()
            timeout_s = float(self.configuration.number("ConnectionTimeOut"))
            if self.defects.has("late-timeout"):
                timeout_s *= 2
            if timeout_s > 0 and not self.defects.has("never-times-out"):
                self.spawn(self._connection_timeout(socket, socket.preparing_since, timeout_s))

    async def _connection_timeout(self, socket: Socket, since: float, timeout_s: float) -> None:
        await self.clock.sleep(since + timeout_s - self.clock.now())
        if socket.preparing_since != since:
            return
        if socket.cable:
            socket.used = socket.timed_out = True  # B6: a forgotten cable
            socket.session = None
        elif self.defects.has("session-outlives-timeout"):
            self.status.report(socket, "Available")
            return
        else:
            socket.session = None
        self.evaluate(socket)

    # --- commands ---------------------------------------------------------------------------

    async def _on_command(self, link: Link, call: CallReceived) -> None:
        if self.registration == "Rejected":
            link.ignore(call.id)
            return
        if self.registration == "":
            await link.reply_error(call.id, ErrorCode.SECURITY_ERROR, "not registered yet")
            return
        try:
            answer, consequence = self._serve(call)
        except Refused as refused:
            await link.reply_error(call.id, refused.code, refused.description)
            return
        if consequence is not None and self.defects.has("consequence-before-answer"):
            self.spawn(consequence())
            await self.clock.sleep(2)
            await link.reply(call.id, answer)
            return
        await link.reply(call.id, answer)
        if consequence is not None:
            self.spawn(consequence())

    def _serve(self, call: CallReceived) -> Answer:
        return serve(self, call.action, call.payload)

    def configuration_changed(self, key: str) -> None:
        """A key was written: what depends on it takes it over now."""
        self.save()
        self.registrar.wake()
        if key.casefold() == "metervaluesampleinterval":
            self.sampler.restart()
        elif key.casefold() == "clockaligneddatainterval":
            self.sampler.regrid()

    def change_availability(self, number: int, operative: bool) -> Answer:
        """ChangeAvailability of a connector, or of station and all connectors (0)."""
        chosen = list(self.sockets.values()) if number == 0 else [self.sockets[number]]
        busy = [s for s in chosen if s.transaction is not None and not operative]
        targets = {0, *self.sockets} if number == 0 else {number}
        if operative:
            self.inoperative -= targets
            self.scheduled_inoperative -= targets
        else:
            self.inoperative |= targets - {s.connector_id for s in busy}
            self.scheduled_inoperative |= {s.connector_id for s in busy}
        self.save()

        async def apply() -> None:
            for socket in chosen:
                if socket not in busy:
                    socket.operative = not {0, socket.connector_id} & self.inoperative
            if number == 0:
                self.status.update_station()
            for socket in chosen:
                self.evaluate(socket)

        return {"status": "Scheduled" if busy else "Accepted"}, apply

    def _take_out_of_service(self, socket: Socket) -> None:
        self.scheduled_inoperative.discard(socket.connector_id)
        self.inoperative.add(socket.connector_id)
        socket.operative = False
        self.save()

    async def remote_start(self, socket: Socket, id_tag: str) -> None:
        """What follows an accepted RemoteStartTransaction."""
        session: Session | None = Session(id_tag, None)
        authorise = self.configuration.flag("AuthorizeRemoteTxRequests")
        if authorise and not self.defects.has("remote-authorize-missing"):
            session = await self.authorise(id_tag)
        if session is not None and socket.is_free:
            socket.session = session
            self.evaluate(socket)

    async def reset(self, *, hard: bool) -> None:
        """What follows an accepted Reset."""
        lost = self.defects.has("loses-transaction-on-reset")
        resumed = self.defects.has("resumes-after-reset")
        if not (hard and (lost or resumed)):
            for socket in self.sockets.values():
                self.stop_transaction(socket, "HardReset" if hard else "SoftReset")
            timeout_s = float(self.configuration.number("MessageTimeout"))
            try:
                async with asyncio.timeout(self.clock.real(timeout_s)):
                    await self.queue.drained()
                    await self.status.flushed()
            except TimeoutError:
                pass  # the rest is on the disk and goes out after the boot
        if self.defects.has("availability-forgotten-on-reset"):
            self.inoperative.clear()
        self.save()
        await self.uplink.close(GOING_AWAY)
        self._restart.set()


def _same(one: str, other: str) -> bool:
    return one.casefold() == other.casefold()


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) else None


def _stored(connector_id: int, t: Transaction) -> StoredTransaction:
    return {
        "local_id": t.local_id, "connector_id": connector_id, "id_tag": t.id_tag,
        "transaction_id": t.transaction_id, "meter_start": t.meter_start,
        "started": t.started_posix, "parent_id_tag": t.parent_id_tag,
    }  # fmt: skip


def _restored(item: StoredTransaction, clock: MockClock) -> Transaction:
    return Transaction(
        item["local_id"], item["id_tag"], item["parent_id_tag"], item["meter_start"],
        clock.now(), item["started"], item["transaction_id"],
    )  # fmt: skip
