"""How boards of one make want to be spoken to: data, one file each."""

from drivers.relay.dialects.dialect import Dialect, VersionRule
from drivers.relay.dialects.waveshare_8 import WAVESHARE_8

DIALECTS: dict[str, Dialect] = {dialect.name: dialect for dialect in (WAVESHARE_8,)}

__all__ = ["DIALECTS", "WAVESHARE_8", "Dialect", "VersionRule"]
