"""`--persona`: a laboratory for a kind of emulated station, made when it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from rig.cli.options import chosen_bench
from rig.client.errors import ClientError
from rig.config.bench_file import load_bench
from rig.conformance.pics import load_pics

Command = Callable[..., Result]


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))


def test_a_persona_has_a_bench_with_a_plug_for_each_connector_and_its_pics(tmp_path: Path) -> None:
    file = chosen_bench(None, "shared-reader")
    assert file == tmp_path / "evse-rig" / "personas" / "shared-reader" / "bench.yaml"
    bench = load_bench(file)
    plugs = [d for d in bench.devices.values() if d.kind == "evse_tester_modbus"]
    assert [(p.unit, p.connector_id) for p in plugs] == [(n, n) for n in range(1, 5)]
    assert bench.pics is not None
    assert load_pics(bench.pics).general.model == "Quad"
    assert bench.files.image is not None


def test_a_file_of_ones_own_is_a_persona_too(tmp_path: Path) -> None:
    own = tmp_path / "own.yaml"
    own.write_text("connectors: 1\nfirmware_version: 7.7\n")
    file = chosen_bench(None, str(own))
    assert file is not None
    bench = load_bench(file)
    assert bench.virtual is not None
    assert bench.virtual.persona == own
    assert bench.bench == "persona-own"


def test_without_a_persona_the_bench_is_the_named_one(tmp_path: Path) -> None:
    assert chosen_bench(tmp_path, None) == tmp_path
    assert chosen_bench(None, None) is None


def test_an_unknown_persona_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ClientError, match="no such persona file; shipped ones are dc-quirks"):
        chosen_bench(None, "dc-quirk")


@pytest.mark.parametrize(
    "command",
    [
        ("run", "--dut", "station", "--all", "--bench", "b.yaml", "--persona", "minimal"),
        ("up", "b.yaml", "--persona", "minimal"),
        ("case", "list", "--bench", "b.yaml", "--persona", "minimal"),
    ],
    ids=lambda c: c[0],
)
def test_bench_and_persona_exclude_each_other(
    rig_command: Command, command: tuple[str, ...]
) -> None:
    result = rig_command(*command)
    assert result.exit_code == 2
    assert "not both" in result.stderr
