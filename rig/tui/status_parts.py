"""The line at the top: what one must always know."""

from __future__ import annotations

from rig.tui.mirror import Mirror
from rig.tui.watching import Watch

_SIGNS = {"open": "●", "offline": "○", "opening": "◌", "closing": "◌", "quarantined": "✗"}


def status_parts(mirror: Mirror, watch: Watch) -> list[tuple[str, str]]:
    """Texts with their tones, the most important first."""
    status = mirror.status
    if not watch.is_connected:
        return [("rig", ""), ("✗ no daemon" if watch.why_lost else "connecting ...", "bad")]
    if status is None:
        return [("rig", ""), ("…", "dim")]
    bench = status.bench
    sign = _SIGNS.get(bench.state, "?")
    parts = [
        (f"rig  {bench.name}", ""),
        (f"{sign} {bench.state}", "bad" if bench.state == "quarantined" else ""),
    ]
    if mirror.prompts:
        count = len(mirror.prompts)
        parts.append((f"? {count} question{'s' * (count > 1)}: a", "warn"))
    run = mirror.run
    if run is not None and run.state == "running":
        parts.append((f"▶ {run.index}/{run.total} {run.current or 'ready?'}", ""))
    if bench.mains != "none":
        parts.append((f"mains {'●' if bench.mains == 'on' else '○'} {bench.mains}", ""))
    if bench.network == "down":
        parts.append(("network ○ down", "warn"))
    for station in status.csms.stations if status.csms else ():
        link = "●" if station.connected else "○"
        parts.append((f"{station.identity} {link}", "" if station.connected else "warn"))
    if status.lease is not None and status.lease.owner:
        parts.append((f"held by {status.lease.owner}", "warn"))
    if bench.simulated:
        speed = f" ×{bench.time_scale:g}" if bench.time_scale != 1 else ""
        parts.append((f"simulated{speed}", "dim"))
    return parts
