"""Run store: what happened in every run, kept so that it survives whatever happens to us."""

from rig.runs.configuration import Configuration
from rig.runs.reading import RunRecord
from rig.runs.records import (
    CaseRecord,
    ChangeRecord,
    CheckRecord,
    FindingRecord,
    RunEnd,
    RunMeta,
    RunSummary,
    SelectionRecord,
    SessionRecord,
)
from rig.runs.store import RunStore, new_run_id
from rig.runs.writer import RunWriter

__all__ = [
    "CaseRecord",
    "ChangeRecord",
    "CheckRecord",
    "Configuration",
    "FindingRecord",
    "RunEnd",
    "RunMeta",
    "RunRecord",
    "RunStore",
    "RunSummary",
    "RunWriter",
    "SelectionRecord",
    "SessionRecord",
    "new_run_id",
]
