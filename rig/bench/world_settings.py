"""What a bench file asks of the virtual world."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rig.bench.assembly import Section, uses_line
from rig.bench.kinds import LINE_KINDS

if TYPE_CHECKING:
    from rig.config.models import BenchConfig

MODEM_AT = "mock:modem-at"
MODEM_WEB = "mock:modem-web"
NFC = "mock:nfc"


@dataclass(frozen=True, slots=True)
class WorldSettings:
    """What the station of the virtual world is like.

    Attributes:
        identity: its OCPP identity.
        persona: file that describes it, None for the default.
        defects: what is wrong with it.
        seed: of its random choices, None for the default.
        password: for HTTP Basic auth, None for no authentication.
        modem: faces of the dongle, of "at" and "web"; none is no dongle.
        nfc: there is a card writer.
        relay_plug: connector 1 has the fully wired plug.
        tester: type of the testers with their own controllers; "" for none.
        testers: Modbus unit and connector of each; all are on one line.
        security_profile: that it begins with.
        delivered: folder with its certificates and roots, None for none.
    """

    identity: str
    persona: Path | None = None
    defects: Sequence[str] = ()
    seed: int | None = None
    password: str | None = None
    modem: Sequence[str] = ()
    nfc: bool = False
    relay_plug: bool = False
    tester: str = ""
    testers: Sequence[tuple[int, int]] = ()
    security_profile: int = 0
    delivered: Path | None = None


def world_settings(config: BenchConfig, sections: Mapping[str, Section]) -> WorldSettings | None:
    """Settings for a bench file; None where its devices are real.

    Args:
        config: the bench file.
        sections: its devices as plain values.
    """
    virtual, password = config.virtual, config.csms.password
    if virtual is None:
        return None
    testers = [s for s in sections.values() if s["kind"] in LINE_KINDS]
    return WorldSettings(
        identity=config.csms.identity,
        persona=virtual.persona,
        defects=tuple(virtual.defects),
        seed=virtual.seed,
        password=None
        if password is None or config.csms.profile == 0  # it is written when it is needed
        else password.get_secret_value(),
        modem=_modem_faces(sections),
        nfc=any(section.get("port") == NFC for section in sections.values()),
        relay_plug=uses_line(sections, "plug-"),
        tester=str(testers[0]["plug_type"]) if testers else "",
        testers=[(int(str(s["unit"])), int(str(s["connector_id"]))) for s in testers],
        security_profile=config.csms.profile,
        delivered=virtual.delivered,
    )


def _modem_faces(sections: Mapping[str, Section]) -> tuple[str, ...]:
    """Faces of the simulated dongle that a bench file names: "at", "web"."""
    named = {
        section.get(key)
        for section in sections.values()
        for key in ("port", "url")
        if isinstance(section.get(key), str)
    }
    known = (("at", MODEM_AT), ("web", MODEM_WEB))
    return tuple(face for face, address in known if address in named)
