"""What a prompt of another tool means on this bench: rules applied to a text. Acts on nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from rig.config.bridge_rules import GROUP, BridgeRules, RuleStep
from rig.config.models import BenchConfig
from rig.errors import ConfigError

LONGEST_TEXT = 500
"""Characters; a prompt is a sentence or two."""


@dataclass(frozen=True, slots=True)
class Lab:
    """What of a bench a text can mean.

    Attributes:
        plugs: name of the plug by connector.
        cards: name and idTag of the card by idTag in lower case (idTags are case-insensitive,
            OCPP 1.6, 7.28).
        connector_id: connector under test.
        fixed: plugs whose cable is the station's own.
    """

    plugs: Mapping[int, str]
    cards: Mapping[str, tuple[str, str]]
    connector_id: int
    fixed: frozenset[str] = frozenset()

    @classmethod
    def of(cls, config: BenchConfig) -> Lab:
        """Of a bench file."""
        plugs: dict[int, str] = {}
        fixed = set()
        for name, device in config.devices.items():
            connector = getattr(device, "connector_id", None)
            if isinstance(connector, int):
                plugs[connector] = name
                if getattr(device, "fixed_cable", False) or (
                    getattr(device, "plug_type", "") == "type1"
                ):
                    fixed.add(name)
        cards = {c.id_tag.casefold(): (n, c.id_tag) for n, c in reversed(config.cards.items())}
        return cls(plugs, cards, config.parameters.connector_id, frozenset(fixed))


@dataclass(frozen=True, slots=True)
class Deed:
    """One action: `kind` is plug, card, mains, network or operator.

    Attributes:
        name: of the plug or card; "" of the others.
        action: of the plug, or on, off, cycle, up, down; the question to the operator.
        energy: ask for energy once the EV is connected.
        what: in words.
    """

    kind: str
    name: str
    action: str
    energy: bool
    what: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What a text means; no deeds when no rule fits."""

    rule: str
    deeds: tuple[Deed, ...]


def plan(rules: BridgeRules, lab: Lab, text: str) -> Plan:
    """The first rule that fits, applied to this bench.

    Raises:
        ConfigError: the text is none, or it names a connector or card that the bench has not.
    """
    if not text.strip():
        raise ConfigError("text: empty; send what the other tool asks for")
    if len(text) > LONGEST_TEXT:
        raise ConfigError(f"text: {len(text)} characters; {LONGEST_TEXT} at most")
    bare = _bare(rules, text)
    for rule in rules.rules:
        for pattern in rule.match:
            match = re.fullmatch(pattern, bare, re.IGNORECASE)
            if match is not None:
                return Plan(rule.name, tuple(_deed(step, match, lab) for step in rule.do))
    return Plan("", ())


def _bare(rules: BridgeRules, text: str) -> str:
    bare = " ".join(text.split())
    for pattern in rules.ignore:
        bare = re.sub(pattern, "", bare, flags=re.IGNORECASE).strip()
    return bare


def _deed(step: RuleStep, match: re.Match[str], lab: Lab) -> Deed:
    if step.plug is not None:
        connector = _filled(step.connector, match)
        name = _plug(lab, connector)
        energy = ", then energy" if step.energy else ""
        return Deed("plug", name, step.plug, step.energy, f"plug {name}: {step.plug}{energy}")
    if step.card is not None:
        name, id_tag = _card(lab, _filled(step.card, match))
        return Deed("card", name, "present", False, f"card {name} ({id_tag}): present")
    if step.mains is not None:
        return Deed("mains", "", step.mains, False, f"mains: {step.mains}")
    if step.network is not None:
        return Deed("network", "", step.network, False, f"network: {step.network}")
    question = _filled(step.operator or "", match)
    return Deed("operator", "", question, False, f"operator: {question}")


def _filled(template: str, match: re.Match[str]) -> str:
    return GROUP.sub(lambda group: match[group[1]] or "", template)


def _plug(lab: Lab, connector: str) -> str:
    if not lab.plugs:
        raise ConfigError("this bench has no tester plug; add one to the bench file")
    if connector:
        number = int(connector)
    elif lab.connector_id in lab.plugs or len(lab.plugs) > 1:
        number = lab.connector_id
    else:
        number = next(iter(lab.plugs))
    if number not in lab.plugs:
        there = ", ".join(map(str, sorted(lab.plugs)))
        raise ConfigError(f"no tester plug on connector {number}; this bench has: {there}")
    return lab.plugs[number]


def _card(lab: Lab, id_tag: str) -> tuple[str, str]:
    found = lab.cards.get(id_tag.casefold())
    if found is None:
        there = ", ".join(f"{tag} ({name})" for name, tag in lab.cards.values()) or "none"
        raise ConfigError(
            f"no card with idTag {id_tag!r}; this bench has: {there}; "
            "write one with: rig card write, or configure the other tool with one of these"
        )
    return found
