"""The station's disk: what survives a power failure.

Written as a whole and renamed into place, so that a power failure in mid-write leaves the
former content.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias, TypedDict

from firmware_mocks.process import Busy

LONGEST_OWNER = 200

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"


class StoredTransaction(TypedDict):
    """A transaction that ran when the state was written."""

    local_id: int
    connector_id: int
    id_tag: str
    transaction_id: int | None
    meter_start: int
    started: float
    parent_id_tag: str | None
    limit_wh: float | None


class StoredMessage(TypedDict):
    """A transaction-related message that waits for delivery."""

    action: str
    payload: dict[str, Json]
    local_id: int
    attempts: int


class StoredProfile(TypedDict):
    """A charging profile, as it came, when (POSIX s) and for which connector."""

    connector_id: int
    received: float
    profile: dict[str, Json]


class StoredReservation(TypedDict):
    """A reservation; `connector_id` 0 is any, `held` the connector that is kept for it."""

    reservation_id: int
    connector_id: int
    held: int | None
    id_tag: str
    parent_id_tag: str | None
    expiry: float


class StoredEvent(TypedDict):
    """A line of the security log."""

    timestamp: str
    type: str
    tech_info: str


class StoredCertificate(TypedDict):
    """A root certificate; `fallback` while it waits for its successor to have worked."""

    certificate_type: str
    pem: str
    fallback: bool


class StoredPair(TypedDict):
    """A certificate of the station, with what leads to its root, and its key; PEM."""

    chain: str
    key: str


class StoredKeys(TypedDict):
    """Certificates of the station, and the key of one that was asked for."""

    own: list[StoredPair]
    pending_key: str | None


class StoredTrial(TypedDict):
    """A security profile that has not worked yet; `previous` comes back after some failures."""

    previous: int
    failures: int


class StoredSecurity(TypedDict):
    """What the security extension keeps: log, events on their way, certificates and keys.

    `delivered` is set once what the station was delivered with has been installed.
    """

    log: list[StoredEvent]
    events: list[StoredEvent]
    roots: list[StoredCertificate]
    crls: list[str]
    keys: StoredKeys
    trial: StoredTrial | None
    delivered: bool


class StoredUpdate(TypedDict):
    """A firmware update; dates are POSIX s. `request_id` is None unless the update is signed."""

    location: str
    retrieve_at: float
    install_at: float | None
    retries: int
    retry_interval_s: float
    request_id: int | None
    certificate: str
    signature: str
    phase: str


class StoredFirmware(TypedDict):
    """Version of what was installed, "" for what the station was delivered with; an update."""

    version: str
    update: StoredUpdate | None


class Content(TypedDict):
    """Everything on the disk.

    `scheduled` are connectors that go out of service after their transaction. `written_at` is
    by the station's own clock: the time of the loss after a power failure. `accepted_by` is the
    URL of the Central System that has accepted the station last.
    """

    configuration: dict[str, str]
    inoperative: list[int]
    scheduled: list[int]
    finishing: list[int]
    meters: dict[str, float]
    transactions: list[StoredTransaction]
    queue: list[StoredMessage]
    cache: dict[str, dict[str, Json]]
    samples: dict[str, list[Json]]
    local_list: dict[str, dict[str, Json]]
    list_version: int
    profiles: list[StoredProfile]
    reservations: list[StoredReservation]
    next_local_id: int
    written_at: float | None
    accepted_by: str
    firmware: StoredFirmware | None
    security: StoredSecurity


def firmware_version(content: Content, delivered: str) -> str:
    """Of the firmware that runs."""
    firmware = content["firmware"]
    return (firmware and firmware["version"]) or delivered


def empty_security() -> StoredSecurity:
    """Nothing installed, nothing happened."""
    keys = StoredKeys(own=[], pending_key=None)
    return StoredSecurity(
        log=[], events=[], roots=[], crls=[], keys=keys, trial=None, delivered=False
    )


def empty() -> Content:
    """A new disk."""
    return Content(
        configuration={}, inoperative=[], scheduled=[], finishing=[], meters={}, transactions=[],
        queue=[], cache={}, samples={}, local_list={}, list_version=0, profiles=[],
        reservations=[], next_local_id=1, written_at=None, accepted_by="", firmware=None,
        security=empty_security(),
    )  # fmt: skip


class Disk:
    """A folder, or memory that is as good for the life of the process."""

    __slots__ = ("_file", "_lock", "_memory")

    def __init__(self, folder: Path | None) -> None:
        self._file = None if folder is None else folder / "station.json"
        self._lock: int | None = None
        self._memory: str | None = None

    def read(self) -> Content:
        """The content; empty when nothing was written yet.

        Raises:
            ValueError: the file is not what `write` left.
        """
        text = self._memory
        if self._file is not None and self._file.exists():
            text = self._file.read_text()
        if text is None:
            return empty()
        try:
            content: Content = {**empty(), **json.loads(text)}
            content["security"] = {**empty_security(), **content["security"]}
        except (ValueError, TypeError) as error:
            raise ValueError(
                f"{self._file}: the station's disk is broken: {error}; "
                "remove the file to begin with an empty one"
            ) from error
        return content

    def take(self, identity: str) -> None:
        """Have the folder for this station alone until `give_back`; it is made if need be.

        Raises:
            ValueError: it cannot be written: what is written would be lost.
            Busy: another station has it: each would overwrite what the other writes.
        """
        if self._file is None:
            return
        trial = self._file.with_suffix(".trial")
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            trial.touch(mode=0o600)
            trial.unlink()
        except OSError as error:
            raise ValueError(
                f"disk {self._file.parent}: {error.strerror}; want a folder that can be written"
            ) from error
        self._lock = _locked(self._file.with_suffix(".lock"), identity)

    def give_back(self) -> None:
        """Another station may have the folder."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def write(self, content: Callable[[], Content], *, last: bool) -> None:
        """Replace the content.

        Args:
            content: asked for it, if need be.
            last: the power goes now. Memory needs no writing before that.
        """
        if self._file is None:
            if last:
                self._memory = json.dumps(content())
            return
        self._file.parent.mkdir(parents=True, exist_ok=True)
        part = self._file.with_suffix(".part")
        part.touch(mode=0o600)  # there are keys in it
        part.write_text(json.dumps(content()))
        part.replace(self._file)


def _locked(file: Path, identity: str) -> int:
    """A file that says who has it, and is free again when it is closed or its process has died."""
    lock = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        owner = os.read(lock, LONGEST_OWNER).decode(errors="replace").strip()
        os.close(lock)
        raise Busy(
            f"disk {file.parent}: {owner or 'another process'} uses it; end that one, "
            "or give each station a folder of its own"
        ) from None
    os.ftruncate(lock, 0)
    os.write(lock, f"station {identity} (process {os.getpid()})\n".encode())
    return lock
