"""Names, coils and inputs as a bench file writes them."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

MOCK = "mock:"
Coil = Annotated[int, Field(ge=0, le=255)]


def _terminal(given: object) -> str:
    text = str(given)
    board, _, number = text.rpartition(":")
    if not (number.isascii() and number.isdecimal() and int(number) <= 255) or (
        ":" in text and not _is_name(board)
    ):
        raise ValueError(f"{text!r} is no coil or input; write a number, or board:number")
    return text


Terminal = Annotated[
    str,
    BeforeValidator(_terminal),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 0, "maximum": 255},
                {"type": "string", "pattern": "^[A-Za-z0-9._-]+:[0-9]{1,3}$"},
            ],
            "description": "number on the device's own board, or board:number",
        }
    ),
]
IdTag = Annotated[str, Field(min_length=1, max_length=20, description="as the station sends it")]


def _is_name(text: str) -> bool:
    return bool(text) and all(c.isalnum() or c in "-_." for c in text)


def _name(text: str) -> str:
    if not _is_name(text):
        raise ValueError(f"{text!r} is no name; use letters, digits, - _ .")
    return text


Name = Annotated[str, AfterValidator(_name)]


def on_board(terminal: str, board: str) -> tuple[str, int]:
    """Board and number of a coil or input; `board` is the one that counts where none is named."""
    named, _, number = terminal.rpartition(":")
    return named or board, int(number)


def as_numbers(value: object) -> object:
    """Text of digits as a number, alone or in a list: for fields of a few permitted numbers."""
    if isinstance(value, list):
        return [as_numbers(v) for v in value]
    return int(value) if isinstance(value, str) and value.isdecimal() else value
