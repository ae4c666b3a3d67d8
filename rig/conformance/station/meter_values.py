"""Rows 070 and 071: periodic and clock-aligned meter values."""

from __future__ import annotations

import itertools

from rig.conformance.cases import Setting, case
from rig.conformance.catalogue import Role
from rig.conformance.inbox import Received
from rig.conformance.samples import Sample, measurands, samples
from rig.conformance.states import charging, close_session_remote
from rig.conformance.steps import StationCase

PERIODIC, CLOCK = "Sample.Periodic", "Sample.Clock"
DAY_S = 86400
GRID_S = 1.0
"""Rule M8.2: the time stamp is on the grid within so many seconds."""


@case(
    "070",
    dut=Role.STATION,
    config=(
        Setting("MeterValueSampleInterval", "$meter_value_sample_interval"),
        Setting("ClockAlignedDataInterval", "0"),
    ),
)
async def sampled_meter_values(s: StationCase) -> None:
    """Periodic samples during a transaction follow the two configuration keys."""
    interval_s = s.parameters.meter_value_sample_interval
    wanted = measurands(await s.read_key("MeterValuesSampledData"))
    mark = s.mark()
    start = await charging(s)
    await s.confirm_energy_flows()
    seen = [await _next(s, interval_s) for _ in range(3)]
    for message in seen:
        s.check_fields(message, transactionId=s.transaction_id)
    taken = [(m, sample) for m in seen for sample in samples(m["meterValue"])]
    _check_distances(s, taken, interval_s)
    for message, sample in taken:
        _check_sample(s, message, sample, PERIODIC, wanted)
    _check_registers(s, start, [sample for _, sample in taken])
    _check_no_other(s, mark, CLOCK, "ClockAlignedDataInterval is 0")
    if s.edition.session_tail:
        await _stop_with_data(s)


@case(
    "071",
    dut=Role.STATION,
    config=(
        Setting("MeterValueSampleInterval", "0"),
        Setting("ClockAlignedDataInterval", "$clock_aligned_data_interval"),
    ),
)
async def clock_aligned_meter_values(s: StationCase) -> None:
    """Samples at wall-clock multiples of the interval."""
    interval_s = s.parameters.clock_aligned_data_interval
    wanted = measurands(await s.read_key("MeterValuesAlignedData"))
    mark = s.mark()
    await charging(s)
    await s.confirm_energy_flows()
    seen = [await _next(s, interval_s) for _ in range(3)]
    for message in seen:
        s.check_fields(message, transactionId=s.transaction_id)
    taken = [(m, sample) for m in seen for sample in samples(m["meterValue"])]
    for message, sample in taken:
        _check_on_grid(s, message, sample, interval_s)
        _check_sample(s, message, sample, CLOCK, wanted)
    _check_distances(s, taken, interval_s)
    _check_no_other(s, mark, PERIODIC, "MeterValueSampleInterval is 0")


async def _next(s: StationCase, interval_s: int) -> Received:
    """The next MeterValues of the connector under test; others may report as well."""
    return await s.next_meter_values(within=interval_s + s.parameters.message_timeout)


def _check_distances(
    s: StationCase, taken: list[tuple[Received, Sample]], interval_s: float
) -> None:
    for (_, before), (message, sample) in itertools.pairwise(taken):
        if before.utc_s is None or sample.utc_s is None:
            continue
        s.check_interval(
            "time stamps of samples are one interval apart",
            sample.utc_s - before.utc_s,
            interval_s,
            "rules M8.1, M8.2",
            message.seq,
        )


def _check_on_grid(s: StationCase, message: Received, sample: Sample, interval_s: int) -> None:
    off = None if sample.utc_s is None else (sample.utc_s % DAY_S) % interval_s
    s.check(
        "the time stamp is a multiple of the interval since midnight",
        off is not None and min(off, interval_s - off) <= GRID_S,
        "rule M8.2",
        expected=f"00:00:00 + n x {interval_s} s",
        seen=sample.stamp,
        seqs=(message.seq,),
    )


def _check_sample(
    s: StationCase, message: Received, sample: Sample, context: str, wanted: list[str]
) -> None:
    contexts = sample.contexts()
    s.check(
        f"every value has the context {context}",
        contexts == {context},
        "rules M8.1, M8.2, M8.4",
        expected=context,
        seen=", ".join(sorted(contexts)) or "no value",
        seqs=(message.seq,),
    )
    missing = sample.missing(wanted)
    s.check(
        "each configured measurand is there",
        not missing,
        "rule M8.3",
        expected=", ".join(wanted),
        seen=f"missing: {', '.join(missing)}" if missing else "all",
        seqs=(message.seq,),
    )


def _check_registers(s: StationCase, start: Received, taken: list[Sample]) -> None:
    registers = [wh for sample in taken for wh in sample.registers()]
    begin = start["meterStart"]
    first = float(begin) if isinstance(begin, int) else 0.0
    rising = all(a <= b + 1 for a, b in zip([first, *registers], registers, strict=False))
    s.check(
        "the energy register never falls, and begins at meterStart",
        rising,
        "rules M7.3, M8.5",
        expected=f">= {first:g} Wh, rising",
        seen=", ".join(f"{wh:g}" for wh in registers) or "no register",
    )


def _check_no_other(s: StationCase, mark: int, context: str, why: str) -> None:
    others = [
        r
        for r in s.calls_since(mark)
        if r.action == "MeterValues"
        and any(context in sample.contexts() for sample in samples(r["meterValue"]))
    ]
    s.check(
        f"no value has the context {context}",
        not others,
        f"{why}; rules M8.1, M8.2",
        expected="none",
        seen=f"{len(others)} messages" if others else "none",
        seqs=[r.seq for r in others],
    )


async def _stop_with_data(s: StationCase) -> None:
    wanted = await s.read_key("StopTxnSampledData")
    mark = s.mark()
    await close_session_remote(s)
    stop = next(r for r in s.calls_since(mark) if r.action == "StopTransaction")
    if not wanted:
        return
    data = samples(stop["transactionData"])
    contexts = {c for sample in data for c in sample.contexts()}
    s.check(
        "StopTransaction carries the samples of begin and end",
        {"Transaction.Begin", "Transaction.End"} <= contexts,
        "rule M8.7",
        expected="Transaction.Begin and Transaction.End",
        seen=", ".join(sorted(contexts)) or "no transactionData",
        seqs=(stop.seq,),
        severity="warn",
    )
