"""`rig --help` and completion feel instant: nothing heavy is imported for them."""

from __future__ import annotations

import subprocess
import sys

HEAVY = {"aiohttp", "jinja2", "ocpp", "orjson", "pydantic", "pymodbus", "rich", "textual",
         "websockets", "yaml"}  # fmt: skip


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys\nsys.argv = ['rig', '--help']\n"
        "from rig.cli.main import main\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert end.code == 0\n"
        f"print('heavy:', sorted({HEAVY!r} & set(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30)
    assert ran.returncode == 0, ran.stderr
    assert "Commands" in ran.stdout
    assert ran.stdout.rstrip().endswith("heavy: []")
