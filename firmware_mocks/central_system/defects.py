"""What the Central System can do wrong on purpose, by name."""

from __future__ import annotations

DEFECTS: dict[str, str] = {
    "wrong-clock": "currentTime is an hour off",
    "no-subprotocol": "answers the upgrade without a subprotocol",
    "missing-interval": "BootNotification.conf without interval",
    "negative-interval": "BootNotification.conf with interval -1",
    "boot-rejected": "BootNotification is always Rejected",
    "repeated-transaction-id": "every transaction has the same id",
    "accepts-every-card": "every idTag is Accepted",
    "refuses-every-card": "every idTag is Invalid",
    "start-refused": "StartTransaction of an accepted card is answered Blocked",
    "wrong-remote-start-tag": "RemoteStartTransaction with another idTag",
    "wrong-remote-start-connector": "RemoteStartTransaction with connectorId 0",
    "wrong-remote-stop-id": "RemoteStopTransaction with another transactionId",
    "ignores-operator": "commands of the operator are not sent",
    "no-answer": "(:Action) never answers this action",
    "callerror": "(:Action) answers this action with CALLERROR InternalError",
    "schema-violation": "(:Action) answers this action with a field of its own",
}
