"""M11, third part: the messages of firmware updates, diagnostics and logs.

Source: OCPP 1.6, 4.4, 4.5, 6.22, 7.25; security white paper L01, N01; station behaviour 13, 14.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rig.conformance.exchanges import Exchange
from rig.conformance.rules.log import Log
from rig.conformance.rules.registry import Hit, hit, rule

Graph = Mapping[str, tuple[str, ...]]
START = ""

FIRMWARE: Graph = {
    START: ("Downloading", "DownloadFailed"),
    "Downloading": ("Downloading", "Downloaded", "DownloadFailed"),
    "Downloaded": ("Installing", "InstallationFailed"),
    "Installing": ("Installed", "InstallationFailed"),
    "DownloadFailed": ("Downloading", "DownloadFailed"),
    "InstallationFailed": (),
    "Installed": (),
}
SIGNED: Graph = {
    START: ("DownloadScheduled", "Downloading", "DownloadFailed"),
    "DownloadScheduled": ("Downloading", "DownloadFailed"),
    "Downloading": ("Downloading", "DownloadPaused", "Downloaded", "DownloadFailed"),
    "DownloadPaused": ("Downloading", "Downloaded", "DownloadFailed"),
    "Downloaded": ("SignatureVerified", "InvalidSignature"),
    "SignatureVerified": (
        "InstallScheduled", "Installing", "InstallRebooting", "InstallVerificationFailed",
        "InstallationFailed", "Installed",
    ),
    "InstallScheduled": ("Installing", "InstallRebooting", "InstallationFailed", "Installed"),
    "Installing": (
        "InstallRebooting", "Installed", "InstallationFailed", "InstallVerificationFailed",
    ),
    "InstallRebooting": ("Installing", "Installed", "InstallationFailed"),
    "DownloadFailed": ("Downloading", "DownloadFailed"),
    "InvalidSignature": (), "InstallVerificationFailed": (), "InstallationFailed": (),
    "Installed": (),
}  # fmt: skip
UPLOAD_FAILURES = (
    "UploadFailed", "UploadFailure", "PermissionDenied", "BadMessage", "NotSupportedOperation",
)  # fmt: skip
UPLOAD: Graph = {
    START: ("Uploading", *UPLOAD_FAILURES),
    "Uploading": ("Uploading", "Uploaded", *UPLOAD_FAILURES),
    "Uploaded": (),
    **dict.fromkeys(UPLOAD_FAILURES, ("Uploading",)),
}
ORDERED_BY: Mapping[str, tuple[str, Graph]] = {
    "FirmwareStatusNotification": ("UpdateFirmware", FIRMWARE),
    "SignedFirmwareStatusNotification": ("SignedUpdateFirmware", SIGNED),
    "DiagnosticsStatusNotification": ("GetDiagnostics", UPLOAD),
    "LogStatusNotification": ("GetLog", UPLOAD),
}
"""The command that each message belongs to, and the order of its statuses."""


@rule("M11.10")
def files_are_reported_in_order(log: Log) -> Iterator[Hit]:
    """Statuses of a download, installation or upload come in their order, with the requestId.

    Idle only comes when it was triggered.

    Looks at: FirmwareStatusNotification and its relatives since the command that they belong to.
    """
    for action, (command, graph) in ORDERED_BY.items():
        yield from _in_order(log, action, command, graph)


def _in_order(log: Log, action: str, command: str, graph: Graph) -> Iterator[Hit]:
    last: str | None = None  # nothing was ordered in this log
    before: Exchange | None = None
    request = None
    steps = sorted(
        [(x.seq, x) for x in log.asked(action)]
        + [(x.seq, x) for x in log.told(command) if x.error is None],
        key=lambda s: s[0],
    )
    for _, x in steps:
        if x.name == command:
            if x.status in (None, "Accepted", "AcceptedCanceled"):
                last, before, request = START, None, x.req.get("requestId")
            continue
        status = str(x.req.get("status"))
        if x.seq in log.history.triggered:
            continue
        if status == "Idle":
            yield hit("Idle although nothing has triggered it", x.call)
            continue
        if before is not None and not before.has_result and before.req == x.req:
            continue  # sent again
        if last is not None and status not in graph.get(last, ()):
            after = f"after {last}" if last else "first"
            places = (before.call, x.call) if before else (x.call,)
            yield hit(f"{status} {after}", *places)
        if request is not None and x.req.get("requestId") != request:
            given = x.req.get("requestId")
            yield hit(f"requestId {given}, not {request}", x.call)
        last, before = (None if last is None else status), x
