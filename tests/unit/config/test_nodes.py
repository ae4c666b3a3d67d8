"""YAML without implicit types: texts, positions, and what is no YAML."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from rig.config.nodes import MAX_DEPTH, Plain, Position, parse_document, read_document
from rig.errors import ConfigError

NESTED = MAX_DEPTH + 30  # brackets; the parser itself gives up far later


def refusal(text: str) -> tuple[str, ...]:
    """Why a text called x is no document."""
    with pytest.raises(ConfigError) as raised:
        parse_document(text, "x")
    return raised.value.problems


def problems(text: str) -> list[str]:
    """What is wrong in a document called x."""
    return parse_document(text, "x").problems


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param("", None, id="empty"),
        pytest.param("# nothing", None, id="comment"),
        pytest.param("a:", {"a": None}, id="empty value"),
        pytest.param("a: ''", {"a": ""}, id="quoted empty text"),
        pytest.param("[on, 0x10, 1e3, null]", ["on", "0x10", "1e3", "null"], id="no types"),
        pytest.param("1: 2", {"1": "2"}, id="number as key"),
        pytest.param("a: !!int 7", {"a": "7"}, id="tag"),
        pytest.param("a: &x [b]\nc: *x", {"a": ["b"], "c": ["b"]}, id="alias"),
        pytest.param("<<: {a: b}", {"<<": {"a": "b"}}, id="merge key is a key"),
        pytest.param("a: |\n  b\n  c\n", {"a": "b\nc\n"}, id="block"),
        pytest.param("\ufeffa: b", {"a": "b"}, id="byte order mark"),
    ],
)
def test_text_is_read_as_text(text: str, value: Plain) -> None:
    assert parse_document(text, "x").value == value


def test_positions_are_those_of_keys_and_values() -> None:
    document = parse_document("a:\n  - b\n  - {c: d}\n", "x")
    assert document.keys == {("a",): Position(1, 1), ("a", 1, "c"): Position(3, 6)}
    assert document.values[("a", 0)] == Position(2, 5)
    assert document.values[("a", 1, "c")] == Position(3, 9)


@pytest.mark.parametrize(
    ("path", "at_key", "sentence"),
    [
        (("a", "b"), False, "x:2:6: a.b: wrong"),
        (("a", "b"), True, "x:2:3: a.b: wrong"),
        (("a", "gone", 3), False, "x:2:3: a.gone[3]: wrong"),
        (("a", "gone"), True, "x:1:1: a.gone: wrong"),
        ((), False, "x:1:1: wrong"),
    ],
)
def test_problem_stands_at_the_nearest_place(
    path: tuple[str | int, ...], at_key: bool, sentence: str
) -> None:
    assert parse_document("a:\n  b: c\n", "x").problem(path, "wrong", at_key=at_key) == sentence


def test_problem_of_an_empty_file_stands_at_its_start() -> None:
    assert parse_document("", "x").problem(("a",), "missing") == "x:1:1: a: missing"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        pytest.param("a: *b", "1:4: not YAML: found undefined alias 'b'", id="alias to nothing"),
        pytest.param("a: b\n---\nc: d", "2:1: not YAML: but found another document", id="two"),
        pytest.param("a: 'b", "1:6: not YAML: found unexpected end of stream", id="open quote"),
        pytest.param("a: b: c", "1:5: not YAML: mapping values are not allowed here", id="colon"),
        pytest.param(
            "a: b\n\tc",
            "2:1: not YAML: found character '\\t' that cannot start any token",
            id="tabulator",
        ),
        pytest.param("[" * 20000, "1:1: not YAML: nested too deeply", id="parser gives up"),
    ],
)
def test_text_that_is_no_document(text: str, sentence: str) -> None:
    assert refusal(text) == (f"x:{sentence}",)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        pytest.param("? [a]\n: b", "1:3: a key must be text", id="list as key"),
        pytest.param("a: {? {b: c} : d}", "1:7: a: a key must be text", id="mapping as key"),
        pytest.param(r'a: "\ud800"', "1:4: a: no Unicode text", id="half a character"),
        pytest.param(r'"\udfff": a', "1:1: a key is no Unicode text", id="half a character as key"),
        pytest.param("a: &x [*x]", "1:4: a[0][0]: nested too deeply", id="list within itself"),
        pytest.param(
            "[" * NESTED + "]" * NESTED,
            f"1:{MAX_DEPTH + 2}: [0][0][0]: nested too deeply",
            id="deep",
        ),
    ],
)
def test_value_that_cannot_be(text: str, sentence: str) -> None:
    assert problems(text) == [f"x:{sentence}"]


def test_what_stands_beside_a_problem_is_read() -> None:
    document = parse_document("a: 1\n[b]: 2\na: 3\nc: 4\n", "x")
    assert document.value == {"a": "1", "c": "4"}


def test_deepest_value_that_is_allowed() -> None:
    value = parse_document("[" * MAX_DEPTH + "a" + "]" * MAX_DEPTH, "x").value
    for _ in range(MAX_DEPTH):
        assert isinstance(value, list)
        (value,) = value
    assert value == "a"


def test_control_character_is_no_yaml() -> None:
    (sentence,) = refusal("a: \x07")
    assert sentence.startswith("x:1:1: not YAML: unacceptable character #x0007")


def test_a_few_aliases_do_not_make_millions_of_values() -> None:
    lines = ["- &a0 [x]"]
    lines += [f"- &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    (sentence,) = refusal("\n".join(lines))
    assert sentence.endswith(": too many values")


def test_every_duplicate_key_is_reported() -> None:
    assert problems("a: 1\nb: {c: 1, c: 2}\na: 3\na: 4\n") == [
        "x:2:11: b.c: key stands twice, first in line 2; remove one",
        "x:3:1: a: key stands twice, first in line 1; remove one",
        "x:4:1: a: key stands twice, first in line 1; remove one",
    ]


def test_keys_that_differ_only_in_quotes_are_one_key() -> None:
    assert problems("a: 1\n'a': 2\n") == ["x:2:1: a: key stands twice, first in line 1; remove one"]


def test_file_that_does_not_exist(tmp_path: Path) -> None:
    file = tmp_path / "gone.yaml"
    with pytest.raises(ConfigError) as raised:
        read_document(file)
    assert raised.value.problems == (f"{file}: no such file; check the path",)


def test_folder(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as raised:
        read_document(tmp_path)
    assert raised.value.problems == (f"{tmp_path}: is a folder; name a .yaml file in it",)


def test_file_below_a_file_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError) as raised:
        read_document(tmp_path / "file" / "x")
    assert raised.value.problems == (f"{tmp_path}/file/x: cannot be read: Not a directory",)


def test_file_that_is_not_utf_8(tmp_path: Path) -> None:
    file = tmp_path / "latin1.yaml"
    file.write_bytes("a: \u00e4".encode("latin-1"))
    with pytest.raises(ConfigError) as raised:
        read_document(file)
    assert raised.value.problems == (f"{file}: not UTF-8 (byte 3); save it as UTF-8",)


words = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=10)
values = st.recursive(
    words, lambda v: st.lists(v, max_size=4) | st.dictionaries(words, v, max_size=4), max_leaves=15
)


@given(values)
def test_what_a_yaml_library_writes_is_read_as_it_was(value: Plain) -> None:
    text = yaml.safe_dump(value, allow_unicode=True)
    assert parse_document(text, "x").value == value


@given(values)
def test_every_value_has_a_position_inside_the_text(value: Plain) -> None:
    text = yaml.safe_dump(value, allow_unicode=True)
    document = parse_document(text, "x")
    lines = len(text.splitlines())
    assert all(1 <= p.line <= lines and p.column >= 1 for p in document.values.values())
    assert set(document.keys) <= set(document.values)
