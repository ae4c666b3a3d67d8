"""Waveshare Modbus RTU Relay 16CH and 32CH; relays only."""

from drivers.relay.dialects.dialect import Dialect
from drivers.relay.dialects.waveshare_8 import FLASH_ON, V2

WAVESHARE_16, WAVESHARE_32 = (
    Dialect(
        name=f"waveshare-{count}",
        model=f"Waveshare Modbus RTU Relay {count}CH",
        coil_count=count,
        input_count=0,
        pulse=FLASH_ON,
        version=V2,
        source="Waveshare wiki, Modbus RTU Relay 16CH and 32CH",
    )
    for count in (16, 32)
)
