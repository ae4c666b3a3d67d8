"""The bench at a glance, and by hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, VerticalScroll

from rig.client.plug import PlugInfo
from rig.client.results import CardInfo, DeviceLine
from rig.client.words import CP_WORDS, FAULTS
from rig.tui.actions import bindings
from rig.tui.bench_facts import (
    modem_facts,
    plug_facts,
    quarantine_facts,
    site_facts,
    station_facts,
)
from rig.tui.dialogs import Choose, Reading
from rig.tui.mirror import Mirror, Topic
from rig.tui.screens.base import RigScreen
from rig.tui.widgets.facts import Fact, Facts
from rig.tui.widgets.lines import LineList
from rig.tui.widgets.timeline import Timeline


class BenchScreen(RigScreen):
    """Plugs on the left; station, cards, mains and modem on the right."""

    NAME = "bench"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("bench")]

    def body(self) -> ComposeResult:
        """The panels."""
        yield Facts("✗ Quarantine", id="quarantine", label_width=8)
        with Horizontal(id="bench"):
            with VerticalScroll(id="plugs", can_focus=False):
                yield Facts("No plug", id="no-plug", label_width=0)
                yield Facts("Modem", id="modem", label_width=10)
            with VerticalScroll(id="around", can_focus=False):
                yield Facts("Station", id="station", label_width=9)
                yield LineList[CardInfo](
                    self._paint_card, lambda card: card.name, id="cards", classes="panel",
                )  # fmt: skip
                yield Facts("Bench", id="site", label_width=9)
        yield Timeline("What happens", "Nothing has happened yet.", id="events")

    def on_mount(self) -> None:
        """Hide what there is not."""
        self.query_one("#quarantine").display = False
        self.query_one("#modem").display = False
        self.query_one("#cards").border_title = "Cards: p or Enter presents"
        self.query_one("#cards").focus()

    # -- drawing ------------------------------------------------------------------------------

    def show(self, mirror: Mirror, topics: Topic) -> None:
        """Draw what has changed."""
        if topics & (Topic.STATUS | Topic.FRAMES | Topic.CARDS):
            self._show_status(mirror)
        if topics & (Topic.PLUGS | Topic.FRAMES | Topic.STATUS):
            self._show_plugs(mirror)
        if topics & (Topic.MODEM | Topic.STATUS):
            modem, watch = self.query_one("#modem", Facts), self.rig.news
            modem.display = watch.modem is not None
            if watch.modem is not None:
                modem.show(modem_facts(watch.modem, watch.signal, mirror.signals))
        if topics & Topic.LINES:
            events = self.query_one("#events", Timeline)
            if events.display:
                events.show(mirror)

    def tick(self) -> None:
        """Ages grow."""
        self.query_one("#station", Facts).show(
            station_facts(self.rig.mirror, self.rig.news.lab_now_s)
        )

    def _show_status(self, mirror: Mirror) -> None:
        if (status := mirror.status) is None:
            return
        broken = status.bench.quarantine
        panel = self.query_one("#quarantine", Facts)
        panel.display = broken is not None
        if broken is not None:
            panel.show(quarantine_facts(broken))
        self.tick()
        self.query_one("#site", Facts).show(site_facts(mirror))
        cards = self.query_one("#cards", LineList)
        if tuple(cards.rows) != status.bench.cards:
            cards.set_rows(status.bench.cards)
            cards.styles.height = min(8, max(1, len(status.bench.cards))) + 2
        shown = mirror.card
        if shown is not None:
            where = "taken away" if shown.removed else "AT THE READER"
            cards.border_subtitle = Text(f"{shown.name} {where}")
        cards.empty = "This bench has no cards; give it some in its file, under `cards`."
        cards.repaint()

    def _show_plugs(self, mirror: Mirror) -> None:
        column = self.query_one("#plugs")
        none = self.query_one("#no-plug", Facts)
        none.display = not mirror.plugs
        none.show([Fact("", "This bench has no plug, or has not told of it yet.")])
        if not mirror.plugs:
            none.border_title = "No plug"
        for name, plug in mirror.plugs.items():
            panel_id = f"plug-{_safe(name)}"
            found = column.query(f"#{panel_id}")
            if found:
                panel = found.first(Facts)
            else:
                panel = Facts("", id=panel_id, label_width=10, can_focus=True)
                column.mount(panel, before="#modem")
            panel.border_title = Text(f"{name}  connector {plug.connector_id}  {plug.plug_type}")
            energy = mirror.energy_wh.get(plug.connector_id)
            panel.show(plug_facts(plug, energy))
        gone = {f"plug-{_safe(name)}" for name in mirror.plugs} | {"no-plug", "modem"}
        for panel in column.query(Facts):
            if panel.id not in gone:
                panel.remove()

    def _paint_card(self, card: CardInfo, width: int) -> Text:
        shown = self.rig.mirror.card
        here = shown is not None and shown.name == card.name and not shown.removed
        tag = card.id_tag if len(card.id_tag) <= width - 21 else ""
        return Text(f"{'●' if here else ' '} {card.name:<10}{card.status:<9}{tag}")

    # -- orders -------------------------------------------------------------------------------

    def _plug(self) -> PlugInfo | None:
        """The plug that has the focus, or the first one."""
        plugs = self.rig.mirror.plugs
        focus = self.focused
        if focus is not None and (focus.id or "").startswith("plug-"):
            for name, plug in plugs.items():
                if focus.id == f"plug-{_safe(name)}":
                    return plug
        return next(iter(plugs.values()), None)

    def _order(self, action: str, **given: str | int | float) -> None:
        plug = self._plug()
        if plug is None:
            self.rig.say("This bench has no plug, or has not told of it yet.", "warn")
            return
        name = plug.name

        def done(seen: object) -> None:
            if isinstance(seen, PlugInfo):
                self.rig.news.learn_plugs((seen,))
                self.rig.say(f"✓ {name} {action}: {CP_WORDS.get(seen.cp_state, seen.cp_state)}")

        self.rig.order(f"{name} {action}", lambda c: c.plug(name, action, **given), done)

    def do_plug_in(self) -> None:
        """Cable in."""
        self._order("insert")

    def do_plug_out(self) -> None:
        """Cable out."""
        self._order("unplug")

    def do_energy(self) -> None:
        """State C, or back to B."""
        plug = self._plug()
        on = plug is not None and plug.cp_state in ("C", "D")
        self._order("stop-energy" if on else "energy")

    def do_present(self) -> None:
        """Hold the card under the cursor to the reader."""
        card = self.query_one("#cards", LineList).current
        if not isinstance(card, CardInfo):
            self.rig.say("This bench has no cards.", "warn")
            return
        name = card.name
        self.rig.order(
            f"present {name}",
            lambda c: c.present(name),
            lambda _: self.rig.say(f"✓ {name} was held to the reader"),
        )

    def _mains_to(self) -> str:
        status = self.rig.mirror.status
        return "off" if status is not None and status.bench.mains == "on" else "on"

    def ask_mains(self) -> str:
        """What is about to happen to the mains."""
        return f"Switch the mains of the station {self._mains_to().upper()}?"

    def do_mains(self) -> None:
        """Mains on or off."""
        switch = self._mains_to()
        self.rig.order(
            f"mains {switch}",
            lambda c: c.mains(switch),
            lambda _: self.rig.say(f"✓ mains {switch}"),
        )

    def do_mains_cycle(self) -> None:
        """Mains off and on."""
        self.rig.order(
            "power cycle",
            lambda c: c.mains("cycle"),
            lambda _: self.rig.say("✓ mains were off, and are on again"),
        )

    def _network_to(self) -> str:
        status = self.rig.mirror.status
        return "up" if status is not None and status.bench.network == "down" else "down"

    def ask_network(self) -> str:
        """What is about to happen to the network."""
        return f"Switch the network of the station {self._network_to().upper()}?"

    def do_network(self) -> None:
        """Network down or up."""
        switch = self._network_to()
        self.rig.order(
            f"network {switch}",
            lambda c: c.network(switch),
            lambda _: self.rig.say(f"✓ network {switch}"),
        )

    def do_load(self) -> None:
        """Phases of the load."""
        choices = [("0", "load off"), ("1", "1 phase"), ("2", "2 phases"), ("3", "3 phases")]
        now = str(plug.load_phases) if (plug := self._plug()) is not None else ""

        def chosen(phases: str | None) -> None:
            if phases is not None:
                self._order("load", phases=int(phases))

        self.rig.push_screen(Choose("Load at the plug", choices, now), chosen)

    def do_fault(self) -> None:
        """Put a fault in."""
        choices = [("none", "no fault: take it out")]
        choices += [(name, f"{name}: {words}") for name, words in FAULTS.items()]

        def chosen(fault: str | None) -> None:
            if fault == "none":
                self._order("clear-fault")
            elif fault is not None:
                self._order("fault", fault=fault, seconds=10.0)

        self.rig.push_screen(Choose("Fault for ten seconds", choices), chosen)

    def do_check(self) -> None:
        """Ask every device."""

        def done(devices: Sequence[DeviceLine]) -> None:
            text = Text()
            for device in devices:
                text.append(f"{'●' if device.ok else '✗'} {device.device}  ", style="bold")
                text.append(f"{device.detail}\n")
                if device.remedy:
                    text.append(f"  {device.remedy}\n")
            self.rig.push_screen(Reading("Devices of the bench", text))

        self.rig.order("check", lambda c: c.bench_check(), done)


def _safe(name: str) -> str:
    """A name of the bench file as an id of Textual."""
    return "".join(c if c.isascii() and (c.isalnum() or c in "-_") else "_" for c in name)
