"""The report as JSON, for scripts: the model as it is, one object."""

from __future__ import annotations

import json
from dataclasses import asdict

import orjson

from rig.report.model import ReportModel

FORMAT = 1
"""Raised when a member changes its meaning or goes away; new members do not raise it."""


def render(model: ReportModel) -> str:
    """The report as the text of a JSON file."""
    document = {"format": FORMAT, **asdict(model)}
    try:
        return orjson.dumps(document, option=orjson.OPT_INDENT_2).decode() + "\n"
    except TypeError:  # a lone surrogate that a device sent
        return json.dumps(document, indent=2) + "\n"
