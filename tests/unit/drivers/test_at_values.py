"""Values of the modem: tables of the fact sheet, and garbage that is refused."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.modem import at_values as at
from drivers.ports import AccessTechnology, Registration, Signal, SimState, TechnologyLock

GSM, UMTS, LTE = AccessTechnology.GSM, AccessTechnology.UMTS, AccessTechnology.LTE
PARSERS: list[Callable[[str], object]] = [
    at.parse_csq, at.parse_hcsq, at.parse_sysinfoex, at.parse_registration, at.parse_operator,
    at.parse_sim, at.parse_pin_tries, at.parse_syscfgex, at.parse_orders, at.parse_syscfg,
    at.parse_data_state, at.parse_dhcp_address,
]  # fmt: skip


@pytest.mark.parametrize(
    ("csq", "dbm"), [(0, -113), (1, -111), (2, -109), (16, -81), (30, -53), (31, -51), (99, None)]
)
def test_csq_stands_for_dbm(csq: int, dbm: int | None) -> None:
    assert at.rssi_dbm(csq) == dbm


@pytest.mark.parametrize("csq", [-1, 32, 98, 100, 199])
def test_other_csq_is_refused(csq: int) -> None:
    with pytest.raises(ValueError, match="CSQ"):
        at.rssi_dbm(csq)


@pytest.mark.parametrize(
    ("text", "signal"),
    [
        ('"LTE",53,45,181,18', Signal(LTE, None, -68, -96, -11, 16)),
        ('"LTE",39,27,86,18', Signal(LTE, None, -82, -114, -11, -3)),
        ('"LTE",30,19,66,0', Signal(LTE, None, -91, -122, -20, -7)),
        ("LTE,33,40,135,11", Signal(LTE, None, -88, -101, -14.5, 6.8)),
        ('"LTE",96,97,251,34', Signal(LTE, None, -25, -44, -3, 30)),
        ('"LTE",255,255,255,255', Signal(LTE)),
        ('"LTE",97,98,252,35', Signal(LTE)),
        ('"LTE",53', Signal(LTE, rssi_dbm=-68)),
        ('"WCDMA",30,30,58', Signal(UMTS, rssi_dbm=-91, rscp_dbm=-91, ecio_db=-3.5)),
        ('"WCDMA",96,96,65', Signal(UMTS, rssi_dbm=-25, rscp_dbm=-25, ecio_db=0)),
        ('"GSM",36,255', Signal(GSM, rssi_dbm=-85)),
        ('"GSM",36', Signal(GSM, rssi_dbm=-85)),
        ('"NOSERVICE"', Signal()),
        ("noservice", Signal()),
    ],
)
def test_hcsq(text: str, signal: Signal) -> None:
    assert at.parse_hcsq(text) == signal


@pytest.mark.parametrize(
    ("text", "service", "roaming", "technology", "name"),
    [
        ('2,3,0,1,,6,"LTE",101,"LTE"', True, False, LTE, "LTE"),
        ('2,3,1,1,,3,"WCDMA",45,"HSPA+"', True, True, UMTS, "HSPA+"),
        ('2,3,0,1,,1,"GSM",3,"EDGE"', True, False, GSM, "EDGE"),
        ("2,3,0,1,6,LTE,101,LTE", True, False, LTE, "LTE"),
        ('0,0,0,1,,0,"NO SERVICE",0,"NO SERVICE"', False, False, None, ""),
        ('1,0,0,255,,3,"WCDMA",41,"WCDMA"', False, False, UMTS, "WCDMA"),
    ],
)
def test_sysinfoex(
    text: str, service: bool, roaming: bool, technology: AccessTechnology | None, name: str
) -> None:
    seen = at.parse_sysinfoex(text)
    assert (seen.has_service, seen.roaming, seen.technology, seen.name) == (
        service, roaming, technology, name
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "registration"),
    [
        ("0,1", Registration.HOME),
        ('2,5,"792D","04947221",7', Registration.ROAMING),
        ("0, 3", Registration.DENIED),
        ("2,2", Registration.SEARCHING),
        ("0,0", Registration.NOT_REGISTERED),
        ("0,4", None),
    ],
)
def test_registration(text: str, registration: Registration | None) -> None:
    assert at.parse_registration(text) is registration


@pytest.mark.parametrize("text", ["1", '1,"792D","04947221"', "0,9", ""])
def test_registration_as_report_is_no_reply(text: str) -> None:
    with pytest.raises(ValueError, match=r"registration|number"):
        at.parse_registration(text)


@pytest.mark.parametrize(
    ("parse", "text", "value"),
    [
        (at.parse_csq, "16,99", 16),
        (at.parse_csq, " 99 , 99 ", None),
        (at.parse_operator, '0,0,"Net, of all",7', ("Net, of all", LTE)),
        (at.parse_operator, '0,2,"26201",0', ("26201", GSM)),
        (at.parse_operator, '0,0,"Net"', ("Net", None)),
        (at.parse_operator, "0", (None, None)),
        (at.parse_sim, "READY", SimState.READY),
        (at.parse_sim, "SIM PIN", SimState.PIN_REQUIRED),
        (at.parse_sim, '"SIM PUK"', SimState.PUK_REQUIRED),
        (at.parse_sim, "SIM PIN2", SimState.READY),
        (at.parse_pin_tries, "SIM PIN,3,10,2,10,3", 2),
        (at.parse_pin_tries, "READY,,10,3,10,3", 3),
        (at.parse_data_state, '1,,,"IPV4"', 1),
        (at.parse_data_state, "0", 0),
        (at.parse_dhcp_address, "A3EC5C64,F8FFFFFF", "100.92.236.163"),
        (at.parse_dhcp_address, "0xA3EC5C64", "100.92.236.163"),
        (at.parse_dhcp_address, "100A8C0", "192.168.0.1"),
    ],
)
def test_small_values(parse: Callable[[str], object], text: str, value: object) -> None:
    assert parse(text) == value


def test_syscfgex_changes_the_order_and_nothing_else() -> None:
    config = at.parse_syscfgex('"00",3FFFFFFF,1,2,7FFFFFFFFFFFFFFF')
    assert config.command("03") == 'AT^SYSCFGEX="03",3FFFFFFF,1,2,7FFFFFFFFFFFFFFF,,'
    assert config.command("03", tail="") == 'AT^SYSCFGEX="03",3FFFFFFF,1,2,7FFFFFFFFFFFFFFF'
    assert at.parse_syscfgex("00,3fffffff,1,2,7ffffffffffffFFF").order == "00"


def test_offered_orders() -> None:
    text = '("00","03","02","01","99"),((2000004e80380,"GSM850/WCDMA2100"))'
    assert at.parse_orders(text) == {"00", "01", "02", "03", "99"}
    assert at.parse_orders("(00, 01),(x)") == {"00", "01"}


@pytest.mark.parametrize(
    ("order", "lock"),
    [
        ("00", TechnologyLock.AUTO),
        ("01", TechnologyLock.GSM),
        ("02", TechnologyLock.UMTS),
        ("03", TechnologyLock.LTE),
        ("030201", TechnologyLock.AUTO),
        ("0302", None),
        ("99", None),
    ],
)
def test_what_an_order_allows(order: str, lock: TechnologyLock | None) -> None:
    assert at.lock_of(order) is lock


def test_legacy_syscfg() -> None:
    assert at.parse_syscfg("14,2,3FFFFFFF,1,2")[0] is TechnologyLock.UMTS
    assert at.parse_syscfg("16,0,3FFFFFFF,1,2")[0] is None


@pytest.mark.parametrize("parse", PARSERS)
@given(text=st.one_of(st.text(), st.text('0123456789",() ABCLTE', max_size=40)))
def test_garbage_is_a_value_error_and_nothing_else(
    parse: Callable[[str], object], text: str
) -> None:
    with contextlib.suppress(ValueError):
        parse(text)
