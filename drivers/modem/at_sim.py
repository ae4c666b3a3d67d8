"""The SIM behind an AT port: its state, and its PIN, which is sent once and never as last try."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from drivers.errors import InterlockError, RadioUnavailable
from drivers.modem.at_channel import AtChannel, CommandRefused
from drivers.modem.at_values import SIM_OF_CME, parse_pin_tries, parse_sim
from drivers.modem.timings import ModemTimings
from drivers.ports import SimState

PIN_TRIES_NEEDED = 2
"""A PIN is sent only while this many tries are left: the last one is the owner's."""

HINTS = {
    SimState.MISSING: "put a SIM into the modem and replug it",
    SimState.PIN_REQUIRED: "add `pin` to the modem in the bench file",
    SimState.PUK_REQUIRED: "unlock the SIM in a telephone; the rig never sends a PUK",
}
"""What the operator can do about a SIM that is not ready."""


class Secret(Protocol):
    """Text that does not show itself, as pydantic's SecretStr."""

    def get_secret_value(self) -> str:
        """The text."""


class Wait(Protocol):
    """Waits for the SIM: look, condition, real seconds; what was seen, and whether it was good."""

    def __call__(
        self,
        look: Callable[[], Awaitable[SimState | None]],
        good: Callable[[SimState | None], bool],
        timeout_s: float,
        /,
    ) -> Awaitable[tuple[SimState | None, bool]]:
        """Wait."""


class AtSim:
    """SIM of a modem.

    Args:
        device: name for errors.
        channel: to the modem.
        pin: None where the bench file has none.
        wait: see `Wait`.
        tell: told when the SIM was unlocked.
        timings: deadlines.

    Attributes:
        state: as seen last, None is not known.
    """

    def __init__(
        self,
        device: str,
        channel: AtChannel,
        pin: Secret | None,
        wait: Wait,
        tell: Callable[[str, str], None],
        timings: ModemTimings,
    ) -> None:
        self.state: SimState | None = None
        self._device = device
        self._channel = channel
        self._pin = pin
        self._wait = wait
        self._tell = tell
        self._times = timings
        self._pin_refused = False

    async def read(self) -> SimState | None:
        """Ask for the state."""
        try:
            self.state = await self._channel.value("AT+CPIN?", parse_sim)
        except CommandRefused as error:
            self.state = None if error.code is None else SIM_OF_CME.get(error.code)
        return self.state

    async def need(self) -> None:
        """Wait while the SIM is busy.

        Raises:
            RadioUnavailable: it cannot be used.
        """
        sim, _ = await self._wait(self.read, lambda s: s is not SimState.BUSY, self._times.sim_s)
        if sim is not SimState.READY:
            raise unusable(self._device, sim)

    async def unlock(self) -> None:
        """Send the PIN if it is wanted and known.

        Raises:
            InterlockError: it was not sent because too few tries are left, or it was wrong.
        """
        if await self.read() is not SimState.PIN_REQUIRED or self._pin is None:
            return
        tries = await self._channel.optional("AT^CPIN?", parse_pin_tries)
        refuse_last_try(self._device, tries, wrong_before=self._pin_refused)
        try:
            await self._channel.ask(
                f'AT+CPIN="{self._pin.get_secret_value()}"',
                self._times.config_s,
                shown="AT+CPIN=...",
            )
        except CommandRefused as error:
            self._pin_refused = True
            raise InterlockError(
                self._device,
                f"the SIM refused the PIN: {error.what}",
                hint="correct `pin` in the bench file before the next try",
            ) from error
        await self._wait(self.read, lambda s: s is SimState.READY, self._times.sim_s)
        self._tell("sim", "SIM unlocked")


def unusable(device: str, sim: SimState | None) -> RadioUnavailable:
    """The error for a SIM that is not ready."""
    word = "state unknown" if sim is None else sim.value
    hint = "try the SIM in a telephone" if sim is None else HINTS.get(sim, "try another SIM")
    return RadioUnavailable(device, f"the SIM cannot be used: {word}", hint=hint)


def refuse_last_try(device: str, tries: int | None, *, wrong_before: bool) -> None:
    """Whether a PIN may be sent.

    Raises:
        InterlockError: no; a wrong PIN might lock the SIM.
    """
    if tries is not None and tries >= PIN_TRIES_NEEDED and not wrong_before:
        return
    if wrong_before:
        what = "it was wrong before"
    elif tries is None:
        what = "the modem does not say how many tries are left"
    else:
        what = f"tries left: {tries}"
    raise InterlockError(
        device,
        f"the PIN was not sent: {what}",
        hint="unlock the SIM in a telephone, or switch its PIN off",
    )
