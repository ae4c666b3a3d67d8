"""Manual twins: the same orders and interlocks, done by a person."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from drivers.cards.manual import ManualCardPresenter
from drivers.errors import InterlockError, NotSupported, OperatorRefused
from drivers.evse_tester.manual import ManualEvseTester
from drivers.operator import ANSWER_TIMEOUT_S, CANNOT
from drivers.ports import (
    CardPresenter,
    CpState,
    EvseTester,
    Operator,
    OperatorUnavailable,
    RelayBoardPort,
    StationSwitch,
)
from drivers.relay.manual_board import ManualRelayBoard
from drivers.switches.feed import MAINS, NETWORK
from drivers.switches.manual import ManualSwitch
from tests.unit.drivers.fake_board import Notes, Person


@pytest.fixture
def notes() -> Notes:
    return Notes()


async def test_plug_asks_step_by_step(notes: Notes) -> None:
    person = Person()
    async with ManualEvseTester("plug-1", person, observe=notes) as plug:
        assert isinstance(plug, EvseTester)
        await plug.plug_in()
        await plug.request_energy()
        await plug.stop_energy()
        await plug.unplug_ev()
        await plug.plug_in()
    words = ["state B", "state C", "state B", "EV's side only", "EV (or set", "EV's side", "pull"]
    assert len(person.questions) == len(words)
    for word, question in zip(words, person.questions, strict=True):
        assert question.startswith("plug-1: ")
        assert word in question
    assert notes.of("pilot", "cp_state") == ["B", "C", "B", "A", "B", "A"]


async def test_plug_keeps_the_interlocks(notes: Notes) -> None:
    person = Person()
    plug = ManualEvseTester("plug-1", person, observe=notes)
    with pytest.raises(InterlockError):
        await plug.request_energy()
    await plug.plug_in()
    await plug.plug_in()
    with pytest.raises(InterlockError):
        await plug.unplug_station()
    await plug.request_energy()
    with pytest.raises(InterlockError):
        await plug.plug_in()
    assert len(person.questions) == 2


async def test_what_the_operator_cannot_do_did_not_happen(notes: Notes) -> None:
    plug = ManualEvseTester("plug-1", Person(CANNOT), observe=notes)
    with pytest.raises(OperatorRefused, match="could not do it"):
        await plug.plug_in()
    assert plug.cp_state is CpState.A
    assert notes.seen == []


async def test_fixed_cable_asks_for_the_ev_side_only(notes: Notes) -> None:
    person = Person()
    plug = ManualEvseTester("plug-1", person, observe=notes, fixed_cable=True)
    await plug.plug_in()
    await plug.unplug()
    assert len(person.questions) == 2
    assert "cable of the station" in person.questions[0]
    with pytest.raises(NotSupported):
        await plug.unplug_station()
    assert await plug.prove() == "type2 plug by hand, state A"


@pytest.mark.parametrize(("answer", "flows"), [("yes", True), ("no", False), ("cannot tell", None)])
async def test_operator_tells_whether_energy_flows(
    notes: Notes, answer: str, flows: bool | None
) -> None:
    plug = ManualEvseTester("plug-1", Person(answer), observe=notes)
    assert await plug.confirm_voltage() is flows
    assert (await plug.read()).voltage_present is None


async def test_mains_ask_only_for_a_change(notes: Notes) -> None:
    person = Person()
    async with ManualSwitch("mains", person, MAINS, observe=notes) as mains:
        assert isinstance(mains, StationSwitch)
        await mains.on()
        await mains.off()
        await mains.off()
        assert await mains.prove() == "station mains by hand, off"
    assert [q.rpartition(" ")[2] for q in person.questions] == ["off", "on"]
    assert notes.of("mains", "on") == [False, True]


async def test_mains_refused_stay_as_they_were(notes: Notes) -> None:
    mains = ManualSwitch("mains", Person(CANNOT), MAINS, observe=notes, safe_on=False)
    with pytest.raises(OperatorRefused):
        await mains.safe()
    assert mains.is_on


async def test_card_is_named_with_its_time(notes: Notes) -> None:
    person = Person()
    async with ManualCardPresenter("cards", person, observe=notes) as presenter:
        assert isinstance(presenter, CardPresenter)
        await presenter.present("blue", 0.1)
        assert await presenter.prove() == "cards by hand"
    (asked,) = person.questions
    assert "the card labelled 'blue' to the station's reader for 1 s" in asked
    assert notes.of("card", "action") == ["presented", "removed"]


async def test_card_is_named_with_its_id_tag_and_held_long_enough(notes: Notes) -> None:
    person = Person()
    tags = {"blue": "04A1B2C3"}
    await ManualCardPresenter("cards", person, observe=notes, id_tags=tags).present("blue", 2.1)
    assert person.questions == [
        "cards: hold the card labelled 'blue' (idTag 04A1B2C3) to the station's reader for 3 s, "
        "take it away, then confirm"
    ]


class Nobody:
    """An operator who is not there, and remembers how long was waited."""

    def __init__(self) -> None:
        self.waited_s: list[float] = []

    async def ask(self, question: str, choices: Sequence[str], timeout_s: float, **_: str) -> str:
        self.waited_s.append(timeout_s)
        raise OperatorUnavailable(question)


@pytest.mark.parametrize("answer", ["cannot", None])
async def test_a_card_that_nobody_presents_was_never_there(
    notes: Notes, answer: str | None
) -> None:
    nobody = Nobody()
    operator: Operator = nobody if answer is None else Person(answer)
    with pytest.raises((OperatorRefused, OperatorUnavailable)):
        await ManualCardPresenter("cards", operator, observe=notes).present("blue", 1)
    assert nobody.waited_s == ([ANSWER_TIMEOUT_S] if answer is None else [])
    assert notes.seen == []


async def test_switch_box_opens_before_it_closes(notes: Notes) -> None:
    person = Person()
    async with ManualRelayBoard("box", person, observe=notes) as box:
        assert isinstance(box, RelayBoardPort)
        await box.set_coil(0, True)
        await box.set_coils({0: False, 2: True})
        await box.set_coil(2, True)
        assert (await box.read_coils())[:3] == (False, False, True)
        assert await box.read_inputs() == ()
        assert await box.prove() == "8 switches by hand"
        with pytest.raises(NotSupported, match="K9"):
            await box.set_coil(8, True)
    asked = [q.removeprefix("box: ") for q in person.questions]
    assert asked == ["open all switches", "close K1", "open K1", "close K3", "open K3"]


async def test_a_network_cut_by_hand_is_asked_for_and_given_back(notes: Notes) -> None:
    person = Person()
    async with ManualSwitch("network", person, NETWORK, observe=notes) as network:
        await network.off()
        assert await network.prove() == "station network by hand, down"
    first, last = person.questions
    assert "disconnect the network of the charging station" in first
    assert "connect the network of the charging station again" in last
    assert notes.of("network", "up") == [False, True]
