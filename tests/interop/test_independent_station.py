"""A station that we did not write, under test by hand: right where it is right, and only there."""

from __future__ import annotations

from pathlib import Path

import pytest

from rig.bench import Bench
from rig.clock import Clock
from rig.config.bench_file import default_bench, load_bench
from rig.conformance.campaign import Campaign
from rig.conformance.catalogue import Role
from rig.csms.cards import IdTagInfo
from rig.csms.server import CentralSystem
from rig.events import EventBus
from rig.runs import RunStore
from tests.interop.ocpp_station import Site

MANUAL = default_bench().with_name("manual.yaml")
FAST = {
    "heartbeat_interval": 3,
    "boot_retry_interval": 3,
    "meter_value_sample_interval": 2,
    "connection_timeout": 2,
    "transaction_duration": 2,
    "power_off_time": 1,
    "message_timeout": 3,
    "max_time_deviation": 1,
    "long_operation_timeout": 10,
}
EXPECTED = {
    "001": ("FAIL", "the next BootNotification comes after the interval of the refusal"),
    "002": ("PASS", ""),
    "003": ("FAIL", "MeterValues(connectorId 1)"),
    "004_1": ("PASS", ""),
    "004_2": ("FAIL", "StatusNotification(connectorId 1, status Available)"),
    "005_1": ("PASS", ""),
    "010": ("PASS", ""),
    "011_1": ("PASS", ""),
    "012": ("PASS", ""),
    "013": ("FAIL", "StatusNotification(connectorId 1, status Unavailable)"),
    "015": ("FAIL", "StopTransaction"),
    "021": ("PASS", ""),
    "023": ("PASS", ""),
}


@pytest.mark.timeout(180)
async def test_verdicts_are_right_about_its_shortcomings(tmp_path: Path) -> None:
    config = load_bench(MANUAL)
    config = config.model_copy(
        update={
            "parameters": config.parameters.model_copy(update=FAST),
            "csms": config.csms.model_copy(update={"host": "127.0.0.1", "port": 0}),
        }
    )
    clock = Clock(1)
    bus = EventBus(clock)
    store = RunStore(tmp_path)
    c = config.csms
    site = Site(c.identity, {name: card.id_tag for name, card in config.cards.items()})
    async with CentralSystem(c.host, c.port, c.path, c.identity, bus=bus, clock=clock) as csms:
        for card in config.cards.values():
            csms.cards.put(card.id_tag, IdTagInfo(card.status, card.parent_id_tag))
        csms.replies.heartbeat_interval_s = FAST["heartbeat_interval"]
        site.url = csms.url
        site.power_on()
        async with Bench(config, bus, clock, site, csms_url=csms.url, state_dir=tmp_path) as bench:
            campaign = Campaign(
                bench=bench, central_system=csms, store=store, bus=bus, clock=clock,
                config=config, operator=site, work_dir=tmp_path,
            )  # fmt: skip
            outcome = await campaign.run(campaign.plan(Role.STATION, list(EXPECTED), None))
        await site.power_off()
    cases = {case.octt_id: case for case in store.load(outcome.run_id).cases}
    seen = {octt_id: (case.verdict, case.cause) for octt_id, case in cases.items()}
    assert {k: v for k, (v, _) in seen.items()} == {k: v for k, (v, _) in EXPECTED.items()}, seen
    for octt_id, (_, where) in EXPECTED.items():
        assert where in seen[octt_id][1], (octt_id, seen[octt_id])
    assert outcome.exit_code == 1
