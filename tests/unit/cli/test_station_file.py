"""`rig station --config`: every problem at once, with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from rig.cli.station_file import read_options
from rig.client.errors import UsageProblem


def test_paths_are_seen_from_the_folder_of_the_file(tmp_path: Path) -> None:
    for name in ("ca.pem", "maker.pem", "revoked.pem", "mine.yaml"):
        (tmp_path / name).touch()
    file = tmp_path / "station.yaml"
    file.write_text(
        "id: CP1\npersona: mine.yaml\ndisk: survives\nroot_certificate: [ca.pem]\n"
        "manufacturer_root: [maker.pem]\ncrl: [revoked.pem]\nendpoint: ['2=wss://x/']\n"
    )
    assert read_options(file) == {
        "identity": "CP1",
        "persona": tmp_path / "mine.yaml",
        "disk": tmp_path / "survives",
        "root_certificate": (tmp_path / "ca.pem",),
        "manufacturer_root": (tmp_path / "maker.pem",),
        "crl": (tmp_path / "revoked.pem",),
        "endpoint": ("2=wss://x/",),
    }


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        (
            "password_file: pw\nroot_certificate: [ca.pem, x.pem]\n",
            ["1:16: password_file: no such file", "2:20: root_certificate[0]: no such file",
             "2:28: root_certificate[1]: no such file"],
        ),
        ("time_scale: 1e999\n", ["1:13: time_scale: "]),
        ("time_scale: 0\n", ["1:13: time_scale: "]),
        ("defects: abc\nidd: CP1\n", ["1:10: defects: must be a list", "2:1: idd: unknown key"]),
    ],
    ids=["files", "infinite", "zero", "list"],
)  # fmt: skip
def test_every_problem_has_its_place(tmp_path: Path, text: str, problems: list[str]) -> None:
    file = tmp_path / "station.yaml"
    file.write_text(text)
    with pytest.raises(UsageProblem) as caught:
        read_options(file)
    told = str(caught.value).splitlines()
    assert [line.startswith(f"{file}:{p}") for line, p in zip(told, problems, strict=True)] == (
        [True] * len(problems)
    ), told
