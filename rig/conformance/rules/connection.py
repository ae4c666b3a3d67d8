"""M1: how a station connects, and what a connection is like.

Source: OCPP-J 1.6, 3, with its errata; security white paper.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from rig.conformance.catalogue import Role
from rig.conformance.rules.log import Log
from rig.conformance.rules.registry import BOTH, Hit, hit, rule
from rig.ocppj.handshake import SUBPROTOCOL, identity_of
from rig.ocppj.tls import SUITES
from rig.ocppj.wirelog import WireEntry

STATION, CSMS = (Role.STATION,), (Role.CSMS,)
AWAY = 503
"""Status with which the tool refuses while it is out of reach on purpose."""
GOOD_CODES = (None, 1000, 1001, 1002, 1006, 1008)
"""Of a close; 1006 stands for a connection that was lost."""
LONGEST_PAUSE_S = 300.0
PING_KEY = "WebSocketPingInterval"
MODERN_TLS = ("TLSv1.2", "TLSv1.3")
UPDATED = ("Installing", "InstallRebooting", "Installed")
BASIC_PROFILES = (1, 2)


def _attempts(log: Log) -> Iterator[WireEntry]:
    """Upgrades that the station under test has asked for."""
    remotes = {_host(e) for e in log.entries if e.what == "connect"}
    for e in log.entries:
        if e.what not in ("connect", "refused") or "target" not in e.detail:
            continue
        if e.what == "connect" or not remotes or _host(e) in remotes:
            yield e


def _host(entry: WireEntry) -> str:
    return str(entry.detail.get("remote", "")).rpartition(":")[0]


@rule("M1.1")
def the_path_ends_in_the_identity(log: Log) -> Iterator[Hit]:
    """The request path is that of the endpoint, one slash and the percent-encoded identity.

    Looks at: targets of upgrade requests from the address of the station.
    """
    path, identity = log.scope.endpoint_path, log.scope.identity
    if not path or not identity:
        return
    for e in _attempts(log):
        if identity_of(str(e.detail["target"]), path) != identity:
            yield hit(f"asks for {e.detail['target']}, not for {path}/{identity}", e)


@rule("M1.2")
def the_subprotocol_is_offered(log: Log) -> Iterator[Hit]:
    """The station offers the subprotocol ocpp1.6; it may offer others as well.

    Looks at: Sec-WebSocket-Protocol of upgrade requests.
    """
    for e in _attempts(log):
        offered = e.detail.get("subprotocols")
        if isinstance(offered, list) and SUBPROTOCOL not in offered:
            told = ", ".join(map(str, offered)) or "nothing"
            yield hit(f"offers {told}, not {SUBPROTOCOL}", e)


@rule("M1.3", roles=CSMS)
def the_subprotocol_is_selected(log: Log) -> Iterator[Hit]:
    """The Central System answers the upgrade with the subprotocol ocpp1.6, which was offered.

    Looks at: upgrades of the played station that have succeeded.
    """
    for e in log.entries:
        offered = e.detail.get("offered")
        if e.what != "connect" or not isinstance(offered, list) or SUBPROTOCOL not in offered:
            continue
        if e.detail.get("subprotocol") != SUBPROTOCOL:
            yield hit(f"selects {e.detail.get('subprotocol')}, not {SUBPROTOCOL}", e)


@rule("M1.4", roles=CSMS)
def without_common_subprotocol_it_closes(log: Log) -> Iterator[Hit]:
    """Without common subprotocol the Central System upgrades without that header, then closes.

    Refusing with HTTP 400 is a warning.

    Looks at: upgrades of the played station that did not offer ocpp1.6.
    """
    for e in log.entries:
        offered = e.detail.get("offered")
        if not isinstance(offered, list) or SUBPROTOCOL in offered:
            continue
        if e.what == "refused":
            status = e.detail.get("status")
            yield hit(f"refuses with HTTP {status}", e, severity="warn" if status == 400 else None)
        elif e.what == "connect":
            span = next(s for s in log.spans if s.connection == e.connection)
            if e.detail.get("subprotocol") is not None:
                yield hit(f"selects {e.detail['subprotocol']}, which was not offered", e)
            elif min(span.end_s, log.scope.end_s) - span.start_s > log.scope.tolerance_s:
                yield hit("stays connected without common subprotocol", e)


@rule("M1.6")
def reconnects_are_spaced(log: Log) -> Iterator[Hit]:
    """After a refused or lost connection the station tries again, with growing pauses.

    At least 1 s before the first attempt, at most 300 s between two.

    Looks at: attempts during an outage that the tool makes; how many there were, how far apart.
    """
    attempts: list[WireEntry] = []
    for e in log.entries:
        if e.what == "refused" and e.detail.get("status") == AWAY:
            attempts.append(e)
        elif e.what == "connect":
            yield from _hurry(log, attempts)
            attempts = []
    yield from _hurry(log, attempts)


def _hurry(log: Log, attempts: list[WireEntry]) -> Iterator[Hit]:
    if len(attempts) < 3:
        return
    pauses = [b.t_s - a.t_s for a, b in pairwise(attempts)]
    took_s = attempts[-1].t_s - attempts[0].t_s
    if took_s + log.scope.tolerance_s < len(pauses):
        detail = f"{len(attempts)} attempts to connect within {took_s:.1f} s"
        yield hit(detail, attempts[0], attempts[-1])
    half = len(pauses) // 2
    early, late = sum(pauses[:half]), sum(pauses[-half:])
    if late + log.scope.tolerance_s < early:
        yield hit("pauses between attempts to connect get shorter", attempts[0], attempts[-1])
    if max(pauses) > LONGEST_PAUSE_S + log.scope.tolerance_s:
        yield hit(f"{max(pauses):.0f} s between two attempts to connect", attempts[0], attempts[-1])


@rule("M1.7", roles=BOTH)
def one_connection_at_a_time(log: Log) -> Iterator[Hit]:
    """There is one connection for an identity; a new one replaces the old one.

    Looks at: messages of the device under test on a connection after it has opened another.
    """
    newest: WireEntry | None = None
    told: set[int] = set()
    for e in log.entries:
        if e.what == "connect":
            newest = e
        elif (
            newest is not None
            and e.direction == "in"
            and e.connection < newest.connection
            and e.connection not in told
        ):
            told.add(e.connection)
            yield hit("goes on with a connection after it has opened another", newest, e)


@rule("M1.8", "warn")
def a_plain_reconnect_is_no_boot(log: Log) -> Iterator[Hit]:
    """A reconnect without reboot brings no BootNotification, unless a field of it has changed.

    Looks at: BootNotifications that follow no reset, power loss, trigger, update or refusal.
    """
    before, since = log.history.before.boot, 0
    causes = [r.end_seq for r in log.history.resets]
    causes += [a.seq for a in log.scope.acts if a.what == "mains"]
    causes += [
        x.seq
        for x in log.asked("FirmwareStatusNotification", "SignedFirmwareStatusNotification")
        if x.req.get("status") in UPDATED
    ]
    for boot in log.history.boots:
        refused = log.history.registration.at(boot.seq) in ("Pending", "Rejected")
        if (
            before == boot.req
            and not refused
            and boot.seq not in log.history.triggered
            and not any(since <= cause < boot.seq for cause in causes)
        ):
            yield hit("BootNotification although nothing calls for one", boot.call)
        before, since = boot.req if boot.has_result else None, boot.seq


@rule("M1.9")
def credentials_come_with_every_upgrade(log: Log) -> Iterator[Hit]:
    """With security profile 1 or 2 each upgrade has Basic credentials, with profile 3 none.

    The user is the identity; the hexadecimal text of the key as password is a warning.

    Looks at: the header Authorization of upgrade requests, whose password is not kept.
    """
    profile = log.scope.security_profile
    for e in _attempts(log):
        if profile is None or profile == 0 or e.detail.get("status") == AWAY:
            continue
        user = e.detail.get("user")
        if profile == 3 and user is not None:
            yield hit("Basic credentials with security profile 3", e)
        elif profile in BASIC_PROFILES and user is None:
            yield hit(f"no Basic credentials with security profile {profile}", e)
        elif profile in BASIC_PROFILES and log.scope.identity not in ("", user):
            yield hit(f"the user is {user}, not {log.scope.identity}", e)
        elif profile in BASIC_PROFILES and e.detail.get("credentials") == "hexadecimal text":
            yield hit("the password is the hexadecimal text of the key", e, severity="warn")


@rule("M1.11", roles=BOTH)
def tls_is_modern(log: Log) -> Iterator[Hit]:
    """TLS is 1.2 or newer, with a suite of the security white paper.

    Looks at: version and suite of connections with TLS; suites of TLS 1.3 are taken as they are.
    """
    for e in log.entries:
        version, suite = e.detail.get("tls"), e.detail.get("suite")
        if e.what != "connect" or version is None:
            continue
        if version not in MODERN_TLS:
            yield hit(f"{version} in use", e)
        elif version == "TLSv1.2" and suite not in SUITES.values():
            yield hit(f"suite {suite} in use", e)


@rule("M1.13", "info")
def only_deflate_compresses(log: Log) -> Iterator[Hit]:
    """permessage-deflate may be offered, no other extension.

    Looks at: Sec-WebSocket-Extensions of upgrade requests.
    """
    for e in _attempts(log):
        offered = e.detail.get("extensions")
        for name in offered if isinstance(offered, list) else []:
            if str(name).partition(";")[0].strip() != "permessage-deflate":
                yield hit(f"offers the extension {name}", e)


@rule("M1.14", roles=BOTH)
def pings_are_answered_and_sent(log: Log) -> Iterator[Hit]:
    """Each ping has a pong with the same payload; a station pings as WebSocketPingInterval says.

    Looks at: pings and pongs, and the interval where it was read or written.
    """
    yield from _unanswered_pings(log)
    if log.scope.role is Role.STATION:
        yield from _ping_rhythm(log)


def _unanswered_pings(log: Log) -> Iterator[Hit]:
    answered = {
        (e.connection, e.detail.get("payload"))
        for e in log.entries
        if e.what == "pong" and e.detail.get("direction") == "in"
    }
    for e in log.entries:
        if e.what != "ping" or e.detail.get("direction") != "out":
            continue
        until_s = e.t_s + log.scope.message_timeout_s
        if (
            (e.connection, e.detail.get("payload")) not in answered
            and until_s <= log.scope.end_s
            and log.connected_throughout(e.t_s, until_s)
        ):
            yield hit("a ping has no pong", e)


def _ping_rhythm(log: Log) -> Iterator[Hit]:
    pings: dict[int, list[WireEntry]] = {}
    slack = log.scope.tolerance_s
    for e in log.entries:
        if e.what == "ping" and e.detail.get("direction") == "in":
            pings.setdefault(e.connection, []).append(e)
    for span in log.spans:
        own = pings.get(span.connection, [])
        for e in own:
            # One may be on its way when the interval is written.
            before = log.history.number(PING_KEY, e.seq)
            if before == 0 and log.in_force_since_s(PING_KEY, e.seq) + slack < e.t_s:
                yield hit("a ping although WebSocketPingInterval is 0", e)
        # A connection from before the log is at least as old as the log.
        first = span.opened or log.entries[0]
        moments = [(first.seq, first.t_s), *((e.seq, e.t_s) for e in own)]
        for (seq, from_s), (until, to_s) in pairwise(
            [*moments, (log.end_seq, min(span.end_s, log.scope.end_s))]
        ):
            interval = log.history.number(PING_KEY, seq)
            if interval is None or interval <= 0 or log.disturbed(from_s + 0.001, to_s - 0.001):
                continue
            steady = log.history.settled(PING_KEY, seq, until)
            if steady and to_s - from_s > interval + log.scope.tolerance_s:
                yield hit(f"no ping for {to_s - from_s:.1f} s, interval {interval} s", seq)


@rule("M1.16", "warn", roles=BOTH)
def connections_close_with_a_good_code(log: Log) -> Iterator[Hit]:
    """A connection is closed with 1000 or 1001, or with 1002 or 1008 after a violation.

    Looks at: closes of the device under test; a lost connection has no code.
    """
    for e in log.entries:
        if e.what == "close" and e.detail.get("by") == "peer":
            code = e.detail.get("code")
            if code not in GOOD_CODES:
                yield hit(f"closes the connection with code {code}", e)
