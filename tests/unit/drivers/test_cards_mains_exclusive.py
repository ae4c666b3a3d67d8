"""Card antennas, mains and network switch, break before make."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest

from drivers.cards.relay_presenter import RelayCardPresenter
from drivers.completion import to_completion
from drivers.errors import DeviceGone, NotSupported, ReadbackMismatch
from drivers.ports import CardPresenter, Scalar, StationSwitch
from drivers.registry import Surroundings, create
from drivers.relay.exclusive import select
from drivers.switches.feed import MAINS
from drivers.switches.relay import RelaySwitch
from tests.unit.drivers.fake_board import FakeBoard, Notes, Person

COILS = {"good": 4, "bad": 5}


@pytest.fixture
def board() -> FakeBoard:
    return FakeBoard()


@pytest.fixture
def notes() -> Notes:
    return Notes()


async def test_a_card_is_presented_and_removed(board: FakeBoard, notes: Notes) -> None:
    presenter = RelayCardPresenter("cards", board, COILS, observe=notes)
    assert isinstance(presenter, CardPresenter)
    await presenter.present("good", 0.001)
    assert notes.of("card", "action") == ["presented", "removed"]
    assert board.writes[0] == {4: True}
    assert not any(board.coils)


async def test_a_card_is_removed_when_the_caller_is_cancelled_twice(
    board: FakeBoard, notes: Notes
) -> None:
    presenter = RelayCardPresenter("cards", board, COILS, observe=notes)
    shown = asyncio.Event()
    board.rule = shown.set
    task = asyncio.create_task(presenter.present("good", 60))
    await shown.wait()
    assert board.coils[4]
    task.cancel()
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not board.coils[4]


async def test_two_cards_are_never_presented_together(board: FakeBoard, notes: Notes) -> None:
    presenter = RelayCardPresenter("cards", board, COILS, observe=notes)
    both: list[bool] = []
    board.rule = lambda: both.append(board.coils[4] and board.coils[5])
    await asyncio.gather(presenter.present("good", 0.001), presenter.present("bad", 0.001))
    assert not any(both)


async def test_a_card_left_by_others_is_removed_first(board: FakeBoard, notes: Notes) -> None:
    presenter = RelayCardPresenter("cards", board, COILS, observe=notes)
    board.coils[5] = True
    await presenter.present("good", 0.001)
    assert board.writes[:2] == [{5: False}, {4: True}]


async def test_unknown_card_is_refused_with_the_known_ones(board: FakeBoard, notes: Notes) -> None:
    presenter = RelayCardPresenter("cards", board, COILS, observe=notes)
    with pytest.raises(NotSupported, match="bad, good"):
        await presenter.present("ugly", 0.1)


class Travel:
    """What happened in which order; time passes only in the record."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.log: list[object] = []
        self.reached: dict[float, asyncio.Event] = {}
        self.held: set[float] = set()
        monkeypatch.setattr("asyncio.sleep", self._sleep)

    def __call__(self, _kind: str, _source: str, data: Mapping[str, Scalar], /) -> None:
        self.log.append(data["action"])

    def board(self) -> FakeBoard:
        board = FakeBoard()
        board.rule = lambda: self.log.append([n for n, on in enumerate(board.coils) if on])
        return board

    def hold(self, seconds: float) -> asyncio.Event:
        """Stop in the next wait of this length until cancelled; set when it is reached."""
        self.held.add(seconds)
        return self.reached.setdefault(seconds, asyncio.Event())

    async def _sleep(self, seconds: float) -> None:
        self.log.append(seconds)
        if seconds in self.held:
            self.held.discard(seconds)
            self.reached[seconds].set()
            await asyncio.Event().wait()


@pytest.fixture
def travel(monkeypatch: pytest.MonkeyPatch) -> Travel:
    return Travel(monkeypatch)


async def test_a_card_that_travels_is_presented_when_it_is_there(travel: Travel) -> None:
    presenter = RelayCardPresenter("cards", travel.board(), COILS, observe=travel, travel_s=2)
    await presenter.present("good", 5)
    assert travel.log == [[4], 2, "presented", 5, [], 2, "removed"]
    travel.log.clear()
    await presenter.safe()
    assert travel.log == [[]], "nothing is on its way: nothing to wait for"


async def test_a_switched_antenna_waits_for_nothing(travel: Travel) -> None:
    presenter = RelayCardPresenter("cards", travel.board(), COILS, observe=travel)
    await presenter.present("good", 5)
    assert travel.log == ["presented", [4], 5, [], "removed"]


async def test_a_card_left_by_others_travels_back_first(travel: Travel) -> None:
    board = travel.board()
    board.coils[5] = True
    presenter = RelayCardPresenter("cards", board, COILS, observe=travel, travel_s=2)
    await presenter.present("good", 5)
    assert travel.log[:4] == [[], 2, [4], 2]


@pytest.mark.parametrize("stop_at", [2, 5], ids=["on its way", "at the reader"])
async def test_a_card_stopped_anywhere_travels_back(travel: Travel, stop_at: int) -> None:
    reached = travel.hold(stop_at)
    presenter = RelayCardPresenter("cards", travel.board(), COILS, observe=travel, travel_s=2)
    task = asyncio.create_task(presenter.present("good", 5))
    await reached.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    shown = [] if stop_at == 2 else ["presented", 5]
    assert travel.log == [[4], 2, *shown, [], 2, "removed"]


async def test_presenter_life(board: FakeBoard, notes: Notes) -> None:
    board.coils[4] = True
    async with RelayCardPresenter("cards", board, COILS, observe=notes) as presenter:
        assert await presenter.prove() == "2 cards, presented: good"
    assert not board.coils[4]


@pytest.mark.parametrize("safe_on", [False, True], ids=["off", "on"])
async def test_mains_are_left_as_the_bench_file_says(
    board: FakeBoard, notes: Notes, safe_on: bool
) -> None:
    async with RelaySwitch("mains", board, 3, MAINS, safe_on=safe_on, observe=notes) as mains:
        assert isinstance(mains, StationSwitch)
        await mains.off()
        await mains.on()
        assert mains.is_on
        assert await mains.prove() == "station mains on"
        await mains.off()
    assert board.coils[3] is safe_on
    assert notes.of("mains", "on") == [True, False, *([True] if safe_on else [])]


async def test_mains_that_do_not_follow_are_an_error(board: FakeBoard, notes: Notes) -> None:
    board.stuck = {3}
    mains = RelaySwitch("mains", board, 3, MAINS, observe=notes)
    with pytest.raises(ReadbackMismatch):
        await mains.on()
    assert not mains.is_on


async def test_the_old_coil_opens_before_the_new_one_closes(board: FakeBoard) -> None:
    await select(board, (0, 1, 2), 0, pause_s=0)
    await select(board, (0, 1, 2), 2, pause_s=0)
    await select(board, (0, 1, 2), None, pause_s=0)
    assert board.writes == [{0: True}, {0: False}, {2: True}, {2: False}]


async def test_nothing_closes_when_the_old_coil_sticks(board: FakeBoard) -> None:
    await select(board, (0, 1), 0)
    board.stuck = {0}
    with pytest.raises(ReadbackMismatch):
        await select(board, (0, 1), 1)
    assert not board.coils[1]


async def test_a_coil_outside_the_group_is_a_mistake(board: FakeBoard) -> None:
    with pytest.raises(ValueError, match="not in the group"):
        await select(board, (0, 1), 5)


async def test_to_completion_passes_results_and_errors_on() -> None:
    async def give() -> int:
        return 3

    async def fail() -> None:
        raise DeviceGone("x", "gone")

    assert await to_completion(give()) == 3
    with pytest.raises(DeviceGone):
        await to_completion(fail())


@pytest.mark.parametrize("cut_by", ["closing", "opening"])
async def test_a_network_switch_is_left_up_however_it_is_wired(
    board: FakeBoard, notes: Notes, cut_by: str
) -> None:
    opens = cut_by == "opening"
    board.coils[2] = opens
    around = Surroundings(Person(), notes, lambda s: s, boards={"left": board})
    section = {"board": "left", "coil": 2, "cut_by": cut_by}
    network = create("network_switch", "network", section, around)
    assert isinstance(network, StationSwitch)
    async with network:
        assert network.is_on
        await network.off()
        assert (board.coils[2], network.is_on) == (not opens, False)
        assert await network.prove() == "station network down"
    assert (board.coils[2], network.is_on) == (opens, True)
    assert notes.of("network", "up") == [False, True]
