"""What the documentation says of the daemon's HTTP API is what the API is."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest
from aiohttp import web

from rig.config.bridge_rules import load_rules
from rig.daemon import bodies
from rig.daemon.api import ROUTES
from rig.daemon.ring import RING_SIZE
from rig.daemon.telling import HTTP_OF_KIND
from rig.events import Kind

DOCS = Path(__file__).parents[3] / "docs"
REFERENCE = (DOCS / "reference" / "http-api.md").read_text()
ROW = re.compile(r"^\| `([A-Z]+) (/v1/\S+)` \| (.*?) \|", re.MULTILINE)
ROWS = {(method, path): words for method, path, words in ROW.findall(REFERENCE)}
BODIES = {
    key: kind
    for _, kind in inspect.getmembers(bodies, inspect.isclass)
    if issubclass(kind, bodies.Body) and kind is not bodies.Body
    for key in re.findall(r"(POST) (/v1/[^\s:]*[^\s:.])", kind.__doc__ or "")
}


def test_every_route_is_there_and_no_other() -> None:
    served = {(r.method, re.sub(r"\{(\w+):[^}]*\}", r"{\1}", r.path)) for r in ROUTES
              if isinstance(r, web.RouteDef)}  # fmt: skip
    assert set(ROWS) == served


@pytest.mark.parametrize(("key", "kind"), BODIES.items(), ids=lambda x: str(x)[-30:])
def test_every_field_of_a_body_is_there(key: tuple[str, str], kind: type[bodies.Body]) -> None:
    fields = {info.alias or name for name, info in kind.model_fields.items()}
    assert set(re.findall(r"`(\w+)`", ROWS[key])) == fields


def test_every_body_is_looked_at() -> None:
    assert len(BODIES) >= 10


def test_kinds_of_errors_and_events() -> None:
    told = dict.fromkeys(HTTP_OF_KIND, "")
    for status, kinds in re.findall(r"^\| (\d{3}) \| (`[^|]*`) \|", REFERENCE, re.MULTILINE):
        told |= dict.fromkeys(re.findall(r"`([\w-]+)`", kinds), status)
    assert {kind: int(told[kind]) for kind in HTTP_OF_KIND} == HTTP_OF_KIND
    listed = re.search(r"is the kind \((.*?)\)", REFERENCE, re.DOTALL)
    assert listed
    assert set(re.split(r",\s+", listed[1])) == {kind.value for kind in Kind}
    assert f"({RING_SIZE:,} events)" in REFERENCE


def test_the_rules_of_the_how_to_are_right(tmp_path: Path) -> None:
    text = (DOCS / "how-to" / "use-the-prompt-bridge.md").read_text()
    (rules,) = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    file = tmp_path / "rules.yaml"
    file.write_text(rules)
    assert [rule.name for rule in load_rules(file).rules] == ["vehicle-in", "badge", "led"]
