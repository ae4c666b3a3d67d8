"""What rules need to know beside the frames, as data. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from rig.conformance.catalogue import Role
from rig.conformance.rules.background import Background
from rig.jsontypes import Json


@dataclass(frozen=True, slots=True)
class Act:
    """Something physical that the bench has reported done.

    Attributes:
        seq: its place on the time line.
        t_s: lab time.
        what: "pilot", "card", "mains" or "input".
        connector: it happened at; 0 when it is not about one.
        data: of the event.
    """

    seq: int
    t_s: float
    what: str
    connector: int
    data: dict[str, Json]


@dataclass(frozen=True, slots=True)
class Scope:
    """What the rules need to know beside the frames.

    Attributes:
        role: of the device under test.
        message_timeout_s: lab seconds for an answer.
        tolerance_s: permitted deviation of every time comparison, lab seconds.
        end_s: lab time at which the log was cut off.
        utc: converts lab time to UTC.
        before: what is known of the station when the log begins.
        acts: physical actions, in order.
        connectors: NumberOfConnectors; 0 when it is not known.
        identity, endpoint_path: that the station was given; "" when they are not known.
        security_profile: in use; None when it is not known.
        passwords: hexadecimal passwords that were in use; they must not be shown.
        milliseconds: what the PICS says of fractions in time stamps; None when it says nothing.
        fixed_cable: the station has no sockets; None when it is not known.
        long_timeout_s, reconnect_timeout_s: lab seconds for a reboot, for a reconnect.
        octt: strictness of the reference tool instead of that of the standard.
    """

    role: Role
    message_timeout_s: float
    tolerance_s: float
    end_s: float
    utc: Callable[[float], datetime]
    before: Background = field(default_factory=Background)
    acts: Sequence[Act] = ()
    connectors: int = 0
    identity: str = ""
    endpoint_path: str = ""
    security_profile: int | None = None
    passwords: frozenset[str] = frozenset()
    milliseconds: bool | None = None
    fixed_cable: bool | None = None
    long_timeout_s: float = 450.0
    reconnect_timeout_s: float = 120.0
    octt: bool = False

    def utc_s(self, t_s: float) -> float:
        """Lab time as UTC seconds."""
        return self.utc(t_s).timestamp()
