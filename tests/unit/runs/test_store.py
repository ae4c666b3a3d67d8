import json
import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from rig.errors import RunError
from rig.events import Event
from rig.runs import CaseRecord, RunMeta, RunStore, new_run_id
from rig.runs.artefacts import Artefacts
from rig.runs.journal import Damage

MakeMeta = Callable[[str], RunMeta]
MakeEvent = Callable[..., Event]
MakeCase = Callable[..., CaseRecord]


def test_a_run_comes_back_as_it_was_written(
    store: RunStore, make_meta: MakeMeta, make_event: MakeEvent, make_case: MakeCase
) -> None:
    events = [make_event(1, raw="[]"), make_event(2, "pilot", cp_state="B"), make_event(3)]
    with store.create(make_meta("r1")) as writer:
        for event in events:
            writer.event(event)
        writer.identity({"vendor": "A", "firmware": "1"})
        writer.identity({"firmware": "2"})
        writer.case(make_case())
        writer.finish()
    record = store.load("r1")
    assert record.meta == make_meta("r1")
    assert list(record.events()) == events
    assert [e.seq for e in record.frames()] == [1, 3]
    assert record.cases == (make_case(),)
    assert record.identity == {"vendor": "A", "firmware": "2"}
    assert (record.state, record.verdict, record.cause) == ("finished", "PASS", "")
    assert record.finished_utc == events[-1].utc
    assert record.run_id == "r1"
    assert record.damage.lost == record.damage.torn == 0
    wire = [json.loads(line) for line in record.folder.wire.read_text().splitlines()]
    assert [line["seq"] for line in wire] == [1, 3]


def test_the_verdict_of_a_run_is_the_worst_of_its_cases(
    store: RunStore, make_meta: MakeMeta, make_case: MakeCase
) -> None:
    with store.create(make_meta("r1")) as writer:
        for n, verdict in enumerate(("PASS", "FAIL", "INCONCLUSIVE", "NOT APPLICABLE")):
            writer.case(make_case(f"{n}", verdict))
        writer.finish()
    summary = store.list()[0]
    assert summary.verdict == "FAIL"
    assert summary.counts == {"PASS": 1, "FAIL": 1, "INCONCLUSIVE": 1, "NOT APPLICABLE": 1}


def test_an_explicit_verdict_and_cause_are_kept(store: RunStore, make_meta: MakeMeta) -> None:
    with store.create(make_meta("r1")) as writer:
        writer.finish("ABORTED", "by the operator", "2026-11-23T11:00:00.000Z")
    record = store.load("r1")
    assert (record.verdict, record.cause) == ("ABORTED", "by the operator")
    assert record.finished_utc == "2026-11-23T11:00:00.000Z"


def test_a_cause_that_is_no_unicode_is_listed(store: RunStore, make_meta: MakeMeta) -> None:
    with store.create(make_meta("r1")) as writer:
        writer.finish("FAIL", "status \ud800")
    assert store.list()[0].cause == r"status \ud800"
    assert store.load("r1").cause == "status \ud800"


def test_nothing_is_added_after_the_end(
    store: RunStore, make_meta: MakeMeta, make_event: MakeEvent
) -> None:
    writer = store.create(make_meta("r1"))
    writer.finish()
    with pytest.raises(RunError, match="run r1 has ended"):
        writer.event(make_event(1))


def test_secrets_do_not_reach_the_disk(
    store: RunStore, make_meta: MakeMeta, make_event: MakeEvent, make_case: MakeCase
) -> None:
    secret = "-".join(["S3CRET"] * 3)
    raw = json.dumps([2, "1", "ChangeConfiguration", {"key": "AuthorizationKey", "value": secret}])
    with store.create(make_meta("r1")) as writer:
        writer.event(
            make_event(1, "step", text=f"{{'key': 'AuthorizationKey', 'value': '{secret}'}}")
        )
        writer.event(make_event(2, direction="out", connection=1, raw=raw))
        writer.event(make_event(3, "transport", detail={"authorization": f"Basic {secret}"}))
        writer.identity({"url": f"ws://CP:{secret}@h/"})
        case = make_case()
        writer.case(replace(case, checks=(replace(case.checks[0], seen=secret),)))
        writer.finish("FAIL", f"the station used {secret}")
    files = [p for p in store.root.rglob("*") if p.is_file()]
    assert len(files) >= 7
    for path in files:
        assert secret.encode() not in path.read_bytes(), path


def test_runs_are_listed_newest_first_whatever_their_ids(
    store: RunStore, make_meta: MakeMeta
) -> None:
    for run_id in ("b", "a", "c"):
        store.create(make_meta(run_id)).finish()
    assert [s.run_id for s in store.list()] == ["c", "a", "b"]
    assert store.load("latest").run_id == store.load("last").run_id == "c"


@pytest.mark.parametrize("harm", ["deleted", "garbage"])
def test_a_lost_index_is_made_anew(store: RunStore, make_meta: MakeMeta, harm: str) -> None:
    for stamp, run_id in enumerate(("b", "a", "c")):
        store.create(make_meta(run_id)).finish()
        meta = store.load(run_id).folder.meta
        os.utime(meta, (stamp, stamp))
    before = store.list()
    index = store.root / "index.sqlite3"
    index.unlink() if harm == "deleted" else index.write_bytes(b"no database" * 500)
    assert store.list() == before
    assert store.list() == before


def test_an_index_that_cannot_be_used_does_not_stop_a_run(
    store: RunStore, make_meta: MakeMeta
) -> None:
    (store.root / "index.sqlite3").mkdir()
    store.create(make_meta("r1")).finish()
    assert [s.run_id for s in store.list()] == ["r1"]


def test_a_removed_run_leaves_the_list(store: RunStore, make_meta: MakeMeta) -> None:
    store.create(make_meta("r1")).finish()
    store.create(make_meta("r2")).finish()
    (store.root / "runs" / "r2").rename(store.root / "archived")
    assert [s.run_id for s in store.list()] == ["r1"]
    assert store.load("latest").run_id == "r1"


def test_an_unreadable_run_does_not_hide_the_others(store: RunStore, make_meta: MakeMeta) -> None:
    store.create(make_meta("r1")).finish()
    writer = store.create(make_meta("r2"))
    writer.close()
    (store.root / "runs" / "r2" / "meta.json").write_text("{")
    assert [s.run_id for s in store.list()] == ["r1"]
    assert store.recover() == []
    with pytest.raises(RunError, match=r"meta\.json: not readable"):
        store.load("r2")


@pytest.mark.parametrize("content", ["{}", "[]"], ids=["keys missing", "no object"])
def test_foreign_meta_data_is_said(store: RunStore, make_meta: MakeMeta, content: str) -> None:
    store.create(make_meta("r1")).finish()
    (store.root / "runs" / "r1" / "meta.json").write_text(content)
    with pytest.raises(RunError, match=r"meta\.json"):
        store.load("r1")


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ("20261123-100000-abce", "did you mean 20261123-100000-abcd"),
        ("abcd", "did you mean 20261123-100000-abcd"),
        ("zzz", "the newest is 20261124-100000-0000; list them with"),
        ("../runs/20261123-100000-abcd", "did you mean"),
        ("", "the newest is"),
    ],
)
def test_an_unknown_run_names_the_nearest(
    store: RunStore, make_meta: MakeMeta, wanted: str, said: str
) -> None:
    store.create(make_meta("20261123-100000-abcd")).finish()
    store.create(make_meta("20261124-100000-0000")).finish()
    with pytest.raises(RunError, match=f"^no run '.*{said}"):
        store.load(wanted)


def test_an_empty_store_says_so(store: RunStore) -> None:
    assert store.list() == []
    with pytest.raises(RunError, match=r"no runs in .* yet"):
        store.load("latest")
    with pytest.raises(RunError, match="there are none yet"):
        store.load("x")


@pytest.mark.parametrize("run_id", ["", "a/b", "..", "latest", "last"])
def test_a_run_id_is_a_plain_name(store: RunStore, make_meta: MakeMeta, run_id: str) -> None:
    with pytest.raises(RunError):
        store.create(make_meta(run_id))


def test_a_run_id_is_used_once(store: RunStore, make_meta: MakeMeta) -> None:
    store.create(make_meta("r1")).finish()
    with pytest.raises(RunError, match="run r1 exists already"):
        store.create(make_meta("r1"))


def test_a_run_id_says_when(store: RunStore) -> None:
    run_id = new_run_id(datetime(2026, 11, 23, 9, 8, 7, tzinfo=UTC))
    assert run_id.startswith("20261123-090807-")
    assert len(run_id) == 20


def test_a_root_that_is_a_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(RunError, match="choose another runs_dir"):
        RunStore(tmp_path / "file")


def test_a_live_run_is_running_and_not_recovered(
    store: RunStore, make_meta: MakeMeta, make_event: MakeEvent, make_case: MakeCase
) -> None:
    with store.create(make_meta("r1")) as writer:
        writer.event(make_event(1, "case", octt_id="003", phase="steps"))
        writer.case(make_case(last_seq=1))
        assert store.recover() == []
        summary = store.list()[0]
        assert (summary.state, summary.verdict, summary.counts) == ("running", "", {"PASS": 1})
        assert store.load("r1").open_case() is None
        writer.finish()
    assert store.list()[0].state == "finished"


def test_an_abandoned_run_is_interrupted_and_never_better_than_inconclusive(
    store: RunStore, make_meta: MakeMeta, make_event: MakeEvent, make_case: MakeCase
) -> None:
    writer = store.create(make_meta("r1"))
    writer.event(make_event(1, "case", octt_id="003", phase="preparation"))
    writer.case(make_case(last_seq=2))
    writer.event(make_event(3, "case", octt_id="003", verdict="PASS"))
    writer.event(make_event(4, "case", octt_id="010", phase="preparation"))
    writer.event(make_event(5, "case", octt_id="010", phase="steps"))
    writer.close()
    before = store.load("r1")
    assert before.state == "interrupted"
    assert store.recover() == ["r1"]
    assert store.recover() == []
    record = store.load("r1")
    assert record == before
    assert (record.verdict, record.finished_utc) == ("INCONCLUSIVE", "2026-11-23T10:00:05.000Z")
    assert record.cause == "the daemon ended before the run did, in case 010"
    opened = record.open_case()
    assert opened is not None
    assert (opened.octt_id, opened.first_seq) == ("010", 4)


def test_an_interruption_takes_back_no_fail(
    store: RunStore, make_meta: MakeMeta, make_case: MakeCase
) -> None:
    with store.create(make_meta("r1")) as writer:
        writer.case(make_case(verdict="FAIL"))
    assert store.load("r1").verdict == "FAIL"


def test_an_interrupted_run_without_events_ended_when_it_began(
    store: RunStore, make_meta: MakeMeta
) -> None:
    store.create(make_meta("r1")).close()
    assert store.load("r1").finished_utc == make_meta("r1").started_utc


@pytest.mark.parametrize("name", ["events", "cases", "identity"])
def test_torn_last_lines_are_tolerated_and_counted(
    store: RunStore, make_meta: MakeMeta, make_event: MakeEvent, make_case: MakeCase, name: str
) -> None:
    with store.create(make_meta("r1")) as writer:
        writer.event(make_event(1))
        writer.case(make_case())
    folder = store.root / "runs" / "r1"
    with (folder / f"{name}.jsonl").open("ab") as file:
        file.write(b'{"seq":2,"t_s"')
    store.recover()
    record = store.load("r1")
    damage = record.damage
    assert [event.seq for event in record.events(damage)] == [1]
    assert len(record.cases) == 1
    assert damage == Damage(torn=1)


def test_lines_of_another_version_are_counted_as_lost(store: RunStore, make_meta: MakeMeta) -> None:
    store.create(make_meta("r1")).close()
    for name in ("events", "cases"):
        (store.root / "runs" / "r1" / f"{name}.jsonl").write_text('{"a":1}\n')
    damage = store.load("r1").damage
    assert list(store.load("r1").events(damage)) == []
    assert damage == Damage(lost=2)


WRITER = """
import sys
from pathlib import Path
from rig.events import Event
from rig.runs import RunMeta, RunStore
store = RunStore(Path(sys.argv[1]))
meta = RunMeta("r1", "station", "b", "2026-11-23T10:00:00.000Z", 1.0, "0", True, (), ())
writer = store.create(meta)
for seq in range(1, 10**9):
    writer.event(Event(seq, seq / 10, "u", "frame", "s", {"raw": "x" * (seq * 37 % 9000)}))
    sys.stdout.write(f"{seq}\\n")
    sys.stdout.flush()
"""


@pytest.mark.parametrize("lines", [1, 57, 400])
def test_kill_9_of_the_writer_loses_no_recorded_event(tmp_path: Path, lines: int) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout is not None
        for _ in range(lines):
            writer.stdout.readline()
        store = RunStore(tmp_path)
        assert store.load("r1").state == "running"
        assert store.recover() == []
        writer.send_signal(signal.SIGKILL)
        acknowledged = lines + len(writer.stdout.read().split("\n")) - 1
    assert store.recover() == ["r1"]
    record = store.load("latest")
    seqs = [event.seq for event in record.events()]
    assert seqs == list(range(1, len(seqs) + 1))
    assert len(seqs) >= acknowledged
    assert record.state == "interrupted"
    assert all(len(str(e.data["raw"])) == e.seq * 37 % 9000 for e in record.events())


def _read_all(root: str, rounds: int) -> int:
    store = RunStore(Path(root))
    seen = 0
    for _ in range(rounds):
        for summary in store.list():
            record = store.load(summary.run_id)
            seqs = [event.seq for event in record.events()]
            assert seqs == list(range(1, len(seqs) + 1))
            seen += 1
    return seen


def test_readers_in_other_processes_do_not_disturb_the_writer(
    store: RunStore, make_meta: MakeMeta, make_event: MakeEvent
) -> None:
    context = multiprocessing.get_context("spawn")
    with context.Pool(2) as pool:
        pending = [pool.apply_async(_read_all, (str(store.root), 15)) for _ in range(2)]
        seq = run = 0
        while not all(p.ready() for p in pending) or run < 2:
            run += 1
            with store.create(make_meta(f"r{run}")) as writer:
                for seq in range(1, 100):
                    writer.event(make_event(seq, raw="x" * seq))
                writer.finish()
            if run > 300:
                break
        for p in pending:
            p.get()
    assert seq == 99
    assert {s.state for s in store.list()} == {"finished"}


def test_artefacts_are_stored_once_by_content(store: RunStore, make_meta: MakeMeta) -> None:
    with store.create(make_meta("r1")) as writer:
        one = writer.artefact("diagnostics.log", b"hello")
        two = writer.artefact("again.log", b"hello")
        writer.finish()
    assert one.sha256 == two.sha256
    assert one.size == 5
    assert store.artefacts.get(one.sha256) == b"hello"
    assert store.load("r1").artefacts() == (
        ("diagnostics.log", one.sha256),
        ("again.log", one.sha256),
    )


def test_artefacts_that_are_not_what_they_were_are_refused(tmp_path: Path) -> None:
    artefacts = Artefacts(tmp_path / "a")
    stored = artefacts.put("x", b"content")
    artefacts.path(stored.sha256).write_bytes(b"other")
    with pytest.raises(RunError, match="changed on disk"):
        artefacts.get(stored.sha256)
    with pytest.raises(RunError, match="No such file"):
        artefacts.get("0" * 64)
    with pytest.raises(RunError, match="no SHA-256 digest"):
        artefacts.get("../../etc/passwd")
    (tmp_path / "file").touch()
    with pytest.raises(RunError, match="artefact x not stored"):
        Artefacts(tmp_path / "file").put("x", b"")


def test_a_disk_that_refuses_is_said(
    store: RunStore, make_meta: MakeMeta, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(RunError, match=r"meta\.json: No space left on device"):
        store.create(make_meta("r1"))
    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(RunError, match="r2: No space left on device"):
        store.create(make_meta("r2"))


def test_who_tells_an_event_is_not_to_blame_for_a_full_disk(
    store: RunStore,
    make_meta: MakeMeta,
    make_event: Callable[..., Event],
    make_case: Callable[..., CaseRecord],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: object) -> int:
        raise OSError(28, "No space left on device")

    with store.create(make_meta("r1")) as writer:
        writer.event(make_event(1))
        with monkeypatch.context() as full:
            full.setattr(os, "write", refuse)
            writer.event(make_event(2))
        writer.event(make_event(3))
        with pytest.raises(RunError, match="No space left on device; make room"):
            writer.case(make_case())
    record = store.load("r1")
    assert record.state == "interrupted"
    assert [event.seq for event in record.events()] == [1], "no gap that nobody sees"
