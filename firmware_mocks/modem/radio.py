"""The radio around a modem: cells, levels that move, registration that takes its time. Pure.

All times are lab seconds of the clock that is passed in. Levels move in steps of two seconds, by
a rule that depends on the seed only, so that two runs see the same.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace

TECHNOLOGIES = ("2g", "3g", "4g")
PREFERENCE = ("4g", "3g", "2g")
"""What a modem without a lock takes first."""
STEP_S = 2.0
SETTLE_S = 2.0
"""A fresh registration has no valid level yet."""


@dataclass(frozen=True, slots=True)
class Cell:
    """What the network offers on one technology.

    Attributes:
        level_dbm: mean RSSI.
        sway_db: how far it moves from there.
        delay_s: from the beginning of the search to the registration.
        present: there is such a cell here.
        denied: it refuses this SIM.
    """

    level_dbm: float
    sway_db: float
    delay_s: float
    present: bool = True
    denied: bool = False


CELLS = {
    "2g": Cell(-71, 3, 15),
    "3g": Cell(-75, 3, 8),
    "4g": Cell(-67, 3, 5),
}


@dataclass(frozen=True, slots=True)
class Level:
    """What the radio measures, in dBm and dB; None where the technology has no such value."""

    rssi: float
    rsrp: float | None = None
    rsrq: float | None = None
    sinr: float | None = None
    rscp: float | None = None
    ecio: float | None = None


class Radio:
    """Cells, and the modem's search for one.

    Args:
        now: lab seconds.
        seed: of the moving levels.
    """

    def __init__(self, now: Callable[[], float], seed: int = 1) -> None:
        self.cells = dict(CELLS)
        self.allowed: tuple[str, ...] = PREFERENCE
        self.roaming = False
        self.data_refused = False
        self._now = now
        self._seed = seed
        self._sim_ready = False
        self._since = now()
        self._data_since: float | None = None

    def set_cell(self, technology: str, **changes: object) -> None:
        """Change what the network offers; the modem looks for another cell if it lost its own.

        Raises:
            ValueError: no such technology or property.
        """
        if technology not in self.cells:
            raise ValueError(f"no technology {technology!r}; there are {', '.join(TECHNOLOGIES)}")
        before = self._candidate()
        try:
            self.cells[technology] = replace(self.cells[technology], **changes)  # type: ignore[arg-type]
        except TypeError as error:
            raise ValueError(str(error)) from error
        if self._candidate() != before:
            self.search()

    def allow(self, technologies: tuple[str, ...]) -> None:
        """Lock, or not; the modem leaves its cell and searches."""
        self.allowed = technologies
        self.search()

    def sim(self, ready: bool) -> None:
        """The SIM became usable, or ceased to be."""
        if ready != self._sim_ready:
            self._sim_ready = ready
            self.search()

    def search(self) -> None:
        """Leave the cell and begin anew."""
        self._since = self._now()
        self._data_since = None

    @property
    def serving(self) -> str | None:
        """Technology of the cell that serves the modem."""
        found = self._candidate()
        if found is None or not self._sim_ready:
            return None
        return found if self._now() >= self._since + self.cells[found].delay_s else None

    @property
    def stat(self) -> int:
        """<stat> of 3GPP TS 27.007: 0 idle, 1 home, 2 searching, 3 denied, 5 roaming."""
        if not self._sim_ready:
            return 0
        if self.serving is not None:
            return 5 if self.roaming else 1
        refusing = [c for t, c in self.cells.items() if t in self.allowed and c.present]
        waited = self._now() - self._since
        denied = bool(refusing) and all(c.denied for c in refusing)
        return 3 if denied and waited >= min(c.delay_s for c in refusing) else 2

    def level(self) -> Level | None:
        """What is measured now; None without service, or before the first valid value."""
        serving = self.serving
        if serving is None:
            return None
        cell = self.cells[serving]
        if self._now() < self._since + cell.delay_s + SETTLE_S:
            return None
        dice = random.Random(f"{self._seed}:{serving}:{int(self._now() // STEP_S)}")  # noqa: S311
        rssi = cell.level_dbm + dice.uniform(-cell.sway_db, cell.sway_db)
        if serving == "4g":
            return Level(rssi, rsrp=rssi - 28, rsrq=-9 - dice.random(), sinr=14 + dice.random())
        if serving == "3g":
            return Level(rssi, rscp=rssi - 6, ecio=-6 - dice.random())
        return Level(rssi)

    # -- data -----------------------------------------------------------------------------

    DATA_DELAY_S = 2.0

    def dial(self, up: bool) -> bool:
        """Bring data up or down; False where there is nothing to do it with."""
        if not up:
            was, self._data_since = self._data_since is not None, None
            return was
        if self.serving is None:
            return False
        if self._data_since is None:
            self._data_since = self._now()
        return True

    @property
    def data(self) -> int:
        """0 down, 1 up, 2 connecting."""
        if self._data_since is None or self.serving is None:
            return 0
        if self.data_refused:
            return 2 if self._now() < self._data_since + self.DATA_DELAY_S else 0
        return 1 if self._now() >= self._data_since + self.DATA_DELAY_S else 2

    def _candidate(self) -> str | None:
        for technology in PREFERENCE:
            cell = self.cells[technology]
            if technology in self.allowed and cell.present and not cell.denied:
                return technology
        return None
