"""Waveshare Modbus RTU Relay, 8 channels, models with inputs included; firmware V2 and later."""

from drivers.relay.dialects.dialect import Dialect, Pulse, VersionRule

# Boards made before September 2021 count relays from 1 and write 0100 for "on". They
# acknowledge our frames without doing what we mean.
V2 = VersionRule(
    register=0x8000,
    minimum=200,
    refusal="firmware V1 speaks another dialect and must not be driven with this one",
)
# "Flash on": FC05 with a time instead of FF00. The greatest value is what the maker names.
FLASH_ON = Pulse(function=5, base=0x0200, unit_s=0.1, longest=0x7FFF)

WAVESHARE_8 = Dialect(
    name="waveshare-8",
    model="Waveshare Modbus RTU Relay (8 channels)",
    coil_count=8,
    input_count=8,
    pulse=FLASH_ON,
    version=V2,
    # Models without inputs answer "illegal data address" here, which is as good.
    linkage_base=0x1000,
    source="Waveshare wiki, Modbus RTU Relay and Modbus RTU Relay (D), protocol V3",
)
