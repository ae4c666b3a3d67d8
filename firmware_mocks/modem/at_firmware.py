"""Stick firmware: one AT command in, the lines of its answer out. Written from public manuals.

What it cannot show: timing of real radio, the data path (there is no network interface), and
everything that depends on USB.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass

from firmware_mocks.modem.dongle import Dongle

OK = "OK"
ERROR = "ERROR"
NOT_SUPPORT = "COMMAND NOT SUPPORT"

CME_TEXT = {
    3: "operation not allowed",
    10: "SIM not inserted",
    11: "SIM PIN required",
    12: "SIM PUK required",
    13: "SIM failure",
    14: "SIM busy",
    16: "incorrect password",
    50: "Incorrect parameters",
}
CME_OF_SIM = {"missing": 10, "failure": 13, "busy": 14}
CPIN = {"ready": "READY", "pin": "SIM PIN", "puk": "SIM PUK"}
SYSMODE = {
    "2g": (1, "GSM", 3, "EDGE"),
    "3g": (3, "WCDMA", 45, "HSPA+"),
    "4g": (6, "LTE", 101, "LTE"),
}
ACT = {"2g": 3, "3g": 6, "4g": 7}
FORBIDDEN = re.compile(
    r"AT(\^SETPORT|\^U2DIAG|\^GODLOAD|\+CFUN=|\+CGATT=0|\+COPS=2)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Dialect:
    """How firmware versions differ.

    Attributes:
        quotes: text values are quoted.
        gap: what stands between colon and value.
        tails: what may follow the five values of ^SYSCFGEX.
        modern: has ^SYSCFGEX, ^SYSINFOEX, ^HCSQ and +CEREG.
        line_end: of reports.
    """

    quotes: bool = True
    gap: str = " "
    tails: tuple[str, ...] = ("", ",,")
    modern: bool = True
    line_end: str = "\r\n"


DIALECTS = {
    "21.200": Dialect(gap=""),
    "21.110": Dialect(quotes=False, tails=("",), line_end="\r\r\n"),
    "21.315": Dialect(tails=(",,",)),
    "11.001": Dialect(modern=False),
}
"""By the firmware revision that stands for it; the names are ours."""


class AtFirmware:
    """The command interpreter of one port.

    Args:
        dongle: behind it.
        revision: one of `DIALECTS`.
    """

    def __init__(self, dongle: Dongle, revision: str = "21.200") -> None:
        self.dongle = dongle
        self.revision = revision
        self.dialect = DIALECTS[revision]
        self.echo = True
        self.reports = True
        self.forbidden: list[str] = []
        self._cmee = 0
        self._places = False  # +CREG and its kin tell the cell, too
        self._commands: dict[str, Callable[[str], list[str]]] = {
            "": lambda _: [OK],
            "E": self._set_echo,
            "I": self._information,
            "+CGMI": lambda _: [dongle.manufacturer, OK],
            "+CGMM": lambda _: [dongle.model, OK],
            "+CGMR": lambda _: [f"{revision}.07.00.00", OK],
            "+CGSN": lambda _: [dongle.imei, OK],
            "+CMEE": self._set_cmee,
            "+CPIN": self._cpin,
            "^CPIN": self._tries,
            "^ICCID": self._iccid,
            "+CIMI": lambda _: self._with_sim(["001010000000017", OK]),
            "+CSQ": self._csq,
            "+COPS": self._cops,
            "+CREG": lambda given: self._creg("+CREG", given, False),
            "+CGREG": lambda given: self._creg("+CGREG", given, False),
            "^NDISDUP": self._dial,
            "^NDISSTATQRY": self._data,
            "^DHCP": self._dhcp,
            "^CURC": self._curc,
            "+CFUN": lambda given: [self._line("+CFUN", "1"), OK] if given == "?" else [OK],
            "+CGDCONT": lambda _: [OK],
            "+CGATT": lambda _: [f"+CGATT: {int(dongle.radio.serving is not None)}", OK],
            "^PORTSEL": lambda _: [OK],
            "+CSCS": self._character_set,
            "^SYSCFG": self._syscfg,
        }
        if self.dialect.modern:
            self._commands |= {
                "+CEREG": lambda given: self._creg("+CEREG", given, True),
                "^HCSQ": lambda _: [self.hcsq(), OK],
                "^SYSINFOEX": self._sysinfoex,
                "^SYSCFGEX": self._syscfgex,
            }

    def answer(self, command: str) -> list[str]:
        """Lines of the answer, without the echo."""
        found = re.fullmatch(r"AT(E|I|[+^]\w+|)(.*)", command.strip(), re.IGNORECASE | re.DOTALL)
        if FORBIDDEN.match(command):
            self.forbidden.append(command)
        if found is None:
            return [ERROR]
        name, given = found[1].upper(), found[2].strip()
        handler = self._commands.get(name)
        if handler is None:
            return [ERROR] if name.startswith("+") else [NOT_SUPPORT]
        return handler(given)

    def hcsq(self) -> str:
        """The line of ^HCSQ, which is also a report."""
        level, serving = self.dongle.radio.level(), self.dongle.radio.serving
        if serving is None:
            return self._line("^HCSQ", self._text("NOSERVICE"))
        mode = {"2g": "GSM", "3g": "WCDMA", "4g": "LTE"}[serving]
        if level is None:
            codes = [255] * {"2g": 2, "3g": 3, "4g": 4}[serving]
        else:
            rssi = _code(level.rssi, -121, 1, 96)
            codes = [rssi, 255]
            if serving == "3g":
                codes = [rssi, _code(level.rscp, -121, 1, 96), _code(level.ecio, -32.5, 0.5, 65)]
            elif serving == "4g":
                codes = [
                    rssi,
                    _code(level.rsrp, -141, 1, 97),
                    _code(level.sinr, -20.2, 0.2, 251),
                    _code(level.rsrq, -20, 0.5, 34),
                ]
        return self._line("^HCSQ", ",".join([self._text(mode), *map(str, codes)]))

    def csq(self) -> int:
        """0..31, or 99."""
        level = self.dongle.radio.level()
        return 99 if level is None else max(0, min(31, math.floor((level.rssi + 113) / 2)))

    # -- parts of lines -------------------------------------------------------------------

    def _line(self, name: str, value: str) -> str:
        return f"{name}:{self.dialect.gap}{value}"

    def _text(self, value: str) -> str:
        return f'"{value}"' if self.dialect.quotes else value

    def _cme(self, code: int) -> str:
        if self._cmee == 0:
            return ERROR
        return f"+CME ERROR: {code if self._cmee == 1 else CME_TEXT[code]}"

    def _with_sim(self, lines: list[str]) -> list[str]:
        state = self.dongle.sim_state()
        if state == "ready":
            return lines
        return [self._cme({"pin": 11, "puk": 12, **CME_OF_SIM}[state])]

    # -- commands -------------------------------------------------------------------------

    def _set_echo(self, given: str) -> list[str]:
        self.echo = given != "0"
        return [OK]

    def _information(self, _: str) -> list[str]:
        d = self.dongle
        return [
            f"Manufacturer: {d.manufacturer}",
            f"Model: {d.model}",
            f"Revision: {self.revision}.07.00.00",
            f"IMEI: {d.imei}",
            "+GCAP: +CGSM,+DS,+ES",
            OK,
        ]

    def _set_cmee(self, given: str) -> list[str]:
        if given in ("=0", "=1", "=2"):
            self._cmee = int(given[1])
        return [OK]

    def _curc(self, given: str) -> list[str]:
        self.reports = given != "=0"
        return [OK]

    def _cpin(self, given: str) -> list[str]:
        state = self.dongle.sim_state()
        if given == "?":
            if state in CME_OF_SIM:
                return [self._cme(CME_OF_SIM[state])]
            return [self._line("+CPIN", CPIN[state]), OK]
        if state != "pin":
            return [self._cme(3)]
        return [OK] if self.dongle.enter_pin(given[1:].strip('"')) else [self._cme(16)]

    def _tries(self, _: str) -> list[str]:
        state = self.dongle.sim_state()
        if state in CME_OF_SIM:
            return [self._cme(CME_OF_SIM[state])]
        tries = self.dongle.sim.tries
        now = {"pin": str(tries), "puk": "10"}.get(state, "")
        return [self._line("^CPIN", f"{CPIN[state]},{now},10,{tries},10,3"), OK]

    def _iccid(self, _: str) -> list[str]:
        if self.dongle.sim_state() in ("missing", "failure"):
            return [self._cme(10)]
        return [self._line("^ICCID", self.dongle.iccid), OK]

    def _character_set(self, given: str) -> list[str]:
        if given == "=?":
            return ['+CSCS: ("IRA","UCS2","GSM")', OK]
        return ['+CSCS: "IRA"', OK] if given == "?" else [OK]

    def _csq(self, _: str) -> list[str]:
        return [f"+CSQ: {self.csq()},99", OK]

    def _cops(self, given: str) -> list[str]:
        if given != "?":
            return [OK]
        serving = self.dongle.radio.serving
        value = "0" if serving is None else f'0,0,"{self.dongle.operator}",{ACT[serving]}'
        return [f"+COPS: {value}", OK]

    def _creg(self, name: str, given: str, lte: bool) -> list[str]:
        if given in ("=0", "=1", "=2"):
            self._places = given == "=2"
            return [OK]
        radio = self.dongle.radio
        stat = radio.stat
        if stat in (1, 5) and (radio.serving == "4g") != lte:
            stat = 0  # the other domain serves
        if not self._places:
            return [f"{name}: 0,{stat}", OK]
        serving = radio.serving
        cell = "7221" if serving == "2g" else "04947221"
        place = f',"792D","{cell}",{ACT[serving]}' if serving and stat in (1, 5) else ""
        return [f"{name}: 2,{stat}{place}", OK]

    def _sysinfoex(self, _: str) -> list[str]:
        serving, radio = self.dongle.radio.serving, self.dongle.radio
        sim = {"ready": 1, "pin": 0, "puk": 0}.get(self.dongle.sim_state(), 255)
        if serving is None:
            service = 1 if radio.stat == 3 else 0
            nothing = self._text("NO SERVICE")
            return [self._line("^SYSINFOEX", f"{service},0,0,{sim},,0,{nothing},0,{nothing}"), OK]
        mode, name, submode, subname = SYSMODE[serving]
        names = f"{mode},{self._text(name)},{submode},{self._text(subname)}"
        optional = "," if self.dialect.quotes else ""
        return [self._line("^SYSINFOEX", f"2,3,{int(radio.roaming)},{sim},{optional}{names}"), OK]

    def _syscfgex(self, given: str) -> list[str]:
        if given == "=?":
            orders = ",".join(self._text(o) for o in ("00", "01", "02", "03", "99"))
            bands = '((2000004e80380,"GSM850/GSM900"),(3fffffff,"All Bands")),(0-3),(0-4)'
            return [self._line("^SYSCFGEX", f"({orders}),{bands},((800c5,LTE))"), OK]
        if given == "?":
            order = self._text(self.dongle.order)
            return [self._line("^SYSCFGEX", f"{order},3FFFFFFF,1,2,7FFFFFFFFFFFFFFF"), OK]
        found = re.fullmatch(r'="?(\d+)"?,([0-9A-F]+),([0-3]),([0-4]),([0-9A-F]+)(,*)', given)
        if found is None or found[6] not in self.dialect.tails:
            return [self._cme(50)]
        return [OK] if self.dongle.store_order(found[1]) else [self._cme(50)]

    def _syscfg(self, given: str) -> list[str]:
        modes = {"2": "00", "13": "01", "14": "02"}
        if given == "?":
            mode = next((m for m, o in modes.items() if o == self.dongle.order), "2")
            return [self._line("^SYSCFG", f"{mode},0,3FFFFFFF,1,2"), OK]
        order = modes.get(given[1:].split(",")[0])
        return [OK] if order and self.dongle.store_order(order) else [self._cme(50)]

    def _dial(self, given: str) -> list[str]:
        up = given.startswith("=1,1")
        return [OK] if self.dongle.radio.dial(up) else [ERROR]

    def _data(self, _: str) -> list[str]:
        return [f'^NDISSTATQry:{self.dongle.radio.data},,,"IPV4"', OK]

    def _dhcp(self, _: str) -> list[str]:
        if self.dongle.radio.data != 1:
            return [ERROR]
        values = "A3EC5C64,F8FFFFFF,A1EC5C64,A1EC5C64,08080808,04040808,43200000,43200000"
        return [self._line("^DHCP", values), OK]


def _code(value: float | None, origin: float, step: float, top: int) -> int:
    if value is None:
        return 255
    return max(0, min(top, math.floor((value - origin) / step)))
