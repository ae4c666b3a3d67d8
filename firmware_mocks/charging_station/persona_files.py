"""Where persona files are: those that are shipped are found by their names."""

from __future__ import annotations

import sys
from pathlib import Path

_FOLDER = Path("configs") / "personas"


def shipped() -> dict[str, Path]:
    """Files of the shipped personas by name."""
    here = Path(__file__).parents[2] / _FOLDER
    installed = Path(sys.prefix) / "share" / "evse-rig" / _FOLDER
    folder = here if here.is_dir() else installed
    return {file.stem: file for file in sorted(folder.glob("*.yaml"))}


def find(name: Path) -> Path:
    """The file that is meant: a path, or the name of a shipped persona.

    Raises:
        ValueError: there is neither.
    """
    known = shipped()
    if not name.is_file() and str(name) in known:
        return known[str(name)]
    if not name.is_file():
        raise ValueError(f"{name}: no such persona file; shipped ones are {', '.join(known)}")
    return name


def sentence(file: Path) -> str:
    """What a persona file says of itself: its first comment line."""
    first, *_ = file.read_text().splitlines() or [""]
    return first.removeprefix("#").strip()
