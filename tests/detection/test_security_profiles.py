"""A campaign goes from one security profile to another where a case needs it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.detection import lab

EVERY_CASE = ("073", "074", "075", "076", "077", "078", "079", "080", "081")


@pytest.mark.parametrize("suites", ["ecdsa", "rsa"])
def test_one_campaign_covers_every_case(suites: str, tmp_path: Path) -> None:
    """From no security to certificates, and all of it over OCPP."""
    bench = lab.bench("any-profile", tmp_path)
    with (tmp_path / "persona.yaml").open("a") as persona:
        persona.write(f"cipher_suites: {suites}\n")
    ran = lab.run_station(bench, tmp_path, *EVERY_CASE)
    lab.assert_clean(ran)
    assert list(ran.cases) == list(EVERY_CASE)


def test_a_station_that_was_delivered_with_nothing_gets_root_and_certificate(
    tmp_path: Path,
) -> None:
    bench = lab.bench("any-profile", tmp_path)
    nothing = tmp_path / "nothing"
    nothing.mkdir()
    assert bench.virtual is not None
    bare = bench.virtual.model_copy(update={"delivered": nothing})
    ran = lab.run_station(bench.model_copy(update={"virtual": bare}), tmp_path, "074")
    lab.assert_clean(ran)


def test_downwards_it_is_done_at_the_station(tmp_path: Path) -> None:
    ran = lab.run_station(lab.bench("down", tmp_path), tmp_path, "073", "074")
    lab.assert_clean(ran)


def test_a_profile_without_listener_is_no_fault_of_the_station(tmp_path: Path) -> None:
    ran = lab.run_station(lab.bench("profile-1", tmp_path), tmp_path, "074")
    record = ran.case("074")
    assert record.verdict == "INCONCLUSIVE"
    assert "needs security profile 3, the bench listens for 1" in record.cause
    assert not record.checks


def test_a_station_that_does_not_come_is_not_judged(tmp_path: Path) -> None:
    """It shows a certificate of somebody else's, whatever is done."""
    bench = lab.bench("any-profile", tmp_path, "csr-wrong-name")
    nothing = tmp_path / "nothing"
    nothing.mkdir()
    assert bench.virtual is not None
    bare = bench.virtual.model_copy(update={"delivered": nothing})
    ran = lab.run_station(bench.model_copy(update={"virtual": bare}), tmp_path, "074", "079")
    assert ran.case("079").verdict == "PASS"  # it is back where it was
    record = ran.case("074")
    assert record.verdict == "INCONCLUSIVE", record
    assert "the station has not come with security profile 3" in record.cause
    assert not [c for c in record.checks if not c.ok]


@pytest.mark.parametrize("protocol", ["https", "ftps"])
async def test_files_travel_under_the_laboratorys_certificate(
    protocol: str, tmp_path: Path
) -> None:
    bench = lab.bench("profile-3", tmp_path)
    files = bench.files.model_copy(update={"protocol": protocol})
    bench = bench.model_copy(update={"files": files})
    lab.assert_clean(await lab.run_station_really(bench, tmp_path, "079", "080"))
