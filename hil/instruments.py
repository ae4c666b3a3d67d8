"""Devices of a bench with a port of their own, one by one."""

from __future__ import annotations

from drivers.ports import Device, Observer
from drivers.registry import Surroundings, create
from rig.bench.addresses import Addresses
from rig.bench.assembly import plain_sections
from rig.config.models import BenchConfig
from tests.unit.drivers.fake_board import Person


def instrument(name: str, config: BenchConfig, observe: Observer) -> Device:
    """The driver of one device, not yet opened, with its address as it is now."""
    section = Addresses(None)(name, plain_sections(config)[name])
    around = Surroundings(Person(), observe, lambda seconds: seconds)
    return create(str(section["kind"]), name, section, around)
