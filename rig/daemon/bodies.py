"""Bodies of the API's requests."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, TypeVar

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from rig.bench.lease import DEFAULT_TTL_S
from rig.bench.plug import FAULT_S
from rig.config.edition import EditionName, Strictness
from rig.conformance.order import IntakeWish, RunOrder
from rig.errors import ConfigError


class Body(BaseModel):
    """Base of them all: unknown fields are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


B = TypeVar("B", bound=Body)


class RunBody(Body):
    """POST /v1/runs."""

    dut: Literal["station", "csms"]
    cases: list[str] = []
    all: bool = False
    pics: str | None = None
    resume: str | None = None
    retest: str | None = None
    intake: Literal["auto", "always", "never"] = "auto"
    accept_changes: bool = False
    edition: EditionName | None = None
    strictness: Strictness | None = None

    @model_validator(mode="after")
    def _says_what_to_run(self) -> RunBody:
        if self.retest:
            if not self.cases or self.all or self.resume:
                raise ValueError("say which cases of the run are to be executed again, by name")
        elif sum((self.all, bool(self.cases), bool(self.resume))) != 1:
            raise ValueError("say what to run: cases by name, all of them, or a run to resume")
        return self

    def order(self) -> RunOrder:
        """What is asked for."""
        return RunOrder(
            self.dut,
            tuple(self.cases),
            Path(self.pics) if self.pics else None,
            self.resume or "",
            self.retest or "",
            IntakeWish(self.intake),
            self.accept_changes,
            self.edition or "",
            self.strictness or "",
        )


class LeaseBody(Body):
    """POST /v1/lease/take. Real seconds."""

    reason: str = ""
    ttl_s: float = Field(DEFAULT_TTL_S, gt=0, le=86400)
    wait_s: float = Field(0, ge=0, le=100)


class BreakBody(Body):
    """POST /v1/lease/break."""

    reason: str = Field(min_length=1)


class PulseBody(Body):
    """POST /v1/relays/{board}/{coil}/pulse. Real seconds."""

    seconds: float = Field(gt=0, le=60)


class CallBody(Body):
    """POST /v1/csms/call. Lab seconds."""

    action: str = Field(min_length=1, max_length=50)
    payload: dict[str, Any] = {}
    timeout_s: float = Field(30.0, gt=0)
    validate_: bool = Field(True, alias="validate")


class WatchBody(Body):
    """POST /v1/modem/watch. Lab seconds."""

    duration_s: float = Field(ge=0)
    interval_s: float = Field(1.0, gt=0)


class CardJobBody(Body):
    """POST /v1/card-writer/job: `cards` empty is the whole set; `verify` writes nothing."""

    cards: list[str] = []
    again: bool = False
    verify: bool = False


class PlugBody(Body):
    """POST /v1/plugs/{name}/{action}: see `PlugOrder`."""

    cable: str = ""
    ventilation: bool = False
    pressed: bool = True
    fault: str = ""
    seconds: float = Field(FAULT_S, gt=0, le=600)
    phases: int = Field(0, ge=0, le=3)


class BridgeBody(Body):
    """POST /v1/bridge/prompt. Real seconds."""

    text: str
    dry_run: bool = False
    wait_s: float = Field(30.0, ge=0, le=100)


class AnswerBody(Body):
    """POST /v1/prompts/{id}."""

    choice: str
    by: str = ""
    via: Literal["tui", "cli", "web", "http", "bridge"] = "http"


async def read_body(request: web.Request, kind: type[B]) -> B:
    """The body of a request; none is as good as an empty one.

    Raises:
        ConfigError: every field that is wrong.
    """
    try:
        return kind.model_validate_json(await request.read() or b"{}")
    except ValidationError as error:
        places = ((".".join(map(str, e["loc"])), e["msg"]) for e in error.errors())
        raise ConfigError(*(f"{place or 'body'}: {what}" for place, what in places)) from None
