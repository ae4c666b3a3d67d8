import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rig.errors import RunError
from rig.jsontypes import Json
from rig.runs.journal import Damage, Journal, encode, read

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
RECORDS = st.lists(st.dictionaries(st.text(), JSON, max_size=3), max_size=6)


def written(path: Path, records: list[dict[str, Json]]) -> bytes:
    path.unlink(missing_ok=True)
    journal = Journal(path)
    for record in records:
        journal.append(record)
    journal.sync()
    journal.close()
    journal.close()
    return path.read_bytes()


@given(records=RECORDS)
def test_what_was_appended_is_read(
    tmp_path_factory: pytest.TempPathFactory, records: list[dict[str, Json]]
) -> None:
    path = tmp_path_factory.getbasetemp() / "whole.jsonl"
    written(path, records)
    assert list(read(path)) == records


@given(records=RECORDS.filter(bool), data=st.data())
def test_a_torn_log_gives_every_record_that_was_whole(
    tmp_path_factory: pytest.TempPathFactory, records: list[dict[str, Json]], data: st.DataObject
) -> None:
    path = tmp_path_factory.getbasetemp() / "torn.jsonl"
    content = written(path, records)
    cut = data.draw(st.integers(0, len(content)))
    path.write_bytes(content[:cut])
    damage = Damage()
    *whole, rest = content[:cut].split(b"\n")
    lines = content.split(b"\n")
    tail_is_whole = rest != b"" and rest == lines[len(whole)]
    assert list(read(path, damage)) == records[: len(whole) + tail_is_whole]
    assert damage == Damage(torn=int(rest != b"" and not tail_is_whole))


@given(garbage=st.binary(max_size=40).filter(lambda b: b"\n" not in b))
def test_garbage_between_lines_is_skipped_and_counted(
    tmp_path_factory: pytest.TempPathFactory, garbage: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "garbage.jsonl"
    path.write_bytes(b'{"a":1}\n' + b"\x00" + garbage + b'\n{"a":2}\n')
    damage = Damage()
    assert list(read(path, damage)) == [{"a": 1}, {"a": 2}]
    assert damage == Damage(torn=0, lost=1)


def test_a_missing_log_is_empty(tmp_path: Path) -> None:
    assert list(read(tmp_path / "none.jsonl")) == []


@pytest.mark.parametrize(
    "record", [{"a": "\ud800"}, {"a": 2**70}], ids=["lone surrogate", "huge integer"]
)
def test_what_orjson_refuses_is_kept(tmp_path: Path, record: dict[str, Json]) -> None:
    assert json.loads(encode(record)) == record
    written(tmp_path / "log.jsonl", [record])
    assert list(read(tmp_path / "log.jsonl")) == [record]


def test_a_full_disk_is_said_and_leaves_whole_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "log.jsonl"
    journal = Journal(path)
    journal.append({"a": 1})
    write = os.write
    calls = 0

    def full(fd: int, data: bytes) -> int:
        nonlocal calls
        calls += 1
        if calls > 1:
            raise OSError(28, "No space left on device")
        return write(fd, bytes(data)[:3])

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(RunError, match=r"log\.jsonl: No space left on device; make room"):
        journal.append({"a": 2})
    monkeypatch.setattr(os, "write", write)
    journal.append({"a": 3})
    journal.close()
    assert list(read(path)) == [{"a": 1}, {"a": 3}]
