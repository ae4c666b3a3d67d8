"""Tables of the station's reference page, made of what the station is.

`python -m firmware_mocks.station_reference docs/reference/station-emulator.md` renews the page:
what stands between `<!-- NAME -->` and `<!-- end -->` is replaced.
"""

from __future__ import annotations

import argparse
import inspect
import re
import sys
from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path

from firmware_mocks.__main__ import parser
from firmware_mocks.charging_station.defects import DEFECTS
from firmware_mocks.charging_station.persona import Persona
from firmware_mocks.charging_station.persona_files import sentence, shipped
from firmware_mocks.charging_station.wire_defect_names import WIRE_DEFECTS
from firmware_mocks.listings import station_operations
from firmware_mocks.openapi import BASE
from firmware_mocks.operations import Operation


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table in Markdown."""
    head = list(head)
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |"
                     for row in lines)  # fmt: skip


def operations() -> str:
    """Every operation with its parameters."""
    rows = [(f"`{o.name}`", f"`{o.method} {BASE}{o.path}`", _parameters(o), _summary(o))
            for o in station_operations()]  # fmt: skip
    return table(("Operation", "HTTP", "Parameters", "What it does"), rows)


def _parameters(operation: Operation) -> str:
    return ", ".join(
        f"**{name}**" if name in operation.required else name for name in operation.parameters
    )


def _summary(operation: Operation) -> str:
    return " ".join(filter(None, (operation.summary, operation.description)))


def options() -> str:
    """Every option of the process."""
    sub = next(a for a in parser()._actions if isinstance(a, argparse._SubParsersAction))  # noqa: SLF001  # argparse has no other way
    rows = []
    for action in sub.choices["charging-station"]._actions:  # noqa: SLF001  # the same
        value = action.metavar or ("" if action.nargs == 0 else (action.dest or "").upper())
        shown = (
            f"`{action.option_strings[-1]} {value}`" if value else f"`{action.option_strings[-1]}`"
        )
        choices = f": {', '.join(map(str, action.choices))}" if action.choices else ""
        rows.append((shown, (action.help or "").rstrip(".") + choices))
    return table(("Option", "Meaning"), rows)


def own_defects() -> str:
    """Defects of the station's behaviour."""
    rows = [(f"`{name}`", text) for name, text in DEFECTS.items() if name not in WIRE_DEFECTS]
    return table(("Defect", "What the station does"), rows)


def wire_defects() -> str:
    """Defects of its messages."""
    rows = [(f"`{name}:{form}`" if form else f"`{name}`", text)
            for name, (form, text) in WIRE_DEFECTS.items()]  # fmt: skip
    return table(("Defect", "What happens to a message"), rows)


def personas() -> str:
    """The shipped personas."""
    rows = [(f"[`{name}`](../../configs/personas/{name}.yaml)", sentence(file))
            for name, file in shipped().items()]  # fmt: skip
    return table(("Persona", "What it is"), rows)


def properties() -> str:
    """What a persona file may say."""
    told = {}
    for names, text in re.findall(
        r"^    ([a-z_0-9, ]+): (.+(?:\n     +.+)*)",
        inspect.cleandoc(Persona.__doc__ or ""),
        flags=re.MULTILINE,
    ):
        for name in names.split(", "):
            told[name] = " ".join(text.split())
    rows = [(f"`{field.name}`", _shown(field.default), told.get(field.name, ""))
            for field in fields(Persona)]  # fmt: skip
    return table(("Property", "Default", "Meaning"), rows)


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


TABLES = {
    "operations": operations,
    "options": options,
    "own defects": own_defects,
    "wire defects": wire_defects,
    "personas": personas,
    "properties": properties,
}


def renewed(text: str) -> str:
    """The page with its tables as they are now."""

    def replace(match: re.Match[str]) -> str:
        return f"<!-- {match[1]} -->\n{TABLES[match[1]]()}\n<!-- end -->"

    names = "|".join(TABLES)
    return re.sub(rf"<!-- ({names}) -->\n.*?<!-- end -->", replace, text, flags=re.DOTALL)


if __name__ == "__main__":
    page = Path(sys.argv[1])
    page.write_text(renewed(page.read_text()))
