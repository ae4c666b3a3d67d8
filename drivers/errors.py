"""What a driver reports when its device does not do as told.

Errors carry data; `str()` says what happened and where. `rig.bench` adds the remedy.
"""

from __future__ import annotations


class DriverError(Exception):
    """A device failed. `device` is its name on the bench."""

    def __init__(self, device: str, what: str) -> None:
        self.device = device
        self.what = what
        super().__init__(f"{device}: {what}")


class DeviceGone(DriverError):
    """Unplugged, port closed, connection lost."""


class DeviceTimeout(DriverError):
    """No answer in time."""


class BadReply(DriverError):
    """An answer that is not understood, or an exception response."""


class ReadbackMismatch(DriverError):
    """The device acknowledged a write, but reads back something else."""

    def __init__(self, device: str, what: str, *, expected: object, got: object) -> None:
        self.expected = expected
        self.got = got
        super().__init__(device, f"{what}: wrote {expected!r}, read back {got!r}")


class NotSupported(DriverError):
    """The device cannot do this."""


class InterlockError(DriverError):
    """The order was refused because it would be unsafe in the present state."""
