"""Ids of the conformance reference that no rule of this package judges, each with the reason."""

from __future__ import annotations

NOT_JUDGED: dict[str, str] = {
    "M1.5": "which identities a Central System knows is not in a log; only a case that connects "
    "with a foreign one can judge it",
    "M1.10": "whether credentials were right is not in a log, for passwords are not kept; only a "
    "case that sends wrong ones can judge it",
    "M1.12": "the tool must show a bad certificate on purpose; what the station makes of it is "
    "judged by the case that does so",
    "M1.15": "the tool always answers pings; to withhold pongs is a case of its own",
    "M3.6": "a measurement, no demand: the answer times of a log",
    "M6.6": "what the driver did at the reader, and whether the station was free to serve him, is "
    "known to the case only",
    "M6.8": "what is in the cache cannot be read, and only its effect in a case shows it",
    "M9.2": "a permission, no demand: other messages may overtake the queue",
    "M12": "how times are compared by all rules: the tolerance of `Scope`, arrivals, the "
    "monotonic clock",
}
