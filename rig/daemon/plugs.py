"""Orders to a tester plug and what is told of it, as the API has them."""

from __future__ import annotations

import difflib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from drivers.evse_tester.pilot import offered_current_a
from drivers.ports import CableCode, PilotMeasurement, PlugFault, PlugReading, Spread
from rig.bench.plug import FAULT_S, Plug
from rig.client.plug import MoveTimes, PilotInfo, PlugInfo
from rig.errors import ConfigError

N = TypeVar("N", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class PlugOrder:
    """What an order to a plug may say; each action takes what it needs.

    Attributes:
        cable: proximity code, e.g. "32A"; "" for that of the bench file.
        ventilation: ask for energy in state D.
        pressed: the release button.
        fault: name of a fault.
        seconds: lab seconds for which it is put in at most.
        phases: of the load.
    """

    cable: str = ""
    ventilation: bool = False
    pressed: bool = True
    fault: str = ""
    seconds: float = FAULT_S
    phases: int = 0


PLAIN = PlugOrder()
"""An order without anything said."""


async def act(plug: Plug, action: str, order: PlugOrder) -> None:
    """Carry an order out.

    Raises:
        ConfigError: no such action, cable or fault.
        BenchError: refused, or the device failed.
    """

    def cable() -> CableCode | None:
        return _one_of(CableCode, "cable", order.cable) if order.cable else None

    actions: dict[str, Callable[[], Awaitable[None]]] = {
        "insert": lambda: plug.insert(cable()),
        "insert-station": lambda: plug.insert_station(cable()),
        "energy": lambda: plug.request_energy(ventilation=order.ventilation),
        "stop-energy": plug.stop_energy,
        "unplug-ev": plug.unplug_ev,
        "unplug-station": plug.unplug_station,
        "unplug": plug.unplug,
        "button": lambda: plug.press_button(order.pressed),
        "fault": lambda: plug.inject(_one_of(PlugFault, "fault", order.fault), order.seconds),
        "clear-fault": plug.clear_fault,
        "load": lambda: plug.set_load(order.phases),
    }
    if action not in actions:
        raise ConfigError(f"no plug action {action!r}; there are: {', '.join(actions)}")
    await actions[action]()


def _one_of(kind: type[N], what: str, name: str) -> N:
    try:
        return kind(name)
    except ValueError:
        near = difflib.get_close_matches(name, list(kind), 1)
        hint = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(kind)}"
        raise ConfigError(f"no {what} {name!r}; {hint}") from None


def plug_info(plug: Plug, seen: PlugReading) -> PlugInfo:
    """A plug as the API tells it."""
    timing = seen.timing
    return PlugInfo(
        plug.name,
        plug.connector_id,
        plug.plug_type,
        seen.cp_state.value,
        seen.cable_in_station,
        seen.voltage_present,
        seen.plug_locked,
        cable=seen.cable,
        fault=seen.fault,
        load_phases=seen.load_phases,
        latch=seen.latch,
        measured=None if seen.measured is None else _pilot_info(seen.measured),
        moves=0 if timing is None else timing.moves,
        readback=None if timing is None else _times(timing.readback),
        pilot=None if timing is None or timing.pilot is None else _times(timing.pilot),
    )


def _pilot_info(seen: PilotMeasurement) -> PilotInfo:
    duty = seen.duty_percent
    return PilotInfo(
        seen.cp_high_v,
        seen.cp_low_v,
        duty,
        seen.frequency_hz,
        None if duty is None else round(offered_current_a(duty), 1),
        seen.pp_v,
        seen.voltages_v,
        seen.currents_a,
    )


def _times(spread: Spread) -> MoveTimes:
    return MoveTimes(spread.last_ms, spread.least_ms, spread.median_ms, spread.most_ms)
