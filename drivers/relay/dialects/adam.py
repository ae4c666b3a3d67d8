"""Advantech ADAM-6060 (TCP) and ADAM-4068 (RTU): coils begin at 16.

Both can open their relays when the host falls silent, and both have power-on values, but only
Advantech's own tool sets them: the 4068 takes them by its ASCII protocol ($AAX0TTTTDDDD), the
6060 in its utility. What register 40215 of the 4068 says is read; that it is a holding register
at address 214 is the manual's numbering and was not tried on a module.
"""

from drivers.relay.dialects.dialect import Dialect
from drivers.relay.dialects.watchdogs import ForeignWatchdog

POWER_ON = "its power-on values are set by Advantech's own tool and cannot be read here"

ADAM_6060 = Dialect(
    name="adam-6060",
    model="Advantech ADAM-6060",
    coil_count=6,
    input_count=6,
    coil_base=16,
    power_on=POWER_ON,
    watchdog=ForeignWatchdog("Adam/Apax .NET Utility: host idle time, fail safe value"),
    source="Advantech ADAM-6000 manual, Modbus mapping",
)
ADAM_4068 = Dialect(
    name="adam-4068",
    model="Advantech ADAM-4068",
    coil_count=8,
    input_count=0,
    coil_base=16,
    power_on=POWER_ON,
    watchdog=ForeignWatchdog("ADAM utility: host watchdog, safety value", enabled=214),
    source="Advantech ADAM-4000 manual, Modbus mapping",
)
