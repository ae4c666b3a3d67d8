"""`rig csms`: fields typed by the schema, outcomes as exit codes."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from click.testing import Result

from rig.client.csms import ActionLine, CallOutcome
from rig.client.errors import UsageProblem
from rig.client.fields import build_payload
from rig.jsontypes import Json

from .conftest import FakeDaemon

Command = Callable[..., Result]
SCHEMA: dict[str, Json] = {
    "type": "object",
    "properties": {
        "idTag": {"type": "string"},
        "connectorId": {"type": "integer"},
        "chargingProfile": {"type": "object", "properties": {"stackLevel": {"type": "integer"}}},
        "key": {"type": "array"},
    },
}


@pytest.fixture
def schema(daemon: FakeDaemon) -> FakeDaemon:
    daemon.answers["GET /v1/csms/actions/RemoteStartTransaction/schema"] = SCHEMA
    return daemon


def outcome(what: str, code: str = "", description: str = "") -> CallOutcome:
    payload: dict[str, Json] | None = {"status": "Accepted"} if what == "result" else None
    return CallOutcome("RemoteStartTransaction", what, payload, code, description, (), 0.25, "1")


def test_fields_are_what_the_schema_says() -> None:
    assert build_payload(
        ("idTag=007", "connectorId=1", "chargingProfile.stackLevel=2", 'key=["a"]', "x=on"), SCHEMA
    ) == {
        "idTag": "007", "connectorId": 1, "chargingProfile": {"stackLevel": 2}, "key": ["a"],
        "x": "on",
    }  # fmt: skip


def test_every_wrong_field_is_told_at_once() -> None:
    with pytest.raises(UsageProblem) as told:
        build_payload(("connectorId=one", "idTag", "idTag=1", "idTag.x=2"), SCHEMA)
    text = str(told.value)
    assert "connectorId: 'one' is not integer" in text
    assert "'idTag' is not KEY=VALUE" in text
    assert "idTag has a value already" in text


@pytest.mark.parametrize(
    ("what", "code"), [("result", 0), ("error", 1), ("no-answer", 3), ("lost", 3)]
)
def test_the_outcome_is_the_exit_code(
    schema: FakeDaemon, rig_command: Command, what: str, code: int
) -> None:
    schema.answers["POST /v1/csms/call"] = outcome(what, "GenericError" if code == 1 else "")
    result = rig_command("csms", "call", "RemoteStartTransaction", "idTag=007")
    assert result.exit_code == code
    sent = json.loads(schema.asked[-1].split(" ", 2)[2])
    assert (sent["payload"], sent["validate"]) == ({"idTag": "007"}, True)


def test_a_call_is_shown_with_its_answer(schema: FakeDaemon, rig_command: Command) -> None:
    schema.answers["POST /v1/csms/call"] = outcome("result")
    result = rig_command("csms", "call", "RemoteStartTransaction", "--payload", '{"idTag": "1"}')
    assert result.stdout == (
        '✓ RemoteStartTransaction: result (0.25 s)\n{\n  "status": "Accepted"\n}\n'
    )
    said = json.loads(
        rig_command("csms", "call", "RemoteStartTransaction", "idTag=1", "--json").stdout
    )
    assert said["payload"] == {"status": "Accepted"}


def test_wrong_on_purpose_asks_for_no_schema(daemon: FakeDaemon, rig_command: Command) -> None:
    daemon.answers["POST /v1/csms/call"] = outcome("error", "NotImplemented", "what?")
    result = rig_command("csms", "call", "MakeCoffee", "sugar=2", "--wrong")
    assert (result.exit_code, "NotImplemented what?" in result.stdout) == (1, True)
    sent = json.loads(daemon.asked[-1].split(" ", 2)[2])
    assert (sent["payload"], sent["validate"]) == ({"sugar": 2}, False)


@pytest.mark.parametrize("payload", ["{", "[1]"])
def test_a_payload_must_be_an_object(
    schema: FakeDaemon, rig_command: Command, payload: str
) -> None:
    result = rig_command("csms", "call", "Reset", "--payload", payload)
    assert (result.exit_code, "--payload is not" in result.stderr) == (2, True)


def test_actions_are_listed(daemon: FakeDaemon, rig_command: Command) -> None:
    daemon.many("GET /v1/csms/actions", "actions", (ActionLine("Reset", "Core"),))
    assert rig_command("csms", "actions").stdout.split() == ["action", "profile", "Reset", "Core"]
    assert json.loads(rig_command("csms", "actions", "--json").stdout)["actions"][0] == {
        "name": "Reset", "profile": "Core"
    }  # fmt: skip
