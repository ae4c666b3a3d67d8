"""The charging sequence of a connector: what follows from plugs, cards, faults and time.

Source: OCPP 1.6, 4.9, ConnectionTimeOut and StopTransactionOnEVSideDisconnect; errata v4.0
3.20 and 3.77; station behaviour 6.
"""

from __future__ import annotations

from firmware_mocks.charging_station.board import Board
from firmware_mocks.charging_station.chore import Chore
from firmware_mocks.charging_station.registration import Registration
from firmware_mocks.charging_station.reservations import Reservations
from firmware_mocks.charging_station.socket import Socket
from firmware_mocks.charging_station.status import StatusReporter
from firmware_mocks.charging_station.transaction import Session, Transaction
from firmware_mocks.charging_station.transactions import Transactions

EV_SIDE_DISCONNECTED = "EV side disconnected"
FAULT_PATIENCE_S = 30.0
"""How long a transaction waits for a fault to pass that endangers nobody (ours)."""


class ChargingSequence:
    """Draws the consequences of whatever has changed at a connector."""

    __slots__ = (
        "_board",
        "_gone",
        "_patience",
        "_registration",
        "_reporter",
        "_reservations",
        "_transactions",
    )

    def __init__(
        self,
        board: Board,
        registration: Registration,
        transactions: Transactions,
        reservations: Reservations,
        reporter: StatusReporter,
    ) -> None:
        self._board = board
        self._registration = registration
        self._transactions = transactions
        self._reservations = reservations
        self._reporter = reporter
        self._patience: dict[int, Chore] = {}
        self._gone: dict[int, str] = {}

    def stop(self) -> None:
        """The power is gone: nobody is waited for any more."""
        for patience in self._patience.values():
            patience.stop()

    def evaluate(self, socket: Socket) -> None:
        """Bring a connector from what it was to what it should be now."""
        if not self._board.powered.is_set():
            return
        if not socket.cable:
            self._cable_out(socket)
        if socket.transaction is not None:
            self._mind_fault(socket, socket.transaction)
        if socket.fault is not None or not socket.operative:
            self._reservations.drop(socket)
        self._reservations.keep_enough_free()
        if socket.transaction is not None and not socket.connected_to_ev:
            self._ev_disconnected(socket)
        if socket.connected_to_ev and (back := self._gone.pop(socket.connector_id, None)):
            socket.session = Session(back, None)
        if _may_start(socket) and not self._registration.leaving:
            self._start(socket)
        self._mind_connection_timeout(socket)
        socket.drive()
        self._reporter.update(socket)

    def _mind_fault(self, socket: Socket, running: Transaction) -> None:
        """A fault interrupts a transaction; it ends at once, or when the fault does not pass."""
        if socket.fault is None:
            running.faulted_s = None
        elif socket.is_unsafe:
            self._transactions.stop(socket, "EmergencyStop" if socket.emergency else "Other")
        elif running.faulted_s is None:
            running.faulted_s = since_s = self._board.clock.now()
            self._board.tasks.spawn(self._end_unless_passed(socket, running, since_s))

    async def _end_unless_passed(
        self, socket: Socket, running: Transaction, since_s: float
    ) -> None:
        await self._board.clock.sleep(FAULT_PATIENCE_S)
        if socket.transaction is running and running.faulted_s == since_s:
            self._transactions.stop(socket, "Other")

    def _cable_out(self, socket: Socket) -> None:
        socket.timed_out = False
        socket.keep_locked = False
        socket.lock_failed = socket.lock_failed and socket.lock_blocked
        if socket.session is not None and socket.session.energy_refused:
            socket.session = None
        if socket.used:
            socket.used = False
            self._board.save()

    def _start(self, socket: Socket) -> None:
        session, socket.session = socket.session, None
        if session is None:
            return
        defects = self._board.defects
        if defects.has("crash-in-mid-test"):
            self._board.restart()
            return
        if not socket.try_lock() and not defects.has("starts-without-lock"):
            return  # Faulted, and no transaction
        since_s = socket.preparing_since
        if defects.has("preparing-twice") and since_s is not None and socket.plugged_s > since_s:
            self._reporter.report(socket, "Preparing")
        self._transactions.start(socket, session)

    def _ev_disconnected(self, socket: Socket) -> None:
        configuration, defects = self._board.configuration, self._board.defects
        self._reporter.explain(socket.connector_id, EV_SIDE_DISCONNECTED)
        stops = configuration.flag("StopTransactionOnEVSideDisconnect") or defects.has(
            "stops-on-ev-disconnect"
        )
        if not stops or defects.has("no-stop-on-ev-disconnect"):
            return
        running = socket.transaction
        kept = not configuration.flag("UnlockConnectorOnEVSideDisconnect")
        if running and kept and not defects.has("lock-opens-on-ev-disconnect"):
            socket.keep_plug(running.id_tag, running.parent_id_tag)
        if running and defects.has("restarts-when-plugged-again"):
            self._gone[socket.connector_id] = running.id_tag
        if defects.has("finishing-skipped-on-unplug"):
            self._reporter.skip_once |= {(socket.connector_id, "Finishing")}
        if not socket.cable and socket.fault is None:
            self._reporter.report(socket, "Finishing")  # C1 is permitted, but tests want both
        self._transactions.stop(socket, "EVDisconnected")

    def _mind_connection_timeout(self, socket: Socket) -> None:
        # Who has identified is not waited for any longer because the connector is out of order.
        if socket.status != "Preparing" and socket.session is None:
            socket.preparing_since = None
            if (patience := self._patience.pop(socket.connector_id, None)) is not None:
                patience.stop()
        elif socket.preparing_since is None:
            socket.preparing_since = self._board.clock.now()
            patience = Chore(self._board.clock, lambda: self._connection_timeout(socket))
            self._patience[socket.connector_id] = patience
            patience.start()

    def timeout_changed(self) -> None:
        """ConnectionTimeOut was written: it counts for those who wait now, too."""
        for patience in self._patience.values():
            patience.touch()

    def _connection_timeout(self, socket: Socket) -> float | None:
        timeout_s = float(self._board.configuration.number("ConnectionTimeOut"))
        if self._board.defects.has("late-timeout"):
            timeout_s *= 2
        if timeout_s <= 0 or self._board.defects.has("never-times-out"):
            return None
        left_s = (socket.preparing_since or 0.0) + timeout_s - self._board.clock.now()
        if left_s > 0:
            return left_s
        if socket.cable and socket.status == "Preparing":
            socket.used = socket.timed_out = True  # B6: a forgotten cable
        elif self._board.defects.has("session-outlives-timeout"):
            self._reporter.report(socket, "Available")
            return None
        socket.session = None
        self.evaluate(socket)
        return None


def _may_start(socket: Socket) -> bool:
    session = socket.session
    return (
        session is not None
        and not session.energy_refused
        and socket.transaction is None
        and socket.connected_to_ev
        and socket.operative
        and socket.fault is None
    )
