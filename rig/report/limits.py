"""What a report cannot say: honest limits, from what the run was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rig.report import words
from rig.report.model import RunView
from rig.runs.journal import Damage


@dataclass(frozen=True, slots=True)
class Facts:
    """Of one run.

    Attributes:
        mocks: devices that were simulated.
        masked: messages in which a secret was masked.
        damage: lines of the run's logs that could not be read.
        warnings: device, and what it cannot do for safety.
    """

    mocks: tuple[str, ...]
    masked: int
    damage: Damage
    warnings: tuple[tuple[str, str], ...] = ()


def of(runs: Sequence[RunView], facts: Sequence[Facts]) -> tuple[str, ...]:
    """The limits of a report, most important first."""
    found = [*_simulated(runs, facts), *_time(runs), *_incomplete(runs, facts), *_manual(runs)]
    warnings = dict.fromkeys(warning for fact in facts for warning in fact.warnings)
    found += [f"Bench: {device}: {cause}." for device, cause in warnings]
    masked = sum(fact.masked for fact in facts)
    if masked:
        found.append(
            f"Secrets (AuthorizationKey, passwords) are masked as *** in "
            f"{words.plural(masked, 'message')}; everything else is as it was on the wire."
        )
    found.append(
        "A PASS says that this device did what the case asks, this time, in this set-up. It is no "
        "certificate: certification is done by an accredited laboratory with the official tool."
    )
    return tuple(found)


def _simulated(runs: Sequence[RunView], facts: Sequence[Facts]) -> list[str]:
    mocks = sorted({name for fact in facts for name in fact.mocks})
    if not mocks and not any(run.simulated for run in runs):
        return []
    which = f" ({', '.join(mocks)})" if mocks else ""
    return [
        f"Devices were simulated{which}. The verdicts prove the tool and the emulator, not a "
        "product: no current flowed, and pilot voltages, lock, contactor and meter are a model.",
        "Simulated serial ports are pseudo-terminals: baud rate, parity, bus termination and "
        "electrical noise were not exercised.",
    ]


def _time(runs: Sequence[RunView]) -> list[str]:
    scales = sorted({run.time_scale for run in runs if run.time_scale != 1})
    if not scales:
        return []
    factor = " and ".join(f"{scale:g}" for scale in scales)
    return [
        f"Lab time ran {factor} times as fast as real time. Every time in this report is lab time; "
        "delays of the computer itself count that many times over."
    ]


def _incomplete(runs: Sequence[RunView], facts: Sequence[Facts]) -> list[str]:
    found = []
    for run, fact in zip(runs, facts, strict=True):
        if run.state == "interrupted":
            found.append(f"Run {run.run_id} was interrupted: {run.cause}.")
        elif run.state == "running":
            found.append(f"Run {run.run_id} was still going on when this report was written.")
        earlier = dict(run.facts).get("Continues")
        carried = [case.octt_id for case in run.cases if earlier and not case.frames]
        if carried:
            found.append(
                f"Results carried over from run {earlier} ({', '.join(carried)}) have their time "
                "line and wire log in the report of that run."
            )
        if run.not_run:
            one = len(run.not_run) == 1
            found.append(
                f"{words.plural(len(run.not_run), 'case')} that {'applies' if one else 'apply'} to "
                f"{run.name} {'has' if one else 'have'} no result in run {run.run_id}."
            )
        damaged = fact.damage.lost + fact.damage.torn
        if damaged:
            found.append(
                f"{words.plural(damaged, 'line')} in the logs of run {run.run_id} could not be "
                "read; what they recorded is missing here."
            )
    return found


def _manual(runs: Sequence[RunView]) -> list[str]:
    manual = sum(c.kind == "manual" for run in runs for case in run.cases for c in case.checks)
    if not manual:
        return []
    return [
        f"{words.plural(manual, 'check')} marked manual: the certification procedure has a person "
        "look; here the bench read it back, or an operator answered."
    ]
