"""The report of a run: one model, rendered as HTML, JUnit XML and JSON.

`build` makes the model; `rig.report.html`, `.junit` and `.json` each have a `render`.
"""

from rig.report.building import build
from rig.report.model import ReportModel

__all__ = ["ReportModel", "build"]
