"""Whether the station under test is still the one that came: 5.5 of the test procedure.

"It is not allowed during the test to manually change the configuration", "any change on the
device ... is not allowed", and a device that crashes fails. Looked at after each case, for the
time since the last look.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Self

from rig.conformance.boots import BootLog
from rig.conformance.required_keys import KNOWN
from rig.csms.server import CentralSystem
from rig.events import Event, EventBus, Kind
from rig.jsontypes import Json
from rig.ocppj.endpoint import Result
from rig.ocppj.frames import Payload
from rig.ocppj.wirelog import WireEntry
from rig.runs.configuration import SECRET, Configuration, Key

STARTED_OVER = "5.5: all tests have to be started over again"
RETESTED = "5.5: a full re-test of the device is required"
CRASHED = "5.5: a crash fails the conformance tests; a full re-test of the device is required"

SET_BY_TOOL = frozenset({"heartbeatinterval", "securityprofile"})
"""Keys that change without an order on the wire: HeartbeatInterval is taken over from an answer,
SecurityProfile is lowered at the station where a case asks for it, and seen by how it connects."""

_KNOWN = frozenset(key.casefold() for key in KNOWN)

IDENTITY = ("chargePointVendor", "chargePointModel", "chargePointSerialNumber",
            "chargeBoxSerialNumber", "firmwareVersion")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Change:
    """Something is not what it was. The fields are those of a `ChangeRecord`."""

    kind: str
    detail: str
    consequence: str
    by_case: bool = False
    seqs: tuple[int, ...] = ()


async def read_configuration(csms: CentralSystem, timeout_s: float) -> Configuration | None:
    """Every key that the station tells; None when it does not answer."""
    outcome = await csms.call("GetConfiguration", {}, timeout_s)
    if not isinstance(outcome, Result):
        return None
    listed = outcome.payload.get("configurationKey")
    keys: dict[str, Key] = {}
    for entry in listed if isinstance(listed, list) else []:
        if isinstance(entry, dict):
            value = entry.get("value")
            text = None if value is None else str(value)
            keys[str(entry.get("key"))] = Key(text, bool(entry.get("readonly")))
    return Configuration(csms.identity, keys)


def identity_of(boot: Payload) -> dict[str, Json]:
    """What a BootNotification says about who the station is."""
    return {name: boot[name] for name in IDENTITY if boot.get(name) not in (None, "")}


def changed_identity(before: Mapping[str, Json], now: Mapping[str, Json]) -> list[str]:
    """What differs, in words. What one side does not tell is no difference."""
    return [
        f"{name} was {before[name]!r}, is {now[name]!r}"
        for name in IDENTITY
        if name in before and name in now and before[name] != now[name]
    ]


def changed_keys(
    before: Configuration,
    now: Configuration,
    written: Mapping[str, set[str]],
    ignored: Iterable[str] = (),
) -> list[str]:
    """Keys that nobody has changed for us, in words.

    Read-only keys that OCPP does not define are left out: they are counters and states as a rule.

    Args:
        before: as the station came.
        now: as it is.
        written: by lower-case name, the values that the tool has written meanwhile.
        ignored: keys that change by themselves.
    """
    left_out = {name.casefold() for name in ignored} | SET_BY_TOOL | SECRET
    old, new = _settings(before), _settings(now)
    if old and not new:
        return ["it tells no configuration any more"]
    found = []
    for key in sorted((old.keys() | new.keys()) - left_out):
        if key not in new:
            found.append(f"{old[key][0]} is gone")
        elif key not in old:
            found.append(f"{new[key][0]} is new")
        else:
            was, is_ = old[key][1], new[key][1]
            allowed = {_plain(was), *map(_plain, written.get(key, ()))}
            if _plain(is_) not in allowed:
                found.append(f"{new[key][0]} was {was!r}, is {is_!r}")
    return found


def _settings(configuration: Configuration) -> dict[str, tuple[str, str | None]]:
    """By lower-case name: the name as spelled, and the value."""
    return {
        name.casefold(): (name, key.value)
        for name, key in configuration.keys.items()
        if not key.readonly or name.casefold() in _KNOWN
    }


def _plain(value: str | None) -> str:
    """Values that mean the same: case and blanks of lists do not matter."""
    return "" if value is None else value.casefold().replace(" ", "")


class DutWatch:
    """Looks at a station from time to time; a context manager.

    Args:
        csms: the Central System that it is connected to.
        bus: time line.
        baseline: its configuration as it came.
        ignored: keys that change by themselves.
        timeout_s: lab seconds for an answer.

    Attributes:
        written: by lower-case name, every value that the tool has written.
    """

    def __init__(
        self,
        csms: CentralSystem,
        bus: EventBus,
        baseline: Configuration,
        ignored: Iterable[str],
        timeout_s: float,
    ) -> None:
        self.written: dict[str, set[str]] = {}
        self._csms = csms
        self._bus = bus
        self._baseline = baseline
        self._identity = identity_of(csms.station.boot)
        self._ignored = tuple(ignored)
        self._timeout_s = timeout_s
        self._boots = BootLog()
        self._position = len(csms.log.entries)
        self._power_cuts: list[int] = []
        self._told: set[str] = set()
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        self._stack.enter_context(self._bus.listen(self._hear))
        return self

    def __exit__(self, *exc: object) -> None:
        self._stack.close()

    def _hear(self, event: Event) -> None:
        if event.kind == Kind.MAINS and not event.data.get("on"):
            self._power_cuts.append(event.seq)

    def note(self) -> list[WireEntry]:
        """Take note of what was written since the last look; BootNotifications without reason."""
        entries = list(self._csms.log.since(self._position))
        self._position += len(entries)
        crashes = self._boots.take(entries, self._power_cuts)
        self._power_cuts.clear()
        self._note_written(entries)
        return crashes

    async def look(self) -> list[Change]:
        """What has changed since the last look; each change is told once."""
        found = [
            Change("crash", "the station has restarted by itself", CRASHED, seqs=(boot.seq,))
            for boot in self.note()
        ]
        found += self._identity_changes()
        if self._csms.connected and self._csms.station.is_registered:
            found += await self._configuration_changes()
        return found

    def _note_written(self, entries: Iterable[WireEntry]) -> None:
        for entry in entries:
            call = entry.call
            if call is None or entry.direction != "out" or call.action != "ChangeConfiguration":
                continue
            key = str(call.payload.get("key", "")).casefold()
            self.written.setdefault(key, set()).add(str(call.payload.get("value", "")))

    def _identity_changes(self) -> list[Change]:
        now = identity_of(self._csms.station.boot)
        differences = changed_identity(self._identity, now)
        self._identity = {**self._identity, **now}
        if not differences:
            return []
        detail = "; ".join(differences)
        return [Change("identity", detail, RETESTED, by_case=self._boots.updated)]

    async def _configuration_changes(self) -> list[Change]:
        now = await read_configuration(self._csms, self._timeout_s)
        if now is None or not self._baseline.keys:
            return []
        differences = [
            text
            for text in changed_keys(self._baseline, now, self.written, self._ignored)
            if text not in self._told
        ]
        self._told.update(differences)
        if not differences:
            return []
        detail = "; ".join(differences)
        return [Change("configuration", detail, STARTED_OVER, by_case=self._boots.updated)]
