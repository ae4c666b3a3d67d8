"""Operations: their parameters come from annotations, and are checked all at once."""

from __future__ import annotations

from typing import Literal

import pytest

from firmware_mocks.operations import BadArguments, Operation
from rig.jsontypes import Json


def swallow(
    first: int,
    kind: Literal["a", "b"],
    payload: dict[str, Json] | None = None,
    some: list[str] | None = None,
    share: float = 0.5,
) -> dict[str, object]:
    """Swallow things.

    More words
    about it.

    Args:
        first: a number that
            counts.
        kind: one of two.
    """
    return {"first": first, "kind": kind, "payload": payload, "some": some, "share": share}


SWALLOW = Operation("swallow", swallow, "POST /things/{first}")


def test_it_is_described_by_its_function() -> None:
    assert (SWALLOW.method, SWALLOW.path, SWALLOW.in_path) == ("POST", "/things/{first}", ["first"])
    assert (SWALLOW.summary, SWALLOW.description) == ("Swallow things.", "More words about it.")
    assert SWALLOW.required == ["first", "kind"]
    assert SWALLOW.parameters == {
        "first": {"type": "integer", "description": "a number that counts."},
        "kind": {"enum": ["a", "b"], "description": "one of two."},
        "payload": {"type": ["object", "null"]},
        "some": {"anyOf": [{"type": "array", "items": {"type": "string"}}, {"type": "null"}]},
        "share": {"type": "number", "default": 0.5},
    }
    assert SWALLOW.result == {"type": "object"}


def test_good_arguments_reach_the_function() -> None:
    assert SWALLOW(first=1, kind="b", payload={"x": [1, None]}, share=1) == {
        "first": 1, "kind": "b", "payload": {"x": [1, None]}, "some": None, "share": 1,
    }  # fmt: skip


def test_every_problem_is_told_at_once() -> None:
    with pytest.raises(BadArguments) as caught:
        SWALLOW(first="1", kind="c", some=[1], colour="red")
    assert caught.value.problems == (
        "no parameter 'colour'; there are first, kind, payload, some, share",
        'first: "1" is not of type "integer"',
        "kind: want one of a, b",
        "some: [1] is not valid under any of the schemas listed in the 'anyOf' keyword",
    )
    with pytest.raises(BadArguments, match="swallow: first is missing; kind is missing"):
        SWALLOW()


def test_anything_that_json_can_carry_has_no_type() -> None:
    def take(value: Json) -> Json:
        """Take."""
        return value

    operation = Operation("take", take)
    assert (operation.parameters, operation.result) == ({"value": {}}, {})
    assert operation(value=[1, {"a": None}]) == [1, {"a": None}]


def test_an_annotation_without_schema_is_refused() -> None:
    def take(value: set[int]) -> None:
        """Take."""

    with pytest.raises(TypeError, match="no JSON Schema"):
        Operation("take", take)
