"""Run store: what happened in every run, kept so that it survives whatever happens to us."""

from rig.runs.reading import RunRecord
from rig.runs.records import (
    CaseRecord,
    CheckRecord,
    FindingRecord,
    RunEnd,
    RunMeta,
    RunSummary,
    SelectionRecord,
)
from rig.runs.store import RunStore, new_run_id
from rig.runs.writer import RunWriter

__all__ = [
    "CaseRecord",
    "CheckRecord",
    "FindingRecord",
    "RunEnd",
    "RunMeta",
    "RunRecord",
    "RunStore",
    "RunSummary",
    "RunWriter",
    "SelectionRecord",
    "new_run_id",
]
