"""Rules of the prompt bridge: which text of another test tool means which action on the bench."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from rig.config.nodes import KeyPath, read_document
from rig.config.shipped import shipped
from rig.config.validation import Strict, in_order, validate
from rig.errors import ConfigError

GROUP = re.compile(r"\{(\w*)\}")
KINDS = ("plug", "card", "mains", "network", "operator")


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        place = "" if error.pos is None else f" at character {error.pos + 1}"
        raise ValueError(f"no regular expression: {error.msg}{place}") from None
    return text


def _list(value: object) -> object:
    return [value] if isinstance(value, str) else value


Pattern = Annotated[str, Field(min_length=1, max_length=1000), AfterValidator(_pattern)]


class RuleStep(Strict):
    """One action of a rule; exactly one of its kinds. `{group}` is what the text has there."""

    plug: (
        Literal[
            "connect-ev",
            "connect-station",
            "plug-in",
            "unplug-ev",
            "unplug-station",
            "unplug",
            "energy",
            "stop-energy",
        ]
        | None
    ) = Field(None, description="what happens at the plug of `connector`")
    card: str | None = Field(None, description="idTag of the card that is held to the reader")
    mains: Literal["on", "off", "cycle"] | None = Field(None, description="of the station")
    network: Literal["up", "down"] | None = Field(None, description="of the station")
    operator: str | None = Field(None, description="question to the person at the bench")
    connector: str = Field("", description="of the plug; the one under test by default")
    energy: bool = Field(False, description="ask for energy as soon as the EV is connected")

    @model_validator(mode="after")
    def _one_kind(self) -> RuleStep:
        given = [kind for kind in KINDS if getattr(self, kind) is not None]
        if len(given) != 1:
            found = f", not {' and '.join(given)}" if given else ""
            raise ValueError(f"a step has exactly one of {', '.join(KINDS)}{found}")
        if self.connector and self.plug is None:
            raise ValueError("`connector` is of a plug; remove it")
        if self.energy and self.plug not in ("connect-ev", "connect-station", "plug-in"):
            raise ValueError("`energy` goes with connect-ev, connect-station or plug-in; remove it")
        if not (
            GROUP.fullmatch(self.connector) or self.connector.isdecimal() or not self.connector
        ):
            raise ValueError(f"connector {self.connector!r} is neither a number nor {{group}}")
        return self


class PromptRule(Strict):
    """A rule: the patterns of a text, and what to do about it."""

    name: str = Field(pattern=r"^[\w.-]+$", description="for the log")
    match: Annotated[list[Pattern], BeforeValidator(_list)] = Field(
        min_length=1, description="regular expressions; one of them must be the whole text"
    )
    do: list[RuleStep] = Field(min_length=1)


class BridgeRules(Strict):
    """A rule file."""

    bridge_rules: str = Field(min_length=1, description="name of the rules")
    ignore: list[Pattern] = Field([], description="cut out of a text before it is matched")
    rules: list[PromptRule] = Field(min_length=1)


def default_rules() -> Path:
    """The shipped rules.

    Raises:
        ConfigError: the installation is incomplete.
    """
    return shipped("bridge/prompts.yaml", "rules of the prompt bridge")


def load_rules(file: Path) -> BridgeRules:
    """Read and check a rule file.

    Raises:
        ConfigError: every problem of the file.
    """
    document = read_document(file)
    rules = validate(BridgeRules, document)
    problems = [document.problem(path, what) for path, what in _cross_checks(rules)]
    if problems:
        raise ConfigError(*in_order(problems, document.file))
    return rules


def _cross_checks(config: BridgeRules) -> Iterator[tuple[KeyPath, str]]:
    names: dict[str, int] = {}
    for number, rule in enumerate(config.rules):
        if (first := names.setdefault(rule.name, number)) != number:
            yield ("rules", number, "name"), f"rule {first + 1} has the name {rule.name!r} already"
        known = [set(re.compile(pattern).groupindex) for pattern in rule.match]
        for index, step in enumerate(rule.do):
            for key in ("card", "operator", "connector"):
                for group in GROUP.findall(getattr(step, key) or ""):
                    if not all(group in groups for groups in known):
                        there = ", ".join(sorted(set.intersection(*known))) or "none"
                        what = f"no group {group!r} in every pattern of `match`; there are: {there}"
                        yield ("rules", number, "do", index, key), what
