from collections.abc import Callable
from pathlib import Path

import pytest

from rig.config.bench_file import load_bench
from rig.config.models import BenchConfig
from rig.errors import ConfigError


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], BenchConfig]:
    """Loads a text as `bench.yaml` of the current folder, so that problems begin with that."""
    monkeypatch.chdir(tmp_path)

    def load(text: str) -> BenchConfig:
        file = Path("bench.yaml")
        file.write_text(text)
        return load_bench(file)

    return load


@pytest.fixture
def problems_of(load: Callable[[str], BenchConfig]) -> Callable[[str], list[str]]:
    """The problems of a text; fails when there are none."""

    def problems_of(text: str) -> list[str]:
        with pytest.raises(ConfigError) as raised:
            load(text)
        return list(raised.value.problems)

    return problems_of
