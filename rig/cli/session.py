"""Which daemon a command talks to: the one that runs, or one of its own for a moment."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rig.cli.follow import attend
from rig.client.api import RigClient
from rig.client.errors import ClientError, NoDaemon
from rig.client.launcher import ephemeral
from rig.client.paths import socket_path
from rig.client.results import Status


def running() -> RigClient:
    """The daemon that runs.

    Raises:
        NoDaemon: none does.
    """
    client = RigClient(socket_path())
    client.status()
    return client


def running_status() -> Status | None:
    """Status of the daemon that runs, None when none does."""
    try:
        return RigClient(socket_path()).status()
    except NoDaemon:
        return None


@contextmanager
def any_daemon(bench: Path | None, *, offline: bool) -> Iterator[RigClient]:
    """The daemon that runs, or else one for the length of the block.

    Args:
        bench: bench file the command was given; None takes the bench of the daemon that runs,
            else the virtual bench.
        offline: the command needs no device, a daemon of its own does not open the bench.

    Raises:
        ClientError: the daemon that runs has another bench, or ours cannot start.
    """
    status = running_status()
    if status is None:
        with ephemeral(bench, offline=offline, attend=attend) as client:
            yield client
        return
    if not same_bench(status, bench):
        if offline:  # needs no device, so it does not matter who holds them
            with ephemeral(bench, offline=True) as client:
                yield client
            return
        raise another_bench(status, bench)
    if not offline and status.bench.state == "offline":
        raise ClientError(
            f"the daemon (pid {status.daemon.pid}) runs offline and has not opened its bench; "
            "start it again with: rig down && rig up",
            "bench",
        )
    yield RigClient(socket_path())


def another_bench(status: Status, bench: Path | None) -> ClientError:
    """The error for a bench that is not the one of the daemon that runs, or is none at all."""
    if bench is not None and not bench.exists():
        return ClientError(f"{bench}: no such file; check the path", "config")
    return ClientError(
        f"the daemon (pid {status.daemon.pid}) holds bench {status.bench.name} "
        f"({status.bench.file}), not {bench}; either name no bench to use that one, or "
        f"change over with: rig down && rig up {bench}",
        "busy",
    )


def same_bench(status: Status, bench: Path | None) -> bool:
    """Whether `bench` is the daemon's, or was not given at all."""
    return bench is None or bench.resolve() == Path(status.bench.file).resolve()
