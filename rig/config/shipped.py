"""Files that come with the rig: beside the sources, or where an installation puts them."""

from __future__ import annotations

import sys
from pathlib import Path

from rig.errors import ConfigError


def shipped(file: str, what: str) -> Path:
    """Path of a file of `configs`.

    Args:
        file: path in that folder.
        what: it is, for the error.

    Raises:
        ConfigError: the installation is incomplete.
    """
    here = Path(__file__).parents[2] / "configs" / file
    installed = Path(sys.prefix) / "share" / "evse-rig" / "configs" / file
    for candidate in (here, installed):
        if candidate.is_file():
            return candidate
    raise ConfigError(f"no {what}: neither {here} nor {installed} exists")
