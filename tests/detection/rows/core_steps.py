"""Core, one step at a time: for each validation a station that breaks just that one."""

from __future__ import annotations

from pathlib import Path

WRONG: list[tuple[str, ...]] = [
    tuple(line.split("\t"))
    for line in Path(__file__).with_suffix(".tsv").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]
