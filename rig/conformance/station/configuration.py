"""Row 30 (021): change a configuration key."""

from __future__ import annotations

from rig.conformance.cases import case
from rig.conformance.catalogue import Role
from rig.conformance.steps import StationCase

KEY = "MeterValueSampleInterval"


@case("021", dut=Role.STATION)
async def change_configuration(s: StationCase) -> None:
    """Write a key and read it back."""
    wanted = str(s.parameters.meter_value_sample_interval)
    before = await s.read_key(KEY)
    if before == wanted:
        other = str(s.parameters.meter_value_sample_interval + 1)
        await s.command("ChangeConfiguration", key=KEY, value=other)
    await s.command("ChangeConfiguration", key=KEY, value=wanted)
    conf = await s.call("GetConfiguration", key=[KEY])
    entries = conf.get("configurationKey")
    listed = [e for e in entries if isinstance(e, dict)] if isinstance(entries, list) else []
    s.check(
        "GetConfiguration lists exactly the key asked for",
        [str(e.get("key")).casefold() for e in listed] == [KEY.casefold()],
        "rule M10.1",
        expected=KEY,
        seen=", ".join(str(e.get("key")) for e in listed) or "nothing",
    )
    value = listed[0].get("value") if listed else None
    s.check(
        "the key reads back the value that was written",
        value == wanted,
        "rule M10.2",
        expected=wanted,
        seen=value,
    )
    if before is not None:
        await s.command("ChangeConfiguration", key=KEY, value=before)
