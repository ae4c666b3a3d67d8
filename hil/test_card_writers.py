"""The contract of card writers, on every one of the bench that no person works.

Nothing here writes; one card may lie on the reader, or none.
"""

from __future__ import annotations

from typing import cast

import pytest

from drivers.ports import CardWriter
from hil.instruments import instrument
from rig.config.models import BenchConfig
from tests.contract.card_writer_contract import CardWriterContract
from tests.unit.drivers.fake_board import Notes


@pytest.fixture
def writer(writer_name: str, bench_config: BenchConfig) -> CardWriter:
    return cast("CardWriter", instrument(writer_name, bench_config, Notes()))


class TestCardWriter(CardWriterContract):
    """Every card writer of the bench."""
