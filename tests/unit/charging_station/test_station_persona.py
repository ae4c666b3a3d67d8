"""What kind of station it is: from a file, checked."""

from __future__ import annotations

from pathlib import Path

import pytest

from firmware_mocks.charging_station.persona import Persona, load_persona


def test_without_a_file_it_is_the_default() -> None:
    assert load_persona(None) == Persona()


def test_empty_file_is_the_default(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text("# nothing\n")
    assert load_persona(tmp_path / "p.yaml") == Persona()


def test_file_overrides_the_default(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text("connectors: 1\nreaders: shared\nphases: 1\n")
    assert load_persona(tmp_path / "p.yaml") == Persona(connectors=1, readers="shared", phases=1)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("colour: red\n", "unknown keys colour; there are vendor"),
        ("[1, 2]\n", "want keys with values"),
        ("power_failure_mode: hope\n", "power_failure_mode is one of"),
        ("readers: many\n", "readers is"),
        ("connectors: 0\n", "connectors >= 1"),
        ("cipher_suites: dsa\n", "cipher_suites is one of ecdsa, rsa"),
        ("phases: 2\n", "phases 1 or 3"),
    ],
)
def test_wrong_file_is_refused_by_name(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "p.yaml").write_text(text)
    with pytest.raises(ValueError, match=message) as caught:
        load_persona(tmp_path / "p.yaml")
    assert "p.yaml" in str(caught.value)
