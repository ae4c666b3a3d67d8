from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.system.rig_home import RigHome, rig_home


@pytest.fixture
def home() -> Iterator[RigHome]:
    with rig_home() as found:
        yield found
