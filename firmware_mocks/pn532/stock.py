"""Cards by name: `ntag213:04A1B2C3D4E5F6`."""

from __future__ import annotations

from firmware_mocks.pn532.classic import ClassicCard
from firmware_mocks.pn532.smart import SmartCard
from firmware_mocks.pn532.type2 import LAYOUTS, Type2Card

AnyCard = Type2Card | ClassicCard | SmartCard
MODELS = (*LAYOUTS, *(f"blank-{model}" for model in LAYOUTS), "classic", "gen1a", "gen2", "desfire")


def make_card(text: str) -> AnyCard:
    """A card from `MODEL:UID`.

    Raises:
        ValueError: no such model, or it has no such UID.
    """
    model, _, digits = text.partition(":")
    uid = bytes.fromhex(digits)
    if model.removeprefix("blank-") in LAYOUTS:
        return Type2Card(model.removeprefix("blank-"), uid, blank=model.startswith("blank-"))
    if model in ("classic", "gen1a", "gen2"):
        return ClassicCard(uid, "" if model == "classic" else model)
    if model == "desfire":
        if len(uid) not in (4, 7, 10):
            raise ValueError("a UID has 4, 7 or 10 bytes")
        return SmartCard(uid)
    raise ValueError(f"no card model {model!r}; there are {', '.join(MODELS)}")
