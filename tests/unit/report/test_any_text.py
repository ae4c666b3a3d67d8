"""Whatever text a device sends, every form of the report stays well-formed."""

from __future__ import annotations

import json
import re
import tempfile
from pathlib import Path
from xml.etree import ElementTree as ET

from hypothesis import example, given, settings
from hypothesis import strategies as st

from rig.report import build, html, junit
from rig.report import json as json_form
from rig.runs import RunStore
from tests.unit.report.page import Page
from tests.unit.report.story import Story, check, finding

texts = st.text(st.characters(codec=None), max_size=60)
payloads = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
raws = texts | payloads.map(json.dumps) | payloads.map(lambda p: json.dumps([2, "1", "Reset", p]))


@given(title=texts, cause=texts, raw=raws, payload=payloads, action=texts, number=texts)
@example("<!--", "--><script>", "<![CDATA[", {"status": "]]>"}, "</svg>", "&#0;")
@settings(max_examples=60)
def test_it_never_breaks_the_report(
    title: str, cause: str, raw: str, payload: object, action: str, number: str
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        story = Story(RunStore(Path(folder)))
        story.writer.identity({"vendor": title, "model": action})
        first = story.frame("in", raw, "CALL", number, action)
        story.frame("out", json.dumps([3, number, payload]), "CALLRESULT", number)
        story.malformed(raw, cause)
        checks = [check(title, False, first, seen=cause, expected=raw)]
        story.case("003", "FAIL", first, checks, [finding("D1", first, detail=cause)], cause,
                   title=title, variant=action)  # fmt: skip
        model = build(story.told("FAIL", cause))
    rendered = html.render(model)
    rendered.encode()
    page = Page(rendered)
    assert [name for name, _ in page.tags].count("script") == 1
    for drawing in re.findall(r"<svg.*?</svg>", rendered, re.DOTALL):
        ET.fromstring(drawing)  # noqa: S314  # our own
    root = ET.fromstring(junit.render(model).encode())  # noqa: S314  # our own
    assert root.get("failures") == "1"
    assert json.loads(json_form.render(model))["runs"][0]["cases"][0]["title"] == title
