"""The words of a case about what the Central System sends to the station under test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from rig.conformance.asking import ask
from rig.conformance.evidence import StepFailed
from rig.conformance.inbox import phrase
from rig.conformance.wire_steps import WireSteps
from rig.jsontypes import Json
from rig.ocppj.endpoint import BadAnswer, Error, Lost, Result
from rig.ocppj.frames import Payload


class CommandSteps(WireSteps):
    """Context of one case run; arguments and attributes as those of `WireSteps`."""

    async def call(self, action: str, *, error_ok: Sequence[str] = (), **payload: Json) -> Payload:
        """Send a CALL; returns the payload of its CALLRESULT.

        Args:
            action: name of the action.
            error_ok: codes of a CALLERROR that pass too, as {"status": code}.
            **payload: fields of the request.

        Raises:
            StepFailed: no CALLRESULT came.
        """
        return await self._call(action, error_ok, payload)

    async def _call(self, action: str, error_ok: Sequence[str], payload: Payload) -> Payload:
        timeout_s = self.parameters.message_timeout
        with self.evidence.step(f"send {phrase(action, payload)}"):
            outcome = await ask(
                self.csms, self.clock, self.evidence, action, payload,
                timeout_s=timeout_s, reconnect_s=self.parameters.reconnect_timeout,
            )  # fmt: skip
            if isinstance(outcome, Result):
                return outcome.payload
            await self.bench.prove()
            if isinstance(outcome, Error) and outcome.code in error_ok:
                self.check(
                    f"{phrase(action, payload)} is answered with a CALLRESULT",
                    False,
                    "rule M4.4: tolerated here",
                    expected="CALLRESULT",
                    seen=f"CALLERROR {outcome.code}",
                    severity="warn",
                )
                return {"status": str(outcome.code)}
            if isinstance(outcome, Error):
                seen = f"CALLERROR {outcome.code} {outcome.description}".rstrip()
            elif isinstance(outcome, BadAnswer):
                seen = f"malformed answer: {outcome.reason}"
            elif isinstance(outcome, Lost):
                seen = "connection lost"
            else:
                seen = "no answer"
            self.check(
                f"{phrase(action, payload)} is answered with a CALLRESULT",
                False,
                "rules M3.3, M4.4",
                expected=f"CALLRESULT within {timeout_s:g} s",
                seen=seen,
            )
            raise StepFailed(f"{action}: {seen}")

    async def command(
        self,
        action: str,
        *statuses: str,
        error_ok: Sequence[str] = (),
        payload: Payload | None = None,
        **fields: Json,
    ) -> Payload:
        """Send a CALL that must be answered with one of `statuses`, Accepted by default.

        Args:
            action: name of the action.
            *statuses: that pass.
            error_ok: codes of a CALLERROR that pass too.
            payload: fields that are there in some cases only.
            **fields: fields of the request.

        Raises:
            StepFailed: another status, or no CALLRESULT.
        """
        wanted = (*(statuses or ("Accepted",)), *error_ok)
        request = {**fields, **(payload or {})}
        conf = await self._call(action, error_ok, request)
        got = conf.get("status")
        if not self.check(
            f"{phrase(action, request)} is answered {' or '.join(wanted)}",
            got in wanted,
            "steps of the case",
            expected=" or ".join(wanted),
            seen=got,
        ):
            raise StepFailed(f"{action}: answered {got}, not {' or '.join(wanted)}")
        return conf

    @asynccontextmanager
    async def no_reservations(self) -> AsyncIterator[None]:
        """Inside the block the station takes no reservations, where it could."""
        if not self.facts.get("profile_reservation"):
            yield
            return
        await self.ask("Please configure the station so that it takes no reservations.", ("done",))
        try:
            yield
        finally:
            await self.ask("Please let the station take reservations again.", ("done",))

    async def read_key(self, key: str) -> str | None:
        """Value of a configuration key; None when the station does not know it."""
        conf = await self.call("GetConfiguration", key=[key])
        entries = conf.get("configurationKey")
        for entry in entries if isinstance(entries, list) else []:
            if isinstance(entry, dict) and str(entry.get("key")).casefold() == key.casefold():
                value = entry.get("value")
                return None if value is None else str(value)
        return None
