"""What a coil write costs beyond bus time, from API request to acknowledged read-back.

The wire carries FC05 and FC01 to a simulated board on a pseudo-terminal, which spends no time on
characters: bus time is the silence that must be between the two frames, at 9600 baud. Everything
else counts, also the answers of the simulated board. Each write begins on a line that has been
quiet for long, else the silence before it would hide what the daemon does meanwhile. The driver
alone, in the same run, shows how much of it is the daemon, its API and the client.

    python -m benchmarks.coil_write
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from pathlib import Path

from drivers.relay.addresses import silence_s
from drivers.relay.board import RelayBoard
from drivers.relay.dialects import WAVESHARE_8
from drivers.relay.modbus_bus import ModbusBus
from drivers.serial_link import SerialSettings
from rig.bench.mock_process import MockProcess
from rig.client.launcher import ephemeral

ROUNDS = 200
QUIET_S = 0.01
BUDGET_MS = 3.0
BENCH = """
bench: coil-write
devices:
  relay-left:
    kind: relay_board
    dialect: waveshare-8
    transport: {{kind: rtu, port: {port}}}
  mains: {{kind: mains_switch, board: relay-left, coil: 3, safe: off}}
cards: {{}}
"""


async def bare(port: str) -> list[float]:
    """Milliseconds of each write through the driver alone."""
    bus = ModbusBus(SerialSettings(port))
    board = RelayBoard("left", bus, 1, WAVESHARE_8, observe=lambda *_: None)
    spans = []
    async with board:
        for n in range(ROUNDS):
            await asyncio.sleep(QUIET_S)
            began = time.perf_counter()
            await board.set_coil(3, n % 2 == 0)
            spans.append(1000 * (time.perf_counter() - began))
    return spans


def through_the_daemon(port: str, folder: Path) -> list[float]:
    """Milliseconds of each write through the daemon's API."""
    file = folder / "bench.yaml"
    file.write_text(BENCH.format(port=port))
    spans = []
    with ephemeral(file) as client:
        for n in range(ROUNDS):
            time.sleep(QUIET_S)
            began = time.perf_counter()
            client.mains("off" if n % 2 == 0 else "on")
            spans.append(1000 * (time.perf_counter() - began))
    return spans


async def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        arguments = ["relay-board", "--transport", "rtu"]
        async with MockProcess("relay board", arguments, Path(folder) / "mock.log") as mock:
            rtu = mock.ready["rtu"]
            assert isinstance(rtu, dict)
            port = str(rtu["path"])
            alone = statistics.median(await bare(port))
            api = statistics.median(await asyncio.to_thread(through_the_daemon, port, Path(folder)))
    bus = 1000 * silence_s(SerialSettings(port))
    verdict = "within" if api - bus <= BUDGET_MS else "OVER"
    print(f"bus time          {bus:6.2f} ms  silence between FC05 and FC01, no line speed")
    print(f"driver            {alone:6.2f} ms  median of {ROUNDS}")
    print(f"through the API   {api:6.2f} ms  median of {ROUNDS}")
    print(f"beyond bus time   {api - bus:6.2f} ms  {verdict} the budget of {BUDGET_MS:g} ms")


if __name__ == "__main__":
    asyncio.run(main())
