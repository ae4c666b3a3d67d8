"""Client of a charging station emulator for test authors: synchronous, standard library only.

with StationClient.start("ws://localhost:9000/ocpp", "CP-1") as station:
    station.wait_status("Available")
    station.plug_in()
    station.ev_request()
    station.card("04A1B2C3D4E5F6")
    start = station.wait_frame("StartTransaction")
    station.wait_status("Charging")
"""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self, TypeAlias, cast
from urllib.parse import urlsplit

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

PATIENCE_S = 600.0
"""Real seconds for an answer of the emulator itself; waits end by their own time-out before."""
STOP_S = 10.0


class StationError(Exception):
    """The emulator said no, or could not be started.

    Attributes:
        status: of HTTP: 400 bad argument, 401 token, 404 no such thing, 408 not seen, 409 not
            now; 0 without an answer.
        problems: each single one, when there are several.
    """

    def __init__(self, detail: str, status: int = 0, problems: Sequence[str] = ()) -> None:
        self.status = status
        self.problems = tuple(problems)
        super().__init__(detail)


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame of OCPP-J as the station saw it.

    Attributes:
        id: number of the event.
        at: lab time, ISO 8601.
        direction: "out" for what the station sent, "in" for what it received.
        kind: call, result, error or malformed.
        action: of the CALL, or of the CALL that is answered.
        payload: of a CALL or CALLRESULT.
        raw: word for word.
    """

    id: int
    at: str
    direction: str
    kind: str
    action: str
    payload: dict[str, Json]
    raw: str


class StationClient:
    """Works one emulated station through its HTTP interface.

    Args:
        where: "http://127.0.0.1:8080" or "unix:/path/of/the/socket".
        token: of the interface, if it has one.
    """

    def __init__(self, where: str, token: str | None = None) -> None:
        self._where = where
        self._token = token
        self._mark = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    @classmethod
    def start(
        cls,
        csms: str,
        id: str,
        *,
        persona: str | Path | None = None,
        defects: Sequence[str] = (),
        password: str | None = None,
        time_scale: float = 1.0,
        seed: int = 1,
        disk: Path | None = None,
        options: Sequence[str] = (),
    ) -> StationClient:
        """Start a station in a process of its own, which ends with the client or with us.

        Args:
            csms: endpoint of the Central System, without identity.
            id: identity of the station.
            persona: name of a shipped one, or a file.
            defects: what it does wrong from the start.
            password: text, or "hex:" and digits.
            time_scale: lab seconds per second.
            seed: of everything that is random.
            disk: folder of what survives; gone with the process without it.
            options: any others of `python -m firmware_mocks charging-station`.

        Raises:
            StationError: it did not start; says why.
        """
        folder = tempfile.TemporaryDirectory(prefix="station-")
        api = Path(folder.name) / "api"
        command = [
            sys.executable, "-m", "firmware_mocks", "charging-station", "--follow-stdin",
            "--no-control", f"--csms={csms}", f"--identity={id}", f"--api=unix:{api}",
            f"--time-scale={time_scale}", f"--seed={seed}",
            *(f"--defect={name}" for name in defects), *options,
        ]  # fmt: skip
        if persona is not None:
            command.append(f"--persona={persona}")
        if disk is not None:
            command.append(f"--disk={disk}")
        secret = {} if password is None else {"RIG_STATION_PASSWORD": password}
        client = cls(f"unix:{api}")
        client._folder = folder
        try:
            client._launch(command, {**os.environ, **secret}, Path(folder.name) / "log")
        except BaseException:
            client.close()
            raise
        return client

    def _launch(self, command: list[str], environment: Mapping[str, str], log: Path) -> None:
        with log.open("wb") as stderr:
            self._process = subprocess.Popen(  # noqa: S603  # the emulator
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr,
                env=environment,
            )  # fmt: skip
        stdout = self._process.stdout
        if stdout is None or not stdout.readline():
            code = self._process.wait()
            said = log.read_text(errors="replace").strip()
            said = said[max(0, said.find("charging-station: ")) :]  # behind the usage
            raise StationError(f"exit code {code}: {said or 'it said nothing'}")

    def close(self) -> None:
        """End the station, if we have started it."""
        if self._process is not None:
            for pipe in (self._process.stdin, self._process.stdout):
                if pipe is not None:
                    pipe.close()
            self._process.terminate()
            try:
                self._process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    # --- anything -------------------------------------------------------------------------------

    def do(self, operation: str, **arguments: Json) -> Json:
        """Do any operation; those that there are: docs/reference/station-emulator.md.

        Raises:
            StationError: the emulator said no.
        """
        headers = {"Content-Type": "application/json"}
        if self._token is not None:
            headers["Authorization"] = f"Bearer {self._token}"
        connection = self._connection()
        try:
            connection.request("POST", f"/v1/do/{operation}", json.dumps(arguments), headers)
            response = connection.getresponse()
            body = json.loads(response.read())
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise StationError(f"{self._where}: no answer from the emulator: {error}") from error
        finally:
            connection.close()
        if response.status != 200:
            raise StationError(str(body["detail"]), response.status, body["problems"])
        return cast("Json", body["result"])

    def _connection(self) -> http.client.HTTPConnection:
        if self._where.startswith("unix:"):
            return _UnixConnection(self._where.removeprefix("unix:"))
        parts = urlsplit(self._where)
        return http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=PATIENCE_S)

    # --- what it is like ------------------------------------------------------------------------

    def state(self) -> dict[str, Json]:
        """Everything about the station."""
        return cast("dict[str, Json]", self.do("state"))

    def connector(self, connector: int = 1) -> dict[str, Json]:
        """One connector."""
        return cast("dict[str, Json]", self.do("connector", connector=connector))

    # --- driver and vehicle ---------------------------------------------------------------------

    def plug_in(self, connector: int = 1, cable_a: int = 32) -> None:
        """Put the cable in, with the EV at its other end."""
        self.do("plug_in", connector=connector, cable_a=cable_a)

    def unplug(self, connector: int = 1) -> None:
        """Take the cable away from both sides."""
        self.do("unplug", connector=connector)

    def unplug_ev(self, connector: int = 1) -> None:
        """Pull the cable out of the EV; it stays in the station."""
        self.do("unplug_ev", connector=connector)

    def unplug_station(self, connector: int = 1) -> None:
        """Pull the plug out of the station.

        Raises:
            StationError: its lock holds it (409).
        """
        self.do("unplug_station", connector=connector)

    def ev_request(self, connector: int = 1) -> None:
        """The EV wants energy."""
        self.do("ev_request", connector=connector)

    def ev_stop(self, connector: int = 1) -> None:
        """The EV wants none any more."""
        self.do("ev_stop", connector=connector)

    def card(self, id_tag: str, connector: int = 1) -> None:
        """Hold a card to the reader."""
        self.do("card", id_tag=id_tag, connector=connector)

    # --- the world around it --------------------------------------------------------------------

    def power(self, on: bool) -> None:
        """Switch the mains."""
        self.do("power", on=on)

    def fault(self, error_code: str | None, connector: int = 1) -> None:
        """Set a fault input, by its errorCode of StatusNotification; None clears it."""
        self.do("fault", connector=connector, error_code=error_code)

    def network(self, up: bool) -> None:
        """Cut or restore the link to the Central System."""
        self.do("network", up=up)

    def defect(self, name: str, on: bool = True) -> None:
        """Have the station do something wrong, or cease to."""
        self.do("defect", name=name, on=on)

    def call(
        self, action: str, payload: dict[str, Json] | None = None, timeout_s: float = 30.0
    ) -> dict[str, Json]:
        """Send any CALL; what became of it: {"result": ...}, {"error": ...}, {"timeout": ...}."""
        outcome = self.do("call", action=action, payload=payload or {}, timeout_s=timeout_s)
        return cast("dict[str, Json]", outcome)

    def answer(
        self,
        action: str,
        payload: dict[str, Json] | None = None,
        *,
        error: str | None = None,
        raw: str | None = None,
        nothing: bool = False,
        delay_s: float = 0.0,
        match: dict[str, Json] | None = None,
        times: int | None = 1,
        obey: bool = False,
    ) -> int:
        """Answer in place of the station; the number of the rule.

        Args:
            action: of the CALLs that are answered.
            payload: of a CALLRESULT; one of payload, error, raw and nothing is enough.
            error: code of a CALLERROR.
            raw: text of a whole message, {id} stands for the message id.
            nothing: never answer.
            delay_s: lab seconds that the answer is late; alone: that of the station.
            match: fields that the request must have.
            times: so often; None until it is cleared.
            obey: the station does what it was told all the same.
        """
        number = self.do(
            "answer",
            action=action, payload=payload, error=None if error is None else {"code": error},
            raw=raw, nothing=nothing, delay_s=delay_s, match=match, times=times, obey=obey,
        )  # fmt: skip
        return int(str(number))

    def clear_answers(self) -> None:
        """Have the station answer by itself again."""
        self.do("clear_answers")

    def events(self, after: int = 0, limit: int = 1000) -> list[dict[str, Json]]:
        """The wire log: frames and events of the connection after this number, oldest first."""
        told = cast("dict[str, Json]", self.do("events", after=after, limit=limit))
        return cast("list[dict[str, Json]]", told["events"])

    # --- waiting --------------------------------------------------------------------------------

    def wait_frame(
        self,
        action: str,
        payload: dict[str, Json] | None = None,
        *,
        kind: str = "call",
        timeout_s: float = 60.0,
    ) -> Frame:
        """The next frame like that, after the one that was found last.

        Args:
            action: of the CALL, or of the CALL that is answered.
            payload: fields that it has; it may have more.
            kind: call, result or error.
            timeout_s: lab seconds.

        Raises:
            StationError: there was none; says what was seen.
        """
        event = cast(
            "dict[str, Json]",
            self.do(
                "wait_frame",
                action=action, payload=payload, kind=kind, after=self._mark, timeout_s=timeout_s,
            ),
        )  # fmt: skip
        self._mark = int(str(event["id"]))
        fields = ("at", "direction", "kind", "action", "raw")
        text = {name: str(event[name]) for name in fields}
        return Frame(
            id=self._mark, payload=cast("dict[str, Json]", event.get("payload", {})), **text
        )

    def wait_state(self, state: dict[str, Json], timeout_s: float = 60.0) -> dict[str, Json]:
        """The state as soon as it has all that is given, at any depth.

        Raises:
            StationError: it has not become so; says what it is.
        """
        return cast("dict[str, Json]", self.do("wait_state", state=state, timeout_s=timeout_s))

    def wait_status(self, status: str, connector: int = 1, timeout_s: float = 60.0) -> None:
        """Return once a connector of a registered station has this status."""
        wanted: dict[str, Json] = {str(connector): {"status": status}}
        self.wait_state({"online": True, "connectors": wanted}, timeout_s)


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=PATIENCE_S)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)
