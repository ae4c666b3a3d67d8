"""How long a modem may take. Engineering values; the fact sheet of the E3372h has their basis."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class ModemTimings:
    """Deadlines in seconds.

    Attributes:
        reply_s: answer to a command or request. Bus time, never scaled.
        open_s: answer to the first command, per try. Bus time, never scaled.
        config_s: answer to an order that is written to flash. Bus time, never scaled.
        sim_s: SIM ready after its PIN.
        register_s: registered again after a change of technology.
        signal_s: first valid signal after that.
        data_s: data session up or down.
        poll_s: pause between two looks while waiting for the radio; reports end it early.
    """

    reply_s: float = 3.0
    open_s: float = 1.0
    config_s: float = 15.0
    sim_s: float = 20.0
    register_s: float = 90.0
    signal_s: float = 10.0
    data_s: float = 30.0
    poll_s: float = 1.0

    def scaled(self, real: Callable[[float], float]) -> ModemTimings:
        """The same where lab time runs at another pace."""
        return replace(
            self,
            sim_s=max(real(self.sim_s), self.reply_s),
            register_s=max(real(self.register_s), self.reply_s),
            signal_s=max(real(self.signal_s), self.reply_s),
            data_s=max(real(self.data_s), self.reply_s),
            poll_s=real(self.poll_s),
        )
