"""The shipped udev rules: well-formed, early enough, and about every device we know."""

from __future__ import annotations

import re
from pathlib import Path

from drivers.hotplug.suggestions import READERS, RELAY_ADAPTERS
from drivers.modem.usb_states import VENDOR

(RULES,) = (Path(__file__).parents[3] / "configs" / "udev").glob("*.rules")
TOKEN = re.compile(r'(?P<key>[A-Z_]+(\{[\w/]+\})?)(?P<op>==|!=|\+=|=)"(?P<value>[^"]*)"')
KEYS = {"ACTION", "SUBSYSTEM", "SUBSYSTEMS", "KERNEL", "DRIVER", "ATTR", "ATTRS", "ENV",
        "SYMLINK", "GROUP", "MODE"}  # fmt: skip


def rules() -> list[list[re.Match[str]]]:
    found = []
    for line in RULES.read_text().splitlines():
        if line and not line.startswith("#"):
            tokens = [TOKEN.fullmatch(token) for token in re.split(r",\s*(?=[A-Z])", line)]
            assert all(tokens), line
            found.append([token for token in tokens if token])
    return found


def test_they_run_before_modemmanager_decides() -> None:
    assert int(RULES.name.split("-")[0]) < 80


def test_every_rule_matches_something_and_sets_something() -> None:
    for rule in rules():
        operators = {token["op"] for token in rule}
        assert operators & {"==", "!="}, rule
        assert operators & {"=", "+="}, rule
        assert {re.split(r"[{]", token["key"])[0] for token in rule} <= KEYS


def test_every_known_adapter_and_reader_is_covered() -> None:
    values = {v for rule in rules() for token in rule for v in token["value"].split("|")}
    vendors = {usb_id.split(":")[0] for usb_id in (*RELAY_ADAPTERS, *READERS)} | {VENDOR}
    assert vendors <= values


def test_readers_get_no_name_in_a_folder() -> None:
    links = [t["value"] for rule in rules() for t in rule if t["key"] == "SYMLINK"]
    assert links == ["rig/modem-at"]
