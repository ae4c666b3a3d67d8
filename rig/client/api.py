"""`RigClient`: one method per request of the daemon's API, version 1."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar, cast
from urllib.parse import quote, urlencode

from rig.client.bridge import BridgeInfo
from rig.client.cards import CardJobInfo, CardReading
from rig.client.csms import ActionLine, CallOutcome
from rig.client.evidence import CaseTimeline, FramePage, RunComparison
from rig.client.modem import ModemInfo, SignalInfo, WatchInfo
from rig.client.plug import PlugInfo
from rig.client.results import (
    BenchInfo,
    CardInfo,
    CaseLine,
    DeviceLine,
    LeaseInfo,
    PicsDifference,
    PromptInfo,
    RunInfo,
    RunLine,
    RunStarted,
    SelfTestLine,
    Status,
    SuggestionLine,
    build,
)
from rig.client.stream import EventStream
from rig.client.transport import request
from rig.client.wishes import NO_WISHES, RunWishes
from rig.jsontypes import Json

R = TypeVar("R")


class RigClient:
    """Talks to the daemon behind `socket`; every method raises `ClientError` when refused."""

    def __init__(self, socket: Path) -> None:
        self.socket = socket

    # -- daemon and bench ---------------------------------------------------------------

    def status(self) -> Status:
        """Daemon, bench, stations and the run in progress."""
        return build(Status, self._get("/v1/status"))

    def shutdown(self) -> None:
        """Ask the daemon to abort what runs, make the bench safe and leave."""
        self._post("/v1/shutdown")

    def bench(self) -> BenchInfo:
        """The bench by itself."""
        return build(BenchInfo, self._get("/v1/bench"))

    def bench_check(self) -> tuple[DeviceLine, ...]:
        """Ask every device for a sign of life."""
        return _many(DeviceLine, self._post("/v1/bench/check"), "devices")

    def bench_self_test(self) -> tuple[SelfTestLine, ...]:
        """Try every device; the station loses power meanwhile."""
        return _many(SelfTestLine, self._post("/v1/bench/self-test"), "steps")

    def bench_suggest(self) -> tuple[SuggestionLine, ...]:
        """What is plugged into this machine, as entries of a bench file."""
        return _many(SuggestionLine, self._get("/v1/bench/suggest"), "suggestions")

    def bench_safe(self) -> BenchInfo:
        """Abort a run in progress and bring every device into its safe state."""
        return build(BenchInfo, self._post("/v1/bench/safe"))

    def bench_recover(self) -> BenchInfo:
        """Open the bench again after a quarantine."""
        return build(BenchInfo, self._post("/v1/bench/recover"))

    def plugs(self) -> tuple[PlugInfo, ...]:
        """Every plug as the bench last saw it; costs the daemon next to nothing."""
        return _many(PlugInfo, self._get("/v1/plugs"), "plugs")

    def plug(self, name: str, action: str = "", **given: Json) -> PlugInfo:
        """State of a plug, after `action` when one is given.

        Args:
            name: name of the plug.
            action: insert, insert-station, energy, stop-energy, unplug-ev, unplug-station,
                unplug, button, fault, clear-fault, load, or "".
            given: what the action needs: cable, ventilation, pressed, fault, seconds, phases.
        """
        target = f"/v1/plugs/{quote(name, safe='')}"
        said = self._post(f"{target}/{action}", given) if action else self._get(target)
        return build(PlugInfo, said)

    def present(self, card: str) -> CardInfo:
        """Hold a card, given by name or role, to the station's reader."""
        return build(CardInfo, self._post(f"/v1/cards/{quote(card, safe='')}/present"))

    def card_read(self, name: str = "", seen_id_tag: str = "") -> CardReading:
        """The card on the writer.

        Args:
            name: card that should be there.
            seen_id_tag: what a station sent for it: its rules are found.
        """
        given = {"card": name, "seen": seen_id_tag}
        query = urlencode({key: value for key, value in given.items() if value})
        target = "/v1/card-writer/card" + (f"?{query}" if query else "")
        return build(CardReading, self._get(target))

    def card_job_start(
        self, names: Sequence[str], *, again: bool = False, verify: bool = False
    ) -> CardJobInfo:
        """Begin to prepare cards, or only to verify them; no names is the whole set."""
        body: dict[str, Json] = {"cards": list(names), "again": again}
        body |= {"verify": True} if verify else {}
        return build(CardJobInfo, self._post("/v1/card-writer/job", body))

    def card_job(self) -> CardJobInfo:
        """The preparation of cards that is in progress, or the last one."""
        return build(CardJobInfo, self._get("/v1/card-writer/job"))

    def card_job_abort(self) -> CardJobInfo:
        """End it."""
        return build(CardJobInfo, self._post("/v1/card-writer/job/abort"))

    def mains(self, action: str) -> BenchInfo:
        """Switch the station's supply: on, off or cycle."""
        return build(BenchInfo, self._post(f"/v1/mains/{action}"))

    def network(self, action: str) -> BenchInfo:
        """Cut the station's network ("down"), or restore it ("up")."""
        return build(BenchInfo, self._post(f"/v1/network/{action}"))

    def relay_pulse(self, board: str, coil: int, seconds: float) -> None:
        """Have a relay board close a coil and open it by its own clock; real seconds."""
        self._post(f"/v1/relays/{quote(board, safe='')}/{coil}/pulse", {"seconds": seconds})

    def modem(self) -> ModemInfo:
        """Identity of the modem, SIM, registration, technology, lock."""
        return build(ModemInfo, self._get("/v1/modem"))

    def modem_signal(self) -> SignalInfo:
        """One reading of the radio signal."""
        return build(SignalInfo, self._get("/v1/modem/signal"))

    def modem_lock(self, lock: str) -> ModemInfo:
        """Allow "2g", "3g" or "4g" only, or "auto"; returns once registered again."""
        return build(ModemInfo, self._post(f"/v1/modem/lock/{quote(lock, safe='')}"))

    def modem_data(self, switch: str) -> ModemInfo:
        """Data session "on" or "off"."""
        return build(ModemInfo, self._post(f"/v1/modem/data/{quote(switch, safe='')}"))

    def modem_watch(self, duration_s: float, interval_s: float) -> WatchInfo:
        """Readings for `duration_s` lab seconds, one every `interval_s`; their summary."""
        body: dict[str, Json] = {"duration_s": duration_s, "interval_s": interval_s}
        return build(WatchInfo, self._post("/v1/modem/watch", body))

    def lease(self) -> LeaseInfo:
        """Who holds the bench."""
        return build(LeaseInfo, self._get("/v1/lease"))

    def lease_take(self, reason: str, ttl_s: float, wait_s: float) -> LeaseInfo:
        """Hold the bench for us; `wait_s` real seconds for whoever has it."""
        body: dict[str, Json] = {"reason": reason, "ttl_s": ttl_s, "wait_s": wait_s}
        return build(LeaseInfo, self._post("/v1/lease/take", body))

    def lease_release(self) -> LeaseInfo:
        """Give the bench back."""
        return build(LeaseInfo, self._post("/v1/lease/release"))

    def lease_break(self, reason: str) -> LeaseInfo:
        """Take the bench from its holder: the run is aborted and the bench made safe."""
        return build(LeaseInfo, self._post("/v1/lease/break", {"reason": reason}))

    # -- playing Central System ---------------------------------------------------------

    def csms_actions(self) -> tuple[ActionLine, ...]:
        """Requests that a Central System may send, by feature profile."""
        return _many(ActionLine, self._get("/v1/csms/actions"), "actions")

    def csms_schema(self, action: str) -> dict[str, Json]:
        """JSON schema (draft 4) of the payload of a request."""
        return self._get(f"/v1/csms/actions/{quote(action, safe='')}/schema")

    def csms_call(
        self,
        action: str,
        payload: dict[str, Json],
        timeout_s: float = 30.0,
        *,
        validate: bool = True,
    ) -> CallOutcome:
        """Send a CALL to the station, and wait for what becomes of it.

        Args:
            action: of the request.
            payload: camelCase.
            timeout_s: lab seconds for the answer.
            validate: False to send what breaks the schema, on purpose.
        """
        body: dict[str, Json] = {
            "action": action,
            "payload": payload,
            "timeout_s": timeout_s,
            "validate": validate,
        }
        return build(CallOutcome, self._post("/v1/csms/call", body))

    # -- cases and runs -----------------------------------------------------------------

    def cases(self, dut: str, pics: Path | None = None) -> tuple[CaseLine, ...]:
        """Every row of the catalogue for one role ("station" or "csms")."""
        query = {"dut": dut} | ({"pics": str(pics.absolute())} if pics else {})
        return _many(CaseLine, self._get("/v1/cases?" + urlencode(query)), "cases")

    def pics_differences(self, pics: Path | None = None) -> tuple[PicsDifference, ...]:
        """What the connected station says of itself, against a PICS file or the bench's."""
        query = "?" + urlencode({"pics": str(pics.absolute())}) if pics else ""
        return _many(PicsDifference, self._get("/v1/pics/differences" + query), "differences")

    def case(self, octt_id: str, dut: str = "") -> dict[str, Json]:
        """What a case is about and what it does."""
        query = "?" + urlencode({"dut": dut}) if dut else ""
        return self._get(f"/v1/cases/{quote(octt_id, safe='')}{query}")

    def start(
        self, dut: str, cases: Sequence[str] | None, wishes: RunWishes = NO_WISHES
    ) -> RunStarted:
        """Start a run: of `cases`, else of what is continued, else of everything."""
        body: dict[str, Json] = {
            "dut": dut,
            "cases": list(cases or []),
            "all": not cases and not wishes.resume,
            "pics": str(wishes.pics.absolute()) if wishes.pics else None,
            "resume": wishes.resume,
            "retest": wishes.retest,
            "intake": wishes.intake,
            "accept_changes": wishes.accept_changes,
            "edition": wishes.edition,
            "strictness": wishes.strictness,
        }
        return build(RunStarted, self._post("/v1/runs", body))

    def runs(self) -> tuple[RunLine, ...]:
        """Every run of the store, newest first."""
        return _many(RunLine, self._get("/v1/runs"), "runs")

    def run(self, run_id: str) -> RunInfo:
        """One run with its cases."""
        return build(RunInfo, self._get(f"/v1/runs/{quote(run_id, safe='')}"))

    def abort(self, run_id: str) -> RunInfo:
        """Abort a run in progress; returns once the bench is safe."""
        return build(RunInfo, self._post(f"/v1/runs/{quote(run_id, safe='')}/abort"))

    def report(self, run_ids: Sequence[str], form: str) -> str:
        """Report of one run (or several in one) as "html", "junit" or "json"."""
        first, *more = run_ids
        query = urlencode([("format", form), *(("with", run_id) for run_id in more)])
        data = request(self.socket, "GET", f"/v1/runs/{quote(first, safe='')}/report?{query}")
        return data.decode()

    def frames(
        self,
        run_id: str = "",
        *,
        after: int = 0,
        limit: int = 500,
        words: str = "",
        octt_id: str = "",
        newest: bool = False,
    ) -> FramePage:
        """OCPP-J messages of a run, or of the daemon's own memory.

        Args:
            run_id: "" for what the daemon remembers of its life.
            after: sequence number of the last one already known.
            limit: 1 to 5000.
            words: each must fit: "in", "out", a message type, or a piece of action, id or text.
            octt_id: of this case only.
            newest: the last ones instead of the first.
        """
        given = {"after": after, "limit": limit, "filter": words, "octt_id": octt_id,
                 "newest": int(newest)}  # fmt: skip
        where = f"/v1/runs/{quote(run_id, safe='')}/frames" if run_id else "/v1/frames"
        return build(FramePage, self._get(f"{where}?{urlencode(given)}"))

    def timeline(self, run_id: str, octt_id: str, attempt: int | None = None) -> CaseTimeline:
        """One execution of a case (the last, unless `attempt` says which) in order of time."""
        query = urlencode({"octt_id": octt_id, "attempt": attempt or 0})
        said = self._get(f"/v1/runs/{quote(run_id, safe='')}/timeline?{query}")
        return build(CaseTimeline, said)

    def compare(self, run_a: str, run_b: str) -> RunComparison:
        """Two runs, case by case."""
        target = f"/v1/runs/{quote(run_a, safe='')}/compare/{quote(run_b, safe='')}"
        return build(RunComparison, self._get(target))

    # -- prompts of other test tools ----------------------------------------------------

    def bridge_prompt(
        self, text: str, *, dry_run: bool = False, wait_s: float = 30.0
    ) -> BridgeInfo:
        """Do on the bench what another tool asks its operator for.

        Args:
            text: as the other tool words it.
            dry_run: only say what would be done.
            wait_s: real seconds after which to answer even if it is still being worked on.
        """
        body: dict[str, Json] = {"text": text, "dry_run": dry_run, "wait_s": wait_s}
        return build(BridgeInfo, self._post("/v1/bridge/prompt", body))

    def bridge_log(self, limit: int = 100) -> tuple[BridgeInfo, ...]:
        """The last prompts that were closed, oldest first."""
        return _many(BridgeInfo, self._get(f"/v1/bridge/prompts?limit={limit}"), "prompts")

    # -- events and prompts -------------------------------------------------------------

    def events(self, after: int | None = None) -> EventStream:
        """Follow the time line, from `after` (exclusive) or from now."""
        return EventStream(self.socket, after)

    def prompts(self) -> tuple[PromptInfo, ...]:
        """Questions to the operator, open ones first."""
        return _many(PromptInfo, self._get("/v1/prompts"), "prompts")

    def answer(self, prompt_id: str, choice: str, by: str, via: str = "http") -> PromptInfo:
        """Answer a question; the first answer wins.

        Args:
            prompt_id: of the question.
            choice: one of its choices.
            by: who answers.
            via: from where: tui, cli, web, http or bridge.
        """
        body: dict[str, Json] = {"choice": choice, "by": by, "via": via}
        return build(PromptInfo, self._post(f"/v1/prompts/{quote(prompt_id, safe='')}", body))

    def _get(self, target: str) -> dict[str, Json]:
        return cast("dict[str, Json]", json.loads(request(self.socket, "GET", target)))

    def _post(self, target: str, body: dict[str, Json] | None = None) -> dict[str, Json]:
        return cast("dict[str, Json]", json.loads(request(self.socket, "POST", target, body or {})))


def _many(kind: type[R], said: dict[str, Json], key: str) -> tuple[R, ...]:
    return tuple(build(kind, item) for item in cast("list[Json]", said[key]))
