"""What a driver reports when its device does not do as told.

Errors carry data; `str()` says what happened and where. `hint` says what a person can do about
it, where the driver knows better than the kind of error tells; `rig.bench` makes the sentence.
"""

from __future__ import annotations


class DriverError(Exception):
    """A device failed. `device` is its name on the bench."""

    def __init__(self, device: str, what: str, *, hint: str = "") -> None:
        self.device = device
        self.what = what
        self.hint = hint
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


class RadioUnavailable(NotSupported):
    """Network or SIM do not allow it here and now; the modem itself is well."""


class CardProblem(NotSupported):
    """The card does not do it; the writer itself is well."""


class NoCard(CardProblem):
    """No card, another card, several cards, or it was taken away meanwhile."""


class CardRefused(CardProblem):
    """The card says no: key, lock, format, or a card that cannot do this at all."""


class CardMismatch(CardProblem):
    """What was written on the card reads back as something else."""


class InterlockError(DriverError):
    """The order was refused because it would be unsafe in the present state."""


class ContactorClosed(InterlockError):
    """The station's contactor did not open in time; the pilot was left as it is."""


class PlugLocked(InterlockError):
    """The station's socket holds the plug; the proximity contact was left as it is."""


class OperatorRefused(DriverError):
    """The operator was asked to do something by hand and said that it cannot be done."""
