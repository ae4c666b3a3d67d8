"""Huawei E3372h with HiLink firmware (22.x): a router with a web interface and no AT port.

Re-flashing it to stick firmware is possible, and never done by this product.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Self

from drivers.errors import BadReply, InterlockError, NotSupported, RadioUnavailable
from drivers.modem import hilink_values as web
from drivers.modem.at_sim import Secret, refuse_last_try, unusable
from drivers.modem.cellular import CellularModem
from drivers.modem.hilink_session import HilinkRefused, HilinkSession, HilinkUnsupported
from drivers.modem.timings import ModemTimings
from drivers.ports import (
    ModemIdentity,
    ModemStatus,
    Observer,
    Signal,
    SimState,
    TechnologyLock,
)


class HilinkModem(CellularModem):
    """The modem behind its web interface.

    Entering proves that a HiLink device answers (and that it is the right one) and unlocks the
    SIM if a PIN is given. Leaving ends the data session and restores the lock of the safe state.

    Args:
        name: of the modem on the bench.
        url: of the web interface.
        observe: told of progress.
        imei: the modem must have this one, None takes any.
        pin: of the SIM.
        user, password: for devices that want a login.
        safe_lock: what the modem may use when the bench is safe.
        timings: deadlines.
    """

    def __init__(
        self,
        name: str,
        url: str,
        *,
        observe: Observer,
        imei: str | None = None,
        pin: Secret | None = None,
        user: str = "admin",
        password: Secret | None = None,
        safe_lock: TechnologyLock = TechnologyLock.AUTO,
        timings: ModemTimings | None = None,
    ) -> None:
        super().__init__(name, observe, safe_lock, timings)
        self._url = url
        self._imei = imei
        self._pin = pin
        self._pin_refused = False
        self._session = HilinkSession(name, url, user, password, self._times.reply_s)
        self._identity: ModemIdentity | None = None
        self._sim: SimState | None = None
        self._is_open = False

    async def __aenter__(self) -> Self:
        await self._session.__aenter__()
        try:
            await self.identity()
            await self._unlock_sim()
        except BaseException:
            await self._session.__aexit__()
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
            await self._session.__aexit__()

    async def prove(self) -> str:
        """Identity, SIM and signal in one line."""
        who = self._identity or await self.identity()
        level = (await self.read_signal()).rssi_dbm
        told = "RSSI not given" if level is None else f"RSSI {level} dBm"
        sim = "unknown" if self._sim is None else self._sim.value
        return f"{who.manufacturer} {who.model} {who.revision}, IMEI {who.imei}, SIM {sim}, {told}"

    async def identity(self) -> ModemIdentity:
        """Of device/information."""
        said = await self._session.get("device/information")
        imei = said.get("Imei", "")
        if not said.get("DeviceName"):
            raise BadReply(
                self.name,
                f"{self._url} does not say what it is",
                hint="check that `url` is the web interface of a HiLink modem",
            )
        if self._imei is not None and imei != self._imei:
            raise BadReply(
                self.name,
                f"the modem has IMEI {imei}, the bench file says {self._imei}",
                hint="another modem is plugged in; check `url` and `imei` of the bench file",
            )
        self._identity = ModemIdentity(
            "huawei",
            said["DeviceName"],
            said.get("SoftwareVersion", ""),
            imei,
            said.get("Iccid", ""),
        )
        return self._identity

    async def status(self) -> ModemStatus:
        """Asked now; what a firmware does not tell is None."""
        sim = await self._read_sim()
        said = await self._session.get("monitoring/status")
        registration = web.registration(said)
        registered = registration is not None and registration.is_registered
        name = web.technology_name(said) if registered else ""
        operator = None
        if registered:
            try:
                plmn = await self._session.get("net/current-plmn")
            except (HilinkUnsupported, HilinkRefused):
                plmn = {}
            operator = plmn.get("FullName") or plmn.get("ShortName") or None
        data = web.data_state(said)
        return ModemStatus(
            sim,
            registration,
            operator,
            web.technology(name),
            name,
            await self._read_lock(),
            data,
            (said.get("WanIPAddress") or None) if data else None,
        )

    async def read_signal(self) -> Signal:
        """Of device/signal. There is no CSQ; RSSI only on firmware that gives it."""
        seen = web.signal(await self._session.get("device/signal"))
        return replace(seen, csq=None)

    async def _read_sim(self) -> SimState | None:
        try:
            self._sim = web.sim_state(await self._session.get("pin/status"))
        except HilinkUnsupported:
            self._sim = None
        return self._sim

    async def _need_sim(self) -> None:
        if (sim := await self._read_sim()) is not SimState.READY:
            raise unusable(self.name, sim)

    async def _unlock_sim(self) -> None:
        if await self._read_sim() is not SimState.PIN_REQUIRED or self._pin is None:
            return
        tries = web.pin_tries(await self._session.get("pin/status"))
        refuse_last_try(self.name, tries, wrong_before=self._pin_refused)
        order = {"OperateType": "0", "CurrentPin": self._pin.get_secret_value()}
        try:
            await self._session.post("pin/operate", {**order, "NewPin": "", "PukCode": ""})
        except HilinkRefused as error:
            self._pin_refused = True
            raise InterlockError(
                self.name,
                f"the SIM refused the PIN: {error.what}",
                hint="correct `pin` in the bench file before the next try",
            ) from error
        await self._wait(self._read_sim, lambda s: s is SimState.READY, self._times.sim_s)
        self._tell("sim", "SIM unlocked")

    async def _read_lock(self) -> TechnologyLock | None:
        said = await self._session.get("net/net-mode")
        return web.LOCK_OF.get(said.get("NetworkMode", ""))

    async def _order_lock(self, lock: TechnologyLock) -> None:
        """Bands are written back as they were read."""
        said = await self._session.get("net/net-mode")
        mode = web.MODE_OF[lock]
        try:
            offered = web.lists(await self._session.text("net/net-mode-list"), "Access")
        except (HilinkUnsupported, HilinkRefused):
            offered = frozenset()
        if offered and mode not in offered:
            raise NotSupported(
                self.name,
                f"this firmware cannot be locked to {lock.value}; it offers "
                + ", ".join(sorted(offered)),
            )
        bands = {key: said.get(key, "") for key in ("NetworkBand", "LTEBand")}
        await self._session.post("net/net-mode", {"NetworkMode": mode, **bands})

    async def _is_up(self) -> bool | None:
        return web.data_state(await self._session.get("monitoring/status"))

    async def _dial(self, up: bool) -> None:
        try:
            await self._session.post("dialup/mobile-dataswitch", {"dataswitch": str(int(up))})
        except HilinkRefused as error:
            raise RadioUnavailable(self.name, f"no data session: {error.what}") from error
