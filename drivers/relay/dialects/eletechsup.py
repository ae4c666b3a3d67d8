"""Eletechsup / 485io R4D8A08 and its family: relays are registers that take commands (FC06)."""

from drivers.relay.dialects.dialect import Commands, Dialect, Pulse

# The maker calls 0x0100 "open" and means that the relay is switched on.
R4D8A08 = Dialect(
    name="r4d8a08",
    model="Eletechsup R4D8A08",
    coil_count=8,
    input_count=0,
    commands=Commands(first=1, close=0x0100, open=0x0200, closed=1),
    # Command 06nn, "delay": on, and off after nn seconds.
    pulse=Pulse(function=6, base=1, unit_s=1.0, longest=255, command=0x0600),
    source="maker's command table of R421A08 and R4D8A08",
)
