"""HiLink firmware: the XML pages of the web interface, with sessions, tokens and login.

What it cannot show: that pages differ much between versions, and the router behind them.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import secrets
import xml.etree.ElementTree as ET
from typing import Self

from aiohttp import web

from firmware_mocks.control import Control
from firmware_mocks.modem.at_port import AtFaults
from firmware_mocks.modem.dongle import Dongle

TOKEN = "__RequestVerificationToken"  # noqa: S105  # the header's name
OPEN_PAGES = frozenset({"webserver/SesTokInfo", "webserver/token", "user/state-login"})
NETWORK_TYPE = {"2g": (3, 3), "3g": (9, 45), "4g": (19, 101)}
MODE = {"2g": 0, "3g": 2, "4g": 7}
SIM_STATE = {"ready": 257, "pin": 260, "puk": 261, "missing": 255, "failure": 256, "busy": 256}


class Refuse(Exception):
    """Answer with an error of this number."""

    def __init__(self, code: int) -> None:
        self.code = code
        super().__init__(str(code))


class WebFirmware:
    """The web server of a dongle.

    Args:
        dongle: behind it.
        bind: host and port.
        login: user and password that are wanted for everything; None for an open device.
    """

    def __init__(
        self, dongle: Dongle, bind: tuple[str, int], login: tuple[str, str] | None = None
    ) -> None:
        self.faults = AtFaults()
        self.heard = 0
        self.url = ""
        self.hidden: set[str] = set()
        self._dongle = dongle
        self._bind = bind
        self._login = login
        self._runner: web.AppRunner | None = None
        self._session = ""
        self._tokens: list[str] = []
        self._logged_in = False

    async def __aenter__(self) -> Self:
        await self.plug_in()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.unplug()

    async def plug_in(self) -> None:
        """Power up; sessions are forgotten, settings are kept."""
        if self._runner is not None:
            return
        self._dongle.power_up()
        self._session, self._tokens, self._logged_in = "", [], False
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._serve)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, *self._bind)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self._bind = (host, port)  # the same after replug
        self.url = f"http://{host}:{port}"

    async def unplug(self) -> None:
        """Pull it out: the network is gone."""
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()

    def register(self, control: Control) -> None:
        """Serve modem_fault, modem_clear, unplug_modem, replug_modem, hide_page and end_session."""

        def hide_page(page: str) -> None:
            self.hidden.add(page)

        def clear() -> None:
            self.faults = AtFaults()
            self.hidden.clear()

        def end_session() -> None:
            self._session, self._tokens, self._logged_in = "", [], False

        control.register("modem_fault", lambda name, value: self.faults.set(name, value))
        control.register("modem_clear", clear)
        control.register("unplug_modem", self.unplug)
        control.register("replug_modem", self.plug_in)
        control.register("modem_heard", lambda: self.heard)
        control.register("hide_page", hide_page)
        control.register("end_session", end_session)

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        self.heard += 1
        if self.faults.mute:
            await asyncio.Event().wait()
        if self.faults.late_s:
            await asyncio.sleep(self.faults.late_s)
        path = request.match_info["path"]
        if not path.startswith("api/"):
            return self._home()
        headers: dict[str, str] = {}
        try:
            inner = await self._page(path.removeprefix("api/"), request, headers)
            text = f'<?xml version="1.0" encoding="UTF-8"?><response>{inner}</response>'
        except Refuse as error:
            text = f"<error><code>{error.code}</code><message></message></error>"
        if self.faults.garble:
            text = text.replace("</", "<")
        if self.faults.foreign:
            text = "<html><body>It works!</body></html>"
        if self.faults.split:
            return await _in_pieces(request, text, headers)
        return web.Response(text=text, content_type="text/html", headers=headers)

    async def _page(self, page: str, request: web.Request, headers: dict[str, str]) -> str:
        if page in self.hidden:
            raise Refuse(100002)
        if page == "webserver/SesTokInfo":
            return self._new_session()
        if page == "webserver/token":
            self._new_session()
            headers["Set-Cookie"] = f"SessionID={self._session}; path=/"
            return f"<token>{self._tokens[-1]}</token>"
        if page == "user/state-login":
            state = 0 if self._logged_in or self._login is None else -1
            return f"<State>{state}</State><Username></Username><password_type>4</password_type>"
        if request.cookies.get("SessionID") != self._session or not self._session:
            raise Refuse(125002)
        given: dict[str, str] = {}
        token = ""
        if request.method == "POST":
            token = request.headers.get(TOKEN, "")
            if token not in self._tokens:
                raise Refuse(125003)
            self._tokens.remove(token)
            headers[TOKEN] = self._token()
            given = _request(await request.text())
        if page == "user/login":
            self._check_login(given, token, headers)
            return "OK"
        if self._login is not None and not self._logged_in:
            raise Refuse(100003)
        if self.faults.busy:
            raise Refuse(100004)
        return self._content(page, request.method, given)

    def _home(self) -> web.Response:
        """The start page carries a session and two tokens, for the browser's scripts."""
        self._new_session()
        tokens = (self._tokens[-1], self._token())
        metas = "".join(f'<meta name="csrf_token" content="{token}"/>' for token in tokens)
        return web.Response(
            text=f"<html><head>{metas}</head><body></body></html>",
            content_type="text/html",
            headers={"Set-Cookie": f"SessionID={self._session}; path=/; HttpOnly"},
        )

    def _new_session(self) -> str:
        self._session, self._tokens, self._logged_in = secrets.token_hex(16), [], False
        return f"<SesInfo>SessionID={self._session}</SesInfo><TokInfo>{self._token()}</TokInfo>"

    def _token(self) -> str:
        self._tokens.append(secrets.token_hex(16))
        return self._tokens[-1]

    def _check_login(self, given: dict[str, str], token: str, headers: dict[str, str]) -> None:
        user, password = self._login or ("", "")
        inner = base64.b64encode(hashlib.sha256(password.encode()).hexdigest().encode())
        salted = user.encode() + inner + token.encode()
        wanted = base64.b64encode(hashlib.sha256(salted).hexdigest().encode()).decode()
        if (given.get("Username"), given.get("Password")) != (user, wanted):
            raise Refuse(108006)
        self._logged_in = True
        self._session = secrets.token_hex(16)
        self._tokens = []
        del headers[TOKEN]
        headers["Set-Cookie"] = f"SessionID={self._session}; path=/; HttpOnly"
        headers[f"{TOKEN}one"], headers[f"{TOKEN}two"] = self._token(), self._token()

    def _content(self, page: str, method: str, given: dict[str, str]) -> str:
        pages = {
            ("GET", "device/information"): self._information,
            ("GET", "device/signal"): self._signal,
            ("GET", "monitoring/status"): self._status,
            ("GET", "net/current-plmn"): self._plmn,
            ("GET", "net/net-mode"): self._net_mode,
            ("GET", "net/net-mode-list"): self._net_mode_list,
            ("GET", "dialup/mobile-dataswitch"): self._dataswitch,
            ("GET", "pin/status"): self._pin,
        }
        if (method, page) in pages:
            return pages[method, page]()
        if (method, page) == ("POST", "net/net-mode"):
            if not given.get("NetworkBand") or not given.get("LTEBand"):
                raise Refuse(100005)
            if not self._dongle.store_order(given.get("NetworkMode", "")):
                raise Refuse(100005)
            return "OK"
        if (method, page) == ("POST", "dialup/mobile-dataswitch"):
            up = given.get("dataswitch") == "1"
            self._dongle.radio.dial(up)
            return "OK"
        if (method, page) == ("POST", "pin/operate"):
            right = given.get("OperateType") == "0" and self._dongle.sim_state() == "pin"
            if not (right and self._dongle.enter_pin(given.get("CurrentPin", ""))):
                raise Refuse(103002)
            return "OK"
        raise Refuse(100002)

    # -- pages ----------------------------------------------------------------------------

    def _information(self) -> str:
        d = self._dongle
        iccid = "" if d.sim_state() == "missing" else d.iccid
        return _xml(
            DeviceName=d.model, SerialNumber="G4P0000000000017", Imei=d.imei, Iccid=iccid,
            HardwareVersion="CL2E3372HM", SoftwareVersion="22.200.09.00.00", workmode="LTE",
        )  # fmt: skip

    def _signal(self) -> str:
        level, serving = self._dongle.radio.level(), self._dongle.radio.serving
        if level is None or serving is None:
            empty = dict.fromkeys(("rsrq", "rsrp", "rssi", "sinr", "rscp", "ecio", "mode"), "")
            return _xml(pci="", cell_id="", **empty)
        rssi = f"{level.rssi:.0f}dBm" if level.rssi < -51 else ">=-51dBm"
        return _xml(
            pci="12", cell_id="1234567",
            rsrq=_unit(level.rsrq, "dB"), rsrp=_unit(level.rsrp, "dBm"),
            rssi=rssi, sinr=_unit(level.sinr, "dB"), rscp=_unit(level.rscp, "dBm"),
            ecio=_unit(level.ecio, "dB"), mode=str(MODE[serving]),
        )  # fmt: skip

    def _status(self) -> str:
        radio = self._dongle.radio
        serving = radio.serving
        old, new = NETWORK_TYPE[serving] if serving else (0, 0)
        state = {0: 902, 1: 901, 2: 900}[radio.data]
        return _xml(
            ConnectionStatus=str(state), SignalIcon="4" if serving else "0",
            CurrentNetworkType=str(old), CurrentNetworkTypeEx=str(new),
            RoamingStatus=str(int(radio.roaming)),
            ServiceStatus="2" if serving else "0",
            SimStatus="1" if self._dongle.sim_state() == "ready" else "255",
            WanIPAddress="100.92.236.163" if radio.data == 1 else "",
        )  # fmt: skip

    def _plmn(self) -> str:
        serving = self._dongle.radio.serving
        if serving is None:
            return _xml(State="1", FullName="", ShortName="", Numeric="", Rat="")
        name = self._dongle.operator
        rat = str(MODE[serving])
        return _xml(State="0", FullName=name, ShortName=name, Numeric=self._dongle.plmn, Rat=rat)

    def _net_mode(self) -> str:
        return _xml(
            NetworkMode=self._dongle.order, NetworkBand="3FFFFFFF", LTEBand="7FFFFFFFFFFFFFFF"
        )

    def _net_mode_list(self) -> str:
        access = "".join(f"<Access>{mode}</Access>" for mode in ("00", "01", "02", "03"))
        return f"<AccessList>{access}</AccessList><BandList></BandList>"

    def _dataswitch(self) -> str:
        return _xml(dataswitch=str(int(self._dongle.radio.data != 0)))

    def _pin(self) -> str:
        sim = self._dongle.sim_state()
        return _xml(
            SimState=str(SIM_STATE[sim]), PinOptState=str(SIM_STATE[sim]),
            SimPinTimes=str(self._dongle.sim.tries), SimPukTimes="10",
        )  # fmt: skip


def _xml(**values: str) -> str:
    return "".join(
        f"<{key}>{value.replace('&', '&amp;').replace('>', '&gt;')}</{key}>"
        for key, value in values.items()
    )


def _unit(value: float | None, unit: str) -> str:
    return "" if value is None else f"{value:.0f}{unit}"


def _request(text: str) -> dict[str, str]:
    try:
        root = ET.fromstring(text)  # noqa: S314  # a mock, on loopback
    except ET.ParseError:
        raise Refuse(100005) from None
    return {child.tag: (child.text or "").strip() for child in root}


async def _in_pieces(
    request: web.Request, text: str, headers: dict[str, str]
) -> web.StreamResponse:
    """A page that comes byte by byte."""
    response = web.StreamResponse(headers={**headers, "Content-Type": "text/html"})
    await response.prepare(request)
    for letter in text.encode():
        await response.write(bytes([letter]))
        await asyncio.sleep(0)
    await response.write_eof()
    return response
