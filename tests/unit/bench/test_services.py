"""Cards, mains, lease, fault desk and assembly by themselves."""

from __future__ import annotations

import asyncio

import pytest

from drivers.errors import (
    BadReply,
    DeviceGone,
    DriverError,
    OperatorRefused,
)
from rig.bench.assembly import assemble, coil_roles, plain_sections, simulated
from rig.bench.cards import Card, Cards
from rig.bench.faults import FaultDesk, translate
from rig.bench.plug import Plug
from rig.bench.switch import BenchSwitch
from rig.clock import Clock
from rig.config.models import BenchConfig
from rig.errors import BenchError, OperatorAbort, Quarantined
from rig.events import EventBus
from tests.unit.bench.lab import Person, bench_config

BLUE = Card("blue", "04A1", "Accepted")
RED = Card("red", "04B1", "Blocked")


async def nobody() -> None:
    return None


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def desk(clock: Clock) -> FaultDesk:
    return FaultDesk("lab", EventBus(clock), clock, nobody)


def test_cards_are_found_by_name_and_role(desk: FaultDesk, clock: Clock) -> None:
    cards = Cards("lab", {"blue": BLUE, "red": RED}, desk, clock)
    assert cards.accepted == cards.find("blue") == BLUE
    assert cards.blocked == cards.find("Blocked") == RED
    assert cards.all == (BLUE, RED)


@pytest.mark.parametrize("role", ["invalid", "expired"])
def test_a_missing_card_is_named(desk: FaultDesk, clock: Clock, role: str) -> None:
    cards = Cards("lab", {"blue": BLUE}, desk, clock)
    with pytest.raises(BenchError, match=f"no card '{role}'; there are: blue"):
        getattr(cards, role)


async def test_a_card_without_presenter_is_refused(desk: FaultDesk, clock: Clock) -> None:
    cards = Cards("lab", {"blue": BLUE}, desk, clock)
    with pytest.raises(BenchError, match="nothing presents card 'blue'"):
        await cards.present("blue")


async def test_a_bench_without_switch_has_mains_always_on(desk: FaultDesk) -> None:
    mains = BenchSwitch(None, "mains", desk)
    await mains.on()
    assert mains.is_on
    with pytest.raises(BenchError, match="no mains switch"):
        await mains.off()


async def test_a_closed_bench_takes_no_orders(desk: FaultDesk) -> None:
    with pytest.raises(BenchError, match="not open"):
        await Plug("plug-1", 1, "type2", False, desk, Clock()).insert()
    with pytest.raises(BenchError, match="not open"):
        await BenchSwitch("mains", "mains", desk).on()
    assert desk.quarantine is None


async def test_the_first_cause_counts(desk: FaultDesk) -> None:
    with pytest.raises(BenchError, match="a: gone; check cable"):
        async with desk.order("a"):
            raise DeviceGone("a", "gone")
    desk.blame("b", "also gone")
    assert desk.quarantine is not None
    assert desk.quarantine.device == "a"
    with pytest.raises(Quarantined):
        async with desk.order("c"):
            pytest.fail("must be refused")
    desk.clear()
    desk.refuse_if_quarantined()


async def test_a_hint_of_the_driver_wins_over_the_general_remedy() -> None:
    assert translate(BadReply("a", "odd", hint="look there")).remedy == "look there"
    assert "line settings" in translate(BadReply("a", "odd")).remedy
    assert isinstance(translate(OperatorRefused("a", "no")), OperatorAbort)


async def test_the_root_cause_is_blamed_instead_of_the_device(clock: Clock) -> None:
    async def world() -> tuple[str, str]:
        return "virtual world", "exited"

    desk = FaultDesk("lab", EventBus(clock), clock, world)
    with pytest.raises(BenchError, match="virtual world: exited"):
        async with desk.order("a"):
            raise DeviceGone("a", "gone")


def test_mains_that_stay_on_are_closed_in_the_boards_safe_state() -> None:
    config = bench_config(1).model_dump()
    config["devices"]["mains"]["safe"] = "on"
    sections = plain_sections(BenchConfig.model_validate(config))
    assert sections["relay-left"]["safe_closed"] == [3]


def test_coils_have_roles_and_mocks_are_known() -> None:
    config = bench_config(1).model_dump()
    config["devices"]["relay-left"]["transport"]["host"] = "mock:relay-tcp"
    config["devices"]["hand"] = {"kind": "manual_evse_tester"}
    sections = plain_sections(BenchConfig.model_validate(config))
    roles = coil_roles(sections)
    assert roles["relay-left", 1] == "plug-1.s2c"
    assert roles["relay-left", 3] == "mains"
    assert roles["relay-left", 5] == "reader.red"
    assert simulated(sections) == {"relay-left", "plug-1", "mains", "reader"}


def test_assembly_collects_what_cannot_be_made(clock: Clock) -> None:
    sections: dict[str, dict[str, object]] = {
        "a": {"kind": "laser"},
        "b": {"kind": "mains_switch", "board": "x", "coil": 1},
        "c": {"kind": "relay_board", "transport": {"kind": "ip"}},
        "d": {"kind": "manual_mains_switch"},
        "e": {"kind": "mains_switch", "board": "c", "coil": 1},  # not to blame
    }
    made = assemble(sections, Person(), lambda *_: None, clock, lambda _, section: dict(section))
    assert [e.device for e in made.errors] == ["c", "a", "b"]
    assert list(made.devices()) == ["d"]


@pytest.mark.parametrize(
    ("late", "told"),
    [
        (DeviceGone("left", "no such port /dev/relay"), "third: hang-up"),
        (BadReply("left", "no frame"), "left: no frame"),
    ],
    ids=["what came of it", "a fault of its own"],
)
async def test_an_order_under_way_when_another_fails(
    desk: FaultDesk, late: DriverError, told: str
) -> None:
    go = asyncio.Event()

    async def under_way() -> None:
        async with desk.order("left"):
            await go.wait()
            raise late

    task = asyncio.create_task(under_way())
    await asyncio.sleep(0)
    with pytest.raises(BenchError, match="hang-up"):
        async with desk.order("third"):
            raise DeviceGone("third", "hang-up")
    go.set()
    with pytest.raises(BenchError, match=told):
        await task
    assert desk.quarantine is not None
    assert (desk.quarantine.device, desk.quarantine.cause) == ("third", "hang-up")
