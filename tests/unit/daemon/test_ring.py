"""Late readers, slow readers, readers of an earlier daemon."""

from __future__ import annotations

import asyncio

from rig.clock import Clock
from rig.daemon.ring import EventRing, Gap
from rig.events import Event, EventBus, Kind


def seqs(items: list[Event | Gap | None]) -> list[object]:
    return [item.seq if isinstance(item, Event) else item for item in items]


async def read(ring: EventRing, after: int) -> list[Event | Gap | None]:
    return [item async for item in ring.follow(after, 60)]


async def test_reader_resumes_after_the_last_event_it_knows() -> None:
    bus, ring = EventBus(Clock()), EventRing()
    with ring.recording(bus):
        for _ in range(4):
            bus.publish(Kind.RUN, "tool")
    assert seqs(await read(ring, 2)) == [3, 4]


async def test_reader_that_is_too_late_is_told_how_much_it_missed() -> None:
    bus, ring = EventBus(Clock()), EventRing(size=2)
    with ring.recording(bus):
        for _ in range(5):
            bus.publish(Kind.RUN, "tool")
    assert seqs(await read(ring, 1)) == [Gap(2), 4, 5]


async def test_number_of_an_earlier_daemon_gives_everything() -> None:
    bus, ring = EventBus(Clock()), EventRing()
    with ring.recording(bus):
        bus.publish(Kind.RUN, "tool")
    assert seqs(await read(ring, 900)) == [1]


async def test_waiting_reader_gets_new_events_and_the_end() -> None:
    bus, ring = EventBus(Clock()), EventRing()
    async with asyncio.TaskGroup() as tasks:
        with ring.recording(bus):
            readers = [tasks.create_task(read(ring, 0)) for _ in range(2)]
            await asyncio.sleep(0)
            bus.publish(Kind.RUN, "tool")
            await asyncio.sleep(0)
            bus.publish(Kind.CASE, "tool")
    assert [seqs(reader.result()) for reader in readers] == [[1, 2], [1, 2]]


async def test_quiet_ring_yields_keep_alives() -> None:
    ring = EventRing()
    stream = ring.follow(0, 0.01)
    assert await anext(stream) is None
    ring.close()
    assert [item async for item in stream] == []
