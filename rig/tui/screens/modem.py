"""The modem: network, signal, technology, connection test."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Vertical

from rig.client.api import RigClient
from rig.client.modem import ModemInfo, WatchInfo
from rig.client.words import TECHNOLOGIES
from rig.tui.actions import bindings
from rig.tui.bench_facts import level_fact, sparkline
from rig.tui.dialogs import Choose
from rig.tui.mirror import Mirror, Topic
from rig.tui.screens.base import RigScreen
from rig.tui.widgets.facts import Fact, Facts
from rig.tui.widgets.timeline import Timeline

WATCH_S = 10.0
LOCKS = [("auto", "all technologies"), ("2g", "2G only"), ("3g", "3G only"), ("4g", "4G only")]
QUANTITIES = (
    ("RSRP", "rsrp_dbm", "dBm"), ("RSRQ", "rsrq_db", "dB"), ("SINR", "sinr_db", "dB"),
    ("RSCP", "rscp_dbm", "dBm"), ("Ec/Io", "ecio_db", "dB"),
)  # fmt: skip


class ModemScreen(RigScreen):
    """Who and where it is, how strong it hears, and what a test found."""

    NAME = "modem"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("modem")]

    def body(self) -> ComposeResult:
        """The panels."""
        with Container(id="split"):
            with Vertical(id="list"):
                yield Facts("Modem", id="who", label_width=9)
                yield Facts("Signal", id="signal", label_width=9)
            with Vertical(id="detail"):
                yield Facts("Connection test", id="found", label_width=9)
                yield Timeline("What the modem says", "Nothing yet.", id="said", lanes=("modem",))

    def on_mount(self) -> None:
        """Say what can be done."""
        self.query_one("#found", Facts).show(
            [Fact("", "c tests the connection, w watches the signal for ten seconds")]
        )
        self.query_one("#said").focus()

    def show(self, mirror: Mirror, topics: Topic) -> None:
        """Draw what has changed."""
        if topics & (Topic.MODEM | Topic.STATUS):
            watch = self.rig.news
            self.query_one("#who", Facts).show(who_facts(watch.modem))
            signal, panel = watch.signal, self.query_one("#signal", Facts)
            panel.display = signal is not None
            if signal is not None:
                width = max(20, panel.content_size.width - 9)
                known = [
                    f"{name} {value:g} {unit}"
                    for name, key, unit in QUANTITIES
                    if (value := getattr(signal, key)) is not None
                ]
                facts = [level_fact(signal)] + ([Fact("more", "  ".join(known))] if known else [])
                panel.border_subtitle = f"limit {signal.limit_rssi_dbm} dBm: half of the height"
                panel.show([*facts, Fact("past", sparkline(mirror.signals, width))])
        if topics & Topic.LINES:
            self.query_one("#said", Timeline).show(mirror)

    def do_technology(self) -> None:
        """Lock to one technology."""
        modem = self.rig.news.modem

        def chosen(lock: str | None) -> None:
            if lock is not None:
                self.rig.order(f"allow {lock}", lambda c: c.modem_lock(lock), self._learn)

        now = modem.lock if modem is not None else None
        self.rig.push_screen(Choose("Allow", LOCKS, now or ""), chosen)

    def do_signal_watch(self) -> None:
        """Read the signal for a while."""

        def done(seen: WatchInfo) -> None:
            self.query_one("#found", Facts).show(watch_facts(seen))
            self.rig.say("✓ the signal was watched")

        self.rig.order("watch the signal", lambda c: c.modem_watch(WATCH_S, 1.0), done)

    def do_data(self) -> None:
        """Data session up or down."""
        modem = self.rig.news.modem
        switch = "off" if modem is not None and modem.data_connected else "on"
        self.rig.order(f"data {switch}", lambda c: c.modem_data(switch), self._learn)

    def do_connection_test(self) -> None:
        """Signal, registration, data session."""

        def test(client: RigClient) -> tuple[WatchInfo, ModemInfo]:
            return client.modem_watch(WATCH_S, 1.0), client.modem_data("on")

        def done(seen: tuple[WatchInfo, ModemInfo]) -> None:
            signal, modem = seen
            self._learn(modem)
            self.query_one("#found", Facts).show(test_facts(signal, modem))

        self.rig.order("test the connection", test, done)

    def _learn(self, modem: ModemInfo) -> None:
        self.rig.news.modem = modem
        self.rig.changed(Topic.MODEM)
        used = TECHNOLOGIES.get(modem.access_technology or "", "no service")
        data = {True: "up", False: "down", None: "not known"}[modem.data_connected]
        self.rig.say(f"✓ allowed {modem.lock or 'other'}, in use {used}, data session {data}")


def who_facts(modem: ModemInfo | None) -> list[Fact]:
    """Modem, SIM and network."""
    if modem is None:
        return [Fact("", "No modem answers on this bench."),
                Fact("", "A device of kind `modem` or `manual_modem` in the bench file adds one; "
                     "`rig bench suggest` shows what is plugged in. To try it without hardware: "
                     "rig up configs/benches/virtual-modem.yaml")]  # fmt: skip
    used = TECHNOLOGIES.get(modem.access_technology or "", "no service")
    name = f" ({modem.technology_name})" if modem.technology_name else ""
    session = {True: "● up", False: "○ down", None: "? not known"}[modem.data_connected]
    return [
        Fact("modem", f"{modem.manufacturer} {modem.model} {modem.revision}".strip()),
        Fact("SIM", modem.sim or "not known", "" if modem.sim == "ready" else "warn"),
        Fact("network", f"{modem.registration or 'not known'}, {modem.operator or 'no operator'}"),
        Fact("in use", f"{used}{name}"),
        Fact("allowed", {"auto": "all"}.get(modem.lock or "", modem.lock or "other")),
        Fact("data", session + (f", {modem.address}" if modem.address else "")),
    ]


def watch_facts(seen: WatchInfo) -> list[Fact]:
    """Least, median and greatest, and the limit."""
    facts = [Fact("readings", str(seen.readings))]
    if seen.rssi_dbm is not None:
        s = seen.rssi_dbm
        facts.append(
            Fact("RSSI", f"least {s.least:g}, median {s.median:g}, greatest {s.greatest:g} dBm")
        )
    words = {
        True: ("✓ strong enough for a measurement", "good"),
        False: ("✗ too weak: improve antenna or place", "bad"),
        None: ("? RSSI not given, so it cannot be said", "warn"),
    }
    text, tone = words[seen.meets_limit]
    return [*facts, Fact("limit", f"{text} ({seen.limit_rssi_dbm} dBm)", tone)]


def test_facts(signal: WatchInfo, modem: ModemInfo) -> list[Fact]:
    """Result of the connection test."""
    up = bool(modem.data_connected)
    registered = modem.registration in ("home", "roaming")
    return [
        *watch_facts(signal),
        Fact("network", f"{'✓' if registered else '✗'} {modem.registration or 'not known'}, "
             f"{modem.operator or 'no operator'}", "good" if registered else "bad"),
        Fact("data", f"{'✓ up' if up else '✗ down'}" + (f", {modem.address}" if modem.address else
             ""), "good" if up else "bad"),
    ]  # fmt: skip
