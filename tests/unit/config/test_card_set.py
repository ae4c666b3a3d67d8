"""Card sets: what a file may say, what is wrong with it, and what a bench gets of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import jsonschema_rs
import orjson
import pytest

from rig.bench.assembly import plain_sections, simulated
from rig.config.bench_file import load_bench
from rig.config.card_set import load_card_set
from rig.config.models import BenchConfig
from rig.config.nodes import read_document
from rig.config.schema import card_set_schema
from rig.errors import ConfigError

ROOT = Path(__file__).parents[3]
SHIPPED = ROOT / "configs/schema/cards.schema.json"
Load = Callable[[str], BenchConfig]
ProblemsOf = Callable[[str], list[str]]
BENCH = "bench: b\ndevices: {}\ncards: {}\ncard_set: cards.yaml\n"


def problems(tmp_path: Path, text: str) -> list[str]:
    file = tmp_path / "cards.yaml"
    file.write_text(text)
    with pytest.raises(ConfigError) as raised:
        load_card_set(file)
    return [problem.replace(f"{tmp_path}/", "") for problem in raised.value.problems]


def one(card: str, head: str = "") -> str:
    return f"card_set: s\n{head}cards:\n  a: {{{card}}}\n"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (one("status: Accepted"), "cards.yaml:3:6: cards.a.uid: missing; add it"),
        (one("uid: 04A1, status: Accepted"), "'04A1' has 2 bytes, not 4 or 7 or 10"),
        (one("uid: xyz, status: Accepted"), "'xyz' is not hexadecimal"),
        (one("uid: DEADBEEF, status: Fine"), "cards.a.status"),
        (one("uid: 08010203, status: Accepted"), "begins with 08: such cards make up a new one"),
        (one("uid: DEADBEEF, status: Accepted, group: g"), "no group 'g'; add it under `groups`"),
        (one("uid: DEADBEEF, status: Accepted, group: fleat", "groups: {fleet: F}\n"),
         "did you mean 'fleet'?"),
        (one("uid: DEADBEEF, status: Accepted, group: g", "groups: {g: F}\n"),
         "cards.yaml:2:13: groups.g: a group is of two cards at least"),
        (one("uid: DEADBEEF, status: Accepted, set_uid: yes, type: NTAG213"), "has no blocks"),
        (one("uid: 04A1B2C3D4E5F6, status: Accepted, set_uid: yes"), "only UIDs of 4 bytes"),
        (one("uid: DEADBEEF, status: Accepted, blocks: {0: 0}"), "blocks"),
        (one(f"uid: DEADBEEF, status: Accepted, blocks: {{0: {'00' * 16}}}"), "use `set_uid`"),
        (one(f"uid: DEADBEEF, status: Accepted, blocks: {{7: {'00' * 16}}}"), "use `trailers`"),
        (one(f"uid: DEADBEEF, status: Accepted, blocks: {{x: {'00' * 16}}}"), "blocks"),
        (one("uid: DEADBEEF, status: Accepted, type: MIFARE Classic 1K, text: x"),
         "takes no text; use `blocks`"),
        (one("uid: DEADBEEF, status: Accepted, text: ''"), "says nothing"),
        (one("uid: DEADBEEF, status: Accepted, typ: NTAG213"), "did you mean 'type'?"),
        (one("uid: 04A1B2C3D4E5F6A7B8C9, status: Accepted, rendering: {prefix: '0x'}"),
         "22 characters; OCPP 1.6 has 20 at most; set `rendering` or `id_tag`"),
        (one("uid: DEADBEEF, status: Accepted, rendering: {order: backwards}"), "rendering.order"),
    ],
)  # fmt: skip
def test_mistake(tmp_path: Path, text: str, problem: str) -> None:
    (said,) = problems(tmp_path, text)
    assert said.startswith("cards.yaml:")
    assert problem in said


def test_two_cards_are_two(tmp_path: Path) -> None:
    text = (
        "card_set: s\nrendering: {length: 4}\ncards:\n"
        "  a: {uid: DEADBEEF, status: Accepted}\n"
        "  b: {uid: EFBEADDE, byte_order: reversed, status: Invalid}\n"
        "  c: {uid: DEADBEEF010203, status: Invalid}\n"
    )
    said = problems(tmp_path, text)
    assert said[0].startswith("cards.yaml:5:6: cards.b: card a has idTag DEADBEEF already")
    assert "cards.b.uid: card a has this UID already" in said[1]
    assert "cards.c: card a has idTag DEADBEEF already" in said[2]
    assert len(said) == 3


def test_a_bench_gets_the_cards_of_the_set_beside_its_own(tmp_path: Path) -> None:
    (tmp_path / "cards.yaml").write_text(
        "card_set: s\nrendering: {case: lower}\ngroups: {g: FAMILY}\ncards:\n"
        "  a: {uid: 'EF:BE:AD:DE', byte_order: reversed, status: Accepted, group: g}\n"
        "  b: {uid: C0FFEE01, status: Blocked, group: g, rendering: {base: decimal}}\n"
        "  c: {uid: C0FFEE02, status: Expired, id_tag: VIRTUAL-1, text: hello}\n"
    )
    file = tmp_path / "bench.yaml"
    file.write_text(BENCH.replace("cards: {}", "cards: {own: {id_tag: X, status: Invalid}}"))
    cards = load_bench(file).cards
    assert {n: (c.id_tag, c.status, c.parent_id_tag) for n, c in cards.items()} == {
        "own": ("X", "Invalid", None),
        "a": ("deadbeef", "Accepted", "FAMILY"),
        "b": ("3237998081", "Blocked", "FAMILY"),
        "c": ("VIRTUAL-1", "Expired", None),
    }
    assert cards["own"].physical is None
    assert cards["a"].physical is not None
    assert cards["a"].physical.uid_bytes.hex() == "deadbeef"
    assert cards["c"].physical is not None
    assert (cards["c"].physical.text, cards["c"].physical.has_content) == ("hello", True)


def test_problems_of_both_files_are_told(tmp_path: Path, problems_of: ProblemsOf) -> None:
    (tmp_path / "cards.yaml").write_text(one("uid: 04A1, status: Accepted"))
    said = problems_of("time_scale: 2\npics: none.yaml\n" + BENCH)
    assert [line.partition(":")[0] for line in said] == ["bench.yaml", "cards.yaml"]


def test_a_name_in_both_files(tmp_path: Path, problems_of: ProblemsOf) -> None:
    (tmp_path / "cards.yaml").write_text(one("uid: DEADBEEF, status: Accepted"))
    text = BENCH.replace("cards: {}", "cards: {a: {id_tag: X, status: Invalid}}")
    (said,) = problems_of(text)
    assert "cards.a: card 'a' is in cards.yaml too; remove one" in said


def test_a_set_that_is_not_there(problems_of: ProblemsOf) -> None:
    (said,) = problems_of(BENCH)
    assert "cards.yaml: no such file" in said


@pytest.mark.parametrize("size", [5, 16, 40])
def test_trailers_are_no_data_blocks(size: int) -> None:
    from drivers.nfc.classic_codec import block_count, is_trailer

    # The configuration knows where the keys are without the drivers; both must agree.
    for block in range(block_count(size)):
        assert is_trailer(block) == (block % 4 == 3 if block < 128 else block % 16 == 15)


def test_shipped_schema_is_fresh() -> None:
    assert SHIPPED.read_text() == card_set_schema(), f"run: python -m rig.config.schema {SHIPPED}"


@pytest.mark.parametrize("file", sorted((ROOT / "configs/cards").glob("*.yaml")), ids=str)
def test_shipped_sets_are_valid_and_point_to_their_schema(file: Path) -> None:
    assert load_card_set(file).cards
    first = file.read_text().splitlines()[0]
    assert (file.parent / first.partition("$schema=")[2]).resolve() == SHIPPED


def test_the_schema_judges_as_the_loader_does() -> None:
    schema = orjson.loads(SHIPPED.read_bytes())
    good = read_document(ROOT / "configs/cards/lab.yaml").value
    assert isinstance(good, dict)
    assert not jsonschema_rs.is_valid(schema, {**good, "card": {}})
    assert not jsonschema_rs.is_valid(schema, {"card_set": "s"})


WRITER = "bench: b\ncards: {{}}\ndevices:\n  w: {{kind: card_writer, {section}}}\n"


@pytest.mark.parametrize(
    ("section", "problem"),
    [
        ("chip: pn532", "devices.w.port: missing"),
        ("port: usb", "a pn532 is on a serial line"),
        ("chip: acr122u, port: /dev/ttyUSB0", "a acr122u is on USB"),
        ("chip: pn999, port: usb", "devices.w.chip"),
        ('port: "mock:nfc"', "mock:nfc exists only with `virtual:`; add it"),
    ],
)
def test_mistake_in_a_writer(problems_of: ProblemsOf, section: str, problem: str) -> None:
    (said,) = problems_of(WRITER.format(section=section))
    assert problem in said


def test_unknown_mock_and_a_second_writer(problems_of: ProblemsOf) -> None:
    (said,) = problems_of("virtual: {}\n" + WRITER.format(section='port: "mock:nfd"'))
    assert "no mock:nfd; the virtual bench has mock:nfc" in said
    second = "  v: {kind: manual_card_writer}\n"
    (said,) = problems_of(WRITER.format(section="chip: acr122u, port: 'usb:072f'") + second)
    assert "one card writer per bench; there is w already" in said


def test_a_simulated_writer_is_known_as_such(load: Load) -> None:
    config = load("virtual: {}\n" + WRITER.format(section='port: "mock:nfc"'))
    assert simulated(plain_sections(config)) == {"w"}
