"""All devices of a bench together: one that fails, however, does not hinder the others."""

from __future__ import annotations

from typing import Self

from rig.bench.assembly import Assembled
from rig.bench.devices import DeviceSet
from rig.bench.kinds import PORT_KINDS


class Strange:
    """A device of somebody else's driver; what it does wrong is no `DriverError`."""

    def __init__(self, name: str, *, spoilt: bool) -> None:
        self.name = name
        self.did: list[str] = []
        self._spoilt = spoilt

    def _do(self, what: str) -> None:
        self.did.append(what)
        if self._spoilt:
            raise ZeroDivisionError

    async def __aenter__(self) -> Self:
        self.did.append("entered")
        return self

    async def __aexit__(self, *_exc: object) -> None:
        self._do("left")

    async def prove(self) -> str:
        return ""

    async def safe(self) -> None:
        self._do("safe")


async def test_a_mistake_in_one_driver_leaves_the_others_safe_and_free() -> None:
    devices = [Strange(name, spoilt=name == "first") for name in ("first", "second", "third")]
    made = Assembled()
    for device in devices:
        made.add(device, {"kind": PORT_KINDS[0]})
    bench = DeviceSet(made)
    assert await bench.open() == []
    errors = await bench.make_safe([["first", "second"], ["third"]]) + await bench.close()
    assert [(e.device, e.cause) for e in errors] == [
        ("first", "internal error: ZeroDivisionError()")
    ] * 2
    assert [d.did for d in devices] == [["entered", "safe", "left"]] * 3
