"""Kinds of devices in a bench file, by what they are for."""

from __future__ import annotations

BOARD_KINDS = ("relay_board", "manual_relay_board")
PLUG_KINDS = ("evse_tester", "evse_tester_modbus", "manual_evse_tester")
MAINS_KINDS = ("mains_switch", "manual_mains_switch")
NETWORK_KINDS = ("network_switch", "manual_network_switch")
CARD_KINDS = ("card_presenter", "manual_card_presenter")
MODEM_KINDS = ("modem", "manual_modem")
WRITER_KINDS = ("card_writer", "manual_card_writer")
PORT_KINDS = ("modem", "card_writer")
"""Kinds besides relay boards that hold a port while the bench is open."""

LINE_KINDS = ("evse_tester_modbus",)
"""Kinds besides relay boards that are on a Modbus line."""


def is_manual(kind: str) -> bool:
    """Whether a person does what such a device does."""
    return kind.startswith("manual_")
