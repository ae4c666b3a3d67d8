"""Static checks on case functions: what a reader, or a station, would find out too late. Pure.

`python -m rig.conformance.case_author lint` runs them over the shipped cases, and the tests do.
"""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rig.config.edition import Edition
from rig.config.parameters import Parameters
from rig.conformance.catalogue import Obligation, Role, load
from rig.conformance.pics import Pics
from rig.conformance.required_keys import KNOWN
from rig.conformance.states import STATE_NAMES
from rig.conformance.status_rules import STATUSES
from rig.ocppj.schemas import FROM_CENTRAL_SYSTEM, FROM_STATION

LONGEST = 100
"""Characters of a purpose: it stands in lists."""
OWN_TIME = {"sleep": "s.pass_time, s.nothing or s.expect", "now": "s.clock", "time": "s.clock"}
CLOCKS = ("asyncio", "time", "datetime", "clock")
SOURCES = {"check": (2, "requirement"), "nothing": (None, "why"), "none_since": (None, "why"),
           "check_interval": (3, "requirement")}  # fmt: skip
"""Where the source of a claim stands in a call: position, or keyword."""
DIRECTIONS = {
    Role.STATION: {"expect": FROM_STATION, "maybe": FROM_STATION, "call": FROM_CENTRAL_SYSTEM,
                   "command": FROM_CENTRAL_SYSTEM},
    Role.CSMS: {"sent": FROM_STATION, "expect": FROM_CENTRAL_SYSTEM,
                "command": FROM_CENTRAL_SYSTEM},
}  # fmt: skip
"""Who sends the message that a word is about."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a case.

    Attributes:
        file, line, column: where; columns count from 1.
        case: its id, "" for what belongs to no case.
        text: what, and what to do.
    """

    file: str
    line: int
    column: int
    case: str
    text: str

    def __str__(self) -> str:
        case = f"{self.case}: " if self.case else ""
        return f"{self.file}:{self.line}:{self.column}: {case}{self.text}"


@dataclass(frozen=True, slots=True)
class Found:
    """A case as it stands in a file."""

    octt_id: str
    role: Role
    file: Path
    function: ast.AsyncFunctionDef | ast.FunctionDef
    mark: ast.Call


def cases_in(file: Path, tree: ast.Module) -> Iterator[Found]:
    """Functions of a file that are marked as cases."""
    for node in tree.body:
        if not isinstance(node, ast.AsyncFunctionDef | ast.FunctionDef):
            continue
        for mark in node.decorator_list:
            if not (isinstance(mark, ast.Call) and _name(mark.func) == "case" and mark.args):
                continue
            dut = next((k.value for k in mark.keywords if k.arg == "dut"), None)
            role = Role.CSMS if _name(dut) == "CSMS" else Role.STATION
            yield Found(str(_text(mark.args[0])), role, file, node, mark)


def lint(
    files: Sequence[Path], rows: frozenset[str] | None, only: Iterable[str] = ()
) -> list[Problem]:
    """Everything that is wrong.

    Args:
        files: modules with cases.
        rows: ids that the detection tests have rows for; None where there are no tests.
        only: ids to look at; all when empty.
    """
    wanted = frozenset(only)
    problems: list[Problem] = []
    seen: dict[tuple[Role, str], Found] = {}
    for file in files:
        tree = ast.parse(file.read_text(), str(file))
        cases = [found for found in cases_in(file, tree) if not wanted or found.octt_id in wanted]
        for found in cases:
            problems += _case(found, rows, seen.get((found.role, found.octt_id)))
            seen[found.role, found.octt_id] = found
        if not wanted:
            problems += _module(file, tree)
    return sorted(problems, key=lambda p: (p.file, p.line, p.column, p.text))


def _case(found: Found, rows: frozenset[str] | None, twice: Found | None) -> Iterator[Problem]:
    def at(node: ast.AST, text: str) -> Problem:
        line, column = getattr(node, "lineno", 1), getattr(node, "col_offset", 0) + 1
        return Problem(str(found.file), line, column, found.octt_id, text)

    yield from (at(found.function, text) for text in _identity(found, twice))
    if rows is not None and found.octt_id not in rows:
        what = "no row in tests/detection: add a defect that this case catches"
        yield at(found.function, what)
    variants = any(k.arg == "variants" for k in found.mark.keywords)
    uses = any(isinstance(n, ast.Attribute) and n.attr == "variant" and _name(n.value) == "s"
               for n in ast.walk(found.function))  # fmt: skip
    if variants and not uses:
        yield at(found.mark, "has variants and never asks for s.variant: remove or use them")
    if uses and not variants:
        yield at(found.function, "asks for s.variant and has no variants: name them in @case")
    for node in ast.walk(found.mark):
        yield from (at(node, text) for text in _marked(node))
    for node in ast.walk(found.function):
        yield from (at(node, text) for text in _words(node, found.role))


def _module(file: Path, tree: ast.Module) -> Iterator[Problem]:
    """What no function of a module with cases may do."""
    for node in ast.walk(tree):
        text = ""
        if isinstance(node, ast.Assert):
            text = "a bare assert is no evidence: use s.check with its source"
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = _name(node.func.value)
            if node.func.attr in OWN_TIME and owner in CLOCKS and not _is_lab_time(node.func):
                text = f"{owner}.{node.func.attr}: a case waits for events; use "
                text += OWN_TIME[node.func.attr]
        if text:
            yield Problem(str(file), node.lineno, node.col_offset + 1, "", text)  # type: ignore[attr-defined]


def _is_lab_time(function: ast.Attribute) -> bool:
    """s.clock.now() looks at lab time; s.clock.sleep() is no better than another sleep."""
    return _name(function.value) == "clock" and function.attr != "sleep"


def _identity(found: Found, twice: Found | None) -> Iterator[str]:
    row = next((r for r in load().rows if r.octt_id == found.octt_id), None)
    if row is None:
        near = difflib.get_close_matches(found.octt_id, [r.octt_id for r in load().rows], 1)
        yield f"no row of appendix C; {f'did you mean {near[0]}?' if near else 'see rig case list'}"
    elif row.obligation[found.role] is Obligation.NONE:
        yield f"appendix C asks nothing of a {found.role.words} in this row; remove the case"
    if twice is not None:
        yield f"exists already, {twice.file}:{twice.function.lineno}; remove one"
    purpose = (ast.get_docstring(found.function) or "").partition("\n")[0]
    if not purpose:
        yield "no docstring: its first line says what must hold"
    elif purpose.startswith("TODO"):
        yield "the docstring is still that of the scaffold: say what must hold"
    elif not purpose.endswith(".") or len(purpose) > LONGEST:
        yield f"the first line of the docstring is no sentence of at most {LONGEST} characters"
    if not isinstance(found.function, ast.AsyncFunctionDef):
        yield "is no `async def`"


def _marked(node: ast.AST) -> Iterator[str]:
    """Configuration and states that a case asks for."""
    if isinstance(node, ast.Call) and _name(node.func) == "Setting" and len(node.args) >= 2:
        key, value = (_text(argument) for argument in node.args[:2])
        if key is not None and key.casefold() not in {k.casefold() for k in KNOWN}:
            yield _unknown("configuration key", key, KNOWN)
        if value is not None and value.startswith("$"):
            yield from _parameter(value.removeprefix("$"))
    if isinstance(node, ast.keyword) and node.arg == "prepare":
        for state in filter(None, map(_text, getattr(node.value, "elts", []))):
            if state.partition("(")[0] not in STATE_NAMES:
                yield _unknown("reusable state", state, STATE_NAMES)


def _parameter(name: str) -> Iterator[str]:
    of, _, inner = name.rpartition(".")
    kind = Edition if of == "edition" else Parameters
    if not (hasattr(kind, inner) or inner in kind.model_fields):
        yield _unknown("test parameter", name, kind.model_fields)


def _looked_up(node: ast.AST) -> Iterator[str]:
    """s.parameters.NAME and s.edition.NAME."""
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Attribute):
        of = node.value.attr
        if of in ("parameters", "edition") and _name(node.value.value) == "s":
            yield from _parameter(f"edition.{node.attr}" if of == "edition" else node.attr)


def _words(node: ast.AST, role: Role) -> Iterator[str]:
    """What a case says in its steps."""
    yield from _looked_up(node)
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
        return
    word, first = node.func.attr, _text(node.args[0]) if node.args else None
    if word == "get" and _name(node.func.value) == "facts" and first not in Pics().facts():
        yield _unknown("fact of a PICS", str(first), Pics().facts())
    if _name(node.func.value) != "s":
        return
    if word in SOURCES:
        yield from _source(node, *SOURCES[word])
    known = DIRECTIONS[role].get(word)
    if known is not None and first is not None and first not in known:
        yield _unknown("message in this direction", first, known)
    if word in ("status", "status_of") and first is not None:
        for status in filter(None, map(_text, node.args)):
            if status not in STATUSES:
                yield _unknown("status", status, STATUSES)


def _source(node: ast.Call, place: int | None, keyword: str) -> Iterator[str]:
    given = next((k.value for k in node.keywords if k.arg == keyword), None)
    if given is None and place is not None and len(node.args) > place:
        given = node.args[place]
    text = _text(given)
    if given is None or text == "":
        yield f'a claim without `{keyword}`: name its source, e.g. "OCPP 1.6, 6.45"'
    elif text is not None and text.startswith("TODO"):
        yield f"`{keyword}` is still that of the scaffold: name the source"


def _unknown(what: str, word: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(word, list(known), 1)
    return f"no {what} {word!r}" + (f"; did you mean {near[0]!r}?" if near else "")


def _text(node: ast.AST | None) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _name(node: ast.AST | None) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""
