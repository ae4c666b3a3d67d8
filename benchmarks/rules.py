"""Processor time of all rules over a log of 10,000 frames: well under a second."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from rig.conformance.catalogue import Role
from rig.conformance.rules.log import Log
from rig.conformance.rules.registry import check, rules
from rig.conformance.rules.scope import Scope
from rig.jsontypes import Json
from rig.ocppj.frames import Call, CallResult, Frame
from rig.ocppj.wirelog import WireEntry

FRAMES = 10_000
LIMIT_S = 1.0
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
SAMPLES = 6
"""MeterValues of each session."""


def log_of(frames: int) -> list[WireEntry]:
    """Sessions of a station, one after the other, with nothing wrong."""
    entries: list[WireEntry] = []

    def add(direction: str, frame: Frame) -> None:
        seq = len(entries) + 1
        entries.append(WireEntry(seq, seq * 0.5, direction, 1, "", frame, "", {}))

    def ask(action: str, conf: dict[str, Json], **req: Json) -> None:
        id = f"m{len(entries)}"
        add("in", Call(id, action, req))
        add("out", CallResult(id, conf))

    def now() -> str:
        moment = EPOCH + timedelta(seconds=(len(entries) + 1) * 0.5)
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    number = 0
    while len(entries) < frames:
        number += 1
        card = f"{number % 7:014X}"
        info: Json = {"status": "Accepted"}
        report: dict[str, Json] = {"connectorId": 1, "errorCode": "NoError"}
        ask("StatusNotification", {}, **report, status="Preparing", timestamp=now())
        ask("Authorize", {"idTagInfo": info}, idTag=card)
        ask("StartTransaction", {"transactionId": number, "idTagInfo": info}, connectorId=1,
            idTag=card, meterStart=number * 10, timestamp=now())  # fmt: skip
        ask("StatusNotification", {}, **report, status="Charging", timestamp=now())
        for k in range(SAMPLES):
            value: Json = [{"value": str(number * 10 + k), "context": "Sample.Periodic"}]
            ask("MeterValues", {}, connectorId=1, transactionId=number,
                meterValue=[{"timestamp": now(), "sampledValue": value}])  # fmt: skip
        ask("StopTransaction", {"idTagInfo": info}, transactionId=number, idTag=card,
            meterStop=number * 10 + 9, timestamp=now(), reason="Local")  # fmt: skip
        ask("StatusNotification", {}, **report, status="Finishing", timestamp=now())
        ask("StatusNotification", {}, **report, status="Available", timestamp=now())
    return entries


def main() -> None:
    """Measure and print."""
    entries = log_of(FRAMES)
    scope = Scope(
        Role.STATION, 30.0, 4.0, entries[-1].t_s, lambda t_s: EPOCH + timedelta(seconds=t_s),
        connectors=1,
    )  # fmt: skip
    begun = time.process_time()
    log = Log(entries, scope)
    read_s = time.process_time() - begun
    assert check(log) == (), check(log)[:3]
    took_s = time.process_time() - begun
    slowest: list[tuple[float, str]] = []
    for rule in rules().values():
        begun = time.process_time()
        list(rule.judge(log))
        slowest.append((time.process_time() - begun, rule.id))
    print(f"rules: {len(entries)} frames in {took_s:.2f} s, of which reading {read_s:.2f} s")
    print("slowest: " + ", ".join(f"{id} {s * 1000:.0f} ms" for s, id in sorted(slowest)[:-9:-1]))
    assert took_s < LIMIT_S, f"{took_s:.2f} s, limit {LIMIT_S} s"


if __name__ == "__main__":
    main()
