"""A form from a schema, and a payload from what was filled in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import ocpp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rig.tui.form import Field, FormProblem, fields_of, payload_of

SCHEMAS = Path(ocpp.__file__).parent / "v16" / "schemas"
REQUESTS = sorted(p.stem for p in SCHEMAS.glob("*.json") if not p.stem.endswith("Response"))
NUMBERS = {"integer": "7", "number": "7.5", "boolean": "true"}


def schema(name: str) -> dict[str, Any]:
    said = json.loads((SCHEMAS / f"{name}.json").read_text("utf-8-sig"))
    assert isinstance(said, dict)
    return said


def filled(field: Field) -> str:
    """Something that fits a field."""
    if field.choices:
        return field.choices[0]
    if field.kind == "json":
        return field.hint.removeprefix("JSON, e.g. ")
    if field.kind == "text" and field.hint.startswith("e.g. "):
        return field.hint.removeprefix("e.g. ")
    return NUMBERS.get(field.kind, "x")


@pytest.mark.parametrize("name", REQUESTS)
def test_what_fits_the_fields_fits_the_schema(name: str) -> None:
    fields = fields_of(schema(name))
    payload = payload_of(fields, {f.name: filled(f) for f in fields if f.required})
    problems = list(jsonschema_rs.validator_for(schema(name)).iter_errors(payload))
    assert problems == []


def test_required_fields_come_first_and_objects_are_dotted() -> None:
    fields = fields_of(schema("SetChargingProfile"))
    names = [f.name for f in fields]
    assert names[:2] == ["connectorId", "csChargingProfiles.chargingProfileId"]
    assert "csChargingProfiles.chargingSchedule.chargingRateUnit" in names
    kinds = {f.name: f.kind for f in fields}
    assert kinds["csChargingProfiles.chargingSchedule.chargingSchedulePeriod"] == "json"


def test_references_are_followed() -> None:
    names = [f.name for f in fields_of(schema("SignedUpdateFirmware"))]
    assert "firmware.location" in names


def test_what_is_needed_only_with_its_object_is_not_required() -> None:
    fields = {f.name: f for f in fields_of(schema("RemoteStartTransaction"))}
    assert fields["idTag"].required
    assert not fields["chargingProfile.stackLevel"].required


def test_empty_fields_are_left_out() -> None:
    fields = fields_of(schema("RemoteStartTransaction"))
    assert payload_of(fields, {"idTag": " 04A1 ", "connectorId": ""}) == {"idTag": "04A1"}


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [("words", "a, b,", ["a", "b"]), ("boolean", "false", False), ("number", "1.5", 1.5),
     ("number", "-2", -2), ("json", '[{"a": 1}]', [{"a": 1}]), ("text", "12", "12")],
)  # fmt: skip
def test_values_have_the_type_of_their_field(kind: str, text: str, value: object) -> None:
    assert payload_of((Field(("x",), kind, True),), {"x": text}) == {"x": value}


@pytest.mark.parametrize("kind", ["integer", "number", "json"])
def test_what_does_not_fit_is_named(kind: str) -> None:
    with pytest.raises(FormProblem, match=r"a\.b: '\?' is not"):
        payload_of((Field(("a", "b"), kind, True),), {"a.b": "?"})


@given(st.integers())
def test_whole_numbers_stay_whole(number: int) -> None:
    fields = (Field(("n",), "integer", True), Field(("m",), "number", True))
    payload = payload_of(fields, {"n": str(number), "m": str(number)})
    assert payload == {"n": number, "m": number}
