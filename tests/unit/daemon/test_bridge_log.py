"""The log of the prompt bridge keeps the newest and stays small."""

from __future__ import annotations

from pathlib import Path

from rig.daemon.bridge_log import BridgeLog


def test_an_empty_log_has_no_records(tmp_path: Path) -> None:
    assert BridgeLog(tmp_path / "bridge.jsonl").last(5) == ()


def test_the_newest_are_kept_and_the_files_stay_small(tmp_path: Path) -> None:
    limit, longest = 200, len('{"n":999}\n')
    for n in range(1000):  # each time another daemon
        BridgeLog(tmp_path / "bridge.jsonl", limit).append({"n": n})
    sizes = {file.name: file.stat().st_size for file in tmp_path.iterdir()}
    assert set(sizes) == {"bridge.jsonl", "bridge.old.jsonl"}
    assert max(sizes.values()) < limit + longest
    kept = [record["n"] for record in BridgeLog(tmp_path / "bridge.jsonl").last(1000)]
    assert len(kept) >= limit // longest
    assert kept == list(range(1000 - len(kept), 1000))


def test_the_last_ones_go_over_both_files(tmp_path: Path) -> None:
    log = BridgeLog(tmp_path / "bridge.jsonl", 1)
    for n in range(3):
        log.append({"n": n})
    assert log.last(5) == ({"n": 1}, {"n": 2})
    assert log.last(1) == ({"n": 2},)
