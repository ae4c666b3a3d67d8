"""A Central System that is as secure as the bench file says.

Source: security white paper, profiles 0 to 3.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from rig.clock import Clock
from rig.config.models import BenchConfig
from rig.csms.cards import IdTagInfo
from rig.csms.pki import KeyKind, LabPki, pem
from rig.csms.pki_store import deliver_station, stored
from rig.csms.server import WITH_STATION_CERTIFICATE, CentralSystem, StationSubject
from rig.errors import ConfigError
from rig.events import EventBus
from rig.ocppj.server import reachable
from rig.ocppj.tls import TlsContext, server_context

WITH_TLS = 2
"""The first security profile with TLS."""


def equip(config: BenchConfig, state_dir: Path) -> BenchConfig:
    """Give a bench its authorities, and its simulated station their roots where it needs them.

    Args:
        config: the bench file.
        state_dir: for the authorities, unless the bench file has a folder for them.

    Raises:
        ConfigError: the folder of the authorities cannot be used.
    """
    folder = config.csms.pki or state_dir / "pki"
    changes: dict[str, object] = {"csms": config.csms.model_copy(update={"pki": folder})}
    pki = _authorities(config, folder)
    virtual = config.virtual
    if virtual is not None and virtual.delivered is None and max(config.csms.profiles) > 0:
        try:
            deliver_station(folder, pki, config.csms.serial_number)
        except OSError as error:
            raise ConfigError(f"{folder}: {error}") from error
        changes["virtual"] = virtual.model_copy(update={"delivered": folder})
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
    pki = None if csms.pki is None else _authorities(config, csms.pki)
    name = csms.name or reachable(csms.host)
    tls = None
    if pki is not None and max(csms.profiles) >= WITH_TLS:
        tls = _context(pki, name)
    system = CentralSystem(
        csms.host,
        csms.port,
        csms.path,
        csms.identity,
        bus=bus,
        clock=clock,
        password=None if csms.password is None else _key(csms.password.get_secret_value()),
        source=source,
        tls=tls if csms.profile >= WITH_TLS else None,
        profile=csms.profile,
        name=name,
    )
    for other in csms.also:
        number = other.security_profile
        system.listen(number, other.port, tls if number >= WITH_TLS else None)
    system.pki = pki
    if WITH_STATION_CERTIFICATE in csms.profiles:
        system.subject = StationSubject(csms.serial_number, config.parameters.cpo_name)
    for card in config.cards.values():
        system.cards.put(card.id_tag, IdTagInfo(card.status, card.parent_id_tag))
    return system


def _context(pki: LabPki, name: str) -> TlsContext:
    """With a certificate for each pair of suites that a station may have (M1.11)."""
    shown = [pki.server(name, kind) for kind in KeyKind]
    roots = pem(pki.root.leaf)
    return server_context([(own.pem, own.key_pem) for own in shown], client_roots=roots)


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
