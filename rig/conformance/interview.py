"""What a station says about itself when it is asked: configuration, boot data, time stamps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rig.conformance.declared import fractions_seen
from rig.conformance.dut_watch import read_configuration
from rig.conformance.expressions import ConfigKey
from rig.csms.server import CentralSystem
from rig.errors import BenchError
from rig.jsontypes import Json
from rig.runs.configuration import Configuration


@dataclass(frozen=True, slots=True)
class Interview:
    """Answers of a station.

    Attributes:
        keys: its configuration, by lower-case name; {} when it answered nothing.
        boot: its last BootNotification; {} when it was accepted before we began.
        fractions: whether its time stamps have fractions of a second; None: none was seen.
    """

    keys: dict[str, ConfigKey]
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
    told = await read_configuration(csms, timeout_s)
    keys = {} if told is None else keys_of(told)
    return Interview(keys, csms.station.boot, fractions_seen(_timestamps(csms)))


def keys_of(told: Configuration) -> dict[str, ConfigKey]:
    """A configuration as conditions ask for it."""
    return {name.casefold(): ConfigKey(k.value or "", k.readonly) for name, k in told.keys.items()}


def _timestamps(csms: CentralSystem) -> list[str]:
    """Of every CALL of the station so far; those of meter values are a list further down."""
    calls = (e.call for e in csms.log.entries if e.direction == "in")
    told = (call.payload.get("timestamp") for call in calls if call is not None)
    return [text for text in told if isinstance(text, str)]
