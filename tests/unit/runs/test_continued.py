"""A run that is gone on with: one time line, one writer, and the executions that count."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from rig.errors import RunError
from rig.events import Event
from rig.runs import CaseRecord, ChangeRecord, RunMeta, RunStore, SessionRecord
from rig.runs.attempts import next_attempt, that_count
from rig.runs.configuration import Configuration, Key
from rig.runs.journal import Damage, Journal, read
from rig.runs.records import CheckRecord

MakeMeta = Callable[[str], RunMeta]
MakeEvent = Callable[..., Event]
MakeCase = Callable[..., CaseRecord]


def session(occasion: str, first_seq: int = 1) -> SessionRecord:
    return SessionRecord(occasion, "2026-11-23T10:00:00.000Z", first_seq, "0.1.0", 10.0)


def test_numbers_and_times_of_a_second_daemon_follow_those_of_the_first(
    store: RunStore, make_meta: MakeMeta, make_event: MakeEvent, make_case: MakeCase
) -> None:
    with store.create(make_meta("r1")) as writer:
        for seq in (5, 6, 7):
            writer.event(make_event(seq))
    check = CheckRecord("claim", "source", True, "error", "", "", (2,), 2.0, "tool")
    with store.reopen("r1", seq=1, t_s=1.0) as writer:
        writer.session(session("resumed", first_seq=2))
        writer.event(make_event(2))
        case = make_case(last_seq=2)
        writer.case(replace(case, first_seq=2, t_start_s=1.0, t_end_s=2.0, checks=(check,)))
        writer.change(ChangeRecord("crash", "", "", "", "", seqs=(2,)))
        writer.finish()
    run = store.load("r1")
    assert [(e.seq, e.t_s) for e in run.events()] == [(5, 5.0), (6, 6.0), (7, 7.0), (8, 8.0)]
    (found,) = run.cases
    assert (found.first_seq, found.last_seq, found.t_start_s, found.t_end_s) == (8, 8, 7.0, 8.0)
    assert [(c.seqs, c.t_s) for c in found.checks] == [((8,), 8.0)]
    assert (run.sessions[0].first_seq, run.changes[0].seqs) == (8, (8,))


def test_an_ended_run_runs_again_until_it_ends_again(
    store: RunStore, make_meta: MakeMeta, make_case: MakeCase
) -> None:
    with store.create(make_meta("r1")) as writer:
        writer.case(make_case("003", "INCONCLUSIVE"))
        writer.finish()
    with store.reopen("r1", 0, 0.0) as writer:
        assert [(s.state, s.verdict) for s in store.list()] == [("running", "")]
        writer.case(replace(make_case("003", "PASS"), attempt=2))
        writer.finish()
    (summary,) = store.list()
    assert (summary.state, summary.verdict, summary.counts) == ("finished", "PASS", {"PASS": 1})


def test_a_run_has_one_writer(store: RunStore, make_meta: MakeMeta) -> None:
    with store.create(make_meta("r1")), pytest.raises(RunError, match="written by another"):
        store.reopen("r1", 0, 0.0)


def test_a_line_that_its_writer_did_not_end_spoils_no_other(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    path.write_bytes(b'{"n": 1}\n{"n": 2')
    journal = Journal(path)
    journal.append({"n": 3})
    journal.close()
    damage = Damage()
    assert [line["n"] for line in read(path, damage)] == [1, 3]
    assert (damage.torn, damage.lost) == (0, 1)


@pytest.mark.parametrize(
    ("verdicts", "counts"),
    [
        (["PASS"], 1),
        (["INCONCLUSIVE", "PASS"], 2),
        (["INCONCLUSIVE", "FAIL"], 2),
        (["ABORTED", "INCONCLUSIVE"], 2),
        (["INCONCLUSIVE", "ABORTED"], 1),
        (["INCONCLUSIVE", "INCONCLUSIVE"], 2),
        (["FAIL", "PASS"], 1),  # a tool validation has failed: no retest is allowed
        (["PASS", "FAIL"], 1),
        (["ERROR", "ABORTED", "FAIL", "PASS"], 3),
    ],
)
def test_of_several_attempts_the_best_allowed_one_counts(
    verdicts: list[str], counts: int, make_case: MakeCase
) -> None:
    attempts = [replace(make_case("003", v), attempt=n) for n, v in enumerate(verdicts, 1)]
    assert [case.attempt for case in that_count(attempts)] == [counts]
    assert next_attempt(attempts, "003") == len(verdicts) + 1
    assert next_attempt(attempts, "004_1") == 1


def test_attempts_of_variants_and_roles_are_not_mixed(make_case: MakeCase) -> None:
    one = make_case("003", "FAIL")
    others = [replace(one, variant="x"), replace(one, dut="csms"), replace(one, octt_id="004_1")]
    assert that_count([one, *others]) == (one, *others)


# --- configuration --------------------------------------------------------------------------------

KEYS = {"Alpha": Key("1", False), "Beta": Key("x:y@z", True)}


def test_a_configuration_comes_back_without_secrets(store: RunStore, make_meta: MakeMeta) -> None:
    secret = {"AuthorizationKey": Key("0123456789abcdef", False)}
    url = {"Proxy": Key("http://me:hunter2hunter2@proxy", False)}
    with store.create(make_meta("r1")) as writer:
        writer.configuration(Configuration("CP-1", KEYS | secret | url))
    kept = store.load("r1").configuration
    assert kept is not None
    assert kept.keys == KEYS | {"Proxy": Key(None, False)}
    assert "hunter2" not in store.load("r1").folder.configuration.read_text()


def test_a_digest_is_that_of_the_values() -> None:
    one = Configuration("CP-1", KEYS)
    assert one.digest == Configuration("CP-2", dict(reversed(KEYS.items()))).digest
    assert one.digest != Configuration("CP-1", KEYS | {"Alpha": Key("2", False)}).digest
    assert (one.value("alpha"), one.value("gamma")) == ("1", None)


def test_runs_that_have_left_a_station_changed_are_found(
    store: RunStore, make_meta: MakeMeta
) -> None:
    for run_id, identity in (("r1", "CP-1"), ("r2", "CP-2"), ("r3", "CP-1"), ("r4", "CP-1")):
        with store.create(make_meta(run_id)) as writer:
            if run_id != "r4":
                writer.configuration(Configuration(identity, KEYS))
            if run_id == "r3":
                writer.given_back("2026-11-23T10:00:00.000Z")
    (found,) = store.unrestored("CP-1")
    assert found.run_id == "r1"
    store.restored(found, "2026-11-23T11:00:00.000Z")
    assert store.unrestored("CP-1") == []


def test_a_run_in_progress_has_left_nothing_yet(store: RunStore, make_meta: MakeMeta) -> None:
    with store.create(make_meta("r1")) as writer:
        writer.configuration(Configuration("CP-1", KEYS))
        assert store.unrestored("CP-1") == []
