"""What a person is told of a station: one line for what matters, nothing for the rest."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest

from firmware_mocks.charging_station.journal import Journal
from firmware_mocks.charging_station.narrator import Narrator
from firmware_mocks.clock import MockClock
from rig.jsontypes import Json

Step = tuple[str, str, object]


def told(steps: Sequence[Step], *, wire: bool = False) -> list[str]:
    """Lines without their time of day; steps are ("out" | "in" | transport event, id, content)."""
    lines: list[str] = []
    journal = Journal(MockClock())
    journal.listeners.append(Narrator(lines.append, wire=wire).take)
    for kind, id_, content in steps:
        if kind in ("out", "in"):
            raw = content if isinstance(content, str) else json.dumps(content)
            journal.frame(kind, 1, raw.replace("ID", id_))
        else:
            assert isinstance(content, dict)
            journal.transport(kind, 1, content)
    assert all(line[2] == ":" and line[8] == "." for line in lines)
    return [" ".join(line[14:].split()) for line in lines]


def call(action: str, **payload: Json) -> list[Json]:
    return [2, "ID", action, payload]


def result(**payload: Json) -> list[Json]:
    return [3, "ID", payload]


ACCEPTED: dict[str, Json] = {"status": "Accepted"}

VERIFY = "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed certificate"

CASES: dict[str, tuple[list[Step], list[str]]] = {
    "why not": (
        [
            ("refused", "", {"reason": ""}),
            ("refused", "", {"reason": ""}),
            ("refused", "", {"reason": "did not receive a valid HTTP response"}),
            ("refused", "", {"reason": VERIFY}),
        ],
        [
            "not connected the connection was closed before there was an answer: does the CSMS "
            "want ws://, or wss://?; trying again",
            "not connected did not receive a valid HTTP response: no HTTP here; does the CSMS "
            "want wss://?; trying again",
            f"not connected {VERIFY}: the certificate of the CSMS is not trusted; its root is "
            "missing or wrong: --root-certificate FILE; trying again",
        ],
    ),
    "connection": (
        [
            ("refused", "", {"status": 404}),
            ("refused", "", {"status": 404}),
            ("refused", "", {"reason": "nobody there"}),
            ("connect", "", {"url": "ws://x/CP", "subprotocol": "ocpp1.6"}),
            ("close", "", {"code": 1000}),
            ("connect", "", {"url": "ws://x/CP", "subprotocol": None}),
            ("close", "", {"code": 1006}),
        ],
        [
            "not connected HTTP 404: the CSMS does not know this path or identity; trying again",
            "not connected nobody there; trying again",
            "connected ws://x/CP ocpp1.6",
            "disconnected code 1000",
            "connected ws://x/CP no subprotocol",
            "disconnected connection lost",
        ],
    ),
    "boot and status": (
        [
            ("out", "1", call("BootNotification", chargePointModel="M")),
            ("in", "1", result(status="Pending", interval=7)),
            ("out", "2", call("StatusNotification", connectorId=1, status="Faulted",
                              errorCode="GroundFailure")),
            ("in", "2", result()),
            ("out", "3", call("Heartbeat")),
            ("in", "3", result(currentTime="now")),
        ],
        ["registration Pending, interval 7 s", "connector 1 Faulted (GroundFailure)"],
    ),
    "transaction": (
        [
            ("out", "1", call("Authorize", idTag="A")),
            ("in", "1", result(idTagInfo=ACCEPTED)),
            ("out", "2", call("StartTransaction", connectorId=2, idTag="A")),
            ("in", "2", result(transactionId=5, idTagInfo=ACCEPTED)),
            ("out", "3", call("StopTransaction", transactionId=5, reason="Local", meterStop=9)),
            ("in", "3", result()),
        ],
        [
            "card A Accepted",
            "transaction 5 started on connector 2 for A: Accepted",
            "transaction 5 stopped: Local, register 9 Wh",
        ],
    ),
    "commands": (
        [
            ("in", "1", call("ChangeAvailability", connectorId=0, type="Inoperative")),
            ("out", "1", result(status="Scheduled")),
            ("in", "2", call("GetLocalListVersion")),
            ("out", "2", result(listVersion=0)),
            ("in", "3", call("DataTransfer", data="x" * 60)),
            ("out", "3", [4, "ID", "NotSupported", "no", {}]),
        ],
        [
            "command ChangeAvailability connectorId=0 type=Inoperative",
            "answered ChangeAvailability Scheduled",
            "command GetLocalListVersion",
            f"command DataTransfer data={'x' * 37}...",
            "refused DataTransfer: NotSupported no",
        ],
    ),
    "what the CSMS does wrong": (
        [
            ("out", "1", call("Authorize", idTag="A")),
            ("in", "1", result()),
            ("out", "2", call("Heartbeat")),
            ("in", "2", [4, "ID", "GenericError", "why", {}]),
            ("violation", "", {"rule": "M2.5", "detail": "a foreign id"}),
            ("late-answer", "", {"id": "1"}),
            ("in", "", "{}"),
        ],
        [
            "card A without idTagInfo",
            "csms refuses Heartbeat: GenericError why",
            "csms is wrong M2.5: a foreign id",
            "csms is late an answer came after MessageTimeout",
            "csms is wrong not a JSON array with elements",
        ],
    ),
    "what the station does wrong": (
        [("out", "", "[2,")],
        ["sent on purpose not JSON"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_line_for_what_matters(name: str) -> None:
    steps, lines = CASES[name]
    found = told(steps)
    assert [line[: len(wanted)] for line, wanted in zip(found, lines, strict=True)] == lines


def test_every_frame_on_request() -> None:
    steps: list[Step] = [("out", "1", call("Heartbeat")), ("in", "1", result(x=1))]
    assert told(steps, wire=True) == [
        '-> csms [2, "1", "Heartbeat", {}]',
        '<- csms [3, "1", {"x": 1}]',
    ]


def test_questions_without_answers_are_forgotten() -> None:
    steps: list[Step] = [("out", str(n), call("Authorize", idTag=f"T{n}")) for n in range(70)]
    lines = told([*steps, ("in", "0", result(idTagInfo=ACCEPTED)),
                  ("in", "69", result(idTagInfo=ACCEPTED))])  # fmt: skip
    assert lines == ["card None Accepted", "card T69 Accepted"]
