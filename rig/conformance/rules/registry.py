"""Every rule, with its class and the devices under test that it speaks of. Pure.

A rule is a function over a `Log` that yields a `Hit` for each place where it is broken. Its
docstring says in one sentence what it demands, and after "Looks at:" where it looks; the page
docs/reference/rules.md is made of these.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Literal

from rig.conformance.catalogue import Role
from rig.conformance.rules.log import Log
from rig.ocppj.wirelog import WireEntry

Severity = Literal["fail", "warn", "info"]
BOTH = (Role.STATION, Role.CSMS)
SUBJECTS = (
    "connection", "frames", "calls", "payloads", "boot", "clock", "cards", "transactions", "stops",
    "metering", "measurands", "queue", "configuration", "commands", "answers", "files", "statuses",
)  # fmt: skip
"""Modules of this package that hold rules."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A place where a rule is broken.

    Attributes:
        detail: what is wrong there, as a sentence.
        seqs: events that show it.
        severity: where it is not that of the rule.
    """

    detail: str
    seqs: tuple[int, ...]
    severity: Severity | None = None


@dataclass(frozen=True, slots=True)
class Breach:
    """A rule that the device under test broke."""

    rule: str
    severity: str
    detail: str
    seqs: tuple[int, ...]


Judge = Callable[[Log], Iterable[Hit]]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule.

    Attributes:
        id: in the conformance reference.
        severity: its class.
        roles: of the devices under test that it speaks of.
        judge: finds where it is broken.
        sentence: what it demands.
        looks_at: what it looks at.
        subject: module that holds it.
    """

    id: str
    severity: Severity
    roles: tuple[Role, ...]
    judge: Judge
    sentence: str
    looks_at: str
    subject: str


_RULES: dict[str, Rule] = {}


def rule(
    id: str, severity: Severity = "fail", *, roles: tuple[Role, ...] = (Role.STATION,)
) -> Callable[[Judge], Judge]:
    """Register a function as a rule.

    Args:
        id: in the conformance reference.
        severity: its class; a hit may have another one.
        roles: of the devices under test that it speaks of.
    """

    def register(judge: Judge) -> Judge:
        sentence, _, looks_at = (inspect.getdoc(judge) or "").partition("Looks at:")
        if id in _RULES:
            raise ValueError(f"rule {id} exists twice")
        _RULES[id] = Rule(
            id, severity, roles, judge, " ".join(sentence.split()), " ".join(looks_at.split()),
            judge.__module__.rpartition(".")[2],
        )  # fmt: skip
        return judge

    return register


def hit(detail: str, *places: WireEntry | int, severity: Severity | None = None) -> Hit:
    """A place where a rule is broken, with the entries or events that show it."""
    seqs = tuple(p if isinstance(p, int) else p.seq for p in places)
    return Hit(detail, seqs, severity)


@cache
def rules() -> dict[str, Rule]:
    """All rules by id."""
    for subject in SUBJECTS:
        importlib.import_module(f"rig.conformance.rules.{subject}")
    return dict(sorted(_RULES.items(), key=lambda item: order(item[0])))


def order(id: str) -> tuple[str, float]:
    """Where an id stands in a list: letter, then numbers."""
    letter, rest = id[0], id[1:].partition("-")[0]
    whole, _, part = rest.partition(".")
    return letter, int(whole) + int(part or 0) / 1000


def check(log: Log) -> tuple[Breach, ...]:
    """Every breach in the log, in order of occurrence."""
    found = [
        Breach(r.id, h.severity or r.severity, h.detail, h.seqs)
        for r in rules().values()
        if log.scope.role in r.roles
        for h in r.judge(log)
    ]
    return tuple(sorted(found, key=lambda b: (b.seqs[:1], b.rule)))
