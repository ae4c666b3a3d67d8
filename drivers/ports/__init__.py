"""The ports of the bench: what each kind of device can do, whoever makes it.

Every port has a driver and a `Manual*` twin that asks the operator. Drivers report what they
did and saw to an `Observer`; the rig puts that on its time line.
"""

from __future__ import annotations

from drivers.ports.cards import (
    CardPresenter,
    CardSeen,
    CardWriter,
    SectorKey,
)
from drivers.ports.cellular import (
    AccessTechnology,
    Modem,
    ModemIdentity,
    ModemStatus,
    Registration,
    Signal,
    SimState,
    TechnologyLock,
)
from drivers.ports.device import (
    Device,
    Observer,
    Operator,
    OperatorUnavailable,
    PromptKind,
    Scalar,
)
from drivers.ports.plug import (
    CableCode,
    CpState,
    EvseTester,
    Latch,
    PilotMeasurement,
    PlugFault,
    PlugReading,
    PlugTiming,
    Spread,
)
from drivers.ports.switching import (
    PulsingBoard,
    RelayBoardPort,
    StationSwitch,
)

__all__ = [
    "AccessTechnology",
    "CableCode",
    "CardPresenter",
    "CardSeen",
    "CardWriter",
    "CpState",
    "Device",
    "EvseTester",
    "Latch",
    "Modem",
    "ModemIdentity",
    "ModemStatus",
    "Observer",
    "Operator",
    "OperatorUnavailable",
    "PilotMeasurement",
    "PlugFault",
    "PlugReading",
    "PlugTiming",
    "PromptKind",
    "PulsingBoard",
    "Registration",
    "RelayBoardPort",
    "Scalar",
    "SectorKey",
    "Signal",
    "SimState",
    "Spread",
    "StationSwitch",
    "TechnologyLock",
]
