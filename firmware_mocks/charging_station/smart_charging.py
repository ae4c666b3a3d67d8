"""Smart charging of a station: the profiles it holds, and the current it may offer because of them.

Source: OCPP 1.6, 3.13, 5.5, 5.7 and 5.16; errata v4.0 3.8, 3.24, 3.57; station behaviour 12.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from firmware_mocks.charging_station.board import Board
from firmware_mocks.charging_station.charging_profiles import (
    SUPPLY,
    TX_PROFILE,
    VOLTAGE_V,
    BadProfile,
    ChargingProfile,
    Limit,
    Limits,
    Running,
    composite,
    limit_at,
    lowest,
    next_change,
    parse_profile,
    station_limit_at,
)
from firmware_mocks.charging_station.chore import Chore
from firmware_mocks.charging_station.socket import Socket
from firmware_mocks.charging_station.storage import Json, StoredProfile

STATION = 0
LEAST_CURRENT_A = 6.0
"""Less cannot be offered by the pilot."""
DAY_S = 86_400
LONGEST_COMPOSITE_S = 31 * DAY_S
"""Of a composite schedule (ours): somebody may ask for a thousand years of daily changes."""
UNITS = {"Current": "A", "Power": "W"}


class SmartCharging:
    """Holds the profiles and applies them.

    Args:
        board: of the station.
        sockets: the connectors.
        stored: profiles from the disk.
        changed: told of the connector whose limit has changed.

    Attributes:
        limits: applies them whenever they change.
    """

    __slots__ = ("_board", "_changed", "_sockets", "limits", "profiles")

    def __init__(
        self,
        board: Board,
        sockets: Mapping[int, Socket],
        stored: Sequence[StoredProfile],
        changed: Callable[[Socket], None],
    ) -> None:
        self._board = board
        self._sockets = sockets
        self._changed = changed
        self.limits = Chore(board.clock, self._follow)
        self.profiles = [
            parse_profile(p["connector_id"], p["profile"], p["received"], self._limits)
            for p in stored
        ]

    @property
    def _limits(self) -> Limits:
        configuration = self._board.configuration
        units = configuration.names("ChargingScheduleAllowedChargingRateUnit")
        return Limits(
            configuration.number("ChargeProfileMaxStackLevel"),
            configuration.number("ChargingScheduleMaxPeriods"),
            tuple(UNITS[unit] for unit in units),
        )

    @property
    def _switches(self) -> bool:
        """Whether a connector can switch to one phase."""
        board = self._board
        supported = board.configuration.flag("ConnectorSwitch3to1PhaseSupported")
        return supported and board.persona.phases > 1

    @property
    def _in_force(self) -> list[ChargingProfile]:
        """The profiles as they count; a defect turns their stack over."""
        if not self._board.defects.has("lower-stack-level-wins"):
            return self.profiles
        return [replace(p, stack_level=-p.stack_level) for p in self.profiles]

    def stored(self) -> list[StoredProfile]:
        """What survives a loss of power."""
        return [
            StoredProfile(connector_id=p.connector_id, received=p.received, profile=dict(p.raw))
            for p in self.profiles
        ]

    # --- orders -----------------------------------------------------------------------------

    def understand(
        self, connector_id: int, raw: Mapping[str, Json], *, remote_start: bool = False
    ) -> ChargingProfile:
        """Read a profile and check it against the station as it is now.

        Args:
            connector_id: for which it came.
            raw: of the message.
            remote_start: it came with RemoteStartTransaction, before its transaction.

        Raises:
            BadProfile: to be answered with Rejected.
        """
        profile = parse_profile(connector_id, raw, self._board.rtc.posix(), self._limits)
        if remote_start:
            if profile.purpose != TX_PROFILE or profile.transaction_id is not None:
                raise BadProfile("a remote start takes a TxProfile without transactionId")
        elif profile.purpose == TX_PROFILE:
            running = self._sockets[connector_id].transaction
            if running is None:
                raise BadProfile("TxProfile without a transaction")
            if profile.transaction_id not in (None, running.transaction_id):
                raise BadProfile(f"transaction {profile.transaction_id} does not run there")
        others = [p for p in self.profiles if not _replaces(profile, p)]
        if len(others) >= self._board.configuration.number("MaxChargingProfilesInstalled"):
            raise BadProfile("no room for another profile")
        return profile

    def install(self, profile: ChargingProfile) -> None:
        """Put a profile into force; one that it replaces is gone."""
        self.profiles = [p for p in self.profiles if not _replaces(profile, p)] + [profile]
        self._touch()

    def clear(
        self,
        profile_id: int | None,
        connector_id: int | None,
        purpose: str | None,
        stack_level: int | None,
    ) -> bool:
        """Remove the profile of an id, else all that match; whether there were any."""

        def meant(p: ChargingProfile) -> bool:
            if profile_id is not None:
                return p.profile_id == profile_id
            return (
                connector_id in (None, p.connector_id)
                and purpose in (None, p.purpose)
                and stack_level in (None, p.stack_level)
            )

        rest = [p for p in self.profiles if not meant(p)]
        removed = len(rest) < len(self.profiles)
        self.profiles = rest
        self._touch()
        return removed

    def transaction_ended(self, connector_id: int) -> None:
        """TxProfiles of a connector vanish with its transaction."""
        if self._board.defects.has("tx-profile-kept"):
            return
        rest = [
            p
            for p in self.profiles
            if not (p.purpose == TX_PROFILE and p.connector_id == connector_id)
        ]
        if len(rest) < len(self.profiles):
            self.profiles = rest
        self._touch()

    def composite_schedule(self, connector_id: int, duration_s: int, unit: str) -> dict[str, Json]:
        """The chargingSchedule of GetCompositeSchedule.conf.

        Args:
            connector_id: 0 is the station.
            duration_s: of the schedule; what is too long is cut.
            unit: A or W.
        """
        start = self._board.rtc.posix()
        duration_s = min(duration_s, LONGEST_COMPOSITE_S)
        in_unit = _amperes if unit == "A" else self._watts
        if connector_id == STATION:
            periods = composite(
                lambda t: in_unit(self._site_limit(t)), self._next_change, start, duration_s
            )
        else:
            socket = self._sockets[connector_id]
            running = _running(socket, otherwise=start)
            periods = composite(
                lambda t: in_unit(self._connector_limit(socket, t, running)),
                lambda t: next_change(self.profiles, t, running),
                start,
                duration_s,
            )
        if not self.profiles and self._board.defects.has("no-local-limit"):
            periods = []
        shift_s = 0
        if self._board.defects.has("composite-absolute-offsets"):
            shift_s = int(start % DAY_S)
        return {
            "duration": duration_s,
            "chargingRateUnit": unit,
            "chargingSchedulePeriod": [
                {"startPeriod": offset + shift_s, "limit": limit} for offset, limit in periods
            ],
        }

    # --- what follows -----------------------------------------------------------------------

    def _follow(self) -> float | None:
        self._apply()
        now = self._board.rtc.posix()
        if self._board.defects.has("limits-frozen"):
            return None
        change = self._next_change(now)
        return None if change is None else change - now

    def touch(self) -> None:
        """A transaction has begun or ended: the limits may be others."""
        self.limits.touch()

    def clock_stepped(self, by_s: float) -> None:
        """The clock was set: what counts from its receipt goes on where it was."""
        self.profiles = [replace(p, received=p.received + by_s) for p in self.profiles]
        self._touch()

    def _touch(self) -> None:
        self._board.save()
        self.limits.touch()

    def _apply(self) -> None:
        now = self._board.rtc.posix()
        charging = sorted(
            (s for s in self._sockets.values() if s.transaction is not None),
            key=lambda s: s.transaction.started_posix if s.transaction else 0.0,
        )
        limits: dict[int, float | None] = {}
        phases: dict[int, int] = {}
        switches, supply = self._switches, self._board.persona.phases
        for s in self._sockets.values():
            limit = limit_at(self._in_force, s.connector_id, now, _running(s), switches=switches)
            limits[s.connector_id] = None if limit is None else limit[0]
            single = switches and limit is not None and limit[1] == 1
            phases[s.connector_id] = 1 if single else supply
        most = station_limit_at(self._in_force, now)
        if most is not None and len(charging) > 1:
            shares = shared(most[0], [limits[s.connector_id] for s in charging])
            limits |= {s.connector_id: a for s, a in zip(charging, shares, strict=True)}
        unheeded = self._board.defects.has("limits-not-applied")
        for socket in self._sockets.values():
            number = socket.connector_id
            limit_a, fed = (None, supply) if unheeded else (limits[number], phases[number])
            if (socket.limit_a, socket.phases) != (limit_a, fed):
                socket.limit_a, socket.phases = limit_a, fed
                self._changed(socket)

    def _next_change(self, t: float) -> float | None:
        runs = [_running(s) for s in self._sockets.values()]
        changes = [next_change(self.profiles, t, running) for running in runs]
        return min((at for at in changes if at is not None), default=None)

    def _connector_limit(self, socket: Socket, t: float, running: Running) -> Limit:
        switches = self._switches
        limit = limit_at(self._in_force, socket.connector_id, t, running, switches=switches)
        rated = float(self._board.persona.max_current_a), SUPPLY
        return rated if limit is None else lowest((limit, rated), switches=switches)

    def _site_limit(self, t: float) -> Limit:
        persona = self._board.persona
        known = [(float(persona.max_current_a * persona.connectors), SUPPLY)]
        if (most := station_limit_at(self._in_force, t)) is not None:
            known.append(most)
        running = [s for s in self._sockets.values() if s.transaction is not None]
        if running:
            limits = [self._connector_limit(s, t, _running(s)) for s in running]
            single = self._switches and all(phases == 1 for _, phases in limits)
            known.append((sum(amperes for amperes, _ in limits), 1 if single else SUPPLY))
        return lowest(known, switches=self._switches)

    def _watts(self, limit: Limit) -> float:
        return round(limit[0] * VOLTAGE_V * (limit[1] or self._board.persona.phases), 1)


def shared(most_a: float, wanted: Sequence[float | None]) -> list[float]:
    """How a station's limit is divided among those that charge, in order of their start.

    Evenly, but nobody gets more than wanted, and nobody between 0 and 6 A.
    """
    left_a, given = most_a, [0.0] * len(wanted)
    places = list(range(len(wanted)))
    while places and left_a / len(places) < LEAST_CURRENT_A:
        places.pop()  # who came last waits
    for done, place in enumerate(sorted(places, key=lambda n: wanted[n] or float("inf"))):
        share_a = left_a / (len(places) - done)
        want_a = wanted[place]
        given[place] = share_a if want_a is None else min(want_a, share_a)
        left_a -= given[place]
    return [int(amperes * 10 + 1e-9) / 10 for amperes in given]


def _amperes(limit: Limit) -> float:
    return round(limit[0], 1)


def _running(socket: Socket, otherwise: float | None = None) -> Running:
    if socket.transaction is None:
        return Running(otherwise, assumed=True)
    return Running(socket.transaction.started_posix)


def _replaces(new: ChargingProfile, old: ChargingProfile) -> bool:
    same_place = (new.purpose, new.stack_level, new.connector_id) == (
        old.purpose,
        old.stack_level,
        old.connector_id,
    )
    return new.profile_id == old.profile_id or same_place
