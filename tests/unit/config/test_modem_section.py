"""Modems in a bench file."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import pytest
from pydantic import SecretStr

from rig.bench.assembly import plain_sections, simulated
from rig.config.models import BenchConfig

Load = Callable[[str], BenchConfig]
ProblemsOf = Callable[[str], list[str]]
BENCH = "bench: b\ncards: {{}}\ndevices:\n  m: {{kind: modem, {section}}}\n"


@pytest.mark.parametrize(
    ("section", "problem"),
    [
        ("backend: e3372h", "backend e3372h needs `port`"),
        ("backend: hilink", "backend hilink needs `url`"),
        ("port: /dev/x, url: http://h", "backend e3372h has no `url`; take it out"),
        ("backend: hilink, url: ftp://h", "does not begin with http://"),
        ("port: /dev/x, pin: 12", "pin has 4 to 8 digits"),
        ("port: /dev/x, pin: 12ab", "pin has 4 to 8 digits"),
        ("port: /dev/x, imei: 123", "devices.m.imei"),
        ("port: /dev/x, apn: 'a\"b'", "devices.m.apn"),
        ('port: "mock:modem-at"', "mock:modem-at exists only with `virtual:`; add it"),
        ('backend: hilink, url: "mock:modem-web"', "exists only with `virtual:`"),
        ("port: /dev/x, safe: 5g", "devices.m.safe"),
    ],
)
def test_mistake(problems_of: ProblemsOf, section: str, problem: str) -> None:
    (said,) = problems_of(BENCH.format(section=section))
    assert problem in said


def test_a_wrong_pin_is_not_told(problems_of: ProblemsOf) -> None:
    (said,) = problems_of(BENCH.format(section="port: /dev/x, pin: 98x6"))
    assert "98x6" not in said


def test_unknown_mock_address_and_a_second_modem(problems_of: ProblemsOf) -> None:
    text = "virtual: {}\n" + BENCH.format(section='port: "mock:modem"')
    (said,) = problems_of(text)
    assert "no mock:modem; the virtual bench has mock:modem-at" in said
    text = BENCH.format(section="port: /dev/x") + "  n: {kind: manual_modem}\n"
    (said,) = problems_of(text)
    assert "one modem per bench; there is m already" in said


def test_secrets_stay_wrapped_on_their_way_to_the_driver(load: Load) -> None:
    config = load(BENCH.format(section="port: /dev/x, pin: 0123"))
    sections = plain_sections(config)
    assert "0123" not in repr(sections)
    assert cast("SecretStr", sections["m"]["pin"]).get_secret_value() == "0123"
    assert simulated(sections) == frozenset()


def test_a_port_by_match(load: Load) -> None:
    config = load(BENCH.format(section="port: {vid: 12d1, protocol: 12}"))
    port = plain_sections(config)["m"]["port"]
    assert isinstance(port, dict)
    assert (port["vid"], port["protocol"]) == ("12d1", "12")
