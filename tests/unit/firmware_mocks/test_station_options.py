"""Command line of an emulated station: what it is delivered with."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from firmware_mocks.__main__ import parser
from firmware_mocks.charging_station.certificates import CertificateType
from firmware_mocks.charging_station.station import ChargingStation
from firmware_mocks.clock import MockClock
from firmware_mocks.serve_charging_station import make_station
from firmware_mocks.station_options import PASSWORD, TOKEN, password_of, token_of
from rig.csms.pki import LabPki, pem
from rig.ocppj.link import NoObserver

BASE = ["charging-station", "--csms", "wss://csms.lab/ocpp", "--identity", "CP1"]


def station(*options: str) -> ChargingStation:
    return make_station(parser().parse_args([*BASE, *options]), MockClock(), NoObserver())


@pytest.mark.parametrize(
    ("text", "password"),
    [("plain text", b"plain text"), ("hex:00ff", b"\x00\xff"), ("p\u00e4ss", b"p\xc3\xa4ss")],
)
def test_a_password_comes_from_a_file_or_a_variable(
    tmp_path: Path, text: str, password: bytes
) -> None:
    file = tmp_path / "password"
    file.write_text(text + "\n", encoding="utf-8")
    by_file = parser().parse_args([*BASE, "--password-file", str(file)])
    assert password_of(by_file, {}) == password
    bare = parser().parse_args(BASE)
    assert password_of(bare, {PASSWORD: text}) == password
    assert password_of(by_file, {PASSWORD: "another"}) == password
    assert password_of(bare, {}) is None
    assert password_of(parser().parse_args([*BASE, "--password", "0102"]), {}) == b"\x01\x02"


@pytest.mark.parametrize(("text", "words"), [("", "is empty"), ("hex:0g", "not hexadecimal")])
def test_a_password_that_is_none_is_refused(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words) as caught:
        password_of(parser().parse_args(BASE), {PASSWORD: text})
    assert "0g" not in str(caught.value)


def test_a_token_comes_from_a_file_or_a_variable(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("of the file\n")
    args = parser().parse_args([*BASE, "--api-token-file", str(file)])
    assert token_of(args, {TOKEN: "of the variable"}) == "of the file"
    assert token_of(parser().parse_args(BASE), {TOKEN: "of the variable"}) == "of the variable"
    assert token_of(parser().parse_args(BASE), {}) is None


def test_certificates_come_from_files(tmp_path: Path) -> None:
    pki = LabPki(datetime.now(UTC))
    own = pki.station("RIG-0001")
    files = {
        "root-certificate": pem(pki.root.leaf),
        "manufacturer-root": pem(pki.manufacturer_root.leaf),
        "certificate": own.pem,
        "key": own.key_pem,
        "crl": pki.revoked(),
    }
    options = []
    for name, text in files.items():
        (tmp_path / name).write_text(text)
        options += [f"--{name}", str(tmp_path / name)]
    made = station(*options, "--endpoint", "2=wss://other.lab/x=y").controller
    assert made.certificates.roots(CertificateType.CENTRAL_SYSTEM) == [pki.root.leaf]
    assert made.certificates.roots(CertificateType.MANUFACTURER) == [pki.manufacturer_root.leaf]
    assert [o.leaf for o in made.own_certificates.usable()] == [own.leaf]
    assert len(made.certificates.crls()) == 1
    assert made.access.profile == 3
    assert made.access.endpoint() == "wss://csms.lab/ocpp"
    made.board.configuration.values["SecurityProfile"] = "2"
    assert made.access.endpoint() == "wss://other.lab/x=y"
    made.board.configuration.values["SecurityProfile"] = "1"
    assert made.access.endpoint() == "ws://csms.lab/ocpp"


@pytest.mark.parametrize("option", ["--certificate", "--key"])
def test_certificate_and_key_go_together(tmp_path: Path, option: str) -> None:
    (tmp_path / "file").write_text("text")
    with pytest.raises(ValueError, match="--certificate and --key go together"):
        station(option, str(tmp_path / "file"))


def test_what_is_no_certificate_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("text")
    with pytest.raises(ValueError, match="cannot be read"):
        station("--root-certificate", str(tmp_path / "file"))
