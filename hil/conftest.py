"""Which bench is meant, said twice: these tests switch relays."""

from __future__ import annotations

from pathlib import Path

import pytest

from rig.config.bench_file import load_bench
from rig.config.models import BenchConfig, CardWriter, Modem, RelayBoard
from rig.config.plugs import ModbusEvseTester, RelayEvseTester
from rig.errors import ConfigError

BENCH = pytest.StashKey[BenchConfig]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("hardware in the loop")
    group.addoption("--bench", type=Path, help="bench file")
    group.addoption("--bench-name", help="its name, once more")
    group.addoption("--station-disconnected", action="store_true",
                    help="nothing and nobody is connected to the relays")  # fmt: skip


def pytest_configure(config: pytest.Config) -> None:
    config.stash[BENCH] = _bench(config)


def _bench(config: pytest.Config) -> BenchConfig:
    file = config.getoption("--bench")
    if file is None:
        raise pytest.UsageError("hil: say which bench: --bench FILE --bench-name NAME")
    try:
        bench = load_bench(file)
    except ConfigError as error:
        raise pytest.UsageError(str(error)) from error
    if bench.bench != config.getoption("--bench-name"):
        raise pytest.UsageError(f"hil: {file} is bench {bench.bench!r}; repeat that name")
    if not config.getoption("--station-disconnected"):
        raise pytest.UsageError(
            "hil: every relay will be switched; disconnect the station and the mains, then say "
            "--station-disconnected"
        )
    return bench


NAMED: dict[str, tuple[type, ...]] = {
    "board_name": (RelayBoard,),
    "plug_name": (RelayEvseTester, ModbusEvseTester),
    "modem_name": (Modem,),
    "writer_name": (CardWriter,),
}
"""Which devices of the bench a test is run on, by the argument that names them."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    devices = metafunc.config.stash[BENCH].devices
    for argument, kinds in NAMED.items():
        if argument in metafunc.fixturenames:
            names = [name for name, device in devices.items() if isinstance(device, kinds)]
            metafunc.parametrize(argument, names)


@pytest.fixture
def bench_config(request: pytest.FixtureRequest) -> BenchConfig:
    return request.config.stash[BENCH]
