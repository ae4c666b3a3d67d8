"""What the panels of the bench say. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from rig.client.modem import ModemInfo, SignalInfo
from rig.client.plug import PlugInfo
from rig.client.results import QuarantineInfo
from rig.client.words import CP_WORDS, FAULTS, TECHNOLOGIES
from rig.tui.mirror import Mirror
from rig.tui.story import arrow
from rig.tui.widgets.facts import Fact

BARS = "▁▂▃▄▅▆▇█"
WEAKEST_DBM, STRONGEST_DBM = -113, -51
"""What CSQ 0 and 31 stand for (3GPP TS 27.007, 8.5)."""


def plug_facts(plug: PlugInfo, energy_wh: float | None) -> list[Fact]:
    """A tester plug, one property a line."""
    bad = plug.cp_state in ("E", "F")
    contactor = {True: "● closed, voltage there", False: "○ open, no voltage",
                 None: "? no voltage input"}[plug.voltage_present]  # fmt: skip
    lock = {True: "● locked by the station", False: "○ free", None: "? no lock input"}
    if plug.cable_in_station:
        proximity = f"● cable in, coded {plug.cable}" if plug.cable else "● cable in"
    else:
        proximity = "○ no cable"
    facts = [
        Fact("pilot", CP_WORDS.get(plug.cp_state, plug.cp_state), "bad" if bad else ""),
        Fact("offered", _offered(plug)),
        Fact("proximity", proximity),
        Fact("contactor", contactor),
        Fact("lock", lock[plug.plug_locked]),
        Fact("energy", "no MeterValues yet" if energy_wh is None else f"{energy_wh:,.0f} Wh"),
    ]
    seen = plug.measured
    if seen is not None:
        if seen.voltages_v:
            facts.append(Fact("voltage", " ".join(f"{v:.0f}" for v in seen.voltages_v) + " V"))
        if seen.currents_a:
            facts.append(Fact("current", " ".join(f"{a:.1f}" for a in seen.currents_a) + " A"))
        facts.append(Fact("CP", f"{seen.cp_high_v:+.1f} / {seen.cp_low_v:+.1f} V"))
    if plug.load_phases:
        facts.append(Fact("load", f"● {plug.load_phases} phase{'s' * (plug.load_phases > 1)}"))
    if plug.latch is not None:
        facts.append(Fact("latch", plug.latch))
    if plug.fault is not None:
        facts.append(Fact("fault", f"✗ {plug.fault}: {FAULTS.get(plug.fault, '')}", "bad"))
    return facts


def _offered(plug: PlugInfo) -> str:
    seen = plug.measured
    if seen is None:
        return "? not measured"
    if seen.duty_percent is None or seen.offered_current_a is None:
        return "○ nothing, no PWM"
    return f"● {seen.offered_current_a:.1f} A  ({seen.duty_percent:.1f} % duty)"


def station_facts(mirror: Mirror, lab_now_s: float) -> list[Fact]:
    """The station's OCPP link."""
    status = mirror.status
    if status is None or status.csms is None:
        return [Fact("link", "? no Central System: the bench is not open")]
    csms = status.csms
    facts = []
    for s in csms.stations:
        link = "● connected" if s.connected else "○ not connected"
        registration = f", {s.registration}" if s.registration else ""
        facts.append(Fact("identity", s.identity))
        facts.append(Fact("link", link + registration, "good" if s.connected else "warn"))
        who = " ".join(filter(None, (s.vendor, s.model, s.firmware)))
        if who:
            facts.append(Fact("model", who))
    frame = mirror.frames[-1] if mirror.frames else None
    if frame is not None:
        age = max(0.0, lab_now_s - frame.t_s)
        message = f"{arrow(frame)} {frame.action or frame.type}"
        facts += [Fact("last", message), Fact("", f"{rough(age)} ago")]
    if not any(s.connected for s in csms.stations):
        facts.append(Fact("it calls", csms.url))
    if csms.last_refused is not None:
        refused = csms.last_refused
        facts.append(Fact("refused", f"✗ {csms.refused}, last: {refused.reason}", "bad"))
    return facts


NETWORK_WORDS = {"up": "● up", "down": "○ down"}


def site_facts(mirror: Mirror) -> list[Fact]:
    """Mains, network and lease."""
    status = mirror.status
    if status is None:
        return []
    bench, lease = status.bench, status.lease
    facts = [Fact("mains", {"on": "● on", "off": "○ off"}.get(bench.mains, "? not known"))]
    facts.append(Fact("network", NETWORK_WORDS.get(bench.network, "no switch on this bench")))
    if lease is not None and lease.owner:
        why = f": {lease.reason}" if lease.reason else ""
        facts.append(Fact("lease", f"● {lease.owner}{why}"))
        if lease.queue:
            facts.append(Fact("waiting", ", ".join(lease.queue)))
    else:
        facts.append(Fact("lease", "○ free, h holds it for you"))
    return facts


def quarantine_facts(broken: QuarantineInfo) -> list[Fact]:
    """Why the bench may not be used, and what to do."""
    return [
        Fact("device", broken.device, "bad"),
        Fact("cause", broken.cause),
        Fact("do", "repair it, then R opens the bench again; k asks every device"),
    ]


def modem_facts(modem: ModemInfo, signal: SignalInfo | None, past_dbm: Sequence[int]) -> list[Fact]:
    """Network, operator and level of the modem."""
    used = TECHNOLOGIES.get(modem.access_technology or "", "no service")
    name = f" ({modem.technology_name})" if modem.technology_name else ""
    facts = [
        Fact("network", f"{used}{name}, {modem.registration or 'unknown'}"),
        Fact("operator", modem.operator or "not known"),
    ]
    if signal is not None:
        facts.append(level_fact(signal))
    if len(past_dbm) > 1:
        facts.append(Fact("past", sparkline(past_dbm, 24)))
    return facts


def level_fact(signal: SignalInfo) -> Fact:
    """RSSI as a bar, held against the limit."""
    if signal.rssi_dbm is None:
        return Fact("signal", "? RSSI not given")
    csq = f", CSQ {signal.csq}" if signal.csq is not None else ""
    word, tone = ("✓", "good") if signal.meets_limit else ("✗ weak", "bad")
    return Fact("signal", f"{bar(signal.rssi_dbm)} {signal.rssi_dbm} dBm{csq} {word}", tone)


def bar(level_dbm: int, width: int = 8) -> str:
    """A level between the weakest and the strongest that CSQ can tell."""
    share = (level_dbm - WEAKEST_DBM) / (STRONGEST_DBM - WEAKEST_DBM)
    full = round(max(0.0, min(1.0, share)) * width)
    return "█" * full + "░" * (width - full)


AGE_STEPS = (10, 30, 60, 90)
"""Seconds at which an age is drawn anew; from two minutes on the minutes do."""


def share_bar(done: int, total: int, width: int = 12) -> str:
    """How much is done."""
    full = round(width * done / total) if total else width
    return "█" * full + "░" * (width - full)


def sparkline(levels_dbm: Sequence[int], width: int) -> str:
    """The newest levels, one column each; a column at the limit (-81 dBm) is half high."""
    span_dbm = STRONGEST_DBM - WEAKEST_DBM
    return "".join(
        BARS[max(0, min(7, int((level - WEAKEST_DBM) / span_dbm * 8)))]
        for level in list(levels_dbm)[-width:]
    )


def rough(seconds: float) -> str:
    """An age that is not drawn anew every second: exact below 10 s, then in steps."""
    steps = [step for step in AGE_STEPS if step <= seconds < 120]
    return span(steps[-1] if steps else seconds)


def span(seconds: float) -> str:
    """A length of time in words of at most eight characters."""
    whole = int(seconds)
    if whole < 120:
        return f"{whole} s"
    return f"{whole // 60} min" if whole < 7200 else f"{whole // 3600} h"
