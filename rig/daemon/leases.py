"""The lease on the bench, for who sends the request that is being served."""

from __future__ import annotations

from collections.abc import Callable

from rig.bench import Bench
from rig.bench.lease import Lease
from rig.client.results import LeaseInfo
from rig.daemon.owner import OWNER
from rig.daemon.running import ActiveRun


class LeaseDesk:
    """Takes, gives back and breaks the lease.

    Args:
        look: the bench; raises when it is not open.
        run: the run in progress or the last one, if there was one.
    """

    def __init__(self, look: Callable[[], Bench], run: Callable[[], ActiveRun | None]) -> None:
        self._look = look
        self._run = run

    def show(self) -> LeaseInfo:
        """Who holds the bench, and who waits."""
        return _info(self._look().lease)

    async def take(self, reason: str, ttl_s: float, wait_s: float) -> LeaseInfo:
        """Hold the bench for who asks.

        Raises:
            BenchBusy: somebody else has it, also after `wait_s` real seconds.
        """
        lease = self._look().lease
        lease.in_use = self._is_running
        if wait_s:
            await lease.wait(OWNER.get(), reason, ttl_s, wait_s)
        else:
            lease.take(OWNER.get(), reason, ttl_s)
        return _info(lease)

    def release(self) -> LeaseInfo:
        """Give the bench back."""
        lease = self._look().lease
        lease.release(OWNER.get())
        return _info(lease)

    async def break_(self, reason: str) -> LeaseInfo:
        """Take the bench from its holder; a run is aborted and the bench made safe."""
        lease, run = self._look().lease, self._run()
        if lease.holder is not None and run is not None:
            await run.abort()
        await lease.break_lease(OWNER.get(), reason)
        return _info(lease)

    def _is_running(self) -> bool:
        run = self._run()
        return run is not None and run.active


def _info(lease: Lease) -> LeaseInfo:
    held = lease.holder
    if held is None:
        return LeaseInfo("", queue=lease.queue)
    return LeaseInfo(held.owner, held.reason, held.since, held.ttl_s, lease.queue)
