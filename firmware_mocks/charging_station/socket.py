"""One connector at run time: what it sees, what it does, what it reports.

Inputs are the pilot and the proximity; outputs are pilot generator, contactor and lock. The
station decides about cards and transactions and calls `evaluate` after every change.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from firmware_mocks.charging_station.connector import (
    NOT_PLUGGED,
    PLUG_FAULT,
    Facts,
    cable_limit_a,
    cp_state,
    duty_percent,
    electrical_fault,
    lacks_diode,
    status,
)
from firmware_mocks.charging_station.defects import Defects
from firmware_mocks.charging_station.meter import EV_CURRENT_A, Meter
from firmware_mocks.charging_station.transaction import Session, Transaction
from firmware_mocks.clock import MockClock
from firmware_mocks.electrical import (
    ConnectorOutputs,
    Generator,
    PilotSignal,
    PlugInputs,
)

DEBOUNCE_S = 0.2
LEAST_CURRENT_A = 6.0
"""What the pilot can offer at least."""
CONTACTOR_S = 0.3
LOCK_FAILURE = "ConnectorLockFailure"
SAFETY_FAULTS = frozenset(
    {"GroundFailure", "OverCurrentFailure", "OverVoltage", "PowerSwitchFailure"}
)
"""Fault inputs that end a transaction at once (ours); others may pass."""
EMERGENCY = "OtherError"
"""Of the emergency button, for which OCPP 1.6 has no code of its own."""
NO_CABLE_OHM = 4500.0
"""A proximity resistance above this is no plug: IEC 61851-1, table B.2."""


class Socket:
    """A connector.

    Args:
        connector_id: from 1.
        meter: of its EVSE.
        clock, defects: of the station.
        fixed_cable: no socket, no lock.
        ventilation: the room is ventilated: an EV in state D gets energy.
        max_current_a: of the supply.
        changed: told when the inputs have settled.
        output: told when an output has changed.

    Attributes:
        phases: that its contactor feeds; L2 and L3 have poles of their own (ours), so that they
            are switched without an interruption of L1.
    """

    __slots__ = (
        "_changed", "_clock", "_closing", "_contactor", "_defects", "_diode_missing", "_electrical",
        "_fixed_cable", "_last_outputs", "_locked", "_max_current_a", "_output", "_settling",
        "_ventilation", "connector_id", "emergency", "error_code", "inputs", "keep_locked",
        "limit_a", "lock_blocked", "lock_failed", "locked_for", "meter", "operative", "phases",
        "plugged_s", "preparing_since", "reported", "reserved", "session", "timed_out",
        "transaction", "used", "warning",
    )  # fmt: skip

    def __init__(
        self,
        connector_id: int,
        meter: Meter,
        clock: MockClock,
        defects: Defects,
        *,
        fixed_cable: bool,
        max_current_a: int,
        ventilation: bool = True,
        changed: Callable[[Socket], None],
        output: Callable[[int, ConnectorOutputs], None],
    ) -> None:
        self.connector_id = connector_id
        self.meter = meter
        self.phases = meter.phases
        self.inputs = NOT_PLUGGED
        self.session: Session | None = None
        self.transaction: Transaction | None = None
        self.used = False
        self.timed_out = False
        self.operative = True
        self.reserved = False
        self.limit_a: float | None = None
        self.error_code: str | None = None
        self.warning: str | None = None
        self.emergency = False
        self.lock_blocked = False
        self.lock_failed = False
        self.keep_locked = False
        self.locked_for: tuple[str, str | None] | None = None
        self.preparing_since: float | None = None
        self.plugged_s = 0.0
        self._max_current_a = max_current_a
        self._ventilation = ventilation
        self._electrical: str | None = None
        self._diode_missing = False
        self._clock = clock
        self._defects = defects
        self._fixed_cable = fixed_cable
        self._changed = changed
        self._output = output
        self._settling: asyncio.TimerHandle | None = None
        self._closing: asyncio.TimerHandle | None = None
        self._contactor = False
        self._locked = False
        self._last_outputs: ConnectorOutputs | None = None

    # --- what it sees -----------------------------------------------------------------------

    @property
    def cp(self) -> str:
        """Control pilot state."""
        return cp_state(self.inputs)

    @property
    def cable(self) -> bool:
        """Whether a cable is in the socket (or the fixed one in a car)."""
        if self._fixed_cable:
            return self.cp in "BCD"
        return self.inputs.pp_ohm is not None and self.inputs.pp_ohm < NO_CABLE_OHM

    @property
    def connected_to_ev(self) -> bool:
        """Whether an EV is at the other end."""
        return self.cable and self.cp in "BCD"

    @property
    def is_free(self) -> bool:
        """Whether nobody uses it and it may be used."""
        return self.operative and self.fault is None and not (self.session or self.transaction)

    @property
    def fault(self) -> str | None:
        """Error code of what prevents charging: a fault input, pilot and proximity, or the lock."""
        if self.emergency:
            return EMERGENCY
        return self.error_code or self._electrical or (LOCK_FAILURE if self.lock_failed else None)

    @property
    def is_unsafe(self) -> bool:
        """Whether the fault endangers somebody: no pilot, and the transaction is over."""
        return self.emergency or self._electrical is not None or self._is_safety_input

    @property
    def _is_safety_input(self) -> bool:
        return self.error_code in SAFETY_FAULTS

    @property
    def offered_a(self) -> float:
        """Current that supply, cable and charging profiles allow per phase; 0 below 6 A."""
        amperes, pp_ohm = float(self._max_current_a), self.inputs.pp_ohm
        if not self._fixed_cable and pp_ohm is not None:
            amperes = min(amperes, cable_limit_a(pp_ohm))
        if self.limit_a is not None:
            amperes = min(amperes, self.limit_a)
        return amperes if amperes >= LEAST_CURRENT_A else 0.0

    @property
    def offer_a(self) -> float:
        """Current that the transaction is offered per phase; 0 without one, or with a fault."""
        running = self.transaction
        if running is None or not running.offering or self.fault is not None:
            return 0.0
        return self.offered_a

    @property
    def offers(self) -> bool:
        """Whether the transaction is offered energy."""
        return self.offer_a > 0

    def apply(self, inputs: PlugInputs) -> None:
        """New measured values; they count once they have been stable for a moment."""
        if inputs == self.inputs:
            return
        was = self.cable
        self.inputs = inputs
        if self.cable and not was:
            self.plugged_s = self._clock.now()
        if self._settling is not None:
            self._settling.cancel()
        self._settling = asyncio.get_running_loop().call_later(
            self._clock.real(DEBOUNCE_S), self._settled
        )

    def settle(self) -> bool:
        """Have the inputs count at once: whoever identifies has taken longer than a bounce."""
        waits, self._settling = self._settling, None
        if waits is not None:
            waits.cancel()
            self._settled()
        return waits is not None

    def _settled(self) -> None:
        """The inputs have been stable: what they mean now counts."""
        self._settling = None
        pwm = self.outputs.pilot.generator is Generator.PWM
        if self.cp == "A":
            self._diode_missing = False
        elif pwm and lacks_diode(self.inputs):
            self._diode_missing = True  # and stays, for without PWM it cannot be seen
        if self._diode_missing:
            self._electrical = PLUG_FAULT
        else:
            self._electrical = electrical_fault(self.inputs, fixed_cable=self._fixed_cable)
        self._changed(self)

    def facts(self) -> Facts:
        """All that the status depends on."""
        return Facts(
            cp=self.cp,
            cable=self.cable,
            authorised=self.session is not None and not self.session.energy_refused,
            transaction=self.transaction is not None,
            offering=self.offers and self._may_feed,
            used=self.used,
            operative=self.operative,
            error_code=self.fault,
            reserved=self.reserved,
        )

    @property
    def _may_feed(self) -> bool:
        return self._ventilation or self.cp != "D"

    @property
    def status(self) -> str:
        """The status that is true now."""
        return status(self.facts())

    # --- what it does -----------------------------------------------------------------------

    @property
    def outputs(self) -> ConnectorOutputs:
        """Generator, contactor and lock."""
        pilot = PilotSignal(Generator.STEADY)
        if self.emergency or self._is_safety_input:
            pilot = PilotSignal(Generator.FAULT)
        elif (offer_a := self.offer_a) > 0:
            pilot = PilotSignal(Generator.PWM, duty_percent(offer_a))
        return ConnectorOutputs(pilot, self._contactor, self._locked, self.phases)

    def drive(self) -> None:
        """Bring contactor and lock to where they belong, and tell the world."""
        wants_energy = self.cp in "CD" and self.connected_to_ev and self._may_feed
        allowed = self.offers
        if self._defects.has("energy-without-authorization"):
            allowed = allowed or self.session is not None
        if self._defects.has("contactor-stays-closed") and self._contactor:
            allowed = True
        if self._defects.has("contactor-never-closes"):
            allowed = False
        if self._defects.has("energy-without-vehicle") and self.cable and self.cp == "A":
            wants_energy = allowed = True
        by_force = self._defects.has("contactor-follows-vehicle") and self.cp in "CD"
        if by_force or (wants_energy and allowed and self.fault is None):
            self._draw()
            if not self._contactor and self._closing is None:
                self._closing = asyncio.get_running_loop().call_later(
                    self._clock.real(CONTACTOR_S), self._close_contactor
                )
        else:
            self._open_contactor()
        self._drive_lock()
        self.announce()

    def announce(self) -> None:
        """Tell the world if an output has changed."""
        outputs = self.outputs
        if outputs != self._last_outputs:
            self._last_outputs = outputs
            self._output(self.connector_id, outputs)

    def cut_energy(self) -> None:
        """Open the contactor at once; `drive` tells the world."""
        if not self._defects.has("contactor-stays-closed"):
            self._open_contactor()

    def take_over(self, before: Socket) -> None:
        """A boot repairs nothing: faults, a held bolt and the emergency button stay."""
        self.error_code, self.warning = before.error_code, before.warning
        self.emergency, self.lock_blocked = before.emergency, before.lock_blocked
        self.meter.fail(before.meter.is_out)
        if self._defects.has("contactor-welded"):
            self._contactor = before.outputs.contactor_closed
        if before.lock_blocked or self._defects.has("lock-stays-closed"):
            self._locked = before.outputs.plug_locked

    def stop(self) -> None:
        """Cancel every timer: the power is gone or the station restarts."""
        for timer in (self._settling, self._closing):
            if timer is not None:
                timer.cancel()
        self._settling = self._closing = None
        self._contactor = self._contactor and self._defects.has("contactor-welded")
        self.meter.load(0.0)

    def _close_contactor(self) -> None:
        self._closing = None
        self._contactor = True
        self._draw()
        self.announce()

    def _draw(self) -> None:
        """What flows through a closed contactor: an EV obeys the pilot, resistors do not."""
        load = self.inputs.load
        current_a = min(EV_CURRENT_A, self.offered_a) if load is None else load.current_a
        if self.cp not in "CD":
            current_a = 0.0  # nobody takes it
        phases = self.phases if load is None else min(load.phases, self.phases)
        if self._contactor and self.meter.draws != (current_a, phases):
            self.meter.load(current_a, phases)

    def _open_contactor(self) -> None:
        if self._closing is not None:
            self._closing.cancel()
            self._closing = None
        if self._contactor and not self._defects.has("contactor-welded"):
            self._contactor = False
            self.meter.load(0.0)

    def _drive_lock(self) -> None:
        if self._fixed_cable or self.lock_blocked:
            return
        wanted = self.cable and (self.transaction is not None or self.keep_locked)
        if self._defects.has("lock-stays-closed") and self._locked:
            wanted = True
        if self._defects.has("lock-opens-on-ev-disconnect") and self.cp == "A":
            wanted = False
        if self._defects.has("lock-opens-when-refused") and not self.offers:
            wanted = False
        if self._defects.has("lock-closes-with-cable") and self.cable:
            wanted = True
        self._locked = wanted and not self._defects.has("lock-never-closes")

    def keep_plug(self, id_tag: str, parent_id_tag: str | None) -> None:
        """Keep the plug locked until this card, or one of its group, is shown."""
        self.keep_locked, self.locked_for = True, (id_tag, parent_id_tag)

    def hold_lock(self, blocked: bool, closed: bool | None) -> None:
        """Hold the bolt, where it is or in one of its places, or let it go."""
        self.lock_blocked = blocked
        if blocked and closed is not None and not self._fixed_cable:
            self._locked = closed

    def try_lock(self) -> bool:
        """Whether the plug is held, or can be: without that there is no charging in a socket."""
        self.lock_failed = self.lock_blocked and not self._locked and not self._fixed_cable
        return not self.lock_failed

    def try_unlock(self) -> bool:
        """Move the bolt; whether it is open afterwards."""
        self.keep_locked = False
        self._drive_lock()
        self.announce()
        return not self._locked
