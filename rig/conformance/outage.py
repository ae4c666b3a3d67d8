"""The network between station and Central System, gone for a while.

A bench with a network switch of its own takes the network from the station. Else the tool's side
does it: the connection ends and no other is let in; a virtual bench does it so too, as attempts
to connect are then seen and judged (M1.6). See docs/adr/0028.
Source: OCPP 1.6, 3.7; rules M9.1 to M9.3.
"""

from __future__ import annotations

from rig.clock import DeadlineExceeded
from rig.conformance.evidence import StepFailed
from rig.conformance.inbox import Received
from rig.conformance.instants import instant, time_of_day
from rig.conformance.steps import StationCase
from rig.errors import BenchError


class Outage:
    """One outage of a case.

    Args:
        s: the case.

    Attributes:
        began_s, ended_s: lab time.
        mark: of the log when it ended.
    """

    def __init__(self, s: StationCase) -> None:
        self._s = s
        self.began_s = 0.0
        self.ended_s = 0.0
        self.mark = 0

    async def begin(self) -> None:
        """Cut the network.

        Raises:
            BenchError: the switch failed.
        """
        s = self._s
        if s.bench.cuts_network:
            with s.evidence.step(f"network cut by {s.bench.network.name}"):
                await s.csms.settle()
                await s.bench.network.off()
                await s.csms.drop()  # half-open: nobody tells this side
        else:
            with s.evidence.step("network cut: the Central System is out of reach"):
                await s.csms.cut()
        self.began_s = self._s.clock.now()

    async def last(self, seconds: float) -> None:
        """Let it last so long."""
        with self._s.evidence.step(f"the outage lasts {seconds:g} s"):
            await self._s.clock.sleep(seconds)

    async def end(self) -> None:
        """Restore the network and wait for the station.

        Raises:
            StepFailed: it does not come back in time.
            BenchError: the switch failed, or has not kept the station from connecting.
        """
        s, timeout_s = self._s, self._s.parameters.reconnect_timeout
        self.ended_s = s.clock.now()
        self.mark = s.mark()
        with s.evidence.step("network restored: wait for the station"):
            await self._restore()
            try:
                async with s.clock.deadline(timeout_s, "reconnect"):
                    await s.csms.wait_connected()
            except DeadlineExceeded:
                await s.bench.prove()
                s.check(
                    "the station connects again",
                    False,
                    "steps of the case; OCPP 1.6, 3.7",
                    expected=f"within {timeout_s:g} s",
                    seen="no connection",
                )
                raise StepFailed("the station has not connected again") from None

    async def _restore(self) -> None:
        s = self._s
        if not s.bench.cuts_network:
            s.csms.restore()
            return
        came_through = s.csms.connected
        await s.bench.network.on()
        if came_through:
            raise BenchError(
                s.bench.network.name,
                "the station has connected although its network was down",
                "see what the switch cuts, and whether the station has another way (mobile "
                "network, WLAN)",
            )

    def check_within(self, received: Received, until_s: float) -> None:
        """Check that the time stamp of a message lies in the outage.

        Args:
            received: the message.
            until_s: lab time when it had happened.
        """
        s, slack = self._s, self._s.parameters.max_time_deviation
        seen = instant(received["timestamp"])
        began, ended = (s.clock.epoch + t for t in (self.began_s, until_s))
        s.check(
            f"{received.action}.timestamp lies in the outage",
            seen is not None and began - slack <= seen <= ended + slack,
            "rule M7.4: a queued message keeps its time stamp",
            expected=f"{time_of_day(began)} to {time_of_day(ended)}, ± {slack} s",
            seen=received["timestamp"],
            seqs=(received.seq,),
        )

    def check_not_booted(self) -> None:
        """Check that a plain reconnect came without BootNotification."""
        self._s.none_since(
            self.mark, "BootNotification", what="after the reconnect", why="OCPP 1.6, 4.2"
        )
