"""Records survive the way through JSON, and versions may differ."""

from __future__ import annotations

import json

import pytest

from rig.client.errors import ClientError
from rig.client.results import (
    BenchInfo,
    CardInfo,
    DaemonInfo,
    PromptInfo,
    QuarantineInfo,
    RunLine,
    Status,
    build,
    to_json,
)

STATUS = Status(
    DaemonInfo(1, "0.1.0", "2026-01-01T00:00:00.000Z", 2.5, "/s", 9),
    BenchInfo(
        "b",
        "/b.yaml",
        "quarantined",
        True,
        10.0,
        ("plug-1",),
        (CardInfo("ok", "04", "Accepted"),),
        "on",
        QuarantineInfo("relay", "gone", "2026-01-01T00:00:00.000Z"),
    ),
    None,
    None,
    (PromptInfo("p1", "sure?", ("yes", "no"), "asked", 60.0, "2026-01-01T00:00:00.000Z"),),
)


@pytest.mark.parametrize(
    "record",
    [STATUS, RunLine("r", "station", "b", "finished", "PASS", "t", {"PASS": 2})],
    ids=["nested", "mapping"],
)
def test_json_and_back_is_the_identity(record: object) -> None:
    assert build(type(record), json.loads(json.dumps(to_json(record)))) == record


def test_unknown_field_of_a_newer_daemon_is_ignored() -> None:
    assert build(CardInfo, {"name": "a", "id_tag": "b", "status": "c", "colour": "red"}) == (
        CardInfo("a", "b", "c")
    )


def test_missing_field_names_it_and_the_remedy() -> None:
    with pytest.raises(ClientError, match=r"CardInfo lacks status; .*rig down"):
        build(CardInfo, {"name": "a", "id_tag": "b"})


def test_wrong_shape_is_refused() -> None:
    with pytest.raises(ClientError, match="sent"):
        build(CardInfo, ["a"])
