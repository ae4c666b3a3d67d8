"""What kind of station this is: fixed properties. Files of them: `persona_files`.

Default: a two-socket AC station, Type 2, 32 A, three phases, one reader per EVSE.
"""

from __future__ import annotations

from dataclasses import dataclass

PROFILES = (
    "Core", "FirmwareManagement", "LocalAuthListManagement", "Reservation", "SmartCharging",
    "RemoteTrigger",
)  # fmt: skip
CIPHER_SUITES = ("ecdsa", "rsa")
POWER_FAILURE_MODES = ("stop_before_down", "stop_after_up", "resume")


@dataclass(frozen=True, slots=True)
class Persona:
    """Properties that no message can change.

    Attributes:
        vendor, model, serial_number, firmware_version: of BootNotification.
        connectors: number of sockets.
        fixed_cable: the cable belongs to the station; there is no lock.
        readers: "per-connector" or "shared".
        max_current_a: per phase.
        ventilation: the room is ventilated: an EV that needs it (state D) gets energy.
        phases: of the supply, 1 or 3.
        tells_soc: the EV's state of charge is known, as with direct current or ISO 15118.
        authorization_cache: has a cache.
        cache_capacity: cards that the cache has room for.
        power_failure_mode: what becomes of a transaction when the power fails.
        profiles: feature profiles; without Core there is no station.
        reserve_zero_picks_first: a reservation of connector 0 is for the first free connector.
        security_extension: has the messages of the security white paper.
        cipher_suites: "ecdsa" or "rsa", one of the two pairs of TLS 1.2; kind of its own key.
        tls_1_3: offers TLS 1.3, too.
        plain_text_key: an AuthorizationKey that is not hexadecimal is taken literally.
        additional_root_certificate_check: one root, and a new one is signed by it.
        certificate_store_max_length: number of root certificates.
        secure_firmware_update: firmware has to be signed; part of the security extension.
        updates_during_transaction: installs beside running transactions; reboots after them.
        installed_before_reboot: tells Installed before it reboots, not after.
        install_time_s: lab seconds that an installation takes.
        uploads_by_post: HTTP uploads by POST instead of PUT.
        queue_capacity: transaction-related messages that there is memory for.
        boot_time_s: lab seconds from power-up to the first connection attempt.
        iccid, imsi: of its SIM card, in BootNotification; "" for none.
        meter_type, meter_serial_number: of its main meter, in BootNotification; "" for none.
        limits: values of configuration keys that cannot be written, such as
            GetConfigurationMaxKeys.
        configuration: values that other configuration keys are delivered with.
        without_keys: optional configuration keys that it does not have; what they would set
            stays at its default.
        data_transfer: vendorIds whose DataTransfer it understands, each with its messageIds
            (comma-separated; empty for any).
        habits: what it does in an unusual way that is legal, by name.
        defects: what it does wrong, by name.
    """

    vendor: str = "RigVendor"
    model: str = "RigModel"
    serial_number: str = "RIG-0001"
    firmware_version: str = "1.0.0"
    connectors: int = 2
    fixed_cable: bool = False
    readers: str = "per-connector"
    max_current_a: int = 32
    ventilation: bool = True
    phases: int = 3
    tells_soc: bool = False
    authorization_cache: bool = True
    cache_capacity: int = 500
    power_failure_mode: str = "stop_after_up"
    profiles: tuple[str, ...] = PROFILES
    reserve_zero_picks_first: bool = True
    security_extension: bool = False
    cipher_suites: str = "ecdsa"
    tls_1_3: bool = False
    plain_text_key: bool = False
    additional_root_certificate_check: bool = False
    certificate_store_max_length: int = 10
    secure_firmware_update: bool = True
    updates_during_transaction: bool = False
    installed_before_reboot: bool = False
    install_time_s: float = 5.0
    uploads_by_post: bool = False
    queue_capacity: int = 1000
    boot_time_s: float = 5.0
    iccid: str = ""
    imsi: str = ""
    meter_type: str = ""
    meter_serial_number: str = ""
    limits: tuple[tuple[str, str], ...] = ()
    configuration: tuple[tuple[str, str], ...] = ()
    without_keys: tuple[str, ...] = ()
    data_transfer: tuple[tuple[str, str], ...] = ()
    habits: tuple[str, ...] = ()
    defects: tuple[str, ...] = ()
