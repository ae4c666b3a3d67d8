"""Values in AT replies: signal codes, system information, technology lock, SIM. Pure.

Parsers take the reply without the command's name and raise `ValueError` for what they do not
understand; blanks and quotes are free. A value that the modem does not know is None.

Sources: 3GPP TS 27.007 (+CSQ, +CREG, +COPS, +CPIN); tables of ^HCSQ, ^SYSINFOEX and ^SYSCFGEX
from public AT manuals and the test vectors of ModemManager's huawei plugin.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from drivers.ports import AccessTechnology, Registration, Signal, SimState, TechnologyLock

CSQ_UNKNOWN = 99
CODE_UNKNOWN = 255

_FIELD = re.compile(r'\s*(?:"([^"]*)"|([^,]*))\s*(?:,|$)')


def fields(text: str) -> list[str]:
    """Values between commas, without quotes and blanks; commas in quotes do not count."""
    found: list[str] = []
    at = 0
    while at <= len(text):
        match = _FIELD.match(text, at)
        if match is None:
            raise ValueError(f"unbalanced quotes in {text!r}")
        found.append((match[1] if match[1] is not None else match[2]).strip())
        if match.end() == len(text) and not match[0].endswith(","):
            break
        at = match.end()
    return found


def rssi_dbm(csq: int) -> int | None:
    """Signal strength that a +CSQ reading stands for.

    Args:
        csq: 0..31, or 99 when the modem cannot tell.

    Returns:
        dBm, -113 (csq 0, or less) to -51 (csq 31, or more); None for 99.

    Raises:
        ValueError: any other csq.

    Source: 3GPP TS 27.007, 8.5. The limit of the procedure, CSQ 16, is -81 dBm.
    """
    if csq == CSQ_UNKNOWN:
        return None
    if not 0 <= csq <= 31:
        raise ValueError(f"+CSQ says {csq}; there are 0 to 31, and 99")
    return -113 + 2 * csq


def parse_csq(text: str) -> int | None:
    """`16,99` -> 16; None for 99."""
    csq = _number(fields(text)[0])
    return csq if rssi_dbm(csq) is not None else None


@dataclass(frozen=True, slots=True)
class _Scale:
    """Lower edge of interval n is `origin + step * n`; the top code means "or more"."""

    origin: float
    step: float
    top: int

    def value(self, text: str) -> float | None:
        code = _number(text)
        return round(self.origin + self.step * code, 1) if 0 <= code <= self.top else None

    def whole(self, text: str) -> int | None:
        value = self.value(text)
        return None if value is None else int(value)


_RSSI = _RSCP = _Scale(-121, 1, 96)
_RSRP = _Scale(-141, 1, 97)
_SINR = _Scale(-20.2, 0.2, 251)
_RSRQ = _Scale(-20, 0.5, 34)
_ECIO = _Scale(-32.5, 0.5, 65)


def parse_hcsq(text: str) -> Signal:
    """`"LTE",53,45,181,18` -> RSSI -68, RSRP -96, SINR 16, RSRQ -11.

    A code of 255, or above the top of its table, is not known. Fields that a firmware leaves out
    are not known either; NOSERVICE knows nothing.
    """
    mode, *codes = fields(text)
    if mode.upper() == "NOSERVICE":
        return Signal()
    technology = _HCSQ_MODES.get(mode.upper())
    if technology is None:
        raise ValueError(f"^HCSQ says {mode!r}")
    known = [code or str(CODE_UNKNOWN) for code in codes]
    a, b, c, d = [*known, *[str(CODE_UNKNOWN)] * 4][:4]
    if technology is AccessTechnology.LTE:
        return Signal(
            technology,
            rssi_dbm=_RSSI.whole(a),
            rsrp_dbm=_RSRP.whole(b),
            sinr_db=_SINR.value(c),
            rsrq_db=_RSRQ.value(d),
        )
    if technology is AccessTechnology.UMTS:
        return Signal(
            technology, rssi_dbm=_RSSI.whole(a), rscp_dbm=_RSCP.whole(b), ecio_db=_ECIO.value(c)
        )
    return Signal(technology, rssi_dbm=_RSSI.whole(a))


_HCSQ_MODES = {
    "GSM": AccessTechnology.GSM,
    "WCDMA": AccessTechnology.UMTS,
    "LTE": AccessTechnology.LTE,
}


@dataclass(frozen=True, slots=True)
class SystemInfo:
    """Of ^SYSINFOEX: what serves the modem now.

    Attributes:
        has_service: the network serves it in full.
        roaming: in a foreign network.
        technology: None without service.
        name: of the submode, e.g. "HSPA+".
    """

    has_service: bool
    roaming: bool
    technology: AccessTechnology | None
    name: str


_SYSMODES = {1: AccessTechnology.GSM, 3: AccessTechnology.UMTS, 6: AccessTechnology.LTE}


def parse_sysinfoex(text: str) -> SystemInfo:
    """`2,3,0,1,,6,"LTE",101,"LTE"`; the fifth field and all quotes are optional."""
    found = fields(text)
    at = next((n for n, field in enumerate(found) if re.search(r"[A-Za-z]", field)), None)
    if at is None or at < 5 or len(found) < 4:
        raise ValueError(f"^SYSINFOEX says {text!r}")
    service, roaming, mode = _number(found[0]), _number(found[2]), _number(found[at - 1])
    name = found[at + 2] if len(found) > at + 2 else found[at]
    technology = _SYSMODES.get(mode)
    return SystemInfo(service == 2, roaming == 1, technology, name if technology else "")


_REGISTRATIONS: dict[int, Registration | None] = {
    0: Registration.NOT_REGISTERED,
    1: Registration.HOME,
    2: Registration.SEARCHING,
    3: Registration.DENIED,
    4: None,
    5: Registration.ROAMING,
}


def parse_registration(text: str) -> Registration | None:
    """Reply to +CREG?, +CGREG? or +CEREG?: `0,1` or `2,1,"792D","04947221",7`.

    Raises:
        ValueError: also for the unsolicited form, which has no <n>: `1,"792D","04947221"`.
    """
    found = fields(text)
    if len(found) < 2 or re.fullmatch(r'\s*\d\s*,\s*".*', text):
        raise ValueError(f"registration {text!r} has no <n>,<stat>")
    stat = _number(found[1])
    if stat not in _REGISTRATIONS:
        raise ValueError(f"registration <stat> {stat}; there are 0 to 5")
    return _REGISTRATIONS[stat]


_ACTS = dict.fromkeys((0, 1, 3), AccessTechnology.GSM)
_ACTS |= dict.fromkeys((2, 4, 5, 6), AccessTechnology.UMTS) | {7: AccessTechnology.LTE}


def parse_operator(text: str) -> tuple[str | None, AccessTechnology | None]:
    """Reply to +COPS?: `0,0,"Operator",7` -> its name and <AcT>; `0` alone has neither."""
    found = fields(text)
    _number(found[0])
    name = (found[2] or None) if len(found) > 2 else None
    act = _ACTS.get(_number(found[3])) if len(found) > 3 else None
    return name, act


_SIM_STATES = {
    "READY": SimState.READY,
    "SIM PIN": SimState.PIN_REQUIRED,
    "SIM PUK": SimState.PUK_REQUIRED,
}
SIM_OF_CME = {
    10: SimState.MISSING,
    11: SimState.PIN_REQUIRED,
    12: SimState.PUK_REQUIRED,
    13: SimState.FAILURE,
    14: SimState.BUSY,
    15: SimState.FAILURE,
}
"""What a refused +CPIN? says about the SIM."""


def parse_sim(text: str) -> SimState:
    """Reply to +CPIN?. PIN2 and PUK2 are not asked for before data: such a SIM is ready."""
    word = fields(text)[0].upper()
    if word in ("SIM PIN2", "SIM PUK2"):
        return SimState.READY
    if word not in _SIM_STATES:
        raise ValueError(f"+CPIN says {text!r}")
    return _SIM_STATES[word]


def parse_pin_tries(text: str) -> int:
    """Reply to ^CPIN?: `SIM PIN,3,10,3,10,3` -> tries left for the PIN (the fourth field)."""
    found = fields(text)
    if len(found) < 4:
        raise ValueError(f"^CPIN says {text!r}")
    return _number(found[3])


@dataclass(frozen=True, slots=True)
class RadioConfig:
    """Of ^SYSCFGEX: order of technologies, and the rest, which is written back as it was read."""

    order: str
    band: str
    roam: str
    domain: str
    lte_band: str

    def command(self, order: str, tail: str = ",,") -> str:
        """The order that changes the technologies only; `tail` are two reserved fields."""
        rest = f"{self.band},{self.roam},{self.domain},{self.lte_band}"
        return f'AT^SYSCFGEX="{order}",{rest}{tail}'


ORDER_OF = {
    TechnologyLock.AUTO: "00",
    TechnologyLock.GSM: "01",
    TechnologyLock.UMTS: "02",
    TechnologyLock.LTE: "03",
}
LOCK_OF = {order: lock for lock, order in ORDER_OF.items()}


def parse_syscfgex(text: str) -> RadioConfig:
    """`"00",3FFFFFFF,1,2,7FFFFFFFFFFFFFFF`."""
    found = fields(text)
    if len(found) < 5 or not re.fullmatch(r"(?:\d\d)+", found[0]):
        raise ValueError(f"^SYSCFGEX says {text!r}")
    if not all(re.fullmatch(r"[0-9A-Fa-f]+", field) for field in found[1:5]):
        raise ValueError(f"^SYSCFGEX says {text!r}")
    return RadioConfig(*found[:5])


def parse_orders(text: str) -> frozenset[str]:
    """Orders that the firmware takes, from `AT^SYSCFGEX=?`: the first pair of brackets."""
    found = re.match(r"\s*\(([^)]*)\)", text)
    if found is None:
        raise ValueError(f"^SYSCFGEX=? says {text[:60]!r}")
    return frozenset(fields(found[1]))


def lock_of(order: str) -> TechnologyLock | None:
    """What an order allows; None for a list of preferences, which is none of ours.

    A list of all three is no lock at all.
    """
    return (
        TechnologyLock.AUTO
        if set(re.findall("..", order)) == {"01", "02", "03"}
        else (LOCK_OF.get(order))
    )


LEGACY_MODE_OF = {TechnologyLock.AUTO: 2, TechnologyLock.GSM: 13, TechnologyLock.UMTS: 14}
"""Modes of the older AT^SYSCFG, which knows no LTE."""
LEGACY_LOCK_OF = {mode: lock for lock, mode in LEGACY_MODE_OF.items()}


def parse_syscfg(text: str) -> tuple[TechnologyLock | None, list[str]]:
    """Reply to AT^SYSCFG?: `2,0,3FFFFFFF,1,2` -> the lock, and all fields."""
    found = fields(text)
    if len(found) < 5:
        raise ValueError(f"^SYSCFG says {text!r}")
    return LEGACY_LOCK_OF.get(_number(found[0])), found


def parse_data_state(text: str) -> int:
    """Reply to ^NDISSTATQRY?: 0 down, 1 up, 2 connecting, 3 disconnecting."""
    return _number(fields(text)[0])


def parse_dhcp_address(text: str) -> str:
    """Address in the reply to ^DHCP?: hexadecimal, last byte first, `A3EC5C64` = 100.92.236.163."""
    digits = fields(text)[0].lower().removeprefix("0x").zfill(8)
    if not re.fullmatch(r"[0-9a-f]{8}", digits):
        raise ValueError(f"^DHCP says {text!r}")
    return ".".join(str(byte) for byte in reversed(bytes.fromhex(digits)))


def _number(text: str) -> int:
    if not re.fullmatch(r"\d{1,9}", text.strip()):
        raise ValueError(f"{text!r} is not a number")
    return int(text)
