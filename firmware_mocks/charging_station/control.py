"""Control commands of a station: see `firmware_mocks.control`."""

from __future__ import annotations

from dataclasses import replace

from firmware_mocks.charging_station.certificates import CertificateType
from firmware_mocks.charging_station.defects import DEFECTS
from firmware_mocks.charging_station.station import ChargingStation
from firmware_mocks.charging_station.storage import Json
from firmware_mocks.control import Control
from rig.ocppj.endpoint import BadAnswer, Error, Lost, Result


class WireEvents:
    """Shows every frame and transport event to the subscribers of the control channel."""

    def __init__(self, control: Control) -> None:
        self._control = control

    def frame(self, direction: str, connection: int, raw: str | bytes) -> None:
        """Publish a frame."""
        text = raw if isinstance(raw, str) else raw.hex()
        self._control.publish("frame", direction=direction, connection=connection, raw=text)

    def transport(self, what: str, connection: int, detail: dict[str, object]) -> None:
        """Publish a transport event."""
        self._control.publish("transport", what=what, connection=connection, detail=detail)


class StationControl:
    """The commands."""

    def __init__(self, station: ChargingStation) -> None:
        self._station = station

    def register(self, control: Control) -> None:
        """Offer the commands on a control channel."""
        for name in (
            "card",
            "configure",
            "power",
            "network",
            "connect",
            "call",
            "defect",
            "block_lock",
            "fault",
            "tamper",
            "security_log",
            "clear_security_log",
            "install_root",
            "install_certificate",
            "install_crl",
        ):
            control.register(name, getattr(self, name))
        control.register("station", self.state)
        control.register("defects", lambda: DEFECTS)

    def state(self) -> dict[str, object]:
        """Everything about the station."""
        station, controller = self._station, self._station.controller
        return {
            "registration": controller.registration.status,
            "connected": station.uplink.connected,
            "powered": station.powered.is_set(),
            "defects": station.defects.names(),
            "configuration": controller.board.configuration.listed(),
            "roots": len(controller.certificates.stored),
            "queue": [dict(message) for message in controller.queue.messages],
            "connectors": {
                str(n): {
                    "status": s.status,
                    "cp": s.cp,
                    "cp_volts": s.inputs.cp_high_v,
                    "pp_ohm": s.inputs.pp_ohm,
                    "locked": s.outputs.plug_locked,
                    "contactor": s.outputs.contactor_closed,
                    "meter_wh": s.meter.wh,
                    "transaction_id": s.transaction.transaction_id if s.transaction else None,
                }
                for n, s in controller.sockets.items()
            },
        }

    def card(self, id_tag: str, connector: int = 1) -> None:
        """Hold a card to a reader."""
        self._station.present_card(connector, id_tag)

    def configure(self, key: str, value: str) -> str:
        """Write a configuration key, as a technician at the station would."""
        controller = self._station.controller
        status = controller.board.configuration.change(key, value)
        controller.configuration_changed(key)
        return status.value

    def power(self, on: bool) -> None:
        """Switch the mains."""
        self._station.set_power(on)

    async def network(self, up: bool) -> None:
        """Cut or restore the link to the Central System; a cut says nothing."""
        event = self._station.uplink.network_up
        if up:
            event.set()
        else:
            event.clear()
            await self._station.uplink.drop()

    async def connect(self, url: str, profile: int | None = None) -> None:
        """Use another Central System from now on, or with one security profile only."""
        uplink = self._station.uplink
        if profile is None:
            uplink.account = replace(uplink.account, csms_url=url, endpoints={})
            await uplink.close(1000)
        else:
            endpoints = {**uplink.account.endpoints, profile: url}
            uplink.account = replace(uplink.account, endpoints=endpoints)

    async def call(
        self, action: str, payload: dict[str, Json], timeout_s: float = 30.0
    ) -> dict[str, object]:
        """Send any CALL and return what became of it."""
        outcome = await self._station.uplink.call(action, payload, timeout_s)
        if isinstance(outcome, Result):
            return {"result": outcome.payload}
        if isinstance(outcome, Error):
            error = {"code": outcome.code, "description": outcome.description}
            return {"error": {**error, "details": outcome.details}}
        if isinstance(outcome, BadAnswer):
            return {"malformed": outcome.reason}
        return {"lost": True} if isinstance(outcome, Lost) else {"timeout": True}

    def defect(self, name: str, on: bool = True) -> None:
        """Switch a defect."""
        self._station.defects.switch(name, on)

    def block_lock(self, connector: int, blocked: bool) -> None:
        """Hold the bolt of a lock."""
        self._station.controller.sockets[connector].lock_blocked = blocked

    def fault(self, connector: int, error_code: str | None) -> None:
        """Set or clear a fault input."""
        socket = self._station.controller.sockets[connector]
        socket.error_code = error_code
        self._station.controller.evaluate(socket)

    # --- security ---------------------------------------------------------------------------

    def tamper(self) -> None:
        """Open the housing."""
        self._station.controller.security_events.raised("TamperDetectionActivated")

    def security_log(self) -> list[str]:
        """Lines of the security log."""
        return self._station.controller.security_log.entries()

    def clear_security_log(self) -> None:
        """Clear the security log, which is the first line of the next."""
        controller = self._station.controller
        controller.security_log.clear()
        controller.security_events.raised("SecurityLogWasCleared")

    def install_root(self, certificate: str, certificate_type: str = "") -> None:
        """Install a root certificate (PEM), as a technician does."""
        kind = CertificateType(certificate_type or CertificateType.CENTRAL_SYSTEM)
        controller = self._station.controller
        controller.certificates.install(kind, certificate, controller.board.rtc.utc())

    def install_certificate(self, certificate: str, key: str) -> None:
        """Install a certificate of the station with its key (PEM), as a technician does."""
        self._station.controller.own_certificates.provide(certificate, key)

    def install_crl(self, crl: str) -> None:
        """Install a list of revoked certificates (PEM), as a technician does."""
        self._station.controller.certificates.install_crl(crl)
