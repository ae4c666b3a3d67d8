"""A Central System that is as secure as the bench file says.

Source: security white paper, profiles 0 to 3.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from rig.clock import Clock
from rig.config.models import BenchConfig
from rig.csms.cards import IdTagInfo
from rig.csms.pki import LabPki, pem
from rig.csms.pki_store import deliver_station, stored
from rig.csms.server import CentralSystem, StationSubject
from rig.errors import ConfigError
from rig.events import EventBus
from rig.ocppj.tls import server_context

WITH_TLS, WITH_STATION_CERTIFICATE = 2, 3


def equip(config: BenchConfig, state_dir: Path) -> BenchConfig:
    """Give a bench with a security profile its authorities, and its simulated station their roots.

    Args:
        config: the bench file.
        state_dir: for the authorities, unless the bench file has a folder for them.

    Raises:
        ConfigError: the folder of the authorities cannot be used.
    """
    if config.csms.profile == 0:
        return config
    folder = config.csms.pki or state_dir / "pki"
    changes: dict[str, object] = {"csms": config.csms.model_copy(update={"pki": folder})}
    pki = _authorities(config, folder)
    if config.virtual is not None:
        try:
            deliver_station(folder, pki, config.csms.serial_number)
        except OSError as error:
            raise ConfigError(f"{folder}: {error}") from error
        changes["virtual"] = config.virtual.model_copy(update={"delivered": folder})
    return config.model_copy(update=changes)


def make_central_system(
    config: BenchConfig, bus: EventBus, clock: Clock, *, source: str = "dut"
) -> CentralSystem:
    """The Central System for the station of a bench, not yet listening.

    Args:
        config: the bench file, equipped.
        bus: time line.
        clock: lab time.
        source: name of the station on the time line.

    Raises:
        ConfigError: the folder of the authorities cannot be used.
    """
    csms = config.csms
    pki = None if csms.profile == 0 or csms.pki is None else _authorities(config, csms.pki)
    tls = None
    if csms.profile >= WITH_TLS and pki is not None:
        server = pki.server(csms.host)
        tls = server_context([(server.pem, server.key_pem)], client_roots=pem(pki.root.leaf))
    system = CentralSystem(
        csms.host,
        csms.port,
        csms.path,
        csms.identity,
        bus=bus,
        clock=clock,
        password=None if csms.password is None else _key(csms.password.get_secret_value()),
        source=source,
        tls=tls,
    )
    system.pki, system.profile = pki, csms.profile
    if csms.profile == WITH_STATION_CERTIFICATE:
        system.subject = StationSubject(csms.serial_number, config.parameters.cpo_name)
    for card in config.cards.values():
        system.cards.put(card.id_tag, IdTagInfo(card.status, card.parent_id_tag))
    return system


def _authorities(config: BenchConfig, folder: Path) -> LabPki:
    try:
        return stored(folder, datetime.now(UTC), config.parameters.cpo_name)
    except (OSError, ValueError) as error:
        raise ConfigError(f"{folder}: {error}") from error


def _key(text: str) -> bytes:
    """AuthorizationKey: hexadecimal text stands for its bytes (security white paper, A00)."""
    try:
        return bytes.fromhex(text)
    except ValueError:
        return text.encode()
