"""What a station says about itself when it is asked: configuration, boot data, time stamps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rig.conformance.declared import fractions_seen
from rig.conformance.expressions import ConfigKey
from rig.csms.server import CentralSystem
from rig.errors import BenchError
from rig.jsontypes import Json
from rig.ocppj.endpoint import Result


@dataclass(frozen=True, slots=True)
class Interview:
    """Answers of a station.

    Attributes:
        keys: its configuration, by lower-case name; {} when it answered nothing.
        names: the same names as the station spells them.
        boot: its last BootNotification; {} when it was accepted before we began.
        fractions: whether its time stamps have fractions of a second; None: none was seen.
    """

    keys: dict[str, ConfigKey]
    names: tuple[str, ...]
    boot: Mapping[str, Json]
    fractions: bool | None


async def interview(csms: CentralSystem, timeout_s: float) -> Interview:
    """Ask the station for its whole configuration.

    Args:
        csms: with the station connected.
        timeout_s: lab seconds for the answer.

    Raises:
        BenchError: no station is connected.
    """
    if not csms.connected:
        remedy = f"point it at {csms.url} with the identity {csms.identity}"
        raise BenchError("station under test", "not connected", remedy)
    outcome = await csms.call("GetConfiguration", {}, timeout_s)
    listed = outcome.payload.get("configurationKey") if isinstance(outcome, Result) else None
    keys: dict[str, ConfigKey] = {}
    names = []
    for entry in listed if isinstance(listed, list) else []:
        if isinstance(entry, dict):
            name = str(entry.get("key"))
            names.append(name)
            keys[name.casefold()] = ConfigKey(
                str(entry.get("value", "")), bool(entry.get("readonly"))
            )
    return Interview(keys, tuple(names), csms.station.boot, fractions_seen(_timestamps(csms)))


def _timestamps(csms: CentralSystem) -> list[str]:
    """Of every CALL of the station so far; those of meter values are a list further down."""
    calls = (e.call for e in csms.log.entries if e.direction == "in")
    told = (call.payload.get("timestamp") for call in calls if call is not None)
    return [text for text in told if isinstance(text, str)]
