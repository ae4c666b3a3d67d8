"""JSON Schema of bench files, card sets and rules of the prompt bridge, for editors.

`python -m rig.config.schema FILE` writes the one that the file's name begins with: bench, cards
or bridge.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from pydantic import BaseModel

from rig.config.bridge_rules import BridgeRules
from rig.config.card_set import CardSetConfig
from rig.config.models import BenchConfig


def bench_schema() -> str:
    """The schema of bench files as JSON text."""
    return schema_text(BenchConfig)


def card_set_schema() -> str:
    """The schema of card set files as JSON text."""
    return schema_text(CardSetConfig)


def bridge_rules_schema() -> str:
    """The schema of rule files of the prompt bridge as JSON text."""
    return schema_text(BridgeRules)


def schema_text(model: type[BaseModel]) -> str:
    """The schema of a model as JSON text."""
    schema = model.model_json_schema()
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    target = Path(sys.argv[1])
    kinds = {"cards": card_set_schema, "bridge": bridge_rules_schema}
    target.write_text(kinds.get(target.name.split(".")[0], bench_schema)())
