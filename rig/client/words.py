"""Signs and words that every front end says in the same way. Colour never carries meaning alone."""

from __future__ import annotations

VERDICT_SIGNS = {
    "PASS": ("✓", "green"),
    "FAIL": ("✗", "red"),
    "INCONCLUSIVE": ("?", "yellow"),
    "ABORTED": ("■", "yellow"),
    "ERROR": ("!", "magenta"),
    "NOT APPLICABLE": ("–", "bright_black"),
}
"""Sign and colour of a verdict."""

CP_WORDS = {
    "A": "○ A unplugged",
    "B": "◐ B plugged in",
    "C": "● C energy requested",
    "D": "● D energy requested, ventilation",
    "E": "✗ E fault",
    "F": "✗ F not available",
}
"""States of the control pilot (IEC 61851-1), with their sign."""

FAULTS = {
    "cp-pe-short": "pilot to PE, before the diode: state E",
    "cp-pe-short-after-diode": "pilot to PE behind the diode, as many hand testers do",
    "diode-short": "the EV's diode bypassed; a station sees it with PWM only",
    "pe-open": "PE of pilot and proximity open; the load keeps its own",
    "cp-open": "pilot open, the plug still in the station",
    "pp-open": "proximity open",
    "pp-short": "proximity to PE",
}
"""Faults that a tester plug can put in."""

TECHNOLOGIES = {"2g": "2G", "3g": "3G", "4g": "4G"}
"""Access technologies as people write them."""
