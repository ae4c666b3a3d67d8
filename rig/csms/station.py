"""What the Central System knows about the station under test, learnt from the wire.

Registration, boot data, transactions and last statuses are read off the messages as they
pass; nothing is assumed about a station that has not said it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from rig.ocppj.endpoint import CallReceived
from rig.ocppj.frames import Payload


@dataclass(frozen=True, slots=True)
class Transaction:
    """A transaction that the station started and has not stopped."""

    transaction_id: int
    connector_id: int
    id_tag: str


@dataclass(slots=True)
class StationMemory:
    """State of the station as reported.

    Attributes:
        registration: last answer to its BootNotification; "" before the first. A station that
            was accepted before this process began does not boot again: its first other CALL
            makes it "Assumed".
        boot: last BootNotification.
        statuses: connectorId to last reported status.
        transactions: running ones, by transactionId.
        reservations: those that it may still have.
        last_message_s: lab time of its last message.
        boots: number of its BootNotifications.
    """

    registration: str = ""
    boot: Payload = field(default_factory=dict)
    statuses: dict[int, str] = field(default_factory=dict)
    transactions: dict[int, Transaction] = field(default_factory=dict)
    reservations: list[int] = field(default_factory=list)
    last_message_s: float | None = None
    boots: int = 0

    @property
    def is_registered(self) -> bool:
        """Whether the station may send and expects to be served."""
        return self.registration in ("Accepted", "Assumed")

    def may_call(self, action: str) -> bool:
        """Whether a CALL is served: not between a refusal and the next BootNotification."""
        return action == "BootNotification" or self.registration != "Rejected"

    def learn(self, call: CallReceived, conf: Payload) -> None:
        """Take note of a CALL and of the answer it gets."""
        req = call.payload
        if not self.registration and call.action != "BootNotification":
            self.registration = "Assumed"
        if call.action == "BootNotification":
            self.boot = req
            self.boots += 1
            self.registration = str(conf["status"])
            if self.registration == "Accepted":
                self.statuses.clear()  # every connector reports anew (errata v4.0 3.22)
        elif call.action == "StatusNotification":
            self.statuses[_int(req["connectorId"])] = str(req["status"])
        elif call.action == "StartTransaction":
            started = Transaction(
                _int(conf["transactionId"]), _int(req["connectorId"]), str(req["idTag"])
            )
            self.transactions[started.transaction_id] = started
        elif call.action == "StopTransaction":
            self.transactions.pop(_int(req["transactionId"]), None)


def _int(value: object) -> int:
    if not isinstance(value, int):
        raise TypeError(f"{value!r} is not an integer although the schema says so")
    return value
