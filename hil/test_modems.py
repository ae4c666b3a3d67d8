"""The contract of modems, on every modem of the bench that no person works.

Nothing here begins a data session, and the lock is that of the bench file's safe state afterwards.
"""

from __future__ import annotations

from typing import cast

import pytest

from drivers.ports import Modem
from hil.instruments import instrument
from rig.config.models import BenchConfig
from tests.contract.modem_contract import ModemContract
from tests.unit.drivers.fake_board import Notes

pytestmark = pytest.mark.timeout(300)  # a real network takes its time


@pytest.fixture
def notes() -> Notes:
    return Notes()


@pytest.fixture
def modem(modem_name: str, bench_config: BenchConfig, notes: Notes) -> Modem:
    return cast("Modem", instrument(modem_name, bench_config, notes))


class TestModem(ModemContract):
    """Every modem of the bench."""
