"""One Central System with a listener for each of several security profiles."""

from __future__ import annotations

from pathlib import Path

import pytest

from rig.clock import Clock
from rig.config.bench_file import default_bench, load_bench
from rig.config.models import CsmsConfig, Listener
from rig.csms.server import CentralSystem
from rig.events import EventBus
from rig.ocppj.dialling import ConnectRefused, connect

IDENTITY, PASSWORD = "CP1", b"0123456789abcdef"
clock = Clock()


def central_system(profile: int) -> CentralSystem:
    return CentralSystem(
        "127.0.0.1", 0, "/ocpp", IDENTITY, bus=EventBus(clock), clock=clock,
        password=PASSWORD, profile=profile,
    )  # fmt: skip


async def test_a_higher_profile_is_let_in_and_a_lower_one_is_not_after_that() -> None:
    csms = central_system(0)
    csms.listen(1, 0)
    async with csms:
        assert sorted(csms.urls) == [0, 1]
        async with await connect(csms.urls[0], IDENTITY, now=clock.now):
            await csms.wait_profile(0)
        async with await connect(csms.urls[1], IDENTITY, now=clock.now, password=PASSWORD):
            await csms.wait_profile(1)
        with pytest.raises(ConnectRefused) as refused:
            await connect(csms.urls[0], IDENTITY, now=clock.now)
        assert refused.value.status == 403
        assert f"lower than 1, which is in use at {csms.urls[1]}" in csms.refusals()[-1].reason


async def test_each_listener_asks_for_what_its_profile_has() -> None:
    csms = central_system(0)
    csms.listen(1, 0)
    async with csms:
        with pytest.raises(ConnectRefused) as refused:
            await connect(csms.urls[1], IDENTITY, now=clock.now)
        assert refused.value.status == 401
        assert csms.profile == 0


async def test_somebody_may_say_that_a_lower_profile_counts() -> None:
    csms = central_system(1)
    csms.listen(0, 0)
    async with csms:
        await csms.turn_to(0)
        async with await connect(csms.urls[0], IDENTITY, now=clock.now):
            await csms.wait_profile(0)


@pytest.mark.parametrize(
    ("problem", "fields"),
    [
        ("has two listeners", {"also": (Listener(security_profile=0),)}),
        ("profile 1 needs `password`", {"also": (Listener(security_profile=1),)}),
    ],
)
def test_listeners_that_cannot_be(problem: str, fields: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=problem):
        CsmsConfig.model_validate(fields)


def test_a_bench_file_names_them(tmp_path: Path) -> None:
    text = default_bench().read_text()
    given = "csms:\n  password: 00112233445566778899AABBCCDDEEFF\n  also: [{security_profile: 3}]\n"
    file = tmp_path / "bench.yaml"
    file.write_text(text.replace("csms:\n", given).replace("../", f"{default_bench().parent}/../"))
    assert load_bench(file).csms.profiles == (1, 3)
