"""The how-to page for CSMS teams: its programs run, its commands exist."""

from __future__ import annotations

import asyncio
import os
import re
import shlex
import sys
from pathlib import Path

import pytest

from rig.cli.station import station
from tests.wire.emulated_station import laboratory

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "how-to" / "test-a-csms-with-the-station.md").read_text()
PROGRAMS = re.findall(r"^```python\n(.*?)^```", PAGE, flags=re.DOTALL | re.MULTILINE)
COMMANDS = re.findall(r"^[^`\n]*(rig station .*)$", PAGE, flags=re.MULTILINE)


@pytest.mark.parametrize("program", PROGRAMS, ids=["session", "what real stations do"])
async def test_its_programs_run_against_a_csms(tmp_path: Path, program: str) -> None:
    async with laboratory(tmp_path, 1.0) as lab:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", program, cwd=ROOT, stderr=asyncio.subprocess.PIPE,
            env={**os.environ, "CSMS": lab.url},
        )  # fmt: skip
        async with asyncio.timeout(50):
            _, said = await process.communicate()
        assert process.returncode == 0, said.decode()
        assert len(lab.calls("StopTransaction")) == 1


def test_its_commands_have_only_options_that_there_are() -> None:
    assert len(COMMANDS) == 2
    known = {option for parameter in station.params for option in parameter.opts}
    for command in COMMANDS:
        used = {word for word in shlex.split(command) if word.startswith("--")}
        assert used <= known


async def test_json_lines_of_one_request_from_a_shell(tmp_path: Path) -> None:
    async with laboratory(tmp_path, 1.0) as lab:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", "from rig.cli.main import main; main()", "station",
            "--csms", lab.url, "--id", "CP1", "--json-lines", "--quiet",
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        async with asyncio.timeout(30):
            out, _ = await process.communicate(b'{"id": 1, "do": "state"}\n')
        assert process.returncode == 0
        ready, answer, *_ = out.splitlines()
        assert b'"ready": true' in ready
        assert b'"id": 1, "ok": true' in answer
