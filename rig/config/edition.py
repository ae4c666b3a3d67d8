"""Editions of the conformance tests, by year, and what is different in each.

The programme of 2020 names its scenarios and leaves the steps to the reference tool, whose
releases differ in places. An edition is a name for what is known of one of them; each switch can
also be set by itself.

Source: conformance reference, chapter 5 and `editions` of its scenarios.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field, GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from rig.config.validation import Strict

EditionName = Literal["2020", "2022", "2024", "2025"]
Strictness = Literal["standard", "octt"]
"""What the standard allows, or what the reference tool is known to demand."""

OF_EDITION: dict[str, dict[str, object]] = {
    "2020": {},  # the seed: the defaults of `Edition`
    "2022": {},  # only its prompts are different
    "2024": {
        "session_tail": False,
        "cached_start": "remote",
        "invalid_status_duration": 10,
    },
    "2025": {"session_tail": False, "hard_reset_between": True},
}
"""What is not as in 2020."""


RENAMED: dict[str, dict[str, tuple[str, str]]] = {
    "2025": {"007": ("007_1", "007_2"), "023": ("023_4", "023_5")},
}
"""Cases that an edition has split: what it calls the one by card, and the one by remote start."""


class Edition(Strict):
    """Differences between releases of the reference tool; the defaults are the 2020 seed."""

    name: EditionName = Field("2020", description="sets every switch that is not given")
    session_tail: bool = Field(True, description="close a session inside the case that opened it")
    boot_rejected_leg: bool = Field(True, description="answer Rejected before Accepted in 001")
    charging_waiver: bool = Field(True, description="rule D2-f")
    strictness: Strictness = Field(
        "standard", description="what the standard allows, or what the reference tool demands"
    )
    cached_start: Literal["card", "remote"] = Field(
        "card", description="how 007 starts with a cached card, where the station takes cards"
    )
    invalid_status_duration: int = Field(
        0, ge=0, le=3600, description="MinimumStatusDuration written by 023"
    )
    hard_reset_between: bool = Field(False, description="000_RESET ends with a hard reset")

    @model_validator(mode="before")
    @classmethod
    def _as_named(cls, said: object) -> object:
        if isinstance(said, str):
            said = {"name": said}
        if not isinstance(said, dict):
            return said
        return {**OF_EDITION.get(str(said.get("name", "2020")), {}), **said}

    @property
    def strict(self) -> bool:
        """Whether what only the reference tool demands is an error."""
        return self.strictness == "octt"

    def id_of(self, octt_id: str, *, by_card: bool) -> str:
        """What this edition calls a case of the 2020 programme, by the way it is executed."""
        by_card = by_card and (octt_id != "007" or self.cached_start == "card")
        card, remote = RENAMED.get(self.name, {}).get(octt_id, (octt_id, octt_id))
        return card if by_card else remote

    @property
    def told(self) -> str:
        """Its name, and what was set by itself, e.g. "2024, strictness octt"."""
        named = edition_named(self.name)
        own = [
            f"{switch} {_word(value)}"
            for switch, value in self.model_dump().items()
            if value != getattr(named, switch)
        ]
        return ", ".join([self.name, *own])


class _NameOrSwitches:
    """In a bench file an edition may be written as its name alone; editors are to know that."""

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        named = {"enum": list(OF_EDITION), "type": "string"}
        return {"anyOf": [named, handler(schema)]}


EDITION_SCHEMA = _NameOrSwitches()


def edition_named(name: str) -> Edition:
    """An edition with nothing set by itself.

    Raises:
        ValueError: there is none of this name.
    """
    return Edition.model_validate({"name": name})


def _word(value: object) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return str(value)
