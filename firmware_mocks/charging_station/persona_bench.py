"""A virtual laboratory for a persona: bench file, PICS, and an image of its firmware.

There is a tester plug for each of its connectors, so that nothing has to be done by hand.
"""

from __future__ import annotations

from pathlib import Path

from firmware_mocks.charging_station.firmware_image import make_image
from firmware_mocks.charging_station.persona import Persona
from firmware_mocks.charging_station.persona_pics import pics_text

BENCH, PICS, IMAGE = "bench.yaml", "pics.yaml", "firmware.bin"
IMAGE_BYTES = 65536
PROFILES = (0, 1, 2, 3)
PASSWORD = "00112233445566778899AABBCCDDEEFF"  # noqa: S105  # of a station that does not exist
_HEAD = """\
# Virtual bench for the emulated station of {persona}: no hardware, and a tester plug for each
# connector. Made by: rig persona bench {name} FOLDER

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

files: {{image: {image}}}    # the firmware that the station has already
csms: {access}
pics: {pics}
"""
_RELAY_PLUG = """\
  plug-1:
    kind: evse_tester
    board: relay-left
    coils: {cp: 0, s2c: 1, pp: 2}
    inputs: {voltage: 0, locked: 1}
"""


def write_lab(persona: Persona, file: Path, folder: Path, security_profile: int = 0) -> Path:
    """Write the laboratory; returns its bench file.

    Args:
        persona: the station.
        file: of the persona; its absolute path goes into the bench file.
        folder: for the files; made if need be.
        security_profile: that the station is run with.

    Raises:
        ValueError: the station has no security extension.
        OSError: the folder cannot be written.
    """
    if security_profile and not persona.security_extension:
        raise ValueError(f"{file}: has no security_extension, and so no security profile")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / IMAGE).write_bytes(make_image(persona.firmware_version, IMAGE_BYTES))
    (folder / PICS).write_text(pics_text(persona, file.stem))
    bench = folder / BENCH
    bench.write_text(_bench_text(persona, file, security_profile))
    return bench


def _bench_text(persona: Persona, file: Path, security_profile: int) -> str:
    parts = [_HEAD.format(persona=file.absolute(), name=file.stem)]
    if persona.connectors == 1 and not persona.fixed_cable:
        parts.append(_RELAY_PLUG)
    else:
        parts += [_tester(persona, number) for number in range(1, persona.connectors + 1)]
    access = _access(security_profile, persona)
    return "".join([*parts, _TAIL.format(pics=PICS, image=IMAGE, access=access)])


def _access(security_profile: int, persona: Persona) -> str:
    fields = ["identity: CP-VIRTUAL-1", f"serial_number: {persona.serial_number}"]
    if persona.security_extension:  # its cases need several security profiles
        others = [number for number in PROFILES if number > 0 and number != security_profile]
        listed = ", ".join(f"{{security_profile: {number}}}" for number in others)
        fields += [f"security_profile: {security_profile}", f"also: [{listed}]"]
        fields += [f"password: {PASSWORD}", "host: localhost"]  # the name in the certificate
    return f"{{{', '.join(fields)}}}"


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
