"""`python -m rig.daemon` is `rigd`."""

from __future__ import annotations

from rig.daemon.main import main

main()
