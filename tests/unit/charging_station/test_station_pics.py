"""The PICS of a persona: the rig reads it, and it says what the persona is."""

from __future__ import annotations

from pathlib import Path

import pytest

from firmware_mocks.charging_station.persona import Persona
from firmware_mocks.charging_station.persona_files import load_persona, shipped
from firmware_mocks.charging_station.persona_pics import pics_text
from rig.conformance.pics import load_pics


def facts(folder: Path, persona: Persona) -> dict[str, object]:
    (folder / "pics.yaml").write_text(pics_text(persona, "some"))
    return load_pics(folder / "pics.yaml").facts()


@pytest.mark.parametrize("name", shipped())
def test_the_rig_reads_it(tmp_path: Path, name: str) -> None:
    persona = load_persona(Path(name))
    found = facts(tmp_path, persona)
    assert found["auth_cache"] is persona.authorization_cache
    assert found["fixed_cable"] is persona.fixed_cable
    assert found["multiple_connectors"] is (persona.connectors > 1)
    assert found["power_failure_mode"] == persona.power_failure_mode
    assert found["profile_reservation"] is ("Reservation" in persona.profiles)
    assert found["profile_smart_charging"] is ("SmartCharging" in persona.profiles)


def test_facts_of_different_personas(tmp_path: Path) -> None:
    minimal = facts(tmp_path, load_persona(Path("minimal")))
    assert not any(
        minimal[name]
        for name in (
            "auth_cache", "unknown_offline_auth", "max_energy_on_invalid_id",
            "minimum_status_duration", "websocket_ping_interval", "reserve_connector_zero",
            "stop_on_ev_disconnect_choice", "multiple_connectors", "profile_remote_trigger",
            "security_certificate",
        )
    )  # fmt: skip
    shared = facts(tmp_path, load_persona(Path("shared-reader")))
    assert shared["one_reader_multiple_connectors"] is True
    assert shared["reserve_connector_zero"] is True
    each = facts(tmp_path, Persona())
    assert each["one_reader_multiple_connectors"] is False
    secure = facts(tmp_path, load_persona(Path("dc-quirks")))
    assert secure["security_profiles"] == {1, 2, 3}
    closed = facts(tmp_path, Persona(limits=(("ReserveConnectorZeroSupported", "false"),)))
    assert closed["reserve_connector_zero"] is False
