"""Root certificates that are installed in a station.

Source: OCPP security white paper, M03 to M05; station behaviour 14.5.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from cryptography import x509

from firmware_mocks.charging_station.storage import StoredCertificate


class CertificateType(StrEnum):
    """Which hierarchy a root stands for."""

    CENTRAL_SYSTEM = "CentralSystemRootCertificate"
    MANUFACTURER = "ManufacturerRootCertificate"


class CertificateStore:
    """The root certificates.

    Args:
        stored: from the disk; changed in place.
        changed: told when they must be saved.
    """

    def __init__(self, stored: list[StoredCertificate], changed: Callable[[], None]) -> None:
        self.stored = stored
        self._changed = changed

    def roots(self, certificate_type: str) -> list[x509.Certificate]:
        """The installed roots of one hierarchy."""
        return [
            x509.load_pem_x509_certificate(entry["pem"].encode())
            for entry in self.stored
            if entry["certificate_type"] == certificate_type
        ]
