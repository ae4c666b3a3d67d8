"""The web view in a real browser: works, types, and never leaves this machine."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest

from tests.system.chromium import browser, needs_chromium
from tests.system.rig_home import RigHome

APP = """
import os, sys
from pathlib import Path
from textual.app import App, ComposeResult
from textual.widgets import Static

class Small(App[None]):
    def compose(self) -> ComposeResult:
        yield Static("bench is open")
    def on_key(self, event) -> None:
        Path(sys.argv[1]).write_text(event.key + " " + os.environ["RIG_VIA"])

Small().run()
"""


@contextmanager
def served(home: RigHome, *options: str) -> Iterator[dict[str, str]]:
    """`rig serve-web` with a free port; its ready line."""
    process = home.start("serve-web", "--json", *options)
    try:
        assert process.stdout is not None
        lines = ""
        while not lines.endswith("}\n"):
            line = process.stdout.readline()
            assert line, process.communicate()
            lines += line
        yield json.loads(lines)
    finally:
        process.terminate()
        _, err = process.communicate(timeout=20)
        assert process.returncode == 0, err


@needs_chromium
@pytest.mark.timeout(120)
def test_a_browser_sits_down_with_the_token_and_types(home: RigHome) -> None:
    app, typed = home.folder / "app.py", home.folder / "typed"
    app.write_text(APP)
    token = home.folder / "token"
    token.write_text("a-token-of-the-lab\n")
    token.chmod(0o600)
    command = shlex.join([sys.executable, str(app), str(typed)])
    options = ("--listen", "127.0.0.1:0", "--token-file", str(token), "--command", command)
    with served(home, *options) as ready, browser() as page:
        page.open(ready["url"])
        page.until(lambda: page.value("document.querySelector('#token') !== null"), "no form")
        page.value("document.querySelector('#token').value = 'a-token-of-the-lab'")
        page.value("document.querySelector('form').submit()")
        page.until(
            lambda: page.value("document.body.classList.contains('-first-byte')"), "no screen"
        )
        assert page.value("location.href") == ready["url"] + "/"
        page.click(200, 200)
        page.key("x")
        page.until(typed.exists, "the key did not arrive")
        assert typed.read_text() == "x web"
        hosts = {urlsplit(url).netloc for url in page.requests if not url.startswith("data:")}
        assert hosts == {urlsplit(ready["url"]).netloc}
        assert any(url.startswith("ws://") for url in page.requests)
        assert not [line for line in page.console if "Content Security Policy" in line]


@needs_chromium
@pytest.mark.timeout(120)
def test_the_operators_seat_itself_answers_a_question(home: RigHome) -> None:
    home.run("up")
    with served(home, "--listen", "127.0.0.1:0") as ready, browser() as page:
        assert ready["token_file"] == ""
        page.open(ready["url"])
        page.until(
            lambda: page.value("document.body.classList.contains('-first-byte')"), "no screen"
        )
        asked = home.client.bridge_prompt("Is the LED green?", wait_s=0)
        page.click(200, 200)

        def answered() -> bool:
            page.key("1")  # the first choice, once the dialogue is there and listens
            return home.client.prompts()[0].state == "answered"

        page.until(answered, "the question was not answered")
        (prompt,) = home.client.prompts()
        assert (prompt.answer, prompt.via) == ("done", "web")
        home.until(0, kind="bridge", state="answered")
        (line,) = home.client.bridge_log()
        assert (line.id, line.state, line.dismiss) == (asked.id, "answered", True)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--listen", "0.0.0.0:0"), "the token would pass in the clear"),
        (("--listen", "127.0.0.1"), "give HOST:PORT"),
        (("--listen", "127.0.0.1:0", "--token-file", "/nonexistent"), "cannot be read"),
        (("--listen", "127.0.0.1:0", "--tls-cert", "/dev/null"), "not usable"),
    ],
)
def test_what_is_not_served(home: RigHome, options: tuple[str, ...], words: str) -> None:
    _, code, err = home.outcome("serve-web", *options)
    assert (code, words in err) == (2, True), err
