"""The intake of a station: a short pre-test that shows that it is functioning.

"A short pre-test is done to show that the DUT is functioning and is not, for example, damaged
during transport" and "the vendor should indicate whether or not the DUT supports sending
milliseconds". It says nothing about conformance, so the rules over the log do not count in it.

Source: test procedure 7.2.2, Intake DUT, and 8.2.3.
"""

from __future__ import annotations

from rig.conformance.cases import Case
from rig.conformance.catalogue import Obligation, Role, Row
from rig.conformance.declared import compare, softened, tell
from rig.conformance.inbox import Expectation
from rig.conformance.interview import interview
from rig.conformance.pics import Pics
from rig.conformance.states import charging, close_session_local, close_session_remote
from rig.conformance.steps import StationCase
from rig.conformance.utilities import statuses_in_the_end

INTAKE = "INTAKE"
SOURCE = "test procedure 7.2.2, intake"

ROW = Row(
    row=0,
    no=0,
    octt_id=INTAKE,
    title="Intake of the device under test",
    feature="utility",
    group="Utility",
    obligation=dict.fromkeys(Role, Obligation.UTILITY),
    when=dict.fromkeys(Role, "true"),
    requires=dict.fromkeys(Role, ""),
)


def case_of(pics: Pics, *, assumed: bool) -> Case[StationCase]:
    """The pre-test of a station.

    Args:
        pics: what is declared about it.
        assumed: nothing was declared; `pics` is only the default.
    """

    async def pre_test(s: StationCase) -> None:
        """Reset, identity, configuration against PICS, a short charging session."""
        mark = s.mark()
        await _reset(s)
        await _configuration(s, pics, assumed=assumed)
        await _session(s)
        _milliseconds(s, mark)

    return Case(INTAKE, Role.STATION, pre_test, (), (), (), (), "A short pre-test.")


async def _reset(s: StationCase) -> None:
    """It follows a soft reset, and says who it is."""
    await s.command("Reset", type="Soft")
    boot = await s.expect("BootNotification", within=s.parameters.long_operation_timeout)
    for field in ("chargePointVendor", "chargePointModel"):
        s.check(
            f"the station tells its {field}",
            bool(boot[field]),
            SOURCE,
            expected="a name",
            seen=boot[field],
            seqs=(boot.seq,),
        )
    s.check(
        "the station tells its firmwareVersion",
        bool(boot["firmwareVersion"]),
        "test procedure 5.5: a certificate is for one software version",
        expected="a version",
        seen=boot["firmwareVersion"],
        seqs=(boot.seq,),
        severity="warn",
    )
    await s.answered(boot)
    seen = await statuses_in_the_end(s)
    s.check(
        "after a reset every connector is Available",
        set(seen.values()) == {"Available"},
        SOURCE,
        expected="Available",
        seen=", ".join(f"{n}: {status}" for n, status in seen.items()),
    )
    s.inbox.skip()


async def _configuration(s: StationCase, pics: Pics, *, assumed: bool) -> None:
    """What it says of itself is what its PICS says; what is wrong must be corrected first."""
    with s.evidence.step("ask for the configuration, and compare it with the PICS"):
        said = await interview(s.csms, s.parameters.message_timeout)
    count = len(said.keys)
    s.check("the station tells its configuration", count > 0, SOURCE,
            expected="configuration keys", seen=f"{count} keys")  # fmt: skip
    found = compare(pics, said.keys, said.boot)
    tell(s.evidence, softened(found) if assumed else found)


async def _session(s: StationCase) -> None:
    """Cable, card, energy, and all of it back."""
    card = s.cards.accepted
    if s.facts.get("local_start"):
        await s.insert()
        await s.status("Preparing")
        await s.present(card)
        await s.request_energy()
        await s.started(card.id_tag, Expectation("Authorize", optional=True))
    else:
        await charging(s)
    await s.confirm_energy_flows()
    if s.facts.get("local_stop"):
        await close_session_local(s, card)
    else:
        await close_session_remote(s)


def _milliseconds(s: StationCase, mark: int) -> None:
    """What the vendor has declared about time stamps is what the station does."""
    stamps = [str(r["timestamp"]) for r in s.calls_since(mark) if r["timestamp"] is not None]
    sends = any("." in stamp for stamp in stamps)
    declared = bool(s.facts.get("milliseconds"))
    s.check(
        "time stamps have milliseconds as the PICS declares",
        not stamps or sends is declared,
        SOURCE,
        expected="with milliseconds" if declared else "without milliseconds",
        seen="with milliseconds" if sends else "without milliseconds",
        severity="warn",
    )
