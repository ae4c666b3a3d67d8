"""Playing the Central System by hand: choose a message, fill it in, send it, see the answer."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Horizontal, Vertical, VerticalScroll
from textual.events import DescendantFocus
from textual.widgets import Input, Label, Select, Static

from rig.client.csms import ActionLine, CallOutcome
from rig.client.frames import indented
from rig.jsontypes import Json
from rig.tui.actions import bindings
from rig.tui.dialogs import Ask, Reading
from rig.tui.form import Field, FormProblem, fields_of, payload_of
from rig.tui.mirror import Mirror, Topic
from rig.tui.screens.base import RigScreen
from rig.tui.widgets.lines import LineList


class ManualScreen(RigScreen):
    """Messages on the left; form and answer on the right."""

    NAME = "manual"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("manual")]

    def __init__(self) -> None:
        super().__init__()
        self._all: tuple[ActionLine, ...] = ()
        self._filter = ""
        self._action = ""
        self._fields: tuple[Field, ...] = ()
        self._schemas: dict[str, dict[str, Json]] = {}

    def body(self) -> ComposeResult:
        """List, form, answer."""
        with Container(id="manual"):
            yield LineList[ActionLine](
                paint_action, lambda action: action.name, id="actions", classes="panel",
                empty="Asking the daemon ...",
            )  # fmt: skip
            with Vertical(id="right"):
                yield VerticalScroll(id="form", classes="panel", can_focus=False)
                with VerticalScroll(id="answer", classes="panel"):
                    yield Static("The answer of the station comes here.", id="answered",
                                 markup=False)  # fmt: skip

    def on_mount(self) -> None:
        """Begin with the list."""
        self.query_one("#actions").border_title = "Messages"
        self.query_one("#answer").border_title = "Answer"
        self.query_one("#form").border_title = "Enter on a message opens its form"
        self.query_one("#actions").focus()

    def show(self, _mirror: Mirror, _topics: Topic) -> None:
        """Ask for the messages once."""
        if not self._all and self.rig.news.is_connected:
            self.rig.news.look("actions", lambda c: c.csms_actions(), self._learn)

    def _learn(self, actions: tuple[ActionLine, ...]) -> None:
        self._all = actions
        self._show_actions()

    def _show_actions(self) -> None:
        wanted = self._filter.casefold()
        actions = self.query_one("#actions", LineList)
        actions.empty = f"No message with {self._filter!r}; / changes the filter."
        actions.set_rows([a for a in self._all if wanted in f"{a.name} {a.profile}".casefold()])

    async def on_line_list_moved(self, event: LineList.Moved) -> None:
        """Show the form of the message under the cursor."""
        action = event.lines.current
        if not isinstance(action, ActionLine) or action.name == self._action:
            return
        name = action.name
        if (schema := self._schemas.get(name)) is not None:
            await self._build(name, schema)
            return

        def done(schema: dict[str, Json]) -> None:
            self._schemas[name] = schema
            self.run_worker(self._build(name, schema), name="form", group="form", exclusive=True)

        self.rig.news.look("schema", lambda c: c.csms_schema(name), done)

    async def _build(self, name: str, schema: dict[str, Json]) -> None:
        self._action, self._fields = name, fields_of(schema)
        form = self.query_one("#form", VerticalScroll)
        form.border_title = Text(f"{name}.req   * must be given")
        await form.remove_children()
        if not self._fields:
            await form.mount(Static("It has no fields: F5 sends it.", markup=False))
        group: tuple[str, ...] = ()
        for number, field in enumerate(self._fields):
            if field.path[:-1] != group and (group := field.path[:-1]):
                await form.mount(Static(".".join(group), classes="group", markup=False))
            star = "*" if field.required else " "
            label = Label(f"{star} {field.path[-1]}", classes="label", markup=False)
            await form.mount(Horizontal(label, _widget(number, field), classes="field"))
        form.scroll_home(animate=False)

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """Say what the field with the focus expects."""
        number = (event.widget.id or "").removeprefix("field-")
        if number.isdigit():
            field = self._fields[int(number)]
            choices = ", ".join(field.choices)
            self.query_one("#form").border_subtitle = Text(field.hint or choices)
            self.rig.say(f"{field.name}: {field.hint or choices}")

    def _values(self) -> dict[str, str]:
        values = {}
        for number, field in enumerate(self._fields):
            widget = self.query_one(f"#field-{number}")
            value = widget.value if isinstance(widget, Input | Select) else ""
            values[field.name] = value if isinstance(value, str) else ""
        return values

    def _send(self, *, validate: bool) -> None:
        if not self._action:
            self.rig.say("Choose a message first.", "warn")
            return
        try:
            payload = payload_of(self._fields, self._values())
        except FormProblem as problem:
            self.rig.push_screen(Reading("The form", str(problem), bad=True))
            return
        action = self._action

        def done(outcome: CallOutcome) -> None:
            sign = "✓" if outcome.outcome == "result" and not outcome.problems else "✗"
            self.query_one("#answer").border_title = Text(f"Answer to {action}")
            self.query_one("#answered", Static).update(outcome_text(outcome))
            self.rig.say(f"{sign} {action}: {outcome.outcome} after {outcome.took_s:.2f} s")

        self.rig.order(
            f"send {action}", lambda c: c.csms_call(action, payload, validate=validate), done
        )

    def do_send(self) -> None:
        """Send it."""
        self._send(validate=True)

    def do_send_wrong(self) -> None:
        """Send it, wrong as it may be."""
        self._send(validate=False)

    def do_filter_actions(self) -> None:
        """Ask for a text."""

        def done(text: str | None) -> None:
            if text is not None:
                self._filter = text.strip()
                self._show_actions()

        self.rig.push_screen(Ask("Show only messages with", self._filter), done)


def _widget(number: int, field: Field) -> Input | Select[str]:
    if field.choices:
        options = [(choice, choice) for choice in field.choices]
        return Select(options, id=f"field-{number}", compact=True, prompt="not given")
    return Input(placeholder=field.hint, id=f"field-{number}", compact=True)


def paint_action(action: ActionLine, width: int) -> Text:
    """A message as a line."""
    text = Text(action.name, no_wrap=True)
    if width > max(36, text.cell_len + len(action.profile) + 2):
        text.pad_right(width - text.cell_len - len(action.profile) - 1)
        text.append(action.profile, style="dim")
    return text


def outcome_text(outcome: CallOutcome) -> Text:
    """What became of a CALL."""
    words = {
        "result": "✓ CALLRESULT",
        "error": "✗ CALLERROR",
        "bad-answer": "✗ the answer is no OCPP-J message",
        "no-answer": "✗ no answer in time",
        "lost": "✗ the station is not connected, or went away",
    }
    text = Text(f"{words.get(outcome.outcome, outcome.outcome)}  {outcome.took_s:.2f} s\n")
    if outcome.code or outcome.description:
        text.append(f"{outcome.code} {outcome.description}\n".lstrip(), style="bold")
    for problem in outcome.problems:
        text.append(f"✗ breaks its schema: {problem}\n", style="bold red")
    if outcome.payload is not None:
        text.append(indented(outcome.payload))
    return text
