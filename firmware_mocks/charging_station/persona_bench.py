"""A virtual laboratory for a persona: a bench file with a plug for each of its connectors.

Its PICS stands beside it, in `pics.yaml`.
"""

from __future__ import annotations

from pathlib import Path

from firmware_mocks.charging_station.persona import Persona

PICS = "pics.yaml"
_HEAD = """\
# Virtual bench for the emulated station of {persona}: no hardware, and a tester plug for each
# connector. Made by: rig persona bench {name}

bench: persona-{name}
time_scale: 10

virtual:
  seed: 1
  persona: {persona}

devices:
  relay-left:
    kind: relay_board
    dialect: waveshare-8
    transport: {{kind: rtu, port: "mock:relay-rtu"}}
  mains: {{kind: mains_switch, board: relay-left, coil: 3, safe: off}}
  reader:
    kind: card_presenter
    board: relay-left
    cards: {{accepted: 4, invalid: 5, blocked: 6, expired: 7}}
"""
_TAIL = """
cards:
  accepted: {{id_tag: 04A1B2C3D4E5F6, status: Accepted}}
  invalid: {{id_tag: 04BADBADBADBAD, status: Invalid}}
  blocked: {{id_tag: 04B10C0ED00001, status: Blocked}}
  expired: {{id_tag: 04E0F19ED00001, status: Expired}}

csms: {{identity: CP-VIRTUAL-1}}
pics: {pics}
"""
_RELAY_PLUG = """\
  plug-1:
    kind: evse_tester
    board: relay-left
    coils: {cp: 0, s2c: 1, pp: 2}
    inputs: {voltage: 0, locked: 1}
"""


def bench_text(persona: Persona, file: Path) -> str:
    """The bench file; the persona is named by its absolute path."""
    parts = [_HEAD.format(persona=file.absolute(), name=file.stem)]
    if persona.connectors == 1 and not persona.fixed_cable:
        parts.append(_RELAY_PLUG)
    else:
        parts += [_tester(persona, number) for number in range(1, persona.connectors + 1)]
    return "".join([*parts, _TAIL.format(pics=PICS)])


def _tester(persona: Persona, number: int) -> str:
    """One with its own controller: its line has room for as many as there are connectors."""
    kind = "type1" if persona.fixed_cable and persona.phases == 1 else "type2"
    fixed = "\n    fixed_cable: true" if persona.fixed_cable else ""
    return f"""\
  plug-{number}:
    kind: evse_tester_modbus
    plug_type: {kind}{fixed}
    unit: {number}
    transport: {{kind: rtu, port: "mock:tester-rtu"}}
    connector_id: {number}
"""
