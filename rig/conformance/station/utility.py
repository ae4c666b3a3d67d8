"""The scripts of chapter 7 by themselves: 000_RESET and 000_STOPTX; run when asked for by name."""

from __future__ import annotations

from rig.conformance.cases import case
from rig.conformance.catalogue import Role
from rig.conformance.steps import StationCase
from rig.conformance.utilities import reset, stop_transactions


@case("000_RESET", dut=Role.STATION)
async def revert_to_idle(s: StationCase) -> None:
    """The station is put into the common start state."""
    await reset(s)


@case("000_STOPTX", dut=Role.STATION, prepare=("Charging",))
async def stop_session(s: StationCase) -> None:
    """Whatever transaction is still open ends, and the connector is free again."""
    mark = s.mark()
    await stop_transactions(s)
    finishing = [r for r in s.calls_since(mark) if r["status"] == "Finishing"]
    s.check(
        "the connector is Finishing once its transaction is stopped",
        bool(finishing),
        "000_STOPTX, step 4",
        expected="Finishing",
        seen="Finishing" if finishing else "not reported",
        seqs=[r.seq for r in finishing],
    )
    await s.status("Available")
