"""The cases there are: a decorator for their authors, a table for everybody else."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cache
from typing import Generic, TypeVar

from rig.conformance.catalogue import Role, load
from rig.jsontypes import Json

Context = TypeVar("Context")


@dataclass(frozen=True, slots=True)
class Case(Generic[Context]):
    """A case as its author wrote it.

    Attributes:
        octt_id: row of appendix C.
        dut: role of the device under test.
        run: the steps.
        variants: the case runs once for each; () for once.
        config: configuration keys written before the steps, and restored after.
        prepare: names of reusable states that are reached before the steps.
        profiles: security profiles that it can run with; () for any.
        purpose: first line of the docstring.
    """

    octt_id: str
    dut: Role
    run: Callable[[Context], Awaitable[None]]
    variants: tuple[str, ...]
    config: tuple[Setting, ...]
    prepare: tuple[str, ...]
    profiles: tuple[int, ...]
    purpose: str


@dataclass(frozen=True, slots=True)
class Setting:
    """A configuration key that a case needs.

    Attributes:
        key: name of the key.
        value: to write; may name a test parameter: "$name", or a switch of
            the edition: "$edition.name".
        if_supported: a station without the key can run the case.
        restore: the value before is written back after the case.
        unless: fact of the PICS that makes it needless, "" for none.
    """

    key: str
    value: str
    if_supported: bool = False
    restore: bool = True
    unless: str = ""


_CASES: dict[tuple[Role, str], Case[object]] = {}


def case(
    octt_id: str,
    *,
    dut: Role,
    variants: tuple[str, ...] = (),
    config: tuple[Setting, ...] = (),
    prepare: tuple[str, ...] = (),
    profiles: tuple[int, ...] = (),
) -> Callable[[Callable[[Context], Awaitable[None]]], Callable[[Context], Awaitable[None]]]:
    """Register the function as the case of a row of appendix C.

    Args:
        octt_id: e.g. "004_1".
        dut: role of the device under test.
        variants: names handed to the case as `s.variant`, one run each.
        config: keys to write before the steps.
        prepare: reusable states to reach before the steps.
        profiles: security profiles of which the station has to use one; () for any.
    """

    def register(
        run: Callable[[Context], Awaitable[None]],
    ) -> Callable[[Context], Awaitable[None]]:
        purpose = (inspect.getdoc(run) or "").partition("\n")[0]
        key = (dut, octt_id)
        if key in _CASES:
            raise ValueError(f"case {octt_id} for a {dut} exists twice")
        _CASES[key] = Case(octt_id, dut, run, variants, config, prepare, profiles, purpose)  # type: ignore[arg-type]  # a case takes the context of its role
        return run

    return register


@cache
def _load() -> None:
    for package in ("rig.conformance.station", "rig.conformance.central"):
        module = importlib.import_module(package)
        for info in pkgutil.iter_modules(module.__path__):
            importlib.import_module(f"{package}.{info.name}")


def implemented(role: Role) -> frozenset[str]:
    """OCTT ids of the cases that can be run with this role under test."""
    _load()
    return frozenset(octt_id for dut, octt_id in _CASES if dut is role)


def find(role: Role, octt_id: str) -> Case[object]:
    """The case of a row.

    Raises:
        KeyError: there is none for this role.
    """
    _load()
    return _CASES[role, octt_id]


def describe(octt_id: str, role: Role) -> dict[str, Json]:
    """What a case is about, for people.

    Raises:
        UnknownCase: no row has this id; with the nearest ones.
    """
    (row,) = load().find([octt_id])
    about: dict[str, Json] = {
        "octt_id": row.octt_id,
        "title": row.title,
        "dut": role.value,
        "feature": row.feature,
        "group": row.group,
        "obligation": row.obligation[role].value,
        "condition": row.when[role],
        "prerequisite": row.requires[role],
        "has_case": row.octt_id in implemented(role),
    }
    if row.octt_id in implemented(role):
        case_ = find(role, row.octt_id)
        about |= {
            "purpose": case_.purpose,
            "variants": list(case_.variants),
            "prepare": list(case_.prepare),
            "security_profiles": list(case_.profiles),
            "configuration": [f"{s.key} = {s.value}" for s in case_.config],
            "steps": inspect.getsource(case_.run),
        }
    return about
