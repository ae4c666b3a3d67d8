"""XML and values of the HiLink web interface."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.modem import hilink_values as web
from drivers.ports import AccessTechnology, Registration, Signal, SimState

LTE, UMTS, GSM = AccessTechnology.LTE, AccessTechnology.UMTS, AccessTechnology.GSM


@pytest.mark.parametrize(
    ("xml", "signal"),
    [
        (
            "<response><rsrq>-11dB</rsrq><rsrp>-95dBm</rsrp><rssi>-70dBm</rssi><sinr>12dB</sinr>"
            "<rscp></rscp><ecio></ecio><mode>7</mode></response>",
            Signal(LTE, None, -70, -95, -11, 12),
        ),
        (
            "<response><rssi>&gt;=-51dBm</rssi><rscp>-77dBm</rscp><ecio>-6.5dB</ecio>"
            "<rsrp>-1dBm</rsrp><mode>2</mode></response>",
            Signal(UMTS, rssi_dbm=-51, rscp_dbm=-77, ecio_db=-6.5),
        ),
        ("<response><rssi>&lt;=-113dBm</rssi><mode>0</mode></response>", Signal(GSM, None, -113)),
        ("<response><rssi></rssi><rsrp>-95dBm</rsrp><mode>7</mode></response>",
         Signal(LTE, rsrp_dbm=-95)),
        ("<response><rssi></rssi><mode></mode></response>", Signal()),
        ("<response><rssi>-70dBm</rssi><mode></mode></response>", Signal()),
        ("<response></response>", Signal()),
    ],
    ids=["LTE", "UMTS, at the top", "GSM, at the floor", "RSSI not given", "empty", "no mode",
         "nothing"],
)  # fmt: skip
def test_signal(xml: str, signal: Signal) -> None:
    assert web.signal(web.parse(xml)) == signal


@pytest.mark.parametrize(
    ("values", "name", "technology"),
    [
        ({"CurrentNetworkTypeEx": "101", "CurrentNetworkType": "19"}, "LTE", LTE),
        ({"CurrentNetworkTypeEx": "46"}, "DC-HSPA+", UMTS),
        ({"CurrentNetworkTypeEx": "", "CurrentNetworkType": "9"}, "HSPA+", UMTS),
        ({"CurrentNetworkTypeEx": "0", "CurrentNetworkType": "3"}, "EDGE", GSM),
        ({"CurrentNetworkType": "0"}, "", None),
        ({}, "", None),
    ],
)
def test_technology(values: dict[str, str], name: str, technology: AccessTechnology | None) -> None:
    assert web.technology_name(values) == name
    assert web.technology(name) is technology


def test_states() -> None:
    assert web.registration({"ServiceStatus": "2"}) is Registration.HOME
    roaming = {"ServiceStatus": "2", "RoamingStatus": "1"}
    assert web.registration(roaming) is Registration.ROAMING
    assert web.registration({"ServiceStatus": "0"}) is Registration.NOT_REGISTERED
    assert web.registration({}) is None
    states = {code: web.data_state({"ConnectionStatus": code}) for code in ("900", "901", "902")}
    assert states == {"900": None, "901": True, "902": False}
    assert web.sim_state({"SimState": "260"}) is SimState.PIN_REQUIRED
    assert web.sim_state({"SimState": "77"}) is None
    assert web.sim_state({}) is None
    assert web.pin_tries({"SimPinTimes": "3"}) == 3


def test_errors_are_told_apart() -> None:
    with pytest.raises(web.HilinkRefusal, match=r"login required \(100003\)") as caught:
        web.parse("<error><code>100003</code><message></message></error>")
    assert caught.value.code == web.LOGIN_REQUIRED
    with pytest.raises(web.HilinkRefusal, match="error"):
        web.parse("<error><code>many</code></error>")
    assert web.parse("<response>OK</response>")[""] == web.OK


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "<a",
        "<html><body>It works!</body></html>",
        "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
    ],
)
def test_what_is_no_answer_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match="not "):
        web.parse(text)


@given(st.one_of(st.text(), st.from_regex(r"<[a-z]{1,3}>[^<]*</[a-z]{1,3}>")))
def test_garbage_never_raises_anything_else(text: str) -> None:
    try:
        found = web.parse(text)
    except ValueError:
        return
    web.signal(found)
    web.technology_name(found)
    web.registration(found)


# what XML 1.0 can carry: a carriage return is read as a line feed
@given(st.text(st.characters(min_codepoint=32, exclude_categories=("Cs", "Cc", "Cn"))))
def test_a_request_carries_any_value(value: str) -> None:
    assert web.parse(web.compose({"key": value}))["key"] == value.strip()


def test_lists_at_any_depth() -> None:
    xml = "<response><AccessList><Access>00</Access><Access>03</Access></AccessList></response>"
    assert web.lists(xml, "Access") == {"00", "03"}


def test_login_is_salted_with_the_token() -> None:
    assert web.login_password("admin", "secret", "t", "0") == "c2VjcmV0"
    one = web.login_password("admin", "secret", "t1", "4")
    assert one != web.login_password("admin", "secret", "t2", "4")
    assert len(one) == 88
