"""S, as far as they need more than reports."""

from __future__ import annotations

from tests.unit.conformance.rules.story import SEEN, Row, Story, at, breaks, keeps, log


def booted(*connectors: int) -> Story:
    s = log().boot()
    for connector in connectors:
        s.report(connector, "Available")
    return s


def flows(s: Story, value: bool = True) -> Story:
    return s.act("input", 1, name="voltage", value=value)


def unplugged(status: str, **more: str) -> Story:
    s = log().start(1).act("pilot", 1, cp_state="A")
    return s.report(1, status, **more)


def down() -> Story:
    return (
        log().told("ChangeAvailability", "Accepted", connectorId=1, type="Inoperative")
        .report(1, "Unavailable")
    )  # fmt: skip


def listed(enabled: str = "true") -> Story:
    return log().write("LocalAuthListEnabled", enabled).told(
        "SendLocalList", "Accepted", listVersion=1, updateType="Full",
        localAuthorizationList=[{"idTag": "04AA", "idTagInfo": {"status": "Accepted"}}],
    ).start(1, status="Invalid")  # fmt: skip


ROWS: list[Row] = [
    keeps("S5", "all", booted(0, 1, 2).wait(40)),
    keeps("S5", "log ends too soon", booted(0, 1).wait(20)),
    breaks("S5", "connector 2 is missing", booted(0, 1).wait(40)),
    breaks("S5", "too late", booted(0, 1).wait(30).report(2, "Available").wait(9)),
    breaks("S5", "after a start", booted(0, 1).start(1).report(2, "Available").wait(40)),
    keeps("S5", "a queued start", booted(0, 1).start(1, made=at(0)).report(2, "Available")
          .wait(40)),
    keeps("S6", "reported", flows(log().start(1)).report(1, "Charging").wait(60)),
    keeps("S6", "a short while", flows(flows(log().start(1)).wait(20), False).wait(60)),
    keeps("S6", "a long MinimumStatusDuration", flows(
        log().write("MinimumStatusDuration", "60").start(1)).wait(60)),
    breaks("S6", "not reported", flows(log().start(1)).wait(60)),
    keeps("S9", "survives", down().boot().report(1, "Unavailable")),
    keeps("S9", "made operative again", down().boot().told(
        "ChangeAvailability", "Accepted", connectorId=1, type="Operative").report(1, "Available")),
    breaks("S9", "forgotten", down().boot().report(1, "Available")),
    keeps("S10", "SuspendedEVSE", log().write("StopTransactionOnInvalidId", "false")
          .start(1, status="Invalid").wait(9).report(1, "SuspendedEVSE")),
    breaks("S10", "SuspendedEV", log().write("StopTransactionOnInvalidId", "false")
           .start(1, status="Invalid").wait(9).report(1, "SuspendedEV"), "warn"),
    keeps("S11", "the last", log().reconnect(60).report(1, "Finishing", timestamp=at(50))),
    breaks("S11", "one that is over", log().reconnect(60)
           .report(1, "SuspendedEV", timestamp=at(20)).report(1, "Finishing", timestamp=at(50)),
           "warn"),
    keeps("S11", "a fault", log().reconnect(60)
          .report(1, "Faulted", timestamp=at(20), errorCode="GroundFailure")
          .report(1, "Finishing", timestamp=at(50))),
    keeps("S12", "explained", unplugged("SuspendedEV", info="EV side disconnected")),
    keeps("S12", "Charging goes on first", unplugged("Charging")),
    breaks("S12", "no info", unplugged("Finishing"), "warn"),
    breaks("S12", "an error", unplugged("Finishing", info="EV side disconnected",
                                        errorCode="EVCommunicationError"), "warn"),
    keeps("S13", "with", log().reconnect(60).report(1, "Finishing", timestamp=at(50))),
    keeps("S13", "later", log().reconnect(60).wait(9).report(1, "Finishing")),
    breaks("S13", "without", log().reconnect(60).report(1, "Finishing"), "warn"),
    keeps("S14", "running", log().start(1).report(1, "Charging").wait(99)),
    keeps("S14", "being started", log().report(1, "Charging").wait(25).start(1).wait(99),
          before=SEEN),
    keeps("S14", "a station that was there before the tool", log().report(1, "Charging").wait(99)),
    breaks("S14", "Charging", log().report(1, "Charging").wait(99), before=SEEN),
    keeps("S14", "ended", log().report(1, "Available").start(1).stop(1).report(1, "Finishing")
          .wait(99)),
    keeps("S14", "B6", log().report(1, "Available").report(1, "Preparing").wait(60)
          .report(1, "Finishing").wait(99)),
    breaks("S14", "Finishing", log().report(1, "Available").wait(60).report(1, "Finishing")
           .wait(99)),
    keeps("S15", "told", listed().report(0, "Available", errorCode="LocalListConflict").wait(60)),
    keeps("S15", "list is off", listed("false").wait(60)),
    breaks("S15", "not told", listed().wait(60), "warn"),
]  # fmt: skip
