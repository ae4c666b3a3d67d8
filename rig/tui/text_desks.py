"""Cards on the writer, the modem, and the Central System by hand, for the seat as lines."""

from __future__ import annotations

import json
from collections.abc import Callable

from rig.client.api import RigClient
from rig.client.fields import build_payload
from rig.client.modem import ModemInfo
from rig.client.words import TECHNOLOGIES

HELP = """\
cards             the cards of the bench
read              what card lies on the writer
write CARD|set    prepare a card, or the whole set; the writer asks for each
verify CARD|set   look whether they are as they are to be; nothing is written
stop              stop to prepare cards
modem             SIM, network and technology
signal            one reading of the radio signal
technology 4g     allow 2g, 3g or 4g only, or auto
data on|off       bring the data session up, or down
messages          what a Central System may send
send ACTION KEY=VALUE ...   send it to the station, e.g. send Reset type=Soft; JSON of a list
                  in quotes: send GetConfiguration 'key=["HeartbeatInterval"]'"""

LIMIT_WORDS = {
    True: "strong enough for a measurement",
    False: "too weak for a measurement",
    None: "not given, so whether a measurement is allowed cannot be said",
}
OUTCOMES = {
    "result": "is answered",
    "error": "is answered with a CALLERROR",
    "bad-answer": "is answered with what is no OCPP-J message",
    "no-answer": "is not answered in time",
    "lost": "did not arrive: the station is not connected, or went away",
}


class TextDesks:
    """Commands of three desks.

    Args:
        client: the daemon.
        say: prints a line.
    """

    def __init__(self, client: RigClient, say: Callable[[str], None]) -> None:
        self._client = client
        self._say = say
        self.commands: dict[str, Callable[[list[str]], object]] = {
            "cards": lambda _: self._cards(),
            "read": lambda _: self._read(),
            "write": lambda words: self._job(words, verify=False),
            "verify": lambda words: self._job(words, verify=True),
            "stop": lambda _: self._stop(),
            "modem": lambda _: self._modem(self._client.modem()),
            "signal": lambda _: self._signal(),
            "technology": self._technology,
            "data": self._data,
            "messages": lambda _: self._messages(),
            "send": self._send,
        }

    # -- cards ----------------------------------------------------------------------------------

    def _cards(self) -> None:
        for card in self._client.bench().cards:
            group = f", group {card.parent}" if card.parent else ""
            self._say(f"{card.name}: idTag {card.id_tag}, {card.status}{group}")

    def _read(self) -> None:
        seen = self._client.card_read()
        self._say(f"on the writer: {seen.name or 'a card that is not one of this bench'}, "
                  f"{seen.card_type}, UID {seen.uid}")  # fmt: skip
        if seen.uid_is_random:
            self._say("it makes up a new UID every time: no test card")
        if seen.text:
            self._say(f"its text: {seen.text}")
        for tag in seen.id_tags:
            self._say(f"idTag {tag.id_tag}: {tag.rule}")

    def _job(self, words: list[str], *, verify: bool) -> None:
        what = "verify" if verify else "write"
        if len(words) != 1:
            self._say(f"{what} CARD, or {what} set")
            return
        names = [] if words == ["set"] else words
        started = self._client.card_job_start(names, again=bool(names), verify=verify)
        count = f"{len(started.names)} card{'s' * (len(started.names) != 1)}"
        self._say(f"{what}: {count}; what becomes of each is told")

    def _stop(self) -> None:
        job = self._client.card_job_abort()
        self._say(
            f"no cards are being prepared; {len(job.cards)} of {len(job.names)} were dealt with"
        )

    # -- modem ----------------------------------------------------------------------------------

    def _modem(self, seen: ModemInfo) -> None:
        used = TECHNOLOGIES.get(seen.access_technology or "", "no service")
        data = {True: "up", False: "down", None: "not known"}[seen.data_connected]
        self._say(f"modem {seen.manufacturer} {seen.model}, SIM {seen.sim or 'not known'}")
        network = f"{seen.registration or 'not known'}, {seen.operator or 'no operator'}"
        self._say(f"network: {network}, in use {used}, allowed {seen.lock or 'other'}, "
                  f"data session {data}")  # fmt: skip

    def _signal(self) -> None:
        seen = self._client.modem_signal()
        rssi = "" if seen.rssi_dbm is None else f"{seen.rssi_dbm} dBm, "
        self._say(f"signal: RSSI {rssi}{LIMIT_WORDS[seen.meets_limit]}; "
                  f"the limit is {seen.limit_rssi_dbm} dBm")  # fmt: skip

    def _technology(self, words: list[str]) -> None:
        if words not in (["2g"], ["3g"], ["4g"], ["auto"]):
            self._say("technology 2g, 3g, 4g, or auto")
            return
        self._say("this takes as long as the modem needs to register")
        self._modem(self._client.modem_lock(words[0]))

    def _data(self, words: list[str]) -> None:
        if words not in (["on"], ["off"]):
            self._say("data on, or data off")
            return
        self._modem(self._client.modem_data(words[0]))

    # -- the Central System by hand -------------------------------------------------------------

    def _messages(self) -> None:
        for action in self._client.csms_actions():
            self._say(f"{action.name}, {action.profile}")

    def _send(self, words: list[str]) -> None:
        if not words:
            self._say("name the message and its fields, e.g. send Reset type=Soft")
            return
        action, *fields = words
        payload = build_payload(fields, self._client.csms_schema(action))
        seen = self._client.csms_call(action, payload)
        why = " ".join(filter(None, (seen.code, seen.description)))
        self._say(f"{seen.action} {OUTCOMES.get(seen.outcome, seen.outcome)}"
                  + (f": {why}" if why else ""))  # fmt: skip
        for key, value in (seen.payload or {}).items():
            self._say(f"{key}: {value if isinstance(value, str) else json.dumps(value)}")
        for problem in seen.problems:
            self._say(f"the answer breaks its schema: {problem}")
