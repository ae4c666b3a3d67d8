"""Huawei E3372h with stick firmware (21.x): AT commands on its command port.

Never sent, because they leave the stick unusable or need a power cycle: AT^SETPORT, AT+CFUN with
a value, AT+COPS=2, AT+CGATT=0, firmware and unlock commands.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Self, TypeVar

from drivers.errors import (
    BadReply,
    NotSupported,
    RadioUnavailable,
    ReadbackMismatch,
)
from drivers.modem import at_values as at
from drivers.modem.at_channel import AtChannel, CommandRefused, CommandUnknown
from drivers.modem.at_sim import AtSim, Secret
from drivers.modem.timings import ModemTimings
from drivers.modem.waiting import wait_until
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
_REGISTRATION_COMMANDS: tuple[str, ...] = ("AT+CEREG?", "AT+CGREG?", "AT+CREG?")


class E3372hModem:
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
        self.name = name
        self._observe = observe
        self._apn = apn
        self._imei = imei
        self._safe_lock = safe_lock
        self._times = timings or ModemTimings()
        self._stir = asyncio.Event()
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

    async def safe(self) -> None:
        """No data session, lock of the safe state; both read back. Waits for no network."""
        await self.disconnect()
        if await self._read_lock() is not self._safe_lock:
            await self._write_lock(self._safe_lock)

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

    async def set_lock(self, lock: TechnologyLock) -> ModemStatus:
        """Allow one technology, and wait until it serves us. See the port for errors."""
        await self._sim.need()
        await self.disconnect()
        self._tell("lock", lock=lock.value, text=f"allowing {lock.value} only"
                   if lock is not TechnologyLock.AUTO else "allowing every technology")  # fmt: skip
        await self._write_lock(lock)
        self._tell("register", lock=lock.value, text="waiting for the network")
        told: list[Registration | None] = []

        async def look() -> ModemStatus:
            seen = await self.status()
            if seen.lock is not lock:
                raise ReadbackMismatch(
                    self.name, "technology lock", expected=lock.value, got=_word(seen.lock)
                )
            if told[-1:] != [seen.registration]:
                told.append(seen.registration)
                self._tell("register", lock=lock.value, text=f"registration: {_where(seen)}")
            return seen

        def served(seen: ModemStatus) -> bool:
            used = seen.access_technology
            return used is not None and lock.allows(used)

        seen, ok = await self._wait(look, served, self._times.register_s)
        if not ok:
            what = f"no network on {lock.value} within the time limit: {_where(seen)}"
            self._tell("failed", lock=lock.value, text=what)
            raise RadioUnavailable(
                self.name, what, hint="the operator may not offer it here, or not to this SIM"
            )
        await self._wait(self.read_signal, lambda s: s.rssi_dbm is not None, self._times.signal_s)
        self._tell("done", lock=lock.value, text=f"registered: {_where(seen)}")
        return seen

    async def connect(self) -> ModemStatus:
        """Data session on the network interface of the stick (NCM); the host runs DHCP on it."""
        await self._sim.need()
        if await self._data_state() != 1:
            self._tell("connect", text=f"data session on {self._apn}")
            try:
                await self._channel.ask(f'AT^NDISDUP=1,1,"{self._apn}"', self._times.config_s)
            except CommandRefused as error:
                raise RadioUnavailable(self.name, f"no data session: {error.what}") from error
            state, ok = await self._wait(
                self._data_state, lambda state: state == 1, self._times.data_s
            )
            if not ok:
                words = {0: "down", 2: "still connecting", 3: "disconnecting", None: "unknown"}
                raise RadioUnavailable(
                    self.name,
                    f"no data session within the time limit: {words.get(state, state)}",
                    hint="check the APN of the bench file, and that the SIM has data",
                )
        self._tell("connected", text="data session up")
        return await self.status()

    async def disconnect(self) -> None:
        """Hang up; nothing is sent when there is no session."""
        if await self._data_state() in (None, 0):
            return
        self._tell("disconnect", text="ending the data session")
        with contextlib.suppress(CommandRefused):  # it may have gone down by itself
            await self._channel.ask("AT^NDISDUP=1,0", self._times.config_s)
        state, ok = await self._wait(self._data_state, lambda s: s == 0, self._times.data_s)
        if not ok:
            raise ReadbackMismatch(self.name, "data session", expected=0, got=state)

    async def _identify(self) -> ModemIdentity:
        ask = self._channel.ask
        texts = [" ".join(await ask(f"AT+{what}")) for what in ("CGSN", "CGMI", "CGMM", "CGMR")]
        imei, manufacturer, model, revision = (text.strip('" ') for text in texts)
        if "huawei" not in manufacturer.casefold():
            raise BadReply(
                self.name,
                f"answers as {manufacturer} {model}, not as a Huawei stick",
                hint="check the port in the bench file; see: rig bench suggest",
            )
        if self._imei is not None and imei != self._imei:
            raise BadReply(
                self.name,
                f"the modem has IMEI {imei}, the bench file says {self._imei}",
                hint="another stick is plugged in; check `port` and `imei` of the bench file",
            )
        iccid = await self._channel.optional("AT^ICCID?", lambda text: text.strip('" '))
        return ModemIdentity(manufacturer, model, revision, imei, iccid or "")

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

    async def _data_state(self) -> int | None:
        return await self._channel.optional("AT^NDISSTATQRY?", at.parse_data_state)

    async def _read_lock(self) -> TechnologyLock | None:
        try:
            return at.lock_of((await self._channel.value("AT^SYSCFGEX?", at.parse_syscfgex)).order)
        except CommandUnknown:
            return (await self._channel.value("AT^SYSCFG?", at.parse_syscfg))[0]

    async def _write_lock(self, lock: TechnologyLock) -> None:
        """Order and read back; bands, roaming and domain stay as they are."""
        try:
            config = await self._channel.value("AT^SYSCFGEX?", at.parse_syscfgex)
        except CommandUnknown:
            await self._write_legacy_lock(lock)
        else:
            order = at.ORDER_OF[lock]
            offered = await self._channel.optional("AT^SYSCFGEX=?", at.parse_orders)
            if offered is not None and order not in offered:
                raise NotSupported(
                    self.name,
                    f"this firmware cannot be locked to {lock.value}; it offers "
                    + ", ".join(sorted(offered)),
                )
            await self._order_config(config, order)
        got = await self._read_lock()
        if got is not lock:
            raise ReadbackMismatch(
                self.name, "technology lock", expected=lock.value, got=_word(got)
            )

    async def _order_config(self, config: at.RadioConfig, order: str) -> None:
        try:
            await self._channel.ask(config.command(order), self._times.config_s)
        except CommandRefused:
            # some firmware takes the five values without the two reserved fields only
            await self._channel.ask(config.command(order, tail=""), self._times.config_s)

    async def _write_legacy_lock(self, lock: TechnologyLock) -> None:
        if lock not in at.LEGACY_MODE_OF:
            raise NotSupported(self.name, f"this firmware cannot be locked to {lock.value}")
        _, found = await self._channel.value("AT^SYSCFG?", at.parse_syscfg)
        rest = ",".join(found[2:5])
        mode = at.LEGACY_MODE_OF[lock]
        await self._channel.ask(f"AT^SYSCFG={mode},3,{rest}", self._times.config_s)

    async def _wait(
        self, look: Callable[[], Awaitable[T]], good: Callable[[T], bool], timeout_s: float
    ) -> tuple[T, bool]:
        return await wait_until(
            look,
            good,
            timeout_s=timeout_s,
            poll_s=self._times.poll_s,
            stir=self._stir,
        )

    def _report(self, line: str) -> None:
        """An unsolicited line: whoever waits for the radio looks again."""
        if line.upper().startswith(_STIRRING):
            self._stir.set()

    def _tell(self, step: str, text: str, **data: str) -> None:
        self._observe("modem", self.name, {"step": step, "text": text, **data})


_STIRRING: tuple[str, ...] = (
    "^SRVST", "^MODE", "^SIMST", "^NDISSTAT", "^NDISEND", "+CREG", "+CGREG", "+CEREG"
)  # fmt: skip


def _word(lock: TechnologyLock | None) -> str:
    return "another order of technologies" if lock is None else lock.value


def _where(seen: ModemStatus) -> str:
    words = [seen.registration.value if seen.registration is not None else "state unknown"]
    if seen.access_technology is not None:
        words.append(seen.technology_name or seen.access_technology.value)
    if seen.operator:
        words.append(seen.operator)
    return ", ".join(words)
