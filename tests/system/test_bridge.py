"""Another test tool works the bench through its prompts, over the API's TCP port."""

from __future__ import annotations

import http.client
import json
from typing import Any
from urllib.parse import urlsplit

from tests.system.rig_home import RigHome

RULES = """bridge_rules: mine
rules:
  - name: mine
    match: "wake (?P<connector>\\\\d+)"
    do: [{plug: connect-station, connector: "{connector}"}]
"""


class Tool:
    """The other tool: plain HTTP and a token."""

    def __init__(self, home: RigHome) -> None:
        self._where = urlsplit(home.client.status().daemon.url)
        self.token = (home.folder / "state" / "evse-rig" / "api-token").read_text().strip()

    def post(self, text: str, token: str | None = None) -> tuple[int, Any]:
        connection = http.client.HTTPConnection(self._where.netloc, timeout=50)
        headers = {"Authorization": f"Bearer {token or self.token}", "X-Rig-Owner": "tool"}
        try:
            connection.request("POST", "/v1/bridge/prompt", json.dumps({"text": text}), headers)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()


def test_a_session_by_prompts_and_not_without_the_token(home: RigHome) -> None:
    home.run("up", "--listen", "127.0.0.1:0")
    home.until(0, kind="frame", action="StatusNotification")  # the station has booted
    tool = Tool(home)
    begin = home.client.status().daemon.last_seq
    assert tool.post("Plug in the cable", "wrong-token-of-16")[0] == 401
    for text in (
        "Plug in the cable on Charging Station side",
        "Please plug in the cable on EV side",
        "Authorise the transaction with idTag 04A1B2C3D4E5F6 on connectorId 1",
    ):
        status, said = tool.post(text)
        assert (status, said["dismiss"]) == (200, True), said
    events = home.until(begin, kind="frame", action="StartTransaction")
    assert "04A1B2C3D4E5F6" in events[-1].text("raw")
    for text in ("Unplug the cable on EV side", "Unplug the cable on Charging Station side"):
        assert tool.post(text)[1]["dismiss"] is True
    assert tool.post("Disconnect the network of the Charging Station")[1]["dismiss"] is True
    assert home.until(begin, kind="transport", what="close")
    assert tool.post("Reconnect the network of the Charging Station")[1]["dismiss"] is True
    assert tool.post("Present idTag NOBODY")[0] == 400
    listed = home.json("bridge", "log")["prompts"]
    assert [(p["by"], p["state"]) for p in listed] == [("tool", "done")] * 7 + [("tool", "refused")]
    dry = home.json("bridge", "test", "Power-cycle the station")
    assert (dry["state"], dry["rule"]) == ("planned", "power-cycle")
    log = home.folder / "state" / "evse-rig" / "rigd.log"
    assert "listening" in log.read_text()
    assert tool.token not in log.read_text()


def test_rules_of_ones_own_and_their_mistakes(home: RigHome) -> None:
    file = home.folder / "rules.yaml"
    file.write_text(RULES.replace("{connector}", "{number}"))
    _, code, err = home.outcome("up", "--offline", "--bridge-rules", str(file))
    assert code == 2
    assert f"{file}:5:45: rules[0].do[0].connector: no group 'number'" in err
    file.write_text(RULES)
    home.run("up", "--offline", "--bridge-rules", str(file))
    assert home.json("bridge", "test", "Wake 1")["rule"] == "mine"
    assert home.json("bridge", "test", "Plug in the cable")["rule"] == ""
    _, code, err = home.outcome("bridge", "test", "wake 9")
    assert (code, "no tester plug on connector 9" in err) == (2, True)
