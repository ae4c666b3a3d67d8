"""Rows 070 and 071: periodic and clock-aligned meter values."""

from __future__ import annotations

from rig.conformance.cases import Setting, case
from rig.conformance.catalogue import Role
from rig.conformance.inbox import Received
from rig.conformance.instants import instant
from rig.conformance.samples import Sample, measurands, samples
from rig.conformance.states import charging, close_session_remote
from rig.conformance.steps import StationCase

PERIODIC, CLOCK, BEGIN = "Sample.Periodic", "Sample.Clock", "Transaction.Begin"
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
    wanted = await _measurands(s, "MeterValuesSampledData")
    mark = s.mark()
    start = await charging(s)
    await s.confirm_energy_flows()
    watch = _Watch(s, interval_s, PERIODIC, wanted)
    await watch.until(3, 3 * interval_s + s.parameters.max_time_deviation, start)
    _check_registers(s, start, [sample for _, sample in watch.taken])
    await _look_plausible(s)
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
    wanted = await _measurands(s, "MeterValuesAlignedData")
    mark = s.mark()
    await charging(s)
    await s.confirm_energy_flows()
    watch = _Watch(s, interval_s, CLOCK, wanted)
    await watch.until(3, 4 * interval_s)
    await _look_plausible(s)
    _check_no_other(s, mark, PERIODIC, "MeterValueSampleInterval is 0")
    others = [
        r
        for r in s.calls_since(mark)
        if r.action == "MeterValues" and r["connectorId"] != s.connector_id
    ]
    s.check(
        "samples of a connector without transaction carry no transactionId",
        all(r["transactionId"] is None for r in others),
        "rule M8.6",
        expected="no transactionId",
        seen=", ".join(str(r["transactionId"]) for r in others) or "no such sample",
        seqs=[r.seq for r in others],
    )


async def _measurands(s: StationCase, key: str) -> list[str]:
    """The configured measurands; nothing configured means the energy register."""
    value = await s.read_key(key)
    s.check(f"{key} can be read", value is not None, "OCPP 1.6, 9.1", expected="a list", seen=value)
    return measurands(value)


async def _look_plausible(s: StationCase) -> None:
    await s.look(
        "the values are plausible",
        "Do the values of the last MeterValues agree with the reference meter (within the "
        "tolerance of the PICS, else 5 %)?",
    )


class _Watch:
    """Looks at the samples of the connector under test as they come.

    Args:
        s: the case.
        interval_s: between two of them.
        context: of every value.
        wanted: measurands of every sample.

    Attributes:
        taken: message and sample.
    """

    def __init__(self, s: StationCase, interval_s: int, context: str, wanted: list[str]) -> None:
        self.taken: list[tuple[Received, Sample]] = []
        self._s = s
        self._interval_s = interval_s
        self._context = context
        self._wanted = wanted

    async def until(self, count: int, within_s: float, start: Received | None = None) -> None:
        """Wait for so many samples and check each one.

        Args:
            count: of samples.
            within_s: lab seconds for all of them.
            start: the StartTransaction from which the first is counted; None on the clock.
        """
        s = self._s
        deadline_s = s.clock.now() + within_s
        while len(self.taken) < count:
            message = await s.next_meter_values(within=max(0.0, deadline_s - s.clock.now()))
            s.check_fields(message, transactionId=s.transaction_id)
            for sample in samples(message["meterValue"]):
                if sample.contexts() != {BEGIN}:  # tolerated, but none of those we wait for
                    self._check(message, sample, start)

    def _check(self, message: Received, sample: Sample, start: Received | None) -> None:
        s = self._s
        if self.taken:
            _check_distance(s, self.taken[-1][1], message, sample, self._interval_s)
        elif start is not None:
            begun_s = instant(start["timestamp"])
            s.check_interval(
                "the first sample is taken one interval after the start",
                (sample.utc_s or 0.0) - (begun_s or 0.0),
                self._interval_s,
                "rule M8.1",
                start.seq,
                message.seq,
            )
        if self._context == CLOCK:
            _check_on_grid(s, message, sample, self._interval_s)
        _check_sample(s, message, sample, self._context, self._wanted)
        self.taken.append((message, sample))


def _check_distance(
    s: StationCase, before: Sample, message: Received, sample: Sample, interval_s: float
) -> None:
    s.check_interval(
        "time stamps of samples are one interval apart",
        (sample.utc_s or 0.0) - (before.utc_s or 0.0),
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
    missing = [m for m in measurands(wanted) if all(m in x.missing([m]) for x in data)]
    s.check(
        "StopTransaction carries the measurands of StopTxnSampledData",
        not missing,
        "rule M8.7; OCPP 1.6, 9.1 StopTxnSampledData",
        expected=wanted,
        seen=f"missing: {', '.join(missing)}" if missing else "all",
        seqs=(stop.seq,),
    )
    contexts = {c for sample in data for c in sample.contexts()}
    # Recommended, but not demanded by the text of the standard.
    s.check(
        "StopTransaction carries the samples of begin and end",
        {BEGIN, "Transaction.End"} <= contexts,
        "rule M8.7",
        expected="Transaction.Begin and Transaction.End",
        seen=", ".join(sorted(contexts)) or "no transactionData",
        seqs=(stop.seq,),
        severity="warn",
    )
