"""What the documentation says of the station emulator is what the emulator is."""

from __future__ import annotations

import json
from pathlib import Path

from firmware_mocks.listings import station_openapi
from firmware_mocks.station_reference import TABLES, renewed

DOCS = Path(__file__).parents[3] / "docs"


def test_the_openapi_description_is_that_of_the_emulator() -> None:
    committed = json.loads((DOCS / "reference" / "station-api.openapi.json").read_text())
    assert committed == station_openapi(), (
        "renew it: python -m firmware_mocks station-openapi"
        " > docs/reference/station-api.openapi.json"
    )


def test_every_operation_has_a_sentence_and_every_parameter_a_description() -> None:
    for path, verbs in json.loads(json.dumps(station_openapi()))["paths"].items():
        for verb, operation in verbs.items():
            assert operation["summary"].endswith("."), (path, verb)
            if operation["operationId"] in ("do", "stream"):
                continue
            for parameter in operation.get("parameters", []):
                assert parameter["description"], (path, parameter["name"])
            body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
            for name, schema in body.get("schema", {}).get("properties", {}).items():
                assert schema["description"], (path, name)


def test_the_tables_of_the_reference_page_are_those_of_the_emulator() -> None:
    page = (DOCS / "reference" / "station-emulator.md").read_text()
    assert all(f"<!-- {name} -->" in page for name in TABLES)
    assert page == renewed(page), (
        "renew it: python -m firmware_mocks.station_reference docs/reference/station-emulator.md"
    )


def test_every_row_of_the_tables_says_something() -> None:
    for name, make in TABLES.items():
        for row in make().splitlines()[2:]:
            assert row.split(" | ")[-1].removesuffix(" |").strip(), (name, row)
