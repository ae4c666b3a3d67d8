"""The schema that editors use is the one of the models."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import jsonschema_rs
import orjson
import pytest

from rig.config import schema
from rig.config.nodes import read_document
from rig.config.schema import bench_schema

ROOT = Path(schema.__file__).parents[2]
SHIPPED = ROOT / "configs/schema/bench.schema.json"


def test_shipped_schema_is_up_to_date() -> None:
    assert SHIPPED.read_text() == bench_schema(), f"run: python -m rig.config.schema {SHIPPED}"


def test_module_writes_the_schema(tmp_path: Path) -> None:
    file = tmp_path / "bench.schema.json"
    subprocess.run([sys.executable, "-m", "rig.config.schema", str(file)], cwd=ROOT, check=True)
    assert file.read_text() == bench_schema()


@pytest.mark.parametrize("file", sorted((ROOT / "configs/benches").glob("*.yaml")), ids=str)
def test_bench_file_points_its_editor_to_the_schema(file: Path) -> None:
    first = file.read_text().splitlines()[0]
    assert first.startswith("# yaml-language-server: $schema=")
    assert (file.parent / first.partition("$schema=")[2]).resolve() == SHIPPED


def test_schema_knows_every_device_of_the_shipped_benches() -> None:
    kinds = set()
    for file in (ROOT / "configs/benches").glob("*.yaml"):
        value = read_document(file).value
        assert isinstance(value, dict)
        devices = value["devices"]
        assert isinstance(devices, dict)
        kinds |= {d["kind"] for d in devices.values() if isinstance(d, dict)}
    mapping = orjson.loads(bench_schema())["properties"]["devices"]["additionalProperties"]
    assert kinds <= set(mapping["discriminator"]["mapping"])


@pytest.mark.parametrize(
    ("bench", "valid"),
    [
        ({"bench": "lab", "devices": {}, "cards": {}}, True),
        ({"bench": "lab", "devices": {}, "cards": {}, "csms": {"password": "c0ffee"}}, True),
        ({"bench": "lab", "devices": {}}, False),
        ({"bench": "lab", "devices": {}, "cards": {}, "card": {}}, False),
        ({"bench": "lab", "devices": {"x": {"kind": "no"}}, "cards": {}}, False),
    ],
)
def test_schema_judges_as_the_loader_does(bench: dict[str, object], valid: bool) -> None:
    assert jsonschema_rs.is_valid(orjson.loads(bench_schema()), bench) is valid
