"""Bench and Central System as the API shows them."""

from __future__ import annotations

from pathlib import Path

from rig.bench import Bench
from rig.client.results import (
    BenchInfo,
    CardInfo,
    CsmsInfo,
    QuarantineInfo,
    RefusedInfo,
    StationInfo,
)
from rig.config.models import BenchConfig
from rig.csms.server import CentralSystem


def bench_view(file: Path, config: BenchConfig, bench: Bench | None, state: str) -> BenchInfo:
    """The bench: `state` is the daemon's word for it, which a quarantine overrides."""
    quarantine, mains, network = None, "none", "none"
    if bench is not None and state == "open":
        mains = "on" if bench.mains.is_on else "off"
        if bench.network.has_switch:
            network = "up" if bench.network.is_on else "down"
        if (q := bench.quarantine) is not None:
            state, quarantine = "quarantined", QuarantineInfo(q.device, q.cause, q.utc)
    return BenchInfo(
        config.bench,
        str(file),
        state,
        config.virtual is not None,
        config.time_scale,
        () if bench is None else (*bench.plugs,),
        tuple(
            CardInfo(name, card.id_tag, card.status, card.parent_id_tag)
            for name, card in config.cards.items()
        ),
        mains,
        quarantine,
        network,
    )


def csms_view(csms: CentralSystem) -> CsmsInfo:
    """The Central System and who is, or was, connected to it."""
    stations = tuple(
        StationInfo(
            s.identity,
            s.connected,
            s.registration,
            s.vendor,
            s.model,
            s.firmware,
            None if s.last_message_s is None else round(s.last_message_s, 1),
        )
        for s in csms.stations()
    )
    refused = csms.refusals()
    last = None
    if refused:
        r = refused[-1]
        last = RefusedInfo(r.identity, r.remote, r.reason, round(r.age_s, 1))
    return CsmsInfo(csms.url, stations, len(refused), last)
