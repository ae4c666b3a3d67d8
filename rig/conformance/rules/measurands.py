"""M8, second part: what a sampled value says.

Source: OCPP 1.6, 7.31, 7.33, 7.43, 7.45, 9.1; errata v4.0.
"""

from __future__ import annotations

from collections.abc import Iterator

from rig.conformance.exchanges import Exchange
from rig.conformance.rules.fields import integer
from rig.conformance.rules.log import Log
from rig.conformance.rules.registry import Hit, hit, rule
from rig.conformance.samples import ENERGY, Sample, measurands, samples
from rig.jsontypes import Json
from rig.ocppj.frames import Payload

WH, VARH = ("Wh", "kWh"), ("varh", "kvarh")
W, VAR = ("W", "kW"), ("var", "kvar")
NO_UNIT: tuple[str, ...] = ()
UNITS: dict[str, tuple[str, ...]] = {
    "Current.Export": ("A",), "Current.Import": ("A",), "Current.Offered": ("A",),
    "Energy.Active.Export.Interval": WH, "Energy.Active.Export.Register": WH,
    "Energy.Active.Import.Interval": WH, "Energy.Active.Import.Register": WH,
    "Energy.Reactive.Export.Interval": VARH, "Energy.Reactive.Export.Register": VARH,
    "Energy.Reactive.Import.Interval": VARH, "Energy.Reactive.Import.Register": VARH,
    "Frequency": NO_UNIT,
    "Power.Active.Export": W, "Power.Active.Import": W, "Power.Factor": NO_UNIT,
    "Power.Offered": W, "Power.Reactive.Export": VAR, "Power.Reactive.Import": VAR,
    "RPM": NO_UNIT, "SoC": ("Percent",),
    "Temperature": ("Celsius", "Celcius", "Fahrenheit", "K"), "Voltage": ("V",),
}  # fmt: skip
"""Measurands of OCPP 1.6, 7.31, with the units that fit them."""

UNITS_BY_DEFAULT = {name for name, units in UNITS.items() if units == WH}
LISTS = {
    "MeterValuesSampledData", "MeterValuesAlignedData", "StopTxnSampledData", "StopTxnAlignedData",
}  # fmt: skip


def _values(log: Log) -> Iterator[tuple[Exchange, Payload]]:
    for x in log.asked("MeterValues", "StopTransaction"):
        for s in samples(x.req.get("meterValue", x.req.get("transactionData"))):
            for value in s.values:
                yield x, value


@rule("M8.4")
def units_fit_the_measurand(log: Log) -> Iterator[Hit]:
    """The unit of a sampled value fits its measurand; energy without unit is Wh.

    Another measurand without unit is a warning; frequency, RPM and power factor have none.

    Looks at: every sampled value.
    """
    told: set[tuple[str, str]] = set()
    for x, value in _values(log):
        name, unit = str(value.get("measurand", ENERGY)), value.get("unit")
        fitting = UNITS.get(name)
        if fitting is None or (name, str(unit)) in told:
            continue
        told.add((name, str(unit)))  # a station does the same in every sample: said once
        if unit is None and fitting and name not in UNITS_BY_DEFAULT:
            yield hit(f"{name} without unit", x.call, severity="warn")
        elif unit is not None and unit not in fitting:
            yield hit(f"{name} in {unit}", x.call)


@rule("M8.5")
def values_are_numbers_that_do_not_fall(log: Log) -> Iterator[Hit]:
    """A raw value is a decimal number in a text; a register never decreases in a transaction.

    Looks at: sampled values by transaction, measurand, phase and location, in order of time.
    """
    highest: dict[tuple[Json, ...], tuple[float, float]] = {}
    for x in log.asked("MeterValues", "StopTransaction"):
        number = integer(x.req.get("transactionId"))
        for s in samples(x.req.get("meterValue", x.req.get("transactionData"))):
            for value in s.values:
                if value.get("format", "Raw") != "Raw":
                    continue
                read = decimal(value.get("value"))
                if read is None:
                    yield hit(f"{value.get('value')!r} is no decimal number", x.call)
                    continue
                name = str(value.get("measurand", ENERGY))
                if number is None or not name.endswith(".Register") or s.utc_s is None:
                    continue
                scale = 1000 if str(value.get("unit", "Wh")).startswith("k") else 1
                place = value.get("location", "Outlet")
                key = (number, name, value.get("phase"), place)
                at, top = highest.get(key, (s.utc_s, read * scale))
                if s.utc_s >= at and read * scale < top - 1e-6:
                    yield hit(f"{name} falls from {top:g} to {read * scale:g}", x.call)
                if s.utc_s >= at:
                    highest[key] = (s.utc_s, read * scale)


def decimal(value: Json) -> float | None:
    """A decimal number in a text; None when it is none."""
    text = value if isinstance(value, str) else ""
    try:
        number = float(text)
    except ValueError:
        return None
    # float() also reads "nan", "1_000" and " 1 "
    return number if set(text) <= set("+-0123456789.eE") else None


@rule("M8.7")
def transaction_data_is_as_configured(log: Log) -> Iterator[Hit]:
    """TransactionData holds what StopTxnSampledData and StopTxnAlignedData list, else nothing.

    Looks at: StopTransactions whose two keys are known.
    """
    for x in log.asked("StopTransaction"):
        sampled = log.history.items("StopTxnSampledData", x.seq)
        aligned = log.history.items("StopTxnAlignedData", x.seq)
        read = samples(x.req.get("transactionData"))
        if sampled is None or aligned is None or not _kept(log, x):
            continue
        if not sampled and not aligned:
            if read:
                yield hit("transactionData although nothing is configured", x.call)
            continue
        if not read and sampled:
            yield hit("no transactionData although StopTxnSampledData lists some", x.call)
            continue
        wanted = {*sampled, *aligned}
        values = tuple(v for s in read for v in s.values)
        extra = Sample(None, "", values).beside(sorted(wanted))
        if extra:
            yield hit(f"transactionData with {', '.join(extra)}, not configured", x.call)
        missing = Sample(None, "", values).missing(sampled)
        if missing:
            yield hit(f"transactionData without {', '.join(missing)}", x.call)


def _kept(log: Log, x: Exchange) -> bool:
    """Whether the keys were the same during the whole transaction."""
    t = log.history.of_number(integer(x.req.get("transactionId")), x.seq)
    if t is None or not t.starts:
        return False
    return all(log.history.settled(key, t.start_seq, x.seq)
               for key in ("StopTxnSampledData", "StopTxnAlignedData"))  # fmt: skip


@rule("M8.8")
def impossible_lists_are_rejected(log: Log) -> Iterator[Hit]:
    """A list of measurands with an unknown one, or longer than its MaxLength, is Rejected.

    Looks at: ChangeConfiguration for the keys that list measurands.
    """
    folded = {key.casefold(): key for key in LISTS}
    for x in log.told("ChangeConfiguration"):
        key = folded.get(str(x.req.get("key")).casefold())
        if key is None or not x.is_accepted or x.answer is None:
            continue
        listed = [m for m in measurands(str(x.req.get("value"))) if x.req.get("value")]
        unknown = [m for m in listed if not _exists(m)]
        most = log.history.number(f"{key}MaxLength", x.seq)
        if unknown:
            yield hit(f"{key} takes {', '.join(unknown)}", x.call, x.answer)
        elif most is not None and len(listed) > most:
            yield hit(f"{key} takes {len(listed)} items, at most {most}", x.call, x.answer)


def _exists(measurand: str) -> bool:
    name, _, phase = measurand.rpartition(".")
    return measurand in UNITS or (name in UNITS and phase.startswith(("L1", "L2", "L3", "N")))
