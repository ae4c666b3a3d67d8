"""Tester plugs in a bench file."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from rig.config.transports import RtuTransport, TcpTransport
from rig.config.validation import Strict
from rig.config.values import Name, Terminal

Cable = Literal["13A", "20A", "32A", "63A"]
DEFAULT_CABLE: Cable = "32A"
PlugType = Literal["type1", "type2"]


def _or_one_coil(schema: dict[str, Any]) -> None:
    by_code = {key: schema.pop(key) for key in list(schema) if key not in ("description", "title")}
    schema["anyOf"] = [by_code, {"type": "integer", "minimum": 0, "maximum": 255}]


class TesterCoils(Strict):
    """Coils of a tester plug. What is not wired is left out; `board:coil` for another board."""

    cp: Terminal = Field(description="pilot line: state B")
    s2c: Terminal = Field(description="1.3 kOhm: state C")
    s2d: Terminal | None = Field(None, description="270 Ohm: state D, ventilation")
    pp: Annotated[
        dict[Cable, Terminal],
        Field(json_schema_extra=_or_one_coil, description="proximity resistor, or one per code"),
    ] = {}  # noqa: RUF012  # pydantic copies defaults
    e_hard: Terminal | None = Field(None, description="CP to PE before the diode: state E")
    e_soft: Terminal | None = Field(None, description="CP to PE behind the diode")
    diode: Terminal | None = Field(None, description="bypass of the diode")
    pe: Terminal | None = Field(None, description="opens PE of pilot and proximity (NC contact)")
    pp_short: Terminal | None = Field(None, description="PP to PE")
    load1: Terminal | None = Field(None, description="load on L1")
    load2: Terminal | None = Field(None, description="load on L2")
    load3: Terminal | None = Field(None, description="load on L3")
    enable: Terminal | None = Field(None, description="feeds the coils of loads and short circuits")
    button: Terminal | None = Field(None, description="presses a Type 1 release button (S3)")


class TesterInputs(Strict):
    """Discrete inputs of a tester plug; leave out what is not wired."""

    voltage: Terminal | None = Field(None, description="mains at the plug")
    locked: Terminal | None = Field(None, description="the station's socket holds the plug")
    lid_open: Terminal | None = None
    emergency_stop: Terminal | None = None
    too_hot: Terminal | None = None
    latched: Terminal | None = Field(None, description="a Type 1 connector is latched")


class RelayEvseTester(Strict):
    """Tester plug switched by relay boards."""

    kind: Literal["evse_tester"]
    plug_type: PlugType = "type2"
    board: Name
    coils: TesterCoils
    inputs: TesterInputs = TesterInputs()
    connector_id: int = Field(1, ge=1)
    fixed_cable: bool = Field(False, description="the cable is the station's; Type 1 always")
    cable: Cable = Field(DEFAULT_CABLE, description="proximity code where an order names none")

    @model_validator(mode="before")
    @classmethod
    def _one_resistor_is_that_of_the_cable(cls, data: object) -> object:
        coils = data.get("coils") if isinstance(data, dict) else None
        if isinstance(data, dict) and isinstance(coils, dict):
            pp = coils.get("pp")
            if pp is not None and not isinstance(pp, dict):
                coded = {str(data.get("cable") or DEFAULT_CABLE): pp}
                return {**data, "coils": {**coils, "pp": coded}}
        return data

    @model_validator(mode="after")
    def _proximity_is_wired(self) -> RelayEvseTester:
        fixed = self.fixed_cable or self.plug_type == "type1"
        if not fixed and not self.coils.pp:
            raise ValueError("a plug for a socket needs `coils.pp`; or set `fixed_cable: true`")
        if not fixed and self.cable not in self.coils.pp:
            raise ValueError(f"cable {self.cable} is not wired in `coils.pp`; wire or change it")
        if self.coils.button is not None and self.plug_type != "type1":
            raise ValueError("only a Type 1 connector has a release button; remove `coils.button`")
        return self


class ModbusEvseTester(Strict):
    """Tester plug with a controller of its own, on Modbus registers."""

    kind: Literal["evse_tester_modbus"]
    plug_type: PlugType = "type2"
    unit: int = Field(1, ge=1, le=247)
    transport: RtuTransport | TcpTransport = Field(discriminator="kind")
    connector_id: int = Field(1, ge=1)
    fixed_cable: bool = Field(False, description="the cable is the station's; Type 1 always")
    cable: Cable = Field(DEFAULT_CABLE, description="proximity code where an order names none")
    watchdog_s: float = Field(
        5.0, ge=0.1, le=3600, description="the tester opens everything after so much silence"
    )


class ManualEvseTester(Strict):
    """Tester plug worked by the operator."""

    kind: Literal["manual_evse_tester"]
    plug_type: str = "type2"
    connector_id: int = Field(1, ge=1)
    fixed_cable: bool = False
