"""The report as JUnit XML: what CI servers show as test results.

One test suite per run, one test case per execution. FAIL is a failure; INCONCLUSIVE, ABORTED
and ERROR are errors, because the device under test was not judged; what was not run is skipped.
"""

from __future__ import annotations

from xml.etree import ElementTree as ET

from rig.report import words
from rig.report.model import CaseView, ReportModel, RunView


def render(model: ReportModel) -> str:
    """The report as the text of a JUnit XML file."""
    root = ET.Element("testsuites", name=_safe(model.title))
    for run in model.runs:
        root.append(_suite(run))
    totals = ("tests", "failures", "errors", "skipped")
    for name in totals:
        root.set(name, str(sum(int(suite.get(name, "0")) for suite in root)))
    root.set("time", f"{sum(float(suite.get('time', '0')) for suite in root):.3f}")
    ET.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _suite(run: RunView) -> ET.Element:
    cases = [_case(run, case) for case in (*run.intake, *run.cases)]
    for row in run.not_run:
        name = _safe(f"{row.octt_id} {row.title}")
        case = ET.Element("testcase", classname=_class(run), name=name)
        ET.SubElement(case, "skipped", message=_safe(row.reason))
        cases.append(case)
    suite = ET.Element("testsuite", name=_safe(f"{run.name} ({run.run_id})"))
    suite.set("tests", str(len(cases)))
    for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(name, str(sum(case.find(tag) is not None for case in cases)))
    executed = (*run.intake, *run.cases)
    suite.set("time", f"{sum(case.duration_s for case in executed):.3f}")
    suite.set("timestamp", run.started_utc)
    properties = ET.SubElement(suite, "properties")
    changes = [
        (
            f"change: {c.kind}",
            f"{c.detail}, {c.where}; {'accepted' if c.accepted else c.consequence}",
        )
        for c in run.changes
    ]
    for name, value in (*run.facts, *run.identity, *changes):
        ET.SubElement(properties, "property", name=_safe(name), value=_safe(value))
    suite.extend(cases)
    return suite


def _case(run: RunView, case: CaseView) -> ET.Element:
    name = f"{case.name} {case.title}".rstrip()
    if case.attempt > 1:
        name += f" (attempt {case.attempt}{', ' if case.occasion else ''}{case.occasion})"
    element = ET.Element("testcase", classname=_class(run), name=_safe(name))
    element.set("time", f"{case.duration_s:.3f}")
    if not case.counts:  # a test that another execution has decided is no failure of the suite
        said = f"{case.verdict}, does not count: another attempt does. {case.cause}".rstrip()
        ET.SubElement(element, "skipped", message=_safe(said))
    elif case.verdict == "FAIL":
        _outcome(element, "failure", case)
    elif case.verdict == "NOT APPLICABLE":
        ET.SubElement(element, "skipped", message=_safe(case.cause))
    elif case.verdict != "PASS":
        _outcome(element, "error", case)
    elif remarks := _told(case, "warned"):
        ET.SubElement(element, "system-out").text = _safe("\n".join(remarks))
    return element


def _outcome(element: ET.Element, tag: str, case: CaseView) -> None:
    kind = f"{case.verdict}: {case.outcome}" if case.outcome else case.verdict
    child = ET.SubElement(element, tag, message=_safe(case.cause), type=kind)
    child.text = _safe("\n".join(_told(case, "failed")))


def _told(case: CaseView, state: str) -> list[str]:
    """Checks in this state and every finding, a line each."""
    lines = [
        f"{check.name}: expected {check.expected or '-'}, seen {check.seen or '-'}"
        f" [{check.requirement}]"
        for check in case.checks
        if check.state == state
    ]
    return [*lines, *(f"{f.rule} ({f.severity}): {f.detail}" for f in case.findings)]


def _class(run: RunView) -> str:
    return f"ocpp16.{run.dut}"


def _safe(text: str) -> str:
    return words.visible(text)
