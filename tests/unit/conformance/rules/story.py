"""What happens to a station, in words; each makes lines of a wire log."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Self

from rig.conformance.catalogue import Role
from rig.conformance.rules.background import Background
from rig.conformance.rules.log import Log
from rig.conformance.rules.registry import Breach, check
from rig.conformance.rules.scope import Scope
from rig.jsontypes import Json
from rig.ocppj.frames import Payload
from tests.unit.conformance.wire_script import WireScript

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
BOOT: Payload = {"chargePointVendor": "V", "chargePointModel": "M"}
ENERGY = "Energy.Active.Import.Register"
SEEN = Background(has_started=True)
"""A station of which it is known what runs."""


def at(t_s: float) -> str:
    """Lab time as a time stamp."""
    return (EPOCH + timedelta(seconds=t_s)).isoformat(timespec="milliseconds")[:-6] + "Z"


class Story(WireScript):
    """A log of a station under test, told from the point of view of the tool."""

    @property
    def now(self) -> str:
        """Time stamp of the next entry."""
        return at(self.t_s + self.pace_s)

    def _id(self) -> str:
        return f"i{self.seq + 1}"

    def ask(self, action: str, conf: Payload | None = None, /, **req: Json) -> Self:
        """The station asks and is answered; without conf it is not."""
        id = self._id()
        self.asks(id, action, **req)
        return self if conf is None else self.tool_answers(id, **conf)

    def refused(self, action: str, /, **req: Json) -> Self:
        """The station asks and gets a CALLERROR."""
        id = self._id()
        return self.asks(id, action, **req).tool_refuses(id, "InternalError")

    def told(self, action: str, conf: Payload | str | None = None, /, **req: Json) -> Self:
        """The tool asks and is answered; `conf` may be just the status; None: no answer."""
        id = self._id()
        self.tool_asks(id, action, **req)
        if conf is None:
            return self
        return self.answers(id, **({"status": conf} if isinstance(conf, str) else conf))

    def told_error(self, action: str, code: str, /, **req: Json) -> Self:
        """The tool asks and gets a CALLERROR."""
        id = self._id()
        return self.tool_asks(id, action, **req).refuses(id, code)

    def boot(self, status: str = "Accepted", interval: int = 300, **more: Json) -> Self:
        """BootNotification and its answer."""
        conf: Payload = {"status": status, "currentTime": self.now, "interval": interval}
        return self.ask("BootNotification", conf, **(BOOT | more))

    def write(self, key: str, value: str, status: str = "Accepted") -> Self:
        """ChangeConfiguration and its answer."""
        return self.told("ChangeConfiguration", status, key=key, value=value)

    def read(self, key: str, value: str | None, readonly: bool = False) -> Self:
        """GetConfiguration of one key; None: the station does not have it."""
        entry: Json = {"key": key, "readonly": readonly, "value": value}
        conf: Payload = {"unknownKey": [key]} if value is None else {"configurationKey": [entry]}
        return self.told("GetConfiguration", conf, key=[key])

    def report(self, connector: int, status: str, **more: Json) -> Self:
        """StatusNotification and its answer."""
        req: Payload = {"connectorId": connector, "errorCode": "NoError", "status": status}
        return self.ask("StatusNotification", {}, **(req | more))

    def authorize(self, tag: str, status: str = "Accepted", parent: str = "") -> Self:
        """Authorize and its answer."""
        return self.ask("Authorize", {"idTagInfo": info(status, parent)}, idTag=tag)

    def start(
        self, number: int | None, meter: int = 0, *, connector: int = 1, tag: str = "04AA",
        made: str = "", status: str = "Accepted", parent: str = "", **more: Json,
    ) -> Self:  # fmt: skip
        """StartTransaction and its answer; None: it has none."""
        req: Payload = {"connectorId": connector, "idTag": tag, "meterStart": meter,
                        "timestamp": made or self.now, **more}  # fmt: skip
        conf: Payload = {"transactionId": number, "idTagInfo": info(status, parent)}
        return self.ask("StartTransaction", None if number is None else conf, **req)

    def stop(self, number: int, meter: int = 0, *, made: str = "", **more: Json) -> Self:
        """StopTransaction and its answer."""
        req: Payload = {"transactionId": number, "meterStop": meter,
                        "timestamp": made or self.now, **more}  # fmt: skip
        return self.ask("StopTransaction", {}, **req)

    def values(
        self, number: int | None, *values: Payload, connector: int = 1, made: str = "",
        context: str = "Sample.Periodic",
    ) -> Self:  # fmt: skip
        """MeterValues and their answer."""
        shown: list[Json] = [{"context": context, **v} for v in values or ({"value": "1"},)]
        req: Payload = {
            "connectorId": connector,
            "meterValue": [{"timestamp": made or self.now, "sampledValue": shown}],
        }
        if number is not None:
            req["transactionId"] = number
        return self.ask("MeterValues", {}, **req)

    def samples(self, number: int) -> Self:
        """MeterValues that waited, one after another."""
        for _ in range(number):
            self.ask("MeterValues", {}, connectorId=1, meterValue=[])
        return self

    def reconnect(self, away_s: float = 0.0) -> Self:
        """The connection is lost, and there is another after so many lab seconds."""
        self.transport("close", code=1006, by="peer").wait(away_s)
        return self.on(self.connection + 1).transport("connect")


def info(status: str = "Accepted", parent: str = "") -> Payload:
    """An idTagInfo."""
    return {"status": status, **({"parentIdTag": parent} if parent else {})}


def log(pace_s: float = 1.0) -> Story:
    """An empty log that begins with a connection."""
    story = Story(pace_s)
    return story.transport("connect")


@dataclass(frozen=True)
class Row:
    """A log, and how often a rule is broken in it, by severity."""

    rule: str
    words: str
    log: WireScript
    severities: tuple[str, ...]
    scope: dict[str, object] = field(default_factory=dict)
    role: Role = Role.STATION

    @property
    def id(self) -> str:
        return f"{self.rule} {'breaks' if self.severities else 'keeps'}: {self.words}"


def keeps(rule: str, words: str, log: WireScript, **scope: object) -> Row:
    """A log that keeps a rule."""
    return Row(rule, words, log, (), scope)


def breaks(rule: str, words: str, log: WireScript, *severities: str, **scope: object) -> Row:
    """A log that breaks a rule, once with its class `fail` unless it is said otherwise."""
    return Row(rule, words, log, severities or ("fail",), scope)


def of_csms(row: Row) -> Row:
    """The row with a Central System under test: "in" is what the Central System sent."""
    return Row(row.rule, row.words, row.log, row.severities, row.scope, Role.CSMS)


def judge(log: WireScript, role: Role = Role.STATION, **changes: object) -> tuple[Breach, ...]:
    """Every breach in a log."""
    values: dict[str, object] = {
        "message_timeout_s": 30.0,
        "tolerance_s": 4.0,
        "end_s": log.t_s,
        "acts": log.acts,
        "connectors": 2,
    }
    scope = Scope(role, utc=lambda t_s: EPOCH + timedelta(seconds=t_s), **(values | changes))  # type: ignore[arg-type]  # fields of Scope by name
    return check(Log(log.entries, scope))
