"""A PICS file to fill in: every item with what it decides, its default, and its choices."""

from __future__ import annotations

from typing import Literal, get_args, get_origin

from pydantic.fields import FieldInfo

from rig.conformance.catalogue import Role
from rig.conformance.pics import Item, default_pics, items

WIDTH = 100
_KINDS = {str: "text", bool: "true or false", int: "whole number", float: "number"}


def template(role: Role) -> str:
    """The file for a device of this role; it is valid as it is."""
    pics = default_pics(role)
    lines = [
        "# yaml-language-server: $schema=pics.schema.json",
        "#",
        f"# PICS of a {role.words}: what its vendor declares. Items that stay commented out are",
        "# not declared. Check it with: rig pics check FILE",
    ]
    section = ""
    for item in items(pics):
        if role.value not in item.dut:
            continue
        if item.section != section:
            section = item.section
            title = (type(getattr(pics, section)).__doc__ or "").strip()
            lines += ["", f"# {title}", f"{section}:"]
        lines += _lines(item)
    return "\n".join(lines) + "\n"


def _lines(item: Item) -> list[str]:
    about = [item.info.description or ""]
    about += [f"unit: {item.measure}"] if item.measure else []
    about += [f"configuration key {item.key}"] if item.key and item.key != item.name else []
    text = "; ".join(about)
    value = _yaml(item.value)
    entry = f"  {item.name}: {value}" if value else f"  # {item.name}:"
    return [*_wrapped(f"{text} [{choices(item.info)}]"), entry]


def _wrapped(text: str) -> list[str]:
    lines, line = [], "  #"
    for word in text.split():
        if len(line) + 1 + len(word) > WIDTH:
            lines.append(line)
            line = "  #  "
        line += f" {word}"
    return [*lines, line]


def _yaml(value: object) -> str:
    """A value in YAML; "" for none."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, frozenset | tuple):
        return f"[{', '.join(sorted(map(str, value)))}]" if value else ""
    return "" if value in (None, "", {}) else str(value)


def choices(info: FieldInfo) -> str:
    """What may be written, in words."""
    return _choices(info.annotation)


def _choices(kind: object) -> str:
    if kind in _KINDS:
        return _KINDS[kind]
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Literal:
        return ", ".join(map(str, arguments))
    if origin is frozenset:
        return f"list of {_choices(arguments[0])}"
    if origin is tuple:
        return "list of lists of numbers"
    if origin is dict:
        return "name: number"
    inner = [a for a in arguments if a is not type(None)]
    return _choices(inner[0]) if inner else "text"
