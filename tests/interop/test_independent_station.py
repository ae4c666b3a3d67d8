"""A station that we did not write, under test by hand: everything it supports passes."""

from __future__ import annotations

from pathlib import Path

import pytest

from rig.bench import Bench
from rig.config.bench_file import default_bench, load_bench
from rig.conformance.campaign import Campaign
from rig.conformance.catalogue import Role
from rig.csms.cards import IdTagInfo
from rig.csms.server import CentralSystem
from rig.events import EventBus
from rig.runs import RunStore
from rig.runs.records import CaseRecord
from tests.detection import lab
from tests.interop.ocpp_site import Site
from tests.virtual_time import VirtualClock, run_virtually

MANUAL = default_bench().with_name("manual.yaml")
PICS = Path(__file__).with_name("ocpp_station.pics.yaml")


def run(folder: Path, *ids: str) -> dict[str, CaseRecord]:
    """Run cases in virtual time; all that apply without ids."""
    return run_virtually(_run(folder, ids))


async def _run(folder: Path, ids: tuple[str, ...]) -> dict[str, CaseRecord]:
    config = load_bench(MANUAL)
    config = config.model_copy(
        update={
            "parameters": config.parameters.model_copy(update=dict(lab.FAST)),
            "csms": config.csms.model_copy(update={"host": "127.0.0.1", "port": 0}),
            "pics": PICS,
        }
    )
    clock = VirtualClock()
    bus = EventBus(clock)
    store = RunStore(folder)
    c = config.csms
    async with CentralSystem(c.host, c.port, c.path, c.identity, bus=bus, clock=clock) as csms:
        for card in config.cards.values():
            csms.cards.put(card.id_tag, IdTagInfo(card.status, card.parent_id_tag))
        csms.replies.heartbeat_interval_s = config.parameters.heartbeat_interval
        cards = {name: card.id_tag for name, card in config.cards.items()}
        site = Site(f"{csms.url}/{c.identity}", cards, lambda: clock.epoch + clock.now())
        site.power_on()
        async with Bench(config, bus, clock, site, csms_url=csms.url, state_dir=folder) as bench:
            campaign = Campaign(
                bench=bench, central_system=csms, store=store, bus=bus, clock=clock,
                config=config, operator=site, work_dir=folder,
            )  # fmt: skip
            outcome = await campaign.run(campaign.plan(Role.STATION, list(ids) or None, None))
        await site.power_off()
    return {case.octt_id: case for case in store.load(outcome.run_id).cases}
