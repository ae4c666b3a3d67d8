"""An emulated station as a process, and the Central System it talks to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast

from rig.bench.mock_process import MockProcess
from rig.clock import Clock
from rig.csms.cards import IdTagInfo
from rig.csms.replies import Answer, Confirm
from rig.csms.server import CentralSystem
from rig.events import EventBus
from rig.jsontypes import Json
from rig.ocppj.endpoint import Result
from rig.ocppj.frames import Payload
from rig.ocppj.wirelog import WireEntry

IDENTITY = "CP1"
GOOD, BAD, FRIEND = "04A1B2C3D4E5F6", "04BADBADBADBAD", "04F12E4D000001"
GROUP = "FAMILY"
PERSONA = "boot_time_s: 0.5\n"
DEADLINE_S = 15.0  # real seconds: a wait that failed


class NotSeen(AssertionError):
    """A wait in vain; says what was seen."""


class Lab:
    """One station, one Central System, and a place in the wire log from which tests read on.

    Args:
        folder: for persona and logs.
        csms: the Central System.
        clock: lab time.
    """

    def __init__(self, folder: Path, csms: CentralSystem, clock: Clock) -> None:
        self.csms = csms
        self.clock = clock
        self.mark = 0
        self.heard: asyncio.Queue[dict[str, Json]] = asyncio.Queue()
        self._folder = folder
        self._station: MockProcess | None = None

    @property
    def url(self) -> str:
        """Where the station connects."""
        return self.csms.url

    @asynccontextmanager
    async def station(
        self,
        *defects: str,
        persona: str = PERSONA,
        disk: Path | None = None,
        password: str | None = None,
        options: Sequence[str] = (),
    ) -> AsyncIterator[MockProcess]:
        """Run a station; the block begins when its process is ready, not yet connected."""
        arguments = [
            "charging-station", "--csms", self.url, "--identity", IDENTITY,
            "--time-scale", str(self.clock.scale), "--epoch", repr(self.clock.epoch),
            "--persona", str(self.write(persona)), *(f"--defect={name}" for name in defects),
            *options,
        ]  # fmt: skip
        if disk is not None:
            arguments += ["--disk", str(disk)]
        log, self.heard = self._folder / "station.log", asyncio.Queue()
        async with MockProcess(
            "station", arguments, log, self.heard.put_nowait, password=password
        ) as process:
            self._station = process
            yield process

    def write(self, persona: str) -> Path:
        """File of a persona."""
        file = self._folder / "persona.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(persona)
        return file

    async def ask(self, do: str, **args: Json) -> Json:
        """Do something at the station."""
        assert self._station is not None
        return await self._station.ask(do, **args)

    async def state(self, connector: int = 1) -> dict[str, Json]:
        """A connector as its station sees it."""
        state = cast("dict[str, dict[str, dict[str, Json]]]", await self.ask("state"))
        return state["connectors"][str(connector)]

    async def transport(self, what: str) -> dict[str, Json]:
        """The next event of its connections that the station itself tells: connect, refused."""
        async with asyncio.timeout(DEADLINE_S):
            while True:
                event = await self.heard.get()
                if event["event"] == "transport" and event["what"] == what:
                    return event

    # --- what is on the wire ----------------------------------------------------------------

    async def entry(self, wanted: Callable[[WireEntry], bool], name: str) -> WireEntry:
        """The next entry of the log that is wanted; reading goes on after it."""
        log, start = self.csms.log, self.mark
        try:
            async with asyncio.timeout(DEADLINE_S):
                while True:
                    while self.mark < len(log.entries):
                        entry = log.entries[self.mark]
                        self.mark += 1
                        if wanted(entry):
                            return entry
                    await log.grow(self.mark)
        except TimeoutError:
            seen = [e.raw or f"{e.what} {e.detail}" for e in log.since(start)][:40]
            raise NotSeen("\n".join([f"waited for {name}, saw:", *seen])) from None

    async def call(self, *actions: str, **fields: Json) -> WireEntry:
        """The next CALL of one of these actions (any without) that has these fields."""
        return await self.entry(
            lambda e: _is_call(e, actions, fields), f"{' or '.join(actions)} {fields}"
        )

    async def next(self, action: str, **fields: Json) -> Payload:
        """Payload of the next CALL of that action that has these fields."""
        return payload(await self.call(action, **fields))

    async def next_action(self, *actions: str) -> str:
        """Which of these actions comes next."""
        entry = await self.call(*actions)
        assert entry.call is not None
        return entry.call.action

    async def status(self, status: str, connector: int = 1) -> Payload:
        """The next report of this status."""
        return await self.next("StatusNotification", connectorId=connector, status=status)

    async def idle(self) -> None:
        """Return once the station sent no CALL for a heartbeat interval."""
        await self.call("Heartbeat")

    def calls(self, *actions: str, since: int = 0, **fields: Json) -> list[WireEntry]:
        """Every CALL so far of one of these actions (any without) that has these fields."""
        return [e for e in self.csms.log.since(since) if _is_call(e, actions, fields)]

    def statuses(self, connector: int = 1, since: int = 0) -> list[Json]:
        """What a connector has reported so far."""
        calls = self.calls("StatusNotification", since=since, connectorId=connector)
        return [payload(e)["status"] for e in calls]

    # --- what a tester does -----------------------------------------------------------------

    async def booted(self) -> None:
        """Return once every connector was reported after a boot."""
        await self.call("BootNotification")
        await self.idle()

    async def command(self, action: str, **fields: Json) -> Payload:
        """Send a command that the station answers with a CALLRESULT."""
        outcome = await self.csms.call(action, fields, 60)
        assert isinstance(outcome, Result), outcome
        return outcome.payload

    async def change(self, key: str, value: str) -> None:
        """Write a configuration key."""
        assert await self.command("ChangeConfiguration", key=key, value=value) == {
            "status": "Accepted"
        }

    async def read(self, key: str) -> Json:
        """Value of a configuration key."""
        conf = await self.command("GetConfiguration", key=[key])
        (item,) = cast("list[dict[str, Json]]", conf["configurationKey"])
        return item["value"]

    async def charge(self, id_tag: str = GOOD) -> Payload:
        """Cable, then card, until Charging is reported; returns StartTransaction.req."""
        mark = self.mark
        await self.ask("plug_in")
        await self.ask("ev_request")
        await self.status("Preparing")
        await self.ask("card", id_tag=id_tag)
        start = await self.next("StartTransaction")
        if not self.statuses(since=mark).count("Charging"):
            await self.status("Charging")
        return start

    @property
    def transaction_id(self) -> int:
        """Id of the running transaction."""
        (number,) = self.csms.station.transactions
        return number


def payload(entry: WireEntry) -> Payload:
    """Payload of a CALL."""
    assert entry.call is not None
    return entry.call.payload


def _is_call(entry: WireEntry, actions: Sequence[str], fields: Payload) -> bool:
    if entry.direction != "in" or entry.call is None:
        return False
    if actions and entry.call.action not in actions:
        return False
    return all(entry.call.payload.get(k) == v for k, v in fields.items())


@asynccontextmanager
async def laboratory(
    folder: Path,
    scale: float,
    *,
    heartbeat_interval_s: int = 12,
    boot: Sequence[Answer] = (),
) -> AsyncIterator[Lab]:
    """A Central System that waits for a station; `boot` answers its first BootNotifications."""
    clock = Clock(scale)
    bus = EventBus(clock)
    async with CentralSystem("127.0.0.1", 0, "/ocpp", IDENTITY, bus=bus, clock=clock) as csms:
        csms.cards.put(GOOD, IdTagInfo("Accepted", GROUP))
        csms.cards.put(FRIEND, IdTagInfo("Accepted", GROUP))
        csms.replies.heartbeat_interval_s = heartbeat_interval_s
        with csms.replies.script("BootNotification", *boot):
            yield Lab(folder, csms, clock)


def registration(status: str, interval: int) -> Confirm:
    """An answer to BootNotification."""
    return Confirm({"status": status, "interval": interval})
