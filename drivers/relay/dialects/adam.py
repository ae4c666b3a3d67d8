"""Advantech ADAM-6060 (TCP) and ADAM-4068 (RTU): coils begin at 16.

Both can open their relays when the host falls silent, but only their own tool sets that.
"""

from drivers.relay.dialects.dialect import Dialect

ADAM_6060 = Dialect(
    name="adam-6060",
    model="Advantech ADAM-6060",
    coil_count=6,
    input_count=6,
    coil_base=16,
    source="Advantech ADAM-6000 manual, Modbus mapping",
)
ADAM_4068 = Dialect(
    name="adam-4068",
    model="Advantech ADAM-4068",
    coil_count=8,
    input_count=0,
    coil_base=16,
    source="Advantech ADAM-4000 manual, Modbus mapping",
)
