"""Rule files of the prompt bridge: every mistake at its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from rig.config.bridge_rules import default_rules, load_rules
from rig.config.schema import bridge_rules_schema
from rig.errors import ConfigError

GOOD = """bridge_rules: mine
ignore: ["^please "]
rules:
  - name: card
    match: show (?P<id_tag>\\w+)
    do:
      - {card: "{id_tag}"}
"""


def write(folder: Path, text: str) -> Path:
    file = folder / "rules.yaml"
    file.write_text(text)
    return file


def problems(folder: Path, text: str) -> list[str]:
    file = write(folder, text)
    with pytest.raises(ConfigError) as told:
        load_rules(file)
    return [p.removeprefix(f"{file}:") for p in told.value.problems]


def test_the_shipped_rules_are_right() -> None:
    assert len(load_rules(default_rules()).rules) > 10


def test_the_shipped_schema_is_up_to_date() -> None:
    shipped = default_rules().parents[1] / "schema" / "bridge.schema.json"
    assert shipped.read_text() == bridge_rules_schema(), (
        "python -m rig.config.schema configs/schema/bridge.schema.json"
    )


def test_one_pattern_is_as_good_as_a_list(tmp_path: Path) -> None:
    (rule,) = load_rules(write(tmp_path, GOOD)).rules
    assert rule.match == ["show (?P<id_tag>\\w+)"]
    assert rule.do[0].card == "{id_tag}"


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("(?P<id_tag>\\w+)", "(?P<id_tag>\\w+", "5:12: rules[0].match: no regular expression: "
         "missing ), unterminated subpattern at character 6"),
        ("^please ", "[a", "2:10: ignore[0]: no regular expression: unterminated character set at "
         "character 1"),
        ("{id_tag}", "{tag}", "7:16: rules[0].do[0].card: no group 'tag' in every pattern of "
         "`match`; there are: id_tag"),
        ("{card: \"{id_tag}\"}", "{card: a, mains: cycle}", "7:9: rules[0].do[0]: a step has "
         "exactly one of plug, card, mains, network, operator, not card and mains"),
        ("{card: \"{id_tag}\"}", "{energy: true}", "7:9: rules[0].do[0]: a step has exactly one of "
         "plug, card, mains, network, operator"),
        ("{card: \"{id_tag}\"}", "{plug: in}", "7:16: rules[0].do[0].plug: 'in': input should be "
         "'connect-ev', 'connect-station', 'plug-in', 'unplug-ev', 'unplug-station', 'unplug', "
         "'energy' or 'stop-energy'"),
        ("{card: \"{id_tag}\"}", "{plug: unplug, connector: one}", "7:9: rules[0].do[0]: connector "
         "'one' is neither a number nor {group}"),
        ("{card: \"{id_tag}\"}", "{card: a, connector: 1}", "7:9: rules[0].do[0]: `connector` is "
         "of a plug; remove it"),
        ("{card: \"{id_tag}\"}", "{plug: unplug, energy: true}", "7:9: rules[0].do[0]: `energy` "
         "goes with connect-ev, connect-station or plug-in; remove it"),
        ("    do:", "    then:", "6:5: rules[0].then: unknown key; remove it"),
        ("name: card", "name: a card", "4:11: rules[0].name: 'a card': string should match "
         "pattern '^[\\w.-]+$'"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_place(tmp_path: Path, old: str, new: str, problem: str) -> None:
    assert problem in problems(tmp_path, GOOD.replace(old, new))


def test_all_mistakes_come_at_once(tmp_path: Path) -> None:
    text = GOOD + GOOD.split("rules:\n")[1].replace("show", "+show") + "    colour: red\n"
    found = problems(tmp_path, text.replace("^please ", "("))
    assert [place.split(":")[0] for place in found] == ["2", "9", "12"]


def test_two_rules_with_one_name(tmp_path: Path) -> None:
    text = GOOD + GOOD.split("rules:\n")[2 - 1]
    assert problems(tmp_path, text) == ["8:11: rules[1].name: rule 1 has the name 'card' already"]
