"""Draws the time line of a case as an inline SVG sequence diagram.

Rows are equally high: order is what a reader follows, and stamps say how much time passed. Idle
time is compressed to one broken row that says how long it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence, Set
from html import escape
from unicodedata import east_asian_width

from markupsafe import Markup

from rig.report import words
from rig.report.model import CaseView, Lane, Mark, Shape, TimelineRow

WIDTH = 920
ROW_LIMIT = 160
"""Rows drawn of one case; the wire log has the rest."""

IDLE_S = 5.0
"""Lab seconds without an event that are shown as a break."""

_CLOCK_X = 72
_MARGIN_X = 788
_TOP = 32
_X = {Lane.RIG: 114, Lane.PLUG: 220, Lane.STATION: 346, Lane.TOOL: 772}
_X_CSMS = {Lane.TOOL: 200, Lane.CSMS: 740}
_HEIGHT = {
    Shape.STEP: 22,
    Shape.PHASE: 38,
    Shape.NOTE: 26,
    Shape.PHYSICAL: 26,
    Shape.ALERT: 26,
}
_ELLIPSIS = 12
_LONGEST = 1000
"""Characters of a text that are looked at; fewer fit."""

_ALWAYS = (Shape.ALERT, Shape.PHASE)
_FAULTS = (Shape.ERROR, Shape.MALFORMED)


def draw(case: CaseView, shown: Set[str]) -> Markup:
    """The diagram of a case.

    Args:
        case: with its time line.
        shown: anchors that the report has; only they are linked to.
    """
    return Markup(_Drawing(case, shown).svg())  # noqa: S704  # every text in it is escaped


def choose(rows: Sequence[TimelineRow], limit: int = ROW_LIMIT) -> list[TimelineRow | int]:
    """At most `limit` rows, or as many as are evidence; a number stands for rows left out.

    What failed goes before the rest, and steps of the case before preparation and clean-up.
    """
    if len(rows) <= limit:
        return list(rows)
    keep = {i for i, row in enumerate(rows) if row.shape in _ALWAYS or row.marks}
    steps = _steps(rows)
    for index in sorted(
        range(len(rows)), key=lambda i: (rows[i].shape not in _FAULTS, i not in steps, i)
    ):
        if len(keep) >= limit:
            break
        keep.add(index)
    chosen: list[TimelineRow | int] = []
    for index, row in enumerate(rows):
        if index in keep:
            chosen.append(row)
        elif chosen and isinstance(last := chosen[-1], int):
            chosen[-1] = last + 1
        else:
            chosen.append(1)
    return chosen


def _steps(rows: Sequence[TimelineRow]) -> range:
    """Places of the rows between preparation and clean-up."""
    phases = [(i, row.text) for i, row in enumerate(rows) if row.shape is Shape.PHASE]
    start = next((i for i, text in phases if text == "Steps"), 0)
    end = next((i for i, text in reversed(phases) if text == "Clean-up"), len(rows))
    return range(start, end)


class _Drawing:
    """One diagram; `y` goes down as rows are added."""

    def __init__(self, case: CaseView, shown: Set[str]) -> None:
        self._case = case
        self._shown = shown
        self._x = _X_CSMS if case.dut == "csms" else _X
        self._left = min(self._x.values())
        self._right = max(self._x.values())
        self._out: list[str] = []
        self._lines: list[tuple[int, int]] = []
        self._y = _TOP
        self._line_from = _TOP - 6
        self._draw: dict[Shape, Callable[[TimelineRow], None]] = {
            Shape.CALL: self._message,
            Shape.RESULT: self._message,
            Shape.ERROR: self._message,
            Shape.MALFORMED: self._message,
            Shape.PHYSICAL: self._physical,
            Shape.NOTE: self._note,
            Shape.STEP: self._step,
            Shape.PHASE: self._phase,
            Shape.ALERT: self._alert,
        }

    def svg(self) -> str:
        before: float | None = None
        for row in choose(self._case.rows):
            if isinstance(row, int):
                self._break(f"{words.plural(row, 'row')} not drawn; the wire log has the messages")
                before = None
                continue
            if before is not None and row.at_s - before >= IDLE_S:
                self._break(f"{words.duration(row.at_s - before)} without an event")
            before = row.at_s
            self._y += _HEIGHT.get(row.shape, 30)
            self._draw[row.shape](row)
        self._y += 14
        self._lines.append((self._line_from, self._y))
        height = self._y + 34
        label = f"Time line of case {self._case.name}"
        return "".join(
            [
                f'<svg class="seq" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}"'
                f' role="img" aria-label="{_safe(label)}" xmlns="http://www.w3.org/2000/svg">',
                *self._lifelines(),
                *self._heads(4),
                *self._out,
                *self._heads(self._y + 2),
                "</svg>",
            ]
        )

    # --- frame of the drawing ---------------------------------------------------------------

    def _heads(self, y: int) -> Iterable[str]:
        dut = {"csms": Lane.CSMS}.get(self._case.dut, Lane.STATION)
        names = {Lane.TOOL: "Tool as station" if dut is Lane.CSMS else "Tool (CSMS)",
                 Lane.PLUG: "Plug · pilot", dut: f"{dut} (DUT)"}  # fmt: skip
        for lane, x in self._x.items():
            name = names.get(lane, str(lane))
            half = max(36, round(_width(name, bold=True) / 2) + 8)
            kind = " dut" if lane is dut else ""
            yield (
                f'<rect class="head{kind}" x="{x - half}" y="{y}" width="{2 * half}" height="24"'
                f' rx="5"/><text class="headt{kind}" x="{x}" y="{y + 16}">{name}</text>'
            )

    def _lifelines(self) -> Iterable[str]:
        for x in self._x.values():
            for top, bottom in self._lines:
                yield f'<path class="life" d="M{x} {top}V{bottom}"/>'

    def _break(self, text: str) -> None:
        self._lines.append((self._line_from, self._y + 9))
        self._y += 26
        self._line_from = self._y + 4
        for x in self._x.values():
            self._out.append(f'<path class="idle" d="M{x} {self._y - 17}V{self._y + 4}"/>')
        middle = (self._left + self._right) // 2
        self._text(middle, self._y - 3, f"⋮ {text} ⋮", "gap")

    # --- rows -------------------------------------------------------------------------------

    def _message(self, row: TimelineRow) -> None:
        start, end = self._ends(row)
        self._clock(row)
        self._open(row)
        self._label((start + end) // 2, self._y - 5, row, abs(end - start) - 20, str(row.shape))
        self._arrow(start, end, str(row.shape))
        self._close(row)
        self._margin(row.marks)

    def _physical(self, row: TimelineRow) -> None:
        start, end = self._ends(row)
        self._clock(row)
        self._open(row)
        x = min(start, end)
        self._label(x + 7, self._y - 4, row, self._right - x - 20, "left")
        if row.target is None:
            self._out.append(f'<circle class="dot physical" cx="{start}" cy="{self._y}" r="3.5"/>')
        else:
            self._arrow(start, end, "physical")
        self._close(row)
        self._margin(row.marks)

    def _note(self, row: TimelineRow) -> None:
        start, end = self._ends(row)
        self._clock(row)
        self._open(row)
        x = min(start, end)
        if row.target is not None:
            self._out.append(
                f'<path class="both" d="M{start} {self._y + 1}H{end}"/>'
                f'<circle class="dot note" cx="{start}" cy="{self._y + 1}" r="3"/>'
                f'<circle class="dot note" cx="{end}" cy="{self._y + 1}" r="3"/>'
            )
        else:
            self._out.append(f'<circle class="dot note" cx="{start}" cy="{self._y}" r="3.5"/>')
        self._label(x + 9, self._y - 4, row, self._right - x - 20, "left")
        self._close(row)
        self._margin(row.marks)

    def _step(self, row: TimelineRow) -> None:
        self._clock(row, 0)
        room = self._right - self._left + 20
        failed = row.bold.startswith("step failed")  # says what was seen instead
        self._open(row)
        for number, line in enumerate(_wrap(row.full, room) if failed else [_fit(row.full, room)]):
            self._y += 15 if number else 0
            self._text(self._left - 24, self._y, line, "step bad" if failed else "step")
        self._close(row)

    def _phase(self, row: TimelineRow) -> None:
        self._out.append(f'<path class="phase" d="M8 {self._y}H{WIDTH - 8}"/>')
        self._text(12, self._y - 5, row.text, "phaset")

    def _alert(self, row: TimelineRow) -> None:
        lines = _wrap(row.full, WIDTH - _CLOCK_X - 40)
        height = 15 * len(lines) + 7
        top = self._y - 16
        self._clock(row, 0)
        self._open(row)
        kind = "warn" if row.bold.startswith("⚠") else "bad"
        self._out.append(
            f'<rect class="alert {kind}" x="{_CLOCK_X + 8}" y="{top}"'
            f' width="{WIDTH - _CLOCK_X - 16}" height="{height}" rx="4"/>'
        )
        for number, line in enumerate(lines):
            self._text(_CLOCK_X + 16, self._y + 15 * number, line, f"alertt {kind}")
        self._close(row)
        self._y = top + height

    # --- pieces -----------------------------------------------------------------------------

    def _ends(self, row: TimelineRow) -> tuple[int, int]:
        start = self._x.get(row.source or Lane.TOOL, self._left)
        return start, start if row.target is None else self._x.get(row.target, self._right)

    def _arrow(self, start: int, end: int, kind: str) -> None:
        y, back = self._y + 1, 7 if end > start else -7
        head = f"M{end} {y}l{-back} -3.6v7.2z"
        if kind == "result":
            head = f"M{end - back} {y - 3.6}L{end} {y}L{end - back} {y + 3.6}"
        self._out.append(
            f'<path class="line {kind}" d="M{start} {y}H{end}"/><path class="tip {kind}"'
            f' d="{head}"/>'
        )

    def _label(self, x: int, y: int, row: TimelineRow, room: float, kind: str) -> None:
        bold = _fit(row.bold, room, bold=True)
        text = _fit(row.text, room - _width(bold, bold=True) - 5)
        rest = f'<tspan dx="5">{_safe(text)}</tspan>' if text else ""
        self._out.append(
            f'<text class="lbl {kind}" x="{x}" y="{y}"><tspan class="b">{_safe(bold)}</tspan>{rest}'
            "</text>"
        )

    def _text(self, x: int, y: int, text: str, kind: str) -> None:
        self._out.append(f'<text class="{kind}" x="{x}" y="{y}">{_safe(text)}</text>')

    def _clock(self, row: TimelineRow, down: int = 4) -> None:
        self._text(_CLOCK_X - 6, self._y + down, words.stamp(row.at_s), "clock")

    def _open(self, row: TimelineRow) -> None:
        if row.anchor in self._shown:
            self._out.append(f'<a href="#{row.anchor}">')
        else:
            self._out.append("<g>")
        self._out.append(f"<title>{_safe(row.full[:600])}</title>")

    def _close(self, row: TimelineRow) -> None:
        self._out.append("</a>" if row.anchor in self._shown else "</g>")

    def _margin(self, marks: Sequence[Mark]) -> None:
        """What a message is evidence against, beside it."""
        signs: dict[str, Mark] = {}
        for mark in marks:
            sign = {"failed": "✗ check", "warned": "⚠ check"}.get(mark.kind, f"⚑ {mark.text}")
            signs.setdefault(sign, mark)
        text = _fit("  ".join(signs), WIDTH - _MARGIN_X - 4, bold=True)
        if not text:
            return
        first = next(iter(signs.values()))
        kind = "warn" if all(mark.kind == "warned" for mark in signs.values()) else "bad"
        inside = f'<text class="mark {kind}" x="{_MARGIN_X}" y="{self._y + 4}">{_safe(text)}</text>'
        title = f"<title>{_safe('; '.join(m.text for m in signs.values()))}</title>"
        if first.anchor in self._shown:
            self._out.append(f'<a href="#{first.anchor}">{title}{inside}</a>')
        else:
            self._out.append(f"<g>{title}{inside}</g>")


def _width(text: str, bold: bool = False) -> float:
    """About how wide `text` is in the widest type that a browser may take."""
    plain = sum(
        11.5 if east_asian_width(c) in "WF" else 7.2 if c.isupper() or c.isdigit() else 5.6
        for c in text
    )
    return plain * 1.18 if bold else plain


def _fitting(text: str, room: float, bold: bool) -> int:
    """How many characters of `text` fit."""
    left = room
    for count, character in enumerate(text):
        left -= _width(character, bold)
        if left < 0:
            return count
    return len(text)


def _fit(text: str, room: float, bold: bool = False) -> str:
    """`text` on one line, cut to its room."""
    text = _one_line(text)
    if _fitting(text, room, bold) == len(text):
        return text
    kept = text[: _fitting(text, room - _ELLIPSIS, bold)].rstrip()
    return f"{kept}…" if kept else ""


def _wrap(text: str, room: float, limit: int = 3) -> list[str]:
    """`text` in at most `limit` bold lines."""
    lines: list[str] = []
    rest = _one_line(text)
    while len(lines) < limit - 1 and (cut := _fitting(rest, room, bold=True)) < len(rest):
        space = rest.rfind(" ", cut // 2, cut + 1)
        cut = space if space > 0 else cut
        lines.append(rest[:cut])
        rest = rest[cut:].lstrip()
    return [*lines, _fit(rest, room, bold=True)]


def _one_line(text: str) -> str:
    return " ".join(words.visible(text[:_LONGEST]).split())


def _safe(text: str) -> str:
    return escape(words.visible(text))
