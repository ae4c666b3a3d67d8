"""JSON Schema of bench files, for editors: `python -m rig.config.schema FILE` writes it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from rig.config.models import BenchConfig


def bench_schema() -> str:
    """The schema as JSON text."""
    schema = BenchConfig.model_json_schema()
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(bench_schema())
