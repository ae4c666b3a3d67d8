"""`rig case lint` finds each kind of mistake; `rig case new` begins what is then to be finished."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rig.conformance import case_author
from rig.conformance.case_lint import lint
from rig.conformance.case_scaffold import CannotScaffold, scaffold
from rig.conformance.catalogue import Role, load

HEAD = "async def one(s: StationCase) -> None:\n"
GOOD = (
    '@case("001", dut=Role.STATION)\n' + HEAD +
    '    """It does what it should."""\n'
    '    s.check("a claim", True, "OCPP 1.6, 4.2")\n'
)  # fmt: skip


def problems(
    folder: Path, text: str, rows: frozenset[str] | None = frozenset({"001"})
) -> list[str]:
    file = folder / "cases.py"
    file.write_text(text)
    return [str(p).removeprefix(f"{file}:") for p in lint([file], rows)]


def body(*lines: str, mark: str = '"001", dut=Role.STATION') -> str:
    steps = "".join(f"    {line}\n" for line in lines)
    return f'@case({mark})\n{HEAD}    """It does what it should."""\n{steps}'


# --- the shipped cases ----------------------------------------------------------------------------


def test_the_shipped_cases_are_clean(capsys: pytest.CaptureFixture[str]) -> None:
    code = case_author.main(["lint"])
    told = capsys.readouterr()
    assert (code, told.out) == (0, "")
    assert told.err.strip() == f"{len(case_author.known_cases())} cases, 0 problems"
    assert {c.octt_id for c in case_author.known_cases() if c.role is Role.STATION} >= {
        row.octt_id for row in load().of(Role.STATION)
    }


def test_a_good_case_is_clean(tmp_path: Path) -> None:
    assert problems(tmp_path, GOOD) == []


# --- each mistake ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (GOOD.replace('"001"', '"0001"'), "2:1: 0001: no row of appendix C; did you mean 001?"),
        (GOOD.replace('"001"', '"000_BOOT"'), "appendix C asks nothing of a charging station"),
        (GOOD + GOOD, "exists already, "),
        (GOOD.replace('    """It does what it should."""\n', ""), "no docstring"),
        (GOOD.replace("It does", "TODO: it does"), "still that of the scaffold"),
        (GOOD.replace("should.", "should"), "is no sentence"),
        (GOOD.replace("async def", "def"), "is no `async def`"),
        (body('s.check("a claim", True)'), "a claim without `requirement`"),
        (body('s.check("a claim", True, "TODO: source")'), "`requirement` is still that of the"),
        (body('await s.nothing("StartTransaction", during=5.0)'), "a claim without `why`"),
        (body("assert s.connector_id"), "4:5: a bare assert is no evidence"),
        (body("await asyncio.sleep(1)"), "asyncio.sleep: a case waits for events"),
        (body("await s.clock.sleep(1)"), "clock.sleep: a case waits for events"),
        (body("x = time.time()"), "time.time: a case waits for events"),
        (body('await s.expect("StartTransactions")'), "did you mean 'StartTransaction'?"),
        (body('await s.expect("Reset")'), "no message in this direction 'Reset'"),
        (body('await s.command("Heartbeat")'), "no message in this direction 'Heartbeat'"),
        (body('await s.status("Charged")'), "no status 'Charged'"),
        (body("x = s.parameters.patience"), "no test parameter 'patience'"),
        (body("x = s.edition.sesion_tail"), "did you mean 'session_tail'?"),
        (body('x = s.facts.get("local_strat")'), "no fact of a PICS 'local_strat'"),
        (body("x = s.variant"), "asks for s.variant and has no variants"),
        (body("pass", mark='"001", dut=Role.STATION, variants=("a",)'), "never asks for s.variant"),
        (body("pass", mark='"001", dut=Role.STATION, config=(Setting("HeartBeat", "1"),)'),
         "no configuration key 'HeartBeat'; did you mean 'HeartbeatInterval'?"),
        (body("pass", mark='"001", dut=Role.STATION, config=(Setting("CpoName", "$cpo"),)'),
         "no test parameter 'cpo'"),
        (body("pass", mark='"001", dut=Role.STATION, prepare=("Charge",)'),
         "no reusable state 'Charge'; did you mean 'Charging'?"),
    ],
)  # fmt: skip
def test_mistake_is_found(tmp_path: Path, text: str, problem: str) -> None:
    found = problems(tmp_path, text, None)
    assert len(found) == 1, found
    assert problem in found[0]


def test_a_case_that_catches_nothing_is_found(tmp_path: Path) -> None:
    assert problems(tmp_path, GOOD, frozenset()) == [
        "2:1: 001: no row in tests/detection: add a defect that this case catches"
    ]


def test_what_is_right_is_not_complained_of(tmp_path: Path) -> None:
    text = body(
        "now = s.clock.now()",
        'await s.status("Charging", "SuspendedEV")',
        'await s.command("Reset", type="Hard")',
        'await s.nothing("StartTransaction", during=5.0, why="OCPP 1.6, 3.3")',
        "x = s.variant, s.edition.session_tail, s.parameters.message_timeout",
        "y = s.parameters.interval_longer_than_any_wait",
        mark='"001", dut=Role.STATION, variants=("a",), prepare=("IdTagCached(accepted)",), '
        'config=(Setting("heartbeatinterval", "$heartbeat_interval"),)',
    )
    assert problems(tmp_path, text) == []


def test_the_other_direction_is_that_of_a_csms(tmp_path: Path) -> None:
    text = body('await s.expect("Reset")', 'await s.sent("Heartbeat")', mark='"003", dut=Role.CSMS')
    assert problems(tmp_path, text, None) == []


# --- detection rows -------------------------------------------------------------------------------


def test_rows_are_found_in_python_and_in_tables(tmp_path: Path) -> None:
    (tmp_path / "rows.py").write_text('WRONG = [("003", "skip:Authorize", "x"), ("999", "")]\n')
    (tmp_path / "rows.tsv").write_text("004_1\tdefect\tcheck\nno case\n")
    assert case_author.detection_rows(tmp_path) == frozenset({"003", "004_1"})


def test_an_installed_package_has_no_detection_tests_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert case_author.detection_rows(tmp_path / "none") is None
    monkeypatch.setattr(case_author, "detection_rows", lambda: None)
    assert case_author.main(["lint", "003"]) == 0
    assert "no detection rows were looked at" in capsys.readouterr().err


# --- new ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", Role)
def test_a_scaffold_compiles_and_lint_says_what_is_left_to_do(role: Role, tmp_path: Path) -> None:
    for row in load().of(role):
        begun = scaffold(row.octt_id, role, None)
        compile(begun.module, "scaffold", "exec")
        found = problems(tmp_path, begun.module, None)
        assert [f.partition(": ")[2].partition(": ")[2][:9] for f in found] == [
            "the docst", "`requirem",
        ]  # fmt: skip


def test_a_case_that_exists_is_not_begun_again(capsys: pytest.CaptureFixture[str]) -> None:
    assert case_author.main(["new", "003", "--dut", "station"]) == 2
    assert "003: exists already, in " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("octt_id", "role", "text"),
    [("000_BOOT", Role.STATION, "--dut csms"), ("019", Role.CSMS, "--dut station")],
)
def test_a_row_that_asks_nothing_is_refused(octt_id: str, role: Role, text: str) -> None:
    with pytest.raises(CannotScaffold, match=text):
        scaffold(octt_id, role, None)


def test_a_file_is_written_once_and_never_over_another(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "new.py"
    order = ["new", "004_1", "--dut", "csms", "--write", str(target), "--json"]
    assert case_author.main(order) == 0
    said = json.loads(capsys.readouterr().out)
    assert target.read_text() == said["module"]
    assert said["row"].startswith('("004_1"')
    target.write_text("mine\n")
    assert case_author.main(order) == 2
    assert target.read_text() == "mine\n"


def test_an_unknown_id_is_refused_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert case_author.main(["lint", "0031"]) == 2
    assert "did you mean" in capsys.readouterr().err
