"""Huawei E3372h with stick firmware (21.x): AT commands on its command port.

Never sent, because they leave the stick unusable or need a power cycle: AT^SETPORT, AT+CFUN with
a value, AT+COPS=2, AT+CGATT=0, firmware and unlock commands.
"""

from __future__ import annotations

import contextlib
import re
from dataclasses import replace
from typing import Self, TypeVar

from drivers.errors import (
    BadReply,
    NotSupported,
    RadioUnavailable,
)
from drivers.modem import at_values as at
from drivers.modem.at_channel import AtChannel, CommandRefused, CommandUnknown
from drivers.modem.at_sim import AtSim, Secret
from drivers.modem.cellular import CellularModem
from drivers.modem.timings import ModemTimings
from drivers.ports import (
    AccessTechnology,
    ModemIdentity,
    ModemStatus,
    Observer,
    Registration,
    Signal,
    TechnologyLock,
)

T = TypeVar("T")
SIM_BUSY = 14
"""`+CME ERROR` of a modem that has no time for the SIM now, 3GPP TS 27.007, 9.2."""
_DATA_STATE = "AT^NDISSTATQRY?"
_REGISTRATION_COMMANDS: tuple[str, ...] = ("AT+CEREG?", "AT+CGREG?", "AT+CREG?")


class E3372hModem(CellularModem):
    """The stick behind its AT port.

    Entering opens the port exclusively, proves that a modem answers (and that it is the right
    one) and unlocks the SIM if a PIN is given. Leaving ends the data session and restores the
    lock of the safe state.

    Args:
        name: of the modem on the bench.
        port: path of the command port; never one picked by its number.
        observe: told of identity, progress, signal.
        apn: access point of the data session.
        imei: the modem must have this one, None takes any.
        pin: of the SIM.
        safe_lock: what the modem may use when the bench is safe.
        timings: deadlines.
    """

    def __init__(
        self,
        name: str,
        port: str,
        *,
        observe: Observer,
        apn: str = "internet",
        imei: str | None = None,
        pin: Secret | None = None,
        safe_lock: TechnologyLock = TechnologyLock.AUTO,
        timings: ModemTimings | None = None,
    ) -> None:
        super().__init__(name, observe, safe_lock, timings)
        self._apn = apn
        self._imei = imei
        self._channel = AtChannel(
            name,
            port,
            self._report,
            open_s=self._times.open_s,
            reply_s=self._times.reply_s,
        )
        self._identity: ModemIdentity | None = None
        self._sim = AtSim(name, self._channel, pin, self._wait, self._tell, self._times)
        self._is_open = False

    async def __aenter__(self) -> Self:
        await self._channel.__aenter__()
        try:
            for command in ("ATE0", "AT+CMEE=1"):
                await self._channel.ask(command)
            self._identity = await self._identify()
            await self._sim.unlock()
        except BaseException:
            await self._channel.__aexit__()
            raise
        self._is_open = True
        return self

    async def __aexit__(self, *_exc: object) -> None:
        if not self._is_open:
            return
        self._is_open = False
        try:
            await self.safe()
        finally:
            await self._channel.__aexit__()

    async def prove(self) -> str:
        """Identity, SIM and signal in one line."""
        who = self._identity or await self.identity()
        csq = await self._channel.value("AT+CSQ", at.parse_csq)
        dbm = None if csq is None else at.rssi_dbm(csq)
        level = "no signal" if dbm is None else f"RSSI {dbm} dBm"
        sim = self._sim.state.value if self._sim.state is not None else "unknown"
        return f"{who.manufacturer} {who.model} {who.revision}, IMEI {who.imei}, SIM {sim}, {level}"

    async def identity(self) -> ModemIdentity:
        """Manufacturer, model, firmware, IMEI, and the SIM's number where there is one."""
        self._identity = await self._identify()
        return self._identity

    async def status(self) -> ModemStatus:
        """Asked now; what a firmware does not know is None."""
        sim = await self._sim.read()
        system = await self._channel.optional("AT^SYSINFOEX", at.parse_sysinfoex)
        operator, used = await self._channel.optional("AT+COPS?", at.parse_operator) or (None, None)
        used = used if system is None else system.technology
        registration = await self._registration(used)
        data = await self._data_state()
        address = None
        if data == 1:
            address = await self._channel.optional("AT^DHCP?", at.parse_dhcp_address)
        return ModemStatus(
            sim,
            registration,
            operator,
            used if registration is not None and registration.is_registered else None,
            "" if system is None else system.name,
            await self._read_lock(),
            None if data is None else data == 1,
            address,
        )

    async def read_signal(self) -> Signal:
        """+CSQ for every firmware, ^HCSQ for the finer values where there is one."""
        csq = await self._channel.value("AT+CSQ", at.parse_csq)
        fine = await self._channel.optional("AT^HCSQ?", at.parse_hcsq) or Signal()
        rssi = fine.rssi_dbm
        if rssi is None and csq is not None:
            rssi = at.rssi_dbm(csq)
        return replace(fine, csq=csq, rssi_dbm=rssi)

    async def _identify(self) -> ModemIdentity:
        imei = await self._free_text("AT+CGSN", r"\d{14,16}")
        manufacturer = await self._free_text("AT+CGMI", r"[A-Za-z].*")
        if "huawei" not in manufacturer.casefold():
            raise BadReply(
                self.name,
                f"answers as {manufacturer}, not as a Huawei stick",
                hint="check the port in the bench file; see: rig bench suggest",
            )
        model = await self._free_text("AT+CGMM", r"[A-Za-z].*\d.*")
        revision = await self._free_text("AT+CGMR", r"\d+\.\d+.*")
        if self._imei is not None and imei != self._imei:
            raise BadReply(
                self.name,
                f"the modem has IMEI {imei}, the bench file says {self._imei}",
                hint="another stick is plugged in; check `port` and `imei` of the bench file",
            )
        iccid = await self._channel.optional("AT^ICCID?", lambda text: text.strip('" '))
        return ModemIdentity(manufacturer, model, revision, imei, iccid or "")

    async def _free_text(self, command: str, looks_like: str) -> str:
        """A reply without the command's name is known by its look only."""
        *_, line = await self._channel.ask(command, marker=re.compile(looks_like))
        return line.strip('" ')

    async def _registration(self, used: AccessTechnology | None) -> Registration | None:
        """Of the domain that counts: E-UTRAN on LTE, else packet, else circuit."""
        seen: list[Registration | None] = []
        commands = _REGISTRATION_COMMANDS
        if used is not None and used is not AccessTechnology.LTE:
            commands = commands[1:]
        for command in commands:
            found = await self._channel.optional(command, at.parse_registration)
            if found is not None and found.is_registered:
                return found
            seen.append(found)
        for telling in (Registration.DENIED, Registration.SEARCHING, Registration.NOT_REGISTERED):
            if telling in seen:
                return telling
        return None

    async def _need_sim(self) -> None:
        await self._sim.need()

    async def _is_up(self) -> bool | None:
        try:
            state = await self._channel.value(_DATA_STATE, at.parse_data_state)
        except CommandUnknown:
            return False  # a stick that cannot say has none that we brought up
        except CommandRefused as error:
            return None if error.code == SIM_BUSY else False
        return {0: False, 1: True}.get(state)

    async def _data_state(self) -> int | None:
        return await self._channel.optional(_DATA_STATE, at.parse_data_state)

    async def _dial(self, up: bool) -> None:
        if not up:
            with contextlib.suppress(CommandRefused, CommandUnknown):  # may be down already
                await self._channel.ask("AT^NDISDUP=1,0", self._times.config_s)
            return
        try:
            await self._channel.ask(f'AT^NDISDUP=1,1,"{self._apn}"', self._times.config_s)
        except CommandRefused as error:
            raise RadioUnavailable(self.name, f"no data session: {error.what}") from error

    async def _read_lock(self) -> TechnologyLock | None:
        try:
            return at.lock_of((await self._channel.value("AT^SYSCFGEX?", at.parse_syscfgex)).order)
        except CommandUnknown:
            return (await self._channel.value("AT^SYSCFG?", at.parse_syscfg))[0]

    async def _order_lock(self, lock: TechnologyLock) -> None:
        try:
            config = await self._channel.value("AT^SYSCFGEX?", at.parse_syscfgex)
        except CommandUnknown:
            await self._order_legacy_lock(lock)
            return
        order = at.ORDER_OF[lock]
        offered = await self._channel.optional("AT^SYSCFGEX=?", at.parse_orders)
        if offered is not None and order not in offered:
            raise NotSupported(
                self.name,
                f"this firmware cannot be locked to {lock.value}; it offers "
                + ", ".join(sorted(offered)),
            )
        await self._order_config(config, order)

    async def _order_config(self, config: at.RadioConfig, order: str) -> None:
        try:
            await self._channel.ask(config.command(order), self._times.config_s)
        except CommandRefused:
            # some firmware takes the five values without the two reserved fields only
            await self._channel.ask(config.command(order, tail=""), self._times.config_s)

    async def _order_legacy_lock(self, lock: TechnologyLock) -> None:
        if lock not in at.LEGACY_MODE_OF:
            raise NotSupported(self.name, f"this firmware cannot be locked to {lock.value}")
        _, found = await self._channel.value("AT^SYSCFG?", at.parse_syscfg)
        rest = ",".join(found[2:5])
        mode = at.LEGACY_MODE_OF[lock]
        await self._channel.ask(f"AT^SYSCFG={mode},3,{rest}", self._times.config_s)

    def _report(self, line: str) -> None:
        """An unsolicited line: whoever waits for the radio looks again."""
        if line.upper().startswith(_STIRRING):
            self._stir.set()


_STIRRING: tuple[str, ...] = (
    "^SRVST", "^MODE", "^SIMST", "^NDISSTAT", "^NDISEND", "+CREG", "+CGREG", "+CEREG"
)  # fmt: skip
