"""What a bench file may say, and how each mistake in it is reported."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from rig.config import shipped
from rig.config.bench_file import default_bench, load_bench
from rig.config.dialects import DIALECTS
from rig.config.models import BenchConfig, RelayBoard, RelayMainsSwitch
from rig.config.transports import PortMatch, RtuTransport
from rig.errors import ConfigError

Load = Callable[[str], BenchConfig]
ProblemsOf = Callable[[str], list[str]]

CONFIGS = Path(shipped.__file__).parents[2] / "configs"

HEAD = """\
bench: lab
devices:
  left:
    kind: relay_board
    dialect: waveshare-8
    transport: {kind: tcp, host: 10.0.0.1}
"""
CARDS = """\
cards:
  good: {id_tag: 04AA, status: Accepted}
"""
LAB = HEAD + CARDS  # 8 lines: what is added stands in line 9
PLUG = """\
  plug:
    kind: evse_tester
    board: left
    coils: {cp: 0, s2c: 1, pp: 2}
"""
KINDS = (
    "'relay_board', 'evse_tester', 'evse_tester_modbus', 'manual_evse_tester', 'mains_switch', "
    "'manual_mains_switch', 'network_switch', 'manual_network_switch', 'card_presenter', "
    "'manual_card_presenter', 'card_writer', 'manual_card_writer', 'modem', 'manual_modem'"
)
NO_INTEGER = "input should be a valid integer, unable to parse string as an integer"


def instead(old: str, new: str) -> str:
    """The lab file with one change."""
    assert old in LAB
    return LAB.replace(old, new)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param(
            LAB + "paramters: {}\n",
            "9:1: paramters: unknown key; did you mean 'parameters'?",
            id="unknown key",
        ),
        pytest.param(
            instead("tcp, ", "tcp, baud: 1, "),
            "6:28: devices.left.transport.baud: unknown key; did you mean 'baudrate'?",
            id="unknown key, start of a name",
        ),
        pytest.param(
            LAB + "qqqqqq: 1\n", "9:1: qqqqqq: unknown key; remove it", id="unknown key, none near"
        ),
        pytest.param(
            LAB + "paramters:\n",
            "9:1: paramters: unknown key; did you mean 'parameters'?",
            id="unknown key, empty",
        ),
        pytest.param(
            LAB + "csms: {seed: 3}\n",
            "9:8: csms.seed: not a key of this place; move or remove it",
            id="key of another place",
        ),
        pytest.param(
            LAB + "bench: two\n",
            "9:1: bench: key stands twice, first in line 1; remove one",
            id="duplicate key",
        ),
        pytest.param(
            instead("bench: lab", "bench:"), "1:7: bench: missing; add it", id="missing, empty"
        ),
        pytest.param(
            instead("bench: lab", "bench: my lab"),
            "1:8: bench: 'my lab' is no name; use letters, digits, - _ .",
            id="bench is no name",
        ),
        pytest.param(
            instead("  left:", "  left board:"),
            "4:5: devices.left board: 'left board' is no name; use letters, digits, - _ .",
            id="device is no name",
        ),
        pytest.param(
            instead("dialect", "dialekt: x\n    dialect"),
            "5:5: devices.left.dialekt: unknown key; did you mean 'dialect'?",
            id="unknown key of a device",
        ),
        pytest.param(
            instead("waveshare-8", "other"),
            f"4:5: devices.left: dialect 'other' is not known; use one of {', '.join(DIALECTS)}",
            id="unknown dialect",
        ),
        pytest.param(
            instead("relay_board", "relais"),
            f"4:11: devices.left.kind: 'relais' is no known kind; use one of {KINDS}",
            id="unknown kind",
        ),
        pytest.param(
            instead("    kind: relay_board\n", ""),
            "4:5: devices.left: `kind` is missing; add it",
            id="missing kind",
        ),
        pytest.param(
            instead(" relay_board", ""),
            f"4:10: devices.left.kind: missing; use one of {KINDS}",
            id="empty kind",
        ),
        pytest.param(
            instead("kind: tcp", "kind: udp"),
            "6:23: devices.left.transport.kind: 'udp' is no known kind; use one of 'rtu', 'tcp'",
            id="unknown transport",
        ),
        pytest.param(
            instead("{kind: tcp, host: 10.0.0.1}", "10.0.0.1"),
            "6:16: devices.left.transport: must be keys with values",
            id="transport as text",
        ),
        pytest.param(
            instead("10.0.0.1", "10.0.0.1, port: 70000"),
            "6:50: devices.left.transport.port: '70000': "
            "input should be less than or equal to 65535",
            id="port out of range",
        ),
        pytest.param(
            instead("{kind: tcp, host: 10.0.0.1}", "{kind: rtu, port: a, stopbits: 3}"),
            "6:47: devices.left.transport.stopbits: '3': input should be 1 or 2",
            id="stop bits",
        ),
        pytest.param(
            instead("dialect: ", "unit: 248\n    dialect: "),
            "5:11: devices.left.unit: '248': input should be less than or equal to 247",
            id="Modbus unit out of range",
        ),
        pytest.param(
            instead("  good:", "  best:\n  good:"),
            "8:8: cards.best: must be keys with values",
            id="card without content",
        ),
        pytest.param(
            instead("04AA", "123456789012345678901"),
            "8:18: cards.good.id_tag: '123456789012345678901': "
            "string should have at most 20 characters",
            id="id_tag of 21 characters",
        ),
        pytest.param(
            instead("04AA", "''"),
            "8:18: cards.good.id_tag: '': string should have at least 1 character",
            id="id_tag empty",
        ),
        pytest.param(
            instead("Accepted", "accepted"),
            "8:32: cards.good.status: 'accepted': "
            "input should be 'Accepted', 'Invalid', 'Blocked', 'Expired' or 'ConcurrentTx'",
            id="card status in another case",
        ),
        pytest.param(
            LAB + "time_scale: 10\n",
            "9:13: time_scale: real devices need real time; remove it, or add `virtual:`",
            id="time_scale without virtual",
        ),
        pytest.param(
            LAB + "time_scale: 0\n",
            "9:13: time_scale: '0': input should be greater than 0",
            id="time_scale 0",
        ),
        pytest.param(
            LAB + "time_scale: nan\n",
            "9:13: time_scale: 'nan': input should be less than or equal to 1000",
            id="time_scale nan",
        ),
        pytest.param(
            LAB + "csms: {path: ocpp}\n",
            "9:14: csms.path: 'ocpp': string should match pattern '^/[^?#]*$'",
            id="path without slash",
        ),
        pytest.param(
            LAB + "csms_under_test: {kind: websocket}\n",
            "9:18: csms_under_test: kind websocket needs the url of the CSMS; add `url: ws://...`",
            id="websocket without url",
        ),
        pytest.param(
            LAB + "csms_under_test: {kind: websocket, url: 'wss://x'}\n",
            "9:18: csms_under_test: a foreign CSMS is told to act by hand; set `operator: manual`",
            id="websocket with mock operator",
        ),
        pytest.param(
            LAB + "csms_under_test: {url: http://x}\n",
            "9:24: csms_under_test.url: 'http://x': string should match pattern '^wss?://'",
            id="url of another scheme",
        ),
        pytest.param(
            LAB + "pics: gone.yaml\n",
            "9:7: pics: gone.yaml does not exist; check the path",
            id="missing file pics",
        ),
        pytest.param(
            LAB + "pics: .\n", "9:7: pics: . does not exist; check the path", id="pics is a folder"
        ),
        pytest.param(
            LAB + f"pics: {'a' * 300}\n",
            f"9:7: pics: {'a' * 300} cannot be read: File name too long",
            id="pics cannot be looked up",
        ),
        pytest.param(
            instead(
                "cards:\n",
                "  net: {kind: manual_network_switch}\n"
                "  way: {kind: network_switch, board: left, coil: 3}\ncards:\n",
            ),
            "8:8: devices.way: one network switch per bench; there is net already",
            id="two network switches",
        ),
        pytest.param(
            instead(
                "cards:\n",
                "  mains: {kind: manual_mains_switch}\n"
                "  more: {kind: mains_switch, board: left, coil: 3, safe: off}\ncards:\n",
            ),
            "8:9: devices.more: one mains switch per bench; there is mains already",
            id="two mains switches",
        ),
        pytest.param(
            LAB + "virtual: {persona: gone.yaml}\n",
            "9:20: virtual.persona: gone.yaml does not exist; check the path",
            id="missing persona",
        ),
        pytest.param(
            LAB + "runs_dir: ~nobody-of-this-name/runs\n",
            "9:11: runs_dir: no home folder for ~nobody-of-this-name/runs; write the whole path",
            id="runs_dir of an unknown user",
        ),
    ],
)
def test_mistake_is_reported_with_position(
    text: str, problem: str, problems_of: ProblemsOf
) -> None:
    assert problems_of(text) == [f"bench.yaml:{problem}"]


@pytest.mark.parametrize(
    ("devices", "problem"),
    [
        pytest.param(
            PLUG.replace("board: left", "board: leftt"),
            "9:12: devices.plug.board: no relay board 'leftt'; did you mean 'left'?",
            id="unknown board with a near one",
        ),
        pytest.param(
            PLUG.replace("board: left", "board: qqqqq"),
            "9:12: devices.plug.board: no relay board 'qqqqq'; add it under `devices`",
            id="unknown board",
        ),
        pytest.param(
            "  mains: {kind: mains_switch, board: person, coil: 1}\n"
            "  person: {kind: manual_evse_tester}\n",
            "7:38: devices.mains.board: no relay board 'person'; add it under `devices`",
            id="board that is another device",
        ),
        pytest.param(
            PLUG + "  mains: {kind: mains_switch, board: left, coil: 2}\n",
            "11:50: devices.mains.coil: coil 2 of left is used by plug.pp32A already",
            id="coil used twice",
        ),
        pytest.param(
            PLUG.replace("pp: 2", "pp: 1"),
            "10:32: devices.plug.coils.pp.32A: coil 1 of left is used by plug.s2c already",
            id="coil used twice by one plug",
        ),
        pytest.param(
            "  reader: {kind: card_presenter, board: left, cards: {good: 3, other: 3}}\n"
            "cards: {good: {id_tag: A, status: Accepted}, other: {id_tag: B, status: Invalid}}\n",
            "7:71: devices.reader.cards.other: coil 3 of left is used by reader.good already",
            id="coil used twice by one card presenter",
        ),
        pytest.param(
            PLUG.replace("cp: 0", "cp: 8"),
            "10:17: devices.plug.coils.cp: left has coils 0 to 7, not 8",
            id="coil out of range",
        ),
        pytest.param(
            PLUG + "    inputs: {locked: 8}\n",
            "11:22: devices.plug.inputs.locked: left has inputs 0 to 7, not 8",
            id="input out of range",
        ),
        pytest.param(
            PLUG + "  second: {kind: manual_evse_tester}\n",
            "11:11: devices.second.connector_id: connector 1 has tester plug plug already",
            id="two plugs on one connector",
        ),
        pytest.param(
            "  reader: {kind: card_presenter, board: left, cards: {goood: 3}}\n",
            "7:62: devices.reader.cards.goood: no card 'goood'; did you mean 'good'?",
            id="unknown card with a near one",
        ),
        pytest.param(
            "  reader: {kind: card_presenter, board: left, cards: {zzz: 3}}\n",
            "7:60: devices.reader.cards.zzz: no card 'zzz'; add it under `cards`",
            id="unknown card",
        ),
    ],
)
def test_reference_across_the_file_is_checked(
    devices: str, problem: str, problems_of: ProblemsOf
) -> None:
    text = HEAD + devices + ("" if "cards: {good: {" in devices else CARDS)
    assert problems_of(text) == [f"bench.yaml:{problem}"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param(
            instead("10.0.0.1", '"mock:relay-tcp"'),
            "6:34: devices.left.transport.host: mock:relay-tcp exists only with `virtual:`; add it",
            id="mock without virtual",
        ),
        pytest.param(
            instead("10.0.0.1", '"mock:relay-rtu"') + "virtual: {}\n",
            "6:34: devices.left.transport.host: "
            "no mock:relay-rtu; the virtual bench has mock:relay-tcp, mock:plug-relays-tcp, "
            "mock:plug-watchdog-tcp",
            id="mock of the other transport",
        ),
        pytest.param(
            instead("{kind: tcp, host: 10.0.0.1}", '{kind: rtu, port: "mock:x"}') + "virtual: {}\n",
            "6:34: devices.left.transport.port: no mock:x; the virtual bench has "
            "mock:relay-rtu, mock:plug-relays-rtu, mock:plug-watchdog-rtu",
            id="unknown mock on RTU",
        ),
        pytest.param(
            instead("dialect: ", "safe_closed: [0, 8]\n    dialect: "),
            "5:22: devices.left.safe_closed[1]: the board has coils 0 to 7",
            id="safe coil out of range",
        ),
    ],
)
def test_board_that_cannot_be_is_reported(text: str, problem: str, problems_of: ProblemsOf) -> None:
    assert problems_of(text) == [f"bench.yaml:{problem}"]


def test_inputs_and_coils_are_counted_apart(load: Load) -> None:
    config = load(HEAD + PLUG + "    inputs: {voltage: 0, locked: 1}\n" + CARDS)
    assert set(config.devices) == {"left", "plug"}


def test_same_coil_of_two_boards_is_no_conflict(load: Load) -> None:
    right = "  right: {kind: relay_board, dialect: waveshare-8, transport: {kind: tcp, host: r}}\n"
    mains = "  mains: {kind: mains_switch, board: right, coil: 0}\n"
    assert len(load(HEAD + right + PLUG + mains + CARDS).devices) == 4


@pytest.mark.parametrize("word", ["on", "no", "1e3", "0x10", "12:30", "0o17", "~", "null"])
def test_no_integer_by_accident(word: str, problems_of: ProblemsOf) -> None:
    problem = f"bench.yaml:9:31: parameters.message_timeout: {word!r}: {NO_INTEGER}"
    assert problems_of(LAB + f"parameters: {{message_timeout: {word}}}\n") == [problem]


@pytest.mark.parametrize(
    "word", ["on", "no", "1e3", "0x10", "12:30", "04E12345", "0123", "true", "~", "2026-01-01"]
)
def test_identifier_stays_the_text_that_was_written(word: str, load: Load) -> None:
    assert load(instead("04AA", word)).cards["good"].id_tag == word


def test_every_problem_is_reported_in_the_order_of_the_file(problems_of: ProblemsOf) -> None:
    text = """\
devices:
  left: {kind: relay_board, dialect: waveshare-8, unit: 0, transport: {kind: tcp}}
  left2: {kind: nothing}
cards:
  good: {id_tag: 04AA}
parameters: {message_timeout: on, offline_tim: 3}
"""
    assert problems_of(text) == [
        "bench.yaml:1:1: bench: missing; add it",
        "bench.yaml:2:57: devices.left.unit: '0': input should be greater than or equal to 1",
        "bench.yaml:2:71: devices.left.transport.host: missing; add it",
        f"bench.yaml:3:17: devices.left2.kind: 'nothing' is no known kind; use one of {KINDS}",
        "bench.yaml:5:9: cards.good.status: missing; add it",
        f"bench.yaml:6:31: parameters.message_timeout: 'on': {NO_INTEGER}",
        "bench.yaml:6:35: parameters.offline_tim: unknown key; did you mean 'offline_time'?",
    ]


def test_every_problem_across_the_file_is_reported_in_order(problems_of: ProblemsOf) -> None:
    text = "time_scale: 2\n" + HEAD + PLUG.replace("cp: 0", "cp: 9") + CARDS + "pics: gone\n"
    assert [p.split(": ")[1] for p in problems_of(text)] == [
        "time_scale",
        "devices.plug.coils.cp",
        "pics",
    ]


def test_problems_come_in_order_whatever_the_folder_is_called(tmp_path: Path) -> None:
    folder = tmp_path / "lab: north:3"
    folder.mkdir()
    file = folder / "bench.yaml"
    file.write_text("aaa: 1\n" + LAB + "zzz: 2\n")
    with pytest.raises(ConfigError) as raised:
        load_bench(file)
    assert [p.removeprefix(str(file)) for p in raised.value.problems] == [
        ":1:1: aaa: unknown key; remove it",
        ":10:1: zzz: unknown key; remove it",
    ]


@pytest.mark.parametrize("word", ["csms:", "virtual:", "pics:", "parameters: {offline_time: }"])
def test_known_key_without_value_means_its_default(word: str, load: Load) -> None:
    assert load(f"{LAB}{word}\n") == load(LAB)


def test_schema_decides_the_type(load: Load) -> None:
    text = instead("{kind: tcp, host: 10.0.0.1}", "{kind: rtu, port: /dev/x, stopbits: 2}")
    mains = "  mains: {kind: mains_switch, board: left, coil: 3, safe: off}\n"
    config = load(text.replace("cards:\n", mains + "cards:\n") + "edition: {strictness: octt}\n")
    board, switch = config.devices["left"], config.devices["mains"]
    assert isinstance(board, RelayBoard)
    assert isinstance(board.transport, RtuTransport)
    assert isinstance(switch, RelayMainsSwitch)
    assert (board.transport.stopbits, switch.safe, config.edition.strict) == (2, "off", True)


def test_paths_count_from_the_folder_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "pics.yaml").touch()
    (tmp_path / "persona.yaml").touch()
    folder = tmp_path / "benches"
    folder.mkdir()
    file = folder / "bench.yaml"
    paths = "pics: ../pics.yaml\nvirtual: {persona: ../persona.yaml}\nruns_dir: runs\n"
    file.write_text(LAB + paths)
    config = load_bench(file)
    assert config.virtual is not None
    assert config.pics == folder / "../pics.yaml"
    assert config.virtual.persona == folder / "../persona.yaml"
    assert config.runs_dir == folder / "runs"


def test_runs_dir_may_be_in_the_home_folder(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/lab")
    assert load(LAB + "runs_dir: ~/runs\n").runs_dir == Path("/home/lab/runs")


@pytest.mark.parametrize("file", sorted((CONFIGS / "benches").glob("*.yaml")), ids=lambda f: f.stem)
def test_shipped_bench_loads_under_its_own_name(file: Path) -> None:
    assert load_bench(file).bench == file.stem


# --- secrets --------------------------------------------------------------------------------------


@pytest.mark.parametrize("section", ["csms", "csms_under_test"])
def test_password_is_in_no_representation(section: str, load: Load) -> None:
    config = load(LAB + f"{section}: {{password: c0ffee}}\n")
    part = getattr(config, section)
    assert part.password.get_secret_value() == "c0ffee"
    for shown in (repr(config), str(config), config.model_dump_json()):
        assert "c0ffee" not in shown


@pytest.mark.parametrize(
    "password", ["[c0ffee]", "{c0ffee: c0ffee}", "[[c0ffee]]", "{a: [c0ffee]}"]
)
def test_password_is_in_no_problem(password: str, problems_of: ProblemsOf) -> None:
    problem = "bench.yaml:9:18: csms.password: not usable; give it as text"
    assert problems_of(LAB + f"csms: {{password: {password}}}\n") == [problem]


def test_password_under_a_misspelt_key_is_in_no_problem(problems_of: ProblemsOf) -> None:
    problem = "bench.yaml:9:8: csms.pasword: unknown key; did you mean 'password'?"
    assert problems_of(LAB + "csms: {pasword: c0ffee}\n") == [problem]


# --- the default bench ----------------------------------------------------------------------------


def test_default_is_the_virtual_bench_of_the_source_tree() -> None:
    assert default_bench() == CONFIGS / "benches/virtual.yaml"


def test_default_of_an_installation_is_under_its_prefix(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = tmp_path / "share/evse-rig/configs/benches/virtual.yaml"
    installed.parent.mkdir(parents=True)
    installed.touch()
    monkeypatch.setattr(shipped, "__file__", str(tmp_path / "lib/rig/config/shipped.py"))
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    assert default_bench() == installed


def test_incomplete_installation_says_where_it_looked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shipped, "__file__", str(tmp_path / "lib/rig/config/shipped.py"))
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "env"))
    with pytest.raises(ConfigError) as raised:
        default_bench()
    assert f"{tmp_path}/lib/configs/benches/virtual.yaml" in str(raised.value)
    assert f"{tmp_path}/env/share/evse-rig/configs/benches/virtual.yaml" in str(raised.value)


# --- ports by what they are -----------------------------------------------------------------------

BY_MATCH = """
bench: b
devices:
  left:
    kind: relay_board
    dialect: waveshare-8
    transport: {kind: rtu, port: %s}
cards: {}
"""


def test_a_port_may_be_named_by_what_it_is(tmp_path: Path) -> None:
    file = tmp_path / "b.yaml"
    file.write_text(BY_MATCH % "{vid: 0403, serial: A50285BI}")
    transport = load_bench(file).devices["left"].transport  # type: ignore[union-attr]
    assert isinstance(transport.port, PortMatch)
    assert transport.port.model_dump(exclude_none=True) == {"vid": "0403", "serial": "A50285BI"}


@pytest.mark.parametrize(
    ("port", "problem"),
    [("{}", "says nothing; name at least one"), ("{vendor: 0403}", "unknown key")],
)
def test_a_match_that_cannot_be_meant(tmp_path: Path, port: str, problem: str) -> None:
    file = tmp_path / "b.yaml"
    file.write_text(BY_MATCH % port)
    with pytest.raises(ConfigError) as raised:
        load_bench(file)
    assert problem in str(raised.value)
