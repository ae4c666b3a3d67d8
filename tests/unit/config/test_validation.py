"""From a document to a model: whatever is written, the answer is a model or a ConfigError."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from rig.config.bench_file import default_bench, load_bench
from rig.config.models import BenchConfig
from rig.config.nodes import parse_document
from rig.config.validation import Strict, in_order, validate
from rig.errors import ConfigError

PROBLEM = re.compile(r"[^:]+:[1-9]\d*:[1-9]\d*: .+", re.DOTALL)
FILE_PROBLEM = re.compile(r"[^:]+: (not UTF-8|no such file|is a folder|cannot be read).*")
NEGATIVE = "input should be greater than or equal to 0"
WHOLE = default_bench().read_text()


class Part(Strict):
    """A part."""

    number: int = Field(1, ge=0)
    words: dict[str, str] = Field(default_factory=dict)


class Whole(Strict):
    """A model of its own, so that these tests do not change with bench files."""

    part: Part = Part()
    parts: tuple[Part, ...] = ()


def check(text: str) -> Whole:
    return validate(Whole, parse_document(text, "x"))


def problems(text: str) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as raised:
        check(text)
    return raised.value.problems


@pytest.mark.parametrize("text", ["", "part:", "part: {number: }", "parts: []"])
def test_empty_is_the_default(text: str) -> None:
    assert check(text) == Whole()


def test_models_are_frozen() -> None:
    with pytest.raises(ValueError, match="frozen"):
        check("").part = Part()  # type: ignore[misc]  # that it is refused is the point


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[]", "x:1:1: must be keys with values, like `bench: name`"),
        ("text", "x:1:1: must be keys with values, like `bench: name`"),
        ("part: []", "x:1:7: part: must be keys with values"),
        ("parts: {}", "x:1:8: parts: must be a list, like `[one, two]`"),
        ("parts: [~]", "x:1:9: parts[0]: must be keys with values"),
        ("parts: [{number: -1}]", "x:1:18: parts[0].number: '-1': " + NEGATIVE),
        ("parts: [{}, {numbr: 1}]", "x:1:14: parts[1].numbr: unknown key; did you mean 'number'?"),
        ("part: {words: {a: [b]}}", "x:1:19: part.words.a: input should be a valid string"),
        ("part: {words: {a: }}", "x:1:18: part.words.a: input should be a valid string"),
        ("part: {parts: []}", "x:1:8: part.parts: not a key of this place; move or remove it"),
        ("part: {qqq: []}", "x:1:8: part.qqq: unknown key; remove it"),
    ],
)  # fmt: skip
def test_problem_says_where_and_what(text: str, sentence: str) -> None:
    assert problems(text) == (sentence,)


def test_problems_of_the_document_come_with_those_of_the_model() -> None:
    assert problems("part: {numbr: 1}\nparts: []\nparts: []\n") == (
        "x:1:8: part.numbr: unknown key; did you mean 'number'?",
        "x:3:1: parts: key stands twice, first in line 2; remove one",
    )


def test_duplicate_key_in_a_list_is_reported_beside_the_list() -> None:
    assert problems("- {a: 1, a: 2}") == (
        "x:1:1: must be keys with values, like `bench: name`",
        "x:1:10: [0].a: key stands twice, first in line 1; remove one",
    )


def test_order_is_that_of_lines_and_columns_and_each_problem_comes_once() -> None:
    given_ = ["x:10:1: b", "x:9:20: a", "x:9:3: c", "x:10:1: b"]
    assert in_order(given_, "x") == ["x:9:3: c", "x:9:20: a", "x:10:1: b"]


# --- whatever is in the file ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Callable[[bytes], None]:
    """Loads bytes; anything but a model or a readable ConfigError is raised on."""
    folder = tmp_path_factory.mktemp("bench")

    def judge(data: bytes) -> None:
        file = folder / "bench.yaml"
        file.write_bytes(data)
        found: BenchConfig | tuple[str, ...]
        try:
            found = load_bench(file)
        except ConfigError as error:
            found = error.problems
        if isinstance(found, tuple):
            assert found
            for problem in found:
                problem.encode()  # it can be shown
                assert PROBLEM.fullmatch(problem) or FILE_PROBLEM.fullmatch(problem)

    return judge


@given(data=st.binary(max_size=200))
def test_any_bytes_are_judged(data: bytes, judge: Callable[[bytes], None]) -> None:
    judge(data)


@given(text=st.text(st.characters(exclude_categories=["Cs"]), max_size=200))
def test_any_text_is_judged(text: str, judge: Callable[[bytes], None]) -> None:
    judge(text.encode())


@given(
    text=st.lists(
        st.sampled_from([*"[]{}:,-?!&*#|>'\"\\%@~ \n\t", "&a ", "*a", "a", ": ", "- ", "!!x "])
    ).map("".join)
)
def test_any_string_of_yaml_punctuation_is_judged(
    text: str, judge: Callable[[bytes], None]
) -> None:
    judge(text.encode())


@given(start=st.integers(0, len(WHOLE)), length=st.integers(0, 60), new=st.text("ab0-: {}[]\n\"'~"))
def test_any_damaged_bench_file_is_judged(
    start: int, length: int, new: str, judge: Callable[[bytes], None]
) -> None:
    judge((WHOLE[:start] + new + WHOLE[start + length :]).encode())


KEYS = st.sampled_from(
    ["bench", "devices", "cards", "virtual", "csms", "parameters", "pics", "runs_dir", "kind",
     "transport", "board", "coils", "cp", "inputs", "safe_closed", "persona", "time_scale", "x"]
)  # fmt: skip
WORDS = KEYS | st.sampled_from(
    ["relay_board", "evse_tester", "rtu", "tcp", "1", "-1", "", "~", "waveshare-8", "\0", "~x"]
)
TREES = st.recursive(
    WORDS, lambda v: st.lists(v, max_size=3) | st.dictionaries(KEYS, v, max_size=6), max_leaves=20
)


@given(value=TREES)
def test_any_arrangement_of_known_keys_is_judged(
    value: object, judge: Callable[[bytes], None]
) -> None:
    judge(yaml.safe_dump(value).encode())


@given(
    value=st.fixed_dictionaries(
        {"bench": WORDS, "devices": st.dictionaries(KEYS, TREES, max_size=3), "cards": st.just({})},
        optional={"pics": WORDS, "runs_dir": WORDS, "virtual": TREES, "csms": TREES},
    )
)
def test_any_bench_with_the_right_outline_is_judged(
    value: object, judge: Callable[[bytes], None]
) -> None:
    judge(yaml.safe_dump(value).encode())


def test_file_that_does_not_exist_is_a_problem_of_the_configuration(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such file"):
        load_bench(tmp_path / "gone.yaml")
