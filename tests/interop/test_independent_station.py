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
from tests.interop.ocpp_station import KEYS, Disk
from tests.virtual_time import VirtualClock, run_virtually

MANUAL = default_bench().with_name("manual.yaml")
PICS = Path(__file__).with_name("ocpp_station.pics.yaml")


def run(folder: Path, *ids: str, disk: Disk | None = None) -> dict[str, CaseRecord]:
    """Run cases in virtual time; all that apply without ids."""
    return run_virtually(_run(folder, ids, disk or Disk()))


async def _run(folder: Path, ids: tuple[str, ...], disk: Disk) -> dict[str, CaseRecord]:
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
        site = Site(f"{csms.url}/{c.identity}", cards, disk, lambda: clock.epoch + clock.now())
        site.power_on()
        async with Bench(config, bus, clock, site, csms_url=csms.url, state_dir=folder) as bench:
            campaign = Campaign(
                bench=bench, central_system=csms, store=store, bus=bus, clock=clock,
                config=config, operator=site, work_dir=folder,
            )  # fmt: skip
            outcome = await campaign.run(campaign.plan(Role.STATION, list(ids) or None, None))
        await site.power_off()
    return {case.octt_id: case for case in store.load(outcome.run_id).cases}


def test_it_passes_every_case_that_applies_with_no_finding(tmp_path: Path) -> None:
    """The catalogue is not made for our emulator: not one check or rule complains."""
    cases = run(tmp_path)
    complaints = {
        c.octt_id: (c.verdict, c.cause, [f for f in c.findings if f.severity != "info"],
                    [k.name for k in c.checks if not k.ok])
        for c in cases.values()
    }  # fmt: skip
    assert {i: c for i, c in complaints.items() if c != ("PASS", "", [], [])} == {}
    assert len(cases) == 47
    supported = {
        "001", "002", "003", "004_1", "004_2", "005_1", "005_2", "005_3", "010", "011_1", "011_2",
        "012", "013", "014", "015", "016", "017_1", "018_1", "019", "021", "023", "024", "026",
        "030", "031", "032_2", "036", "037_1", "037_2", "037_3", "039", "054", "062", "064",
        "068", "069", "070", "071",
    }  # fmt: skip
    assert supported <= set(cases)


@pytest.mark.parametrize(
    ("octt_id", "lacking", "where"),
    [
        ("019", "ResetRetries", "every required key of the claimed profiles is listed"),
        ("021", "MeterValueSampleInterval", "000_RESET: MeterValueSampleInterval = 0"),
    ],
)
def test_it_is_found_out_where_it_is_wrong(
    octt_id: str, lacking: str, where: str, tmp_path: Path
) -> None:
    keys = {key: value for key, value in KEYS.items() if key != lacking}
    case = run(tmp_path, octt_id, disk=Disk(keys=keys))[octt_id]
    assert (case.verdict, where in case.cause) == ("FAIL", True), case.cause
