"""Operations of a station: what it is told to do beside its own business."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Literal, TypeAlias

from firmware_mocks.charging_station.configuration import Access
from firmware_mocks.charging_station.defects import DEFECTS
from firmware_mocks.charging_station.endpoint_url import check_endpoint
from firmware_mocks.charging_station.pem_texts import pem_text
from firmware_mocks.charging_station.socket import Socket
from firmware_mocks.charging_station.station import ChargingStation
from firmware_mocks.charging_station.storage import Json
from firmware_mocks.control import Control
from firmware_mocks.operations import Length, NoSuch, NotNow, Operation, Range
from rig.ocppj.endpoint import BadAnswer, Error, Lost, Result

METER_FAILURE = "PowerMeterFailure"

# What is sent is valid, unless somebody asks for the contrary: `call`, or a defect.
IdTag: TypeAlias = Annotated[str, Length(1, 20)]
ErrorCode: TypeAlias = Literal[
    "ConnectorLockFailure", "EVCommunicationError", "GroundFailure", "HighTemperature",
    "InternalError", "LocalListConflict", "OtherError", "OverCurrentFailure", "OverVoltage",
    "PowerMeterFailure", "PowerSwitchFailure", "ReaderFailure", "ResetFailure", "UnderVoltage",
    "WeakSignal",
]  # fmt: skip
Profile: TypeAlias = Annotated[int, Range(0, 3)]
Span: TypeAlias = Annotated[float, Range(0)]
RootType: TypeAlias = Literal["CentralSystemRootCertificate", "ManufacturerRootCertificate"]


class StationControl:
    """What test authors do with a station; each method is an operation."""

    def __init__(self, station: ChargingStation) -> None:
        self._station = station

    def operations(self) -> list[Operation]:
        """The operations."""
        one = "/connectors/{connector}"
        return [
            Operation("state", self.state, "GET /state"),
            Operation("connector", self.connector, f"GET {one}"),
            Operation("card", self.card, f"POST {one}/card"),
            Operation("fault", self.fault, f"POST {one}/fault"),
            Operation("warning", self.warning, f"POST {one}/warning"),
            Operation("meter_outage", self.meter_outage, f"POST {one}/meter-outage"),
            Operation("emergency_stop", self.emergency_stop, "POST /emergency-stop"),
            Operation("restart", self.restart, "POST /restart"),
            Operation("block_lock", self.block_lock, f"POST {one}/lock"),
            Operation("power", self.power, "POST /power"),
            Operation("network", self.network, "POST /network"),
            Operation("connect", self.connect, "POST /connect"),
            Operation("call", self.call, "POST /call"),
            Operation("data_transfer", self.data_transfer, "POST /data-transfer"),
            Operation("configuration", self.configuration, "GET /configuration"),
            Operation("configure", self.configure, "PUT /configuration/{key}"),
            Operation("defects", self.defects, "GET /defects"),
            Operation("defect", self.defect, "PUT /defects/{name}"),
            Operation("tamper", self.tamper, "POST /tamper"),
            Operation("security_log", self.security_log, "GET /security-log"),
            Operation("clear_security_log", self.clear_security_log, "DELETE /security-log"),
            Operation("install_root", self.install_root, "POST /certificates/roots"),
            Operation("install_certificate", self.install_certificate, "POST /certificates/own"),
            Operation("install_crl", self.install_crl, "POST /certificates/revoked"),
        ]

    def register(self, control: Control) -> None:
        """Offer the operations on a control channel; `state` is for whoever owns the channel."""
        for operation in self.operations():
            if operation.name != "state":
                control.register(operation.name, operation)
        control.register("station", self.state)

    def _socket(self, connector: int) -> Socket:
        socket = self._station.controller.sockets.get(connector)
        if socket is None:
            last = len(self._station.controller.sockets)
            raise NoSuch(f"no connector {connector}; the station has 1 to {last}")
        return socket

    def _need_power(self) -> None:
        if not self._station.powered.is_set():
            raise NotNow("the station is without power; switch it on first: power on=true")

    def _need_security_extension(self) -> None:
        if not self._station.persona.security_extension:
            raise NotNow(
                "this station has no security extension and keeps no log of events; "
                "take a persona with security_extension: true"
            )

    # --- what it is like ----------------------------------------------------------------------

    def state(self) -> dict[str, object]:
        """Everything about the station.

        Registration, connection, defects, configuration, messages that wait, every connector.
        """
        station, controller = self._station, self._station.controller
        return {
            "registration": controller.registration.status,
            "connected": station.uplink.connected,
            "online": station.uplink.online.is_set(),
            "powered": station.powered.is_set(),
            "defects": station.defects.names(),
            "configuration": controller.board.configuration.listed(),
            "roots": len(controller.certificates.stored),
            "queue": [dict(message) for message in controller.queue.messages],
            "connectors": {str(number): self.connector(number) for number in controller.sockets},
        }

    def connector(self, connector: int) -> dict[str, object]:
        """One connector: status, pilot, lock, meter, transaction.

        Args:
            connector: its number, from 1.
        """
        socket = self._socket(connector)
        running, session = socket.transaction, socket.session
        return {
            "status": socket.status,
            "cp": socket.cp,
            "cp_volts": socket.inputs.cp_high_v,
            "pp_ohm": socket.inputs.pp_ohm,
            "locked": socket.outputs.plug_locked,
            "contactor": socket.outputs.contactor_closed,
            "offered_a": socket.offered_a,
            "phases": socket.phases,
            "meter_wh": socket.meter.wh,
            "error_code": socket.fault,
            "authorised": None if session is None else session.id_tag,
            "transaction_id": None if running is None else running.transaction_id,
            "charging_for": None if running is None else running.id_tag,
        }

    # --- what a driver does -------------------------------------------------------------------

    def card(self, id_tag: IdTag, connector: int = 1) -> None:
        """Hold a card to the reader of a connector.

        Args:
            id_tag: what the reader makes of the card.
            connector: whose reader; a shared one serves all.
        """
        self._socket(connector)
        self._need_power()
        self._station.present_card(connector, id_tag)

    # --- what happens to the station ----------------------------------------------------------

    def fault(self, connector: int, error_code: ErrorCode | None) -> None:
        """Set or clear a fault input.

        A transaction ends at once with GroundFailure, OverCurrentFailure, OverVoltage and
        PowerSwitchFailure; with another one it is interrupted, and ends after 30 lab seconds.

        Args:
            connector: its number.
            error_code: as in StatusNotification, e.g. "GroundFailure"; null clears it.
        """
        socket = self._socket(connector)
        socket.error_code = error_code
        self._station.controller.evaluate(socket)

    def warning(self, connector: int, error_code: ErrorCode | None) -> None:
        """Set or clear something that is wrong and does not prevent charging.

        Args:
            connector: its number.
            error_code: as in StatusNotification, e.g. "HighTemperature"; null clears it.
        """
        socket = self._socket(connector)
        socket.warning = error_code
        self._station.controller.evaluate(socket)

    def meter_outage(self, connector: int, on: bool) -> None:
        """Have the meter of a connector fail, or work again.

        Args:
            connector: its number.
            on: it fails: it counts nothing and has no values.
        """
        socket = self._socket(connector)
        self._station.controller.sampler.outage(socket, on)
        socket.warning = METER_FAILURE if on else None
        self._station.controller.evaluate(socket)

    def emergency_stop(self, pressed: bool) -> None:
        """Press the emergency button, or release it.

        Args:
            pressed: the new state.
        """
        controller = self._station.controller
        for socket in controller.sockets.values():
            socket.emergency = pressed
        controller.evaluate_all()

    def restart(self) -> None:
        """Have the station restart itself at once, as a watchdog does."""
        self._need_power()
        self._station.controller.board.restart()

    def block_lock(self, connector: int, blocked: bool, closed: bool | None = None) -> None:
        """Hold the bolt of a lock, so that it does not move, or let it go.

        Args:
            connector: its number.
            blocked: hold it.
            closed: where it is held; null for where it is.
        """
        socket = self._socket(connector)
        socket.hold_lock(blocked, closed)
        if self._station.powered.is_set():
            self._station.controller.evaluate(socket)

    def power(self, on: bool) -> None:
        """Switch the mains.

        Args:
            on: the new state.
        """
        self._station.set_power(on)

    async def network(self, up: bool) -> None:
        """Cut or restore the link to the Central System; a cut says nothing to either side.

        Args:
            up: the new state.
        """
        self._station.set_network(up)
        if not up:
            await self._station.uplink.drop()

    async def connect(self, url: str, profile: Profile | None = None) -> None:
        """Use another Central System from now on, or with one security profile only.

        Args:
            url: endpoint without identity.
            profile: security profile that this endpoint is for; null for all.
        """
        check_endpoint(url)
        uplink = self._station.uplink
        if profile is None:
            uplink.account = replace(uplink.account, csms_url=url, endpoints={})
            await uplink.close(1000)
        else:
            endpoints = {**uplink.account.endpoints, profile: url}
            uplink.account = replace(uplink.account, endpoints=endpoints)

    def tamper(self) -> None:
        """Open the housing."""
        self._need_security_extension()
        self._station.controller.security_events.raised("TamperDetectionActivated")

    # --- messages -----------------------------------------------------------------------------

    async def call(
        self, action: str, payload: dict[str, Json], timeout_s: Span = 30.0
    ) -> dict[str, object]:
        """Send any CALL and return what became of it.

        The result has one of the members "result" (a payload), "error" (code, description,
        details), "malformed" (why), "lost" (the connection ended) and "timeout".

        Args:
            action: name; also one that OCPP does not have.
            payload: is sent as it is, right or wrong.
            timeout_s: lab seconds to wait for the answer.
        """
        outcome = await self._station.uplink.call(action, payload, timeout_s)
        if isinstance(outcome, Result):
            return {"result": outcome.payload}
        if isinstance(outcome, Error):
            error = {"code": outcome.code, "description": outcome.description}
            return {"error": {**error, "details": outcome.details}}
        if isinstance(outcome, BadAnswer):
            return {"malformed": outcome.reason}
        return {"lost": True} if isinstance(outcome, Lost) else {"timeout": True}

    def data_transfer(
        self,
        vendor_id: Annotated[str, Length(0, 255)],
        message_id: Annotated[str, Length(0, 50)] | None = None,
    ) -> None:
        """Send a DataTransfer, and do not wait for its answer.

        Args:
            vendor_id: of the data.
            message_id: of the data; null for none.
        """
        self._need_power()
        payload: dict[str, Json] = {"vendorId": vendor_id}
        if message_id is not None:
            payload["messageId"] = message_id
        self._station.controller.board.tasks.spawn(self._send("DataTransfer", payload))

    async def _send(self, action: str, payload: dict[str, Json]) -> None:
        await self._station.uplink.call(action, payload)

    # --- configuration and defects ------------------------------------------------------------

    def configuration(self) -> list[dict[str, object]]:
        """Every configuration key with its value, as a technician at the station sees it."""
        configuration = self._station.controller.board.configuration
        return [
            {"key": key.name, "access": key.access.value, "value": value}
            for name, value in configuration.values.items()
            if (key := configuration.find(name)) is not None and key.access is not Access.WRITE
        ]

    def configure(self, key: str, value: str) -> str:
        """Write a configuration key, as a technician at the station would.

        Args:
            key: name, in any case.
            value: as ChangeConfiguration has it; the result is its status.
        """
        controller = self._station.controller
        status = controller.board.configuration.change(key, value)
        controller.configuration_changed(key)
        return status.value

    def defects(self) -> dict[str, str]:
        """Every defect there is, with a sentence; those that are on are in the state."""
        return DEFECTS

    def defect(self, name: str, on: bool = True) -> list[str]:
        """Switch a defect; returns those that are on then.

        Args:
            name: of the defect, with its argument after a colon.
            on: the new state.
        """
        self._station.defects.switch(name, on)
        return self._station.defects.names()

    # --- security ---------------------------------------------------------------------------

    def security_log(self) -> list[str]:
        """Lines of the security log."""
        self._need_security_extension()
        return self._station.controller.security_log.entries()

    def clear_security_log(self) -> None:
        """Clear the security log, which is the first line of the next."""
        self._need_security_extension()
        controller = self._station.controller
        controller.security_log.clear()
        controller.security_events.raised("SecurityLogWasCleared")

    def install_root(
        self, certificate: str, certificate_type: RootType = "CentralSystemRootCertificate"
    ) -> None:
        """Install a root certificate, as a technician does.

        Args:
            certificate: PEM.
            certificate_type: whom it vouches for.
        """
        controller = self._station.controller
        with pem_text("certificate"):
            controller.certificates.install(
                certificate_type, certificate, controller.board.rtc.utc()
            )

    def install_certificate(self, certificate: str, key: str) -> None:
        """Install a certificate of the station with its key, as a technician does.

        Args:
            certificate: PEM, leaf first.
            key: PEM.
        """
        with pem_text("certificate and key"):
            self._station.controller.own_certificates.provide(certificate, key)

    def install_crl(self, crl: str) -> None:
        """Install a list of revoked certificates, as a technician does.

        Args:
            crl: PEM.
        """
        with pem_text("crl"):
            self._station.controller.certificates.install_crl(crl)
