"""What a station can do wrong on purpose, by name. Defects combine freely.

They are how the conformance cases are shown to catch something: each case has a station that
is wrong in just one respect.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping

from firmware_mocks.charging_station.message_selector import SELECTOR, Counters, Selector, parse
from firmware_mocks.charging_station.wire_defect_names import (
    WIRE_DEFECTS,
    check_argument,
    sentences,
)
from rig.jsontypes import Json

DEFECTS: dict[str, str] = {
    "ignore-interval-when-rejected": "sends BootNotification again after 2 s, whatever it was told",
    "calls-while-rejected": "sends Heartbeat while the registration is Rejected",
    "ignore-interval-when-pending": "sends BootNotification again after 2 s while Pending",
    "hangs-up-while-pending": "closes the connection while Pending, and comes back",
    "serves-cards-while-pending": "authorises a card while Pending",
    "chatter-while-pending": "reports its connectors while the registration is Pending",
    "refuse-config-while-pending": "answers ChangeConfiguration Rejected while Pending",
    "drops-config-written-while-pending": "forgets at acceptance what was written while Pending",
    "skip-boot-status": "no StatusNotification of connector 1 after the boot",
    "skip-boot-status-zero": "no StatusNotification of connector 0 after the boot",
    "status-before-boot": "reports connector 0 before BootNotification",
    "heartbeat-too-slow": "heartbeats at twice the interval",
    "heartbeat-too-fast": "heartbeats at half the interval",
    "boot-on-reconnect": "BootNotification after every reconnect",
    "start-without-authorize": "a card starts a transaction without Authorize",
    "start-for-refused-card": "a card that was refused starts a transaction all the same",
    "skip-status": "(:Status) never reports this status",
    "repeat-status": "(:Status) reports this status twice",
    "extra-status": "(:Status) reports Faulted before this status",
    "preparing-twice": "reports Preparing again when the cable comes after the card",
    "never-times-out": "ConnectionTimeOut has no effect",
    "late-timeout": "ConnectionTimeOut takes twice as long",
    "session-outlives-timeout": "a card stays good after ConnectionTimeOut",
    "wrong-stop-reason": "(:Reason) every StopTransaction has this reason",
    "restarts-when-plugged-again": "an EV that comes back after the stop is charged again",
    "finishing-skipped-on-unplug": "Available at once when the EV side is unplugged",
    "lock-stays-closed": "the socket lock never opens",
    "no-stop-on-ev-disconnect": "goes on when the EV is unplugged",
    "wrong-transaction-id": "StopTransaction with another transactionId",
    "wrong-id-tag": "StartTransaction with another idTag",
    "meter-stop-below-start": "meterStop is below meterStart",
    "no-meter-values": "no MeterValues in spite of the configuration",
    "slow-meter-values": "MeterValues at twice the interval",
    "consequence-before-answer": "acts on a command before it answers",
    "remote-start-needs-cable": "RemoteStartTransaction is Rejected without a cable",
    "ignores-remote-start": "RemoteStartTransaction is Accepted and forgotten",
    "ignores-remote-stop": "RemoteStopTransaction is Accepted and forgotten",
    "rejects-remote-stop": "RemoteStopTransaction is Rejected",
    "remote-authorize-missing": "AuthorizeRemoteTxRequests reads true and has no effect",
    "availability-forgotten-on-reset": "every connector is Available after a boot",
    "boots-without-restart": "a reset is a BootNotification on the same connection, no restart",
    "no-boot-after-reset": "reconnects after a reset without BootNotification",
    "loses-transaction-on-reset": "a hard reset loses the transaction without StopTransaction",
    "resumes-after-reset": "a hard reset goes on charging without StopTransaction",
    "config-not-applied": "ChangeConfiguration is Accepted and changes nothing",
    "config-lists-all": "GetConfiguration lists every key, whatever was asked for",
    "energy-without-authorization": "the contactor closes with any card",
    "contactor-never-closes": "reports Charging without energy",
    "contactor-stays-closed": "energy goes on after the transaction",
    "contactor-welded": "a contactor that has closed does not open any more",
    "contactor-follows-vehicle": "energy whenever a vehicle asks for it, whatever is wrong",
    "energy-without-vehicle": "energy at a cable whose vehicle is gone",
    "lock-closes-with-cable": "the plug is held as soon as there is one, and not given back",
    "lock-never-closes": "the plug is not held in its socket",
    "timestamp-wrong-minutes": "time stamps ten minutes ahead",
    "crash-in-mid-test": "reboots when a transaction starts",
    "accepts-bad-certificate": "(:server, :root, :station or :firmware) takes any of this kind",
    "accepts-lower-profile": "SecurityProfile can be lowered",
    "reveals-authorization-key": "GetConfiguration lists AuthorizationKey with its value",
    "hex-text-password": "the password is the hexadecimal text of AuthorizationKey",
    "no-security-event": "(:Type) this security event is neither logged nor sent",
    "skip-firmware-status": "(:Status) does not tell this status of a firmware update",
    "retries-unasked": "downloads once more than it was told",
    "downloads-nothing": "tells Downloaded, and has not asked the server",
    "accepts-bad-signature": "tells SignatureVerified, whatever the signature",
    "installs-bad-image": "tells Installed of an image that is broken",
    "runs-bad-image": "tells InstallationFailed, and boots with what is broken",
    "no-unavailable-on-update": "stays Available while it installs",
    "stays-unavailable": "connectors stay Unavailable after an installation that failed",
    "no-reboot-after-update": "tells Installed, and goes on with the old firmware",
    "old-version-after-update": "BootNotification with the old version after an update",
    "plain-update-beside-secure": "UpdateFirmware is obeyed although firmware has to be signed",
    "skip-upload-status": "(:Status) does not tell this status of an upload",
    "uploads-nothing": "tells Uploaded, and has sent nothing",
    "uploads-empty-log": "the log that is uploaded is empty",
    "certificate-store-broken": "InstallCertificate is answered Failed",
    "certificate-hash-wrong": "issuerKeyHash is that of the name",
    "csr-wrong-name": "asks for a certificate of another serial number",
    "csr-weak-key": "asks for a certificate of a key of RSA 1024",
    "csr-wrong-signature": "the signature of the CSR is wrong",
    "slow-goodbye": "goes on for a minute where it has to connect anew",
    "log-without-events": "the log that is uploaded has no event in it",
    "keeps-certificates": "DeleteCertificate is Accepted and deletes nothing",
    "stays-connected": "does not connect anew where it has to",
    "shows-old-certificate": "shows the oldest of its certificates",
    "csr-old-key": "asks for a certificate of its old key",
    "wrong-subprotocol": "offers ocpp2.0.1",
    "wrong-subprotocol-first": "offers ocpp2.0.1 at the first attempt after a boot",
    "no-credentials": "connects without password",
    "no-pings": "sends no WebSocket ping, whatever WebSocketPingInterval says",
    "hurries-to-reconnect": "tries to connect ten times a second",
    "forgets-lost-messages": "what is lost with the connection is not sent again",
    "never-gives-up": "a message that is refused is sent again every second, for ever",
    "wrong-identity": "connects with another identity",
    "station-reserved": "reports connector 0 Reserved while a connector is",
    "retry-at-once": "transaction-related messages are tried again without waiting",
    "queue-out-of-order": "of the transaction-related messages that wait, the newest goes first",
    "transaction-data-unasked": "transactionData although StopTxn...Data are empty",
    "any-card-stops": "any card stops the transaction",
    "own-card-authorized-anew": "the card that started is authorised again to stop",
    "group-unknown": "another card of the same group is taken for a stranger",
    "lock-opens-on-ev-disconnect": "the plug is released at once when the EV side is unplugged",
    "stops-on-ev-disconnect": "stops when the EV is unplugged, whatever the configuration",
    "no-pre-authorization": "LocalPreAuthorize has no effect",
    "keeps-cache": "ClearCache is Accepted and clears nothing",
    "hides-key": "(:Key) GetConfiguration does not know this key",
    "wrong-readonly": "(:Key) the flag readonly of this key is the wrong way round",
    "unknown-key-accepted": "ChangeConfiguration is Accepted for a key that does not exist",
    "negative-value-accepted": "ChangeConfiguration takes negative numbers",
    "wrong-context": "(:Context) every sampled value has this context",
    "lacks-measurand": "(:Measurand) no sampled value of this measurand",
    "meter-runs-back": "the energy register falls from sample to sample",
    "off-grid": "clock-aligned samples are taken 3 s too late",
    "starts-without-lock": "starts a transaction although the lock does not close",
    "queue-forgets-samples": "no sample is kept while there is no connection",
    "late-time-stamps": "queued messages have the time of their delivery",
    "refuses-offline": "no card starts a transaction without connection",
    "lock-opens-when-refused": "releases the plug when StartTransaction.conf refuses the card",
    "invalid-id-goes-on": "charges on when StartTransaction.conf refuses the card",
    "differential-ignored": "a differential list is Accepted and changes nothing",
    "ignores-trigger": "([:Message]) TriggerMessage is Accepted, and nothing follows",
    "any-connector-triggered": "TriggerMessage takes connector 1 for one that there is not",
    "triggered-status": "(:Status) a StatusNotification that was triggered has this status",
    "reservation-for-anybody": "every card may use a reserved connector",
    "reservation-never-ends": "a reservation neither expires nor is cancelled",
    "cancels-any-reservation": "CancelReservation cancels a reservation, whatever its id",
    "reservation-ends-late": "a reservation expires 10 s too late",
    "reserves-occupied": "reserves a connector that is in use",
    "limits-not-applied": "a charging profile is reported, and the pilot does not follow it",
    "stops-on-profile": "a new charging profile ends the transaction",
    "any-purpose-for-remote-start": "a remote start takes a charging profile of any purpose",
    "limits-frozen": "the pilot does not follow a limit that the schedule changes",
    "no-local-limit": "a composite schedule has no period when there is no charging profile",
    "ignores-profiles": "a charging profile is Accepted and has no effect",
    "keeps-profiles": "([:all]) ClearChargingProfile is Accepted and clears nothing",
    "clear-cache-without-cache": "ClearCache is Accepted although there is no cache",
    "list-version-confused": "-1 is the version of an empty list, 0 that of no list at all",
    "local-list-storage-full": "SendLocalList is answered Failed",
    "accepts-old-differential": "takes a differential list of an old version",
    "composite-start-schedule": "a composite schedule with startSchedule",
    "composite-absolute-offsets": "startPeriod of a composite schedule counts from midnight",
    "lower-stack-level-wins": "of two charging profiles the one of the lower stack level counts",
    "tx-profile-kept": "a TxProfile stays and counts in the next transaction",
    **sentences(),
}


OF_CONNECTORS = ("skip-status", "repeat-status", "extra-status")
STATUSES = (
    "Available", "Preparing", "Charging", "SuspendedEV", "SuspendedEVSE", "Finishing", "Reserved",
    "Unavailable", "Faulted",
)  # fmt: skip


class Defects:
    """The defects of one station: `name` or `name:argument`, with `@message` from a message on.

    `skip:StatusNotification@Reset[type=Soft]` begins with the first such message, whoever sends
    it: what may follow is as in `message_selector`. Besides messages there are Connect, Disconnect,
    Card[connectorId, idTag] and Pilot[connectorId, state].

    Attributes:
        any: whether any defect is on, or waits for its message.
        began: told when a defect has begun with its message.
    """

    __slots__ = ("_active", "_counters", "_later", "any", "began")

    def __init__(self, names: Iterable[str] = ()) -> None:
        self.any = False
        self.began: Callable[[], None] = lambda: None
        self._active: dict[str, set[str]] = {}
        self._later: dict[tuple[str, str], Selector] = {}
        self._counters: Counters | None = None
        for name in names:
            self.switch(name, True)

    def __bool__(self) -> bool:
        return self.any

    def switch(self, text: str, on: bool) -> None:
        """Switch a defect on, at once or with a message, or off.

        Raises:
            ValueError: there is no such defect.
        """
        text, beginning = _beginning(text)
        name, _, argument = text.partition(":")
        if name not in DEFECTS:
            near = difflib.get_close_matches(name, DEFECTS, 1)
            hint = f"did you mean {near[0]!r}? " if near else ""
            raise ValueError(f"no defect {name!r}; {hint}`rig station --list-defects` tells all")
        if name in WIRE_DEFECTS and on:
            check_argument(name, argument)
        elif on:
            _check(name, argument)
        self._later.pop((name, argument), None)
        if on and beginning is not None:
            self._later[name, argument] = beginning
        elif on:
            self._active.setdefault(name, set()).add(argument)
        else:
            arguments = self._active.get(name, set())
            arguments.discard(argument)
            if not arguments:
                self._active.pop(name, None)
        self.any = bool(self._active or self._later)

    def passes(self, action: str, payload: Mapping[str, Json]) -> None:
        """Tell of a message, before anything is done with it: what begins with it is on then."""
        if not self._later:
            return
        if self._counters is None:
            self._counters = Counters()
        taken = self._counters.passing(self._later.values(), action, payload)
        for (name, argument), beginning in tuple(self._later.items()):
            if beginning in taken:
                del self._later[name, argument]
                self._active.setdefault(name, set()).add(argument)
        if taken:
            self.began()

    def has(self, name: str, argument: str = "") -> bool:
        """Whether this defect is on."""
        return argument in self._active.get(name, ())

    def argument(self, name: str) -> str | None:
        """The argument of a defect that is on; None when it is off."""
        return next(iter(self._active.get(name, ())), None)

    def arguments(self, name: str) -> list[str]:
        """Every argument of a defect that is on."""
        return sorted(self._active.get(name, ()))

    def names(self) -> list[str]:
        """Every defect that is on."""
        return sorted(f"{n}:{a}" if a else n for n, args in self._active.items() for a in args)


def _check(name: str, argument: str) -> None:
    """Nothing for an argument that a defect of the station itself can have.

    Raises:
        ValueError: it has one too many or too few, and would have no effect.
    """
    form = re.match(r"\((\[?):(.+?)\]?\) ", DEFECTS[name])
    if form is None and argument:
        raise ValueError(f"defect {name}:{argument}: it has no argument; want {name}")
    if form is not None and not argument and not form[1]:
        raise ValueError(f"defect {name}: it has an argument; want {name}:{form[2]}")
    words = form and re.findall(r"\b[a-z]+\b", form[2].replace(" or ", " "))
    if words and argument and argument not in words:
        raise ValueError(f"defect {name}:{argument}: want {name}:{form and form[2]}")
    if name in OF_CONNECTORS and argument not in STATUSES:
        raise ValueError(f"defect {name}:{argument}: no status; there are {', '.join(STATUSES)}")


def _beginning(text: str) -> tuple[str, Selector | None]:
    """A defect and the message that it begins with."""
    defect, at, message = text.rpartition("@")
    if not at or re.fullmatch(SELECTOR, message) is None:
        return text, None
    return defect, parse(message)[0]
