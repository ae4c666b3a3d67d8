"""XML and values of the HiLink web interface. Pure.

Parsers raise `ValueError` for what they do not understand. A value that is missing, empty or out
of its table is None.

Source: public notes on the HiLink API; the numbers of `SimState` are the least certain of them
and were never seen on hardware by this project.
"""

from __future__ import annotations

import base64
import hashlib
import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from xml.sax.saxutils import escape

from drivers.ports import AccessTechnology, Registration, Signal, SimState, TechnologyLock

Values = Mapping[str, str]

OK = "OK"
CODES = {
    100001: "unknown",
    100002: "not supported by this firmware",
    100003: "login required",
    100004: "busy",
    100005: "request not understood",
    100006: "a value is out of range",
    108001: "no such user",
    108002: "wrong password",
    108003: "somebody is logged in already",
    108006: "wrong user or password",
    108007: "too many wrong passwords; wait some minutes",
    125001: "wrong token",
    125002: "wrong session",
    125003: "wrong session token",
}
ROOTS = ("response", "request", "config")
"""What an answer or an order is wrapped in: another device's page may be XML, too."""
NOT_SUPPORTED = 100002
LOGIN_REQUIRED = 100003
STALE = frozenset({125001, 125002, 125003})

_MODES = {"0": AccessTechnology.GSM, "2": AccessTechnology.UMTS, "7": AccessTechnology.LTE}
_NAMES = {
    1: "GSM", 2: "GPRS", 3: "EDGE", 41: "WCDMA", 42: "HSDPA", 43: "HSUPA", 44: "HSPA",
    45: "HSPA+", 46: "DC-HSPA+", 101: "LTE",
}  # fmt: skip
"""CurrentNetworkTypeEx."""
_OLD_NAMES = {
    1: "GSM", 2: "GPRS", 3: "EDGE", 4: "WCDMA", 5: "HSDPA", 6: "HSUPA", 7: "HSPA", 9: "HSPA+",
    19: "LTE",
}  # fmt: skip
"""CurrentNetworkType."""
_TECHNOLOGIES = (
    dict.fromkeys(("GSM", "GPRS", "EDGE"), AccessTechnology.GSM)
    | dict.fromkeys(("WCDMA", "HSDPA", "HSUPA", "HSPA", "HSPA+", "DC-HSPA+"), AccessTechnology.UMTS)
    | {"LTE": AccessTechnology.LTE}
)
_SIM_STATES = {
    255: SimState.MISSING,
    256: SimState.FAILURE,
    257: SimState.READY,
    258: SimState.READY,
    260: SimState.PIN_REQUIRED,
    261: SimState.PUK_REQUIRED,
}

MODE_OF = {
    TechnologyLock.AUTO: "00",
    TechnologyLock.GSM: "01",
    TechnologyLock.UMTS: "02",
    TechnologyLock.LTE: "03",
}
LOCK_OF = {mode: lock for lock, mode in MODE_OF.items()}


class HilinkRefusal(ValueError):
    """The answer is an error; `code` is its number."""

    def __init__(self, code: int) -> None:
        self.code = code
        super().__init__(f"{CODES.get(code, 'error')} ({code})")


def parse(text: str) -> dict[str, str]:
    """Values of the elements right below the root; "" holds the text of the root itself.

    Raises:
        HilinkRefusal: the root is `error`.
        ValueError: this is no XML of a HiLink device.
    """
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise ValueError(f"not an answer of a HiLink device: {text[:60]!r}")
    try:
        root = ET.fromstring(text)  # noqa: S314  # without DOCTYPE there is nothing to expand
    except (ET.ParseError, ValueError) as error:
        raise ValueError(f"not XML: {text[:60]!r}") from error
    found = {child.tag: (child.text or "").strip() for child in root}
    if root.tag == "error":
        code = found.get("code", "")
        raise HilinkRefusal(int(code) if re.fullmatch(r"[0-9]{1,9}", code) else 0)
    if root.tag not in ROOTS:
        raise ValueError(f"not an answer of a HiLink device: {text[:60]!r}")
    return found | {"": (root.text or "").strip()}


def lists(text: str, name: str) -> frozenset[str]:
    """Texts of all elements called `name`, at any depth."""
    parse(text)
    return frozenset((e.text or "").strip() for e in ET.fromstring(text).iter(name))  # noqa: S314


def compose(values: Values) -> str:
    """A request."""
    inner = "".join(f"<{key}>{escape(value)}</{key}>" for key, value in values.items())
    return f'<?xml version="1.0" encoding="UTF-8"?><request>{inner}</request>'


def number(text: str | None) -> float | None:
    """`-95dBm` -> -95; `&gt;=-51dBm` -> -51; empty is None."""
    found = re.search(r"-?[0-9]+(?:\.[0-9]+)?", text or "")
    return float(found[0]) if found else None


def signal(values: Values) -> Signal:
    """Answer of device/signal. RSSI stays None where the firmware does not give it."""
    technology = _MODES.get(values.get("mode", ""))
    rssi, rsrp, rscp = (_whole(values.get(key)) for key in ("rssi", "rsrp", "rscp"))
    lte, umts = technology is AccessTechnology.LTE, technology is AccessTechnology.UMTS
    return Signal(
        technology,
        rssi_dbm=rssi if technology is not None else None,
        rsrp_dbm=rsrp if lte else None,
        rsrq_db=number(values.get("rsrq")) if lte else None,
        sinr_db=number(values.get("sinr")) if lte else None,
        rscp_dbm=rscp if umts else None,
        ecio_db=number(values.get("ecio")) if umts else None,
    )


def technology_name(values: Values) -> str:
    """Of monitoring/status; "" without service."""
    for key, names in (("CurrentNetworkTypeEx", _NAMES), ("CurrentNetworkType", _OLD_NAMES)):
        code = _whole(values.get(key))
        if code in names:
            return names[code]
    return ""


def technology(name: str) -> AccessTechnology | None:
    """Generation of a technology name."""
    return _TECHNOLOGIES.get(name)


def registration(values: Values) -> Registration | None:
    """Of monitoring/status; this interface does not tell denied from searching."""
    service = values.get("ServiceStatus", "")
    if service == "2":
        return Registration.ROAMING if values.get("RoamingStatus") == "1" else Registration.HOME
    return Registration.NOT_REGISTERED if service in ("0", "1", "3", "4") else None


def data_state(values: Values) -> bool | None:
    """Of monitoring/status: 901 up, 902 down; None while it changes."""
    return {"901": True, "902": False}.get(values.get("ConnectionStatus", ""))


def sim_state(values: Values) -> SimState | None:
    """Of pin/status."""
    code = _whole(values.get("SimState"))
    return None if code is None else _SIM_STATES.get(code)


def pin_tries(values: Values) -> int | None:
    """Of pin/status."""
    return _whole(values.get("SimPinTimes"))


def login_password(user: str, password: str, token: str, kind: str) -> str:
    """What user/login wants: base64, or (password_type 4) a hash salted with the token."""

    def b64(data: bytes) -> str:
        return base64.b64encode(data).decode("ascii")

    def hashed(data: bytes) -> str:
        return b64(hashlib.sha256(data).hexdigest().encode("ascii"))

    if kind != "4":
        return b64(password.encode())
    return hashed((user + hashed(password.encode()) + token).encode())


def _whole(text: str | None) -> int | None:
    value = number(text)
    return None if value is None else int(value)
