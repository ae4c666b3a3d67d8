"""The condition language of the catalogue: three values, and a reason in words. Pure.

A condition is true, false, or undecided because the configuration of the device has not been
read. Only names, constants, `and or not`, comparisons, `in` and a few functions exist.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeGuard

from rig.conformance.reasons import why


class Undecided(Exception):
    """The value depends on configuration that has not been read; `reason` says on which."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class ConfigKey:
    """A configuration key as read from the device."""

    value: str
    readonly: bool


@dataclass(frozen=True, slots=True)
class Judged:
    """Value of a condition; None is undecided. `reason` is why it is not true, else ""."""

    value: bool | None
    reason: str = ""


Configuration = Mapping[str, ConfigKey] | None
_COMPARE: dict[type[ast.cmpop], Callable[[object, object], object]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.GtE: operator.ge,  # type: ignore[dict-item]  # operands are numbers here
    ast.Gt: operator.gt,  # type: ignore[dict-item]
    ast.LtE: operator.le,  # type: ignore[dict-item]
    ast.Lt: operator.lt,  # type: ignore[dict-item]
    ast.In: lambda one, many: one in many,  # type: ignore[operator]
}


class Expression:
    """A condition.

    Args:
        text: in the condition language.

    Raises:
        ValueError: it is not of that language.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        try:
            self._tree = ast.parse(text, mode="eval").body
        except SyntaxError as error:
            raise ValueError(f"{text!r}: {error.msg}") from None

    def judge(
        self,
        facts: Mapping[str, object],
        configuration: Configuration,
        paper: Mapping[str, ConfigKey] = MappingProxyType({}),
    ) -> Judged:
        """Value with these facts.

        Args:
            facts: names and values.
            configuration: keys of the device, by name without case; None when not read.
            paper: what the PICS says of keys; it counts before the device has been read, and
                numbers in it for keys that the device does not have.

        Raises:
            ValueError: a name or construct is unknown.
        """
        return _judge(self._tree, _Scope(facts, configuration, paper))


@dataclass(frozen=True, slots=True)
class _Scope:
    facts: Mapping[str, object]
    configuration: Configuration
    paper: Mapping[str, ConfigKey]

    def key(self, name: str) -> ConfigKey | None:
        if self.configuration is not None:
            return self.configuration.get(name.casefold())
        if name.casefold() not in self.paper:
            raise Undecided(f"{name} has not been read from the device")
        return self.paper[name.casefold()]


def _judge(node: ast.expr, scope: _Scope) -> Judged:
    if isinstance(node, ast.BoolOp):
        return _and_or(node, scope)
    if _is_not(node):
        inner = _judge(node.operand, scope)
        if inner.value is None:
            return inner
        return Judged(not inner.value, _why(node.operand, scope, holds=True) if inner.value else "")
    try:
        value = bool(_value(node, scope))
    except Undecided as undecided:
        return Judged(None, undecided.reason)
    return Judged(value, "" if value else _why(node, scope))


def _is_not(node: ast.expr) -> TypeGuard[ast.UnaryOp]:
    return isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)


def _and_or(node: ast.BoolOp, scope: _Scope) -> Judged:
    parts = [_judge(part, scope) for part in node.values]
    decisive = isinstance(node.op, ast.Or)  # the value that decides alone
    for part in parts:
        if part.value is decisive:
            return part
    undecided = [part for part in parts if part.value is None]
    if undecided:
        return undecided[0]
    word = " and " if decisive else ""
    reason = word.join(part.reason for part in parts if part.reason) if decisive else ""
    return Judged(not decisive, reason)


def _why(node: ast.expr, scope: _Scope, *, holds: bool = False) -> str:
    return why(node, lambda part: _value(part, scope), scope.key, holds=holds)


def _value(node: ast.expr, scope: _Scope) -> object:
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Name):
        if node.id in ("true", "false"):
            return node.id == "true"
        if node.id not in scope.facts:
            raise ValueError(f"no fact {node.id!r}")
        return scope.facts[node.id]
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        compare = _COMPARE.get(type(node.ops[0]))
        if compare is not None:
            return compare(_value(node.left, scope), _value(node.comparators[0], scope))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
        function = _FUNCTIONS.get(node.func.id)
        if function is not None:
            return function(scope, *(_value(a, scope) for a in node.args))
    if isinstance(node, ast.BoolOp) or _is_not(node):
        judged = _judge(node, scope)
        if judged.value is None:
            raise Undecided(judged.reason)
        return judged.value
    raise ValueError(f"{ast.unparse(node)!r} is not of the condition language")


def _readonly_with(scope: _Scope, name: object, value: object) -> bool:
    key = scope.key(str(name))
    return key is not None and key.readonly and key.value.casefold() == str(value).casefold()


def _readwrite(scope: _Scope, name: object) -> bool:
    key = scope.key(str(name))
    return key is not None and not key.readonly


def _integer(scope: _Scope, name: object) -> int:
    key = scope.key(str(name)) or scope.paper.get(str(name).casefold())
    try:
        return -1 if key is None else int(key.value)
    except ValueError:
        return -1


def _length(_: _Scope, value: object) -> int:
    return len(value)  # type: ignore[arg-type]  # sets and lists only; anything else is a TypeError


_FUNCTIONS: dict[str, Callable[..., object]] = {
    "cfg_readonly_with": _readonly_with,
    "cfg_readwrite": _readwrite,
    "cfg_int": _integer,
    "len": _length,
}
