"""M1 and M5."""

from __future__ import annotations

from rig.conformance.rules.background import Background
from rig.jsontypes import Json
from tests.unit.conformance.rules.story import BOOT, Row, Story, at, breaks, keeps, log, of_csms

HERE = {"endpoint_path": "/ocpp", "identity": "CP 1"}
OFFER: list[Json] = ["ocpp1.6"]
PING = "WebSocketPingInterval"


def came(target: str = "/ocpp/CP%201", offers: list[Json] = OFFER, **more: Json) -> Story:
    return Story().transport(
        "connect", target=target, subprotocols=list(offers), remote="10.0.0.9:5", **more
    )


def turned_away(*pauses: float) -> Story:
    """An outage with attempts at these distances."""
    s = log().transport("close", code=1006)
    for pause in pauses:
        s.wait(pause - 1).transport("refused", status=503)
    return s


def pings(*pauses: float, interval: str = "10") -> Story:
    s = log().write(PING, interval)
    for pause in pauses:
        s.wait(pause - 1).transport("ping", direction="in", payload="00")
    return s


def answered(text: str) -> Story:
    return Story().tool_asks("1", "Heartbeat").answers("1", currentTime=text)


ROWS: list[Row] = [
    keeps("M1.1", "encoded", came(), **HERE),
    breaks("M1.1", "slash at the end", came("/ocpp/CP%201/"), **HERE),
    breaks("M1.1", "another identity", came().transport(
        "refused", target="/ocpp/CP2", remote="10.0.0.9:6", subprotocols=OFFER), **HERE),
    keeps("M1.1", "another station", came().transport(
        "refused", target="/ocpp/CP2", remote="10.0.0.7:6", subprotocols=OFFER), **HERE),
    keeps("M1.2", "among others", came(offers=["ocpp2.0.1", "ocpp1.6"])),
    breaks("M1.2", "another", came(offers=["ocpp2.0.1"])),
    of_csms(keeps("M1.3", "selected", Story().transport(
        "connect", offered=OFFER, subprotocol="ocpp1.6"))),
    of_csms(breaks("M1.3", "none", Story().transport("connect", offered=OFFER, subprotocol=None))),
    of_csms(keeps("M1.4", "closes", Story().transport(
        "connect", offered=["x"], subprotocol=None).transport("close"))),
    of_csms(breaks("M1.4", "HTTP 400", Story().transport(
        "refused", offered=["x"], status=400), "warn")),
    of_csms(breaks("M1.4", "selects it", Story().transport(
        "connect", offered=["x"], subprotocol="x"))),
    of_csms(breaks("M1.4", "stays", Story().transport(
        "connect", offered=["x"], subprotocol=None).wait(60).transport("close"))),
    keeps("M1.6", "doubling", turned_away(1, 2, 4, 8)),
    keeps("M1.6", "jitter within the tolerance", turned_away(5, 4, 3, 2)),
    breaks("M1.6", "hurries", turned_away(*[0.1] * 9)),
    breaks("M1.6", "ever shorter", turned_away(1, 20, 20, 5, 5)),
    breaks("M1.6", "five minutes and more", turned_away(1, 2, 305)),
    keeps("M1.6", "five minutes within the tolerance", turned_away(1, 2, 304)),
    keeps("M1.7", "the old one is done", log().ask("Heartbeat", {}).on(2).transport("connect")
          .ask("Heartbeat", {})),
    breaks("M1.7", "goes on with the old one", log().on(2).transport("connect").on(1)
           .ask("Heartbeat", {}).ask("Heartbeat", {})),
    keeps("M1.8", "after a reset", log().boot().told("Reset", "Accepted", type="Soft")
          .reconnect().boot()),
    keeps("M1.8", "after a power loss", log().boot().act("mains", on=False).reconnect().boot()),
    keeps("M1.8", "a field has changed", log().boot().reconnect().boot(firmwareVersion="2")),
    keeps("M1.8", "again after a refusal", log().boot("Pending").reconnect().boot()),
    keeps("M1.8", "the first that is known", log().boot()),
    breaks("M1.8", "for nothing", log().boot().reconnect().boot(), "warn"),
    breaks("M1.8", "for nothing, since before the log", log().boot(), "warn",
           before=Background(boot=BOOT, registration="Accepted")),
    keeps("M1.9", "profile 0", came(), security_profile=0),
    keeps("M1.9", "profile 1", came(user="CP 1", credentials="bytes"), security_profile=1, **HERE),
    breaks("M1.9", "none", came(), security_profile=1, **HERE),
    breaks("M1.9", "another user", came(user="x"), security_profile=2, **HERE),
    breaks("M1.9", "hexadecimal text", came(user="CP 1", credentials="hexadecimal text"), "warn",
           security_profile=1, **HERE),
    breaks("M1.9", "profile 3", came(user="CP 1"), security_profile=3, **HERE),
    keeps("M1.11", "clear", came()),
    keeps("M1.11", "a suite of the list", came(tls="TLSv1.2", suite="AES128-GCM-SHA256")),
    keeps("M1.11", "TLS 1.3", came(tls="TLSv1.3", suite="TLS_AES_256_GCM_SHA384")),
    breaks("M1.11", "TLS 1.1", came(tls="TLSv1.1", suite="AES128-SHA")),
    breaks("M1.11", "another suite", came(tls="TLSv1.2", suite="AES128-SHA")),
    keeps("M1.13", "deflate", came(extensions=["permessage-deflate; client_max_window_bits"])),
    breaks("M1.13", "another", came(extensions=["x-webkit-deflate-frame"]), "info"),
    keeps("M1.14", "pong", log().transport("ping", direction="out", payload="01")
          .transport("pong", direction="in", payload="01").wait(60)),
    keeps("M1.14", "connection lost", log().transport("ping", direction="out", payload="01")
          .transport("close").wait(60)),
    breaks("M1.14", "no pong", log().transport("ping", direction="out", payload="01").wait(60)),
    breaks("M1.14", "another payload", log().transport("ping", direction="out", payload="01")
           .transport("pong", direction="in", payload="02").wait(60)),
    keeps("M1.14", "rhythm", pings(9, 14, 10)),
    keeps("M1.14", "interval not known", log().wait(99).transport("ping", direction="in")),
    breaks("M1.14", "15 s apart", pings(9, 15, 10)),
    keeps("M1.14", "0, one on its way", pings(3, interval="0")),
    breaks("M1.14", "0", pings(9, interval="0")),
    keeps("M1.16", "going away", log().transport("close", code=1001, by="peer")),
    keeps("M1.16", "lost", log().transport("close", code=1006, by="peer")),
    keeps("M1.16", "the tool", log().transport("close", code=4000, by="self")),
    breaks("M1.16", "a code of its own", log().transport("close", code=4000, by="peer"), "warn"),
    # --- M5: registration
    keeps("M5.1", "first", log().act("mains", on=False).act("mains", on=True).reconnect().boot()
          .report(1, "Available")),
    keeps("M5.1", "a plain reconnect", log().ask("Heartbeat", {}).reconnect().ask("Heartbeat", {})),
    breaks("M5.1", "report after power-up", log().act("mains", on=False).act("mains", on=True)
           .reconnect().report(1, "Available")),
    breaks("M5.1", "report after a Reset", log().told("Reset", "Accepted", type="Hard")
           .reconnect().report(1, "Available")),
    breaks("M5.1", "without waiting", log().asks("b", "BootNotification", **BOOT)
           .report(0, "Available")),
    breaks("M5.1", "after a CALLERROR", log().refused("BootNotification", **BOOT)
           .report(0, "Available")),
    keeps("M5.2", "after the interval", log().boot("Rejected", 20).wait(19).boot()),
    keeps("M5.2", "within the tolerance", log().boot("Rejected", 20).wait(15.5).boot()),
    keeps("M5.2", "power cycle", log().boot("Rejected", 20).act("mains", on=False)
          .act("mains", on=True).boot()),
    keeps("M5.2", "triggered", log().boot("Pending", 20)
          .told("TriggerMessage", "Accepted", requestedMessage="BootNotification").boot()),
    breaks("M5.2", "too early", log().boot("Rejected", 20).wait(14.5).boot()),
    breaks("M5.2", "too late", log().boot("Pending", 20).wait(24).boot()),
    breaks("M5.2", "never", log().boot("Pending", 20).wait(150)),
    breaks("M5.2", "own pause of 5 s", log().boot("Pending", 0).wait(4).boot()),
    keeps("M5.2", "own pause of 10 s", log().boot("Pending", 0).wait(9).boot()),
    keeps("M5.3", "triggered", log().boot("Pending")
          .told("TriggerMessage", "Accepted", requestedMessage="Heartbeat").ask("Heartbeat", {})),
    breaks("M5.3", "not triggered", log().boot("Pending").ask("Heartbeat", {})),
    breaks("M5.3", "trigger was refused", log().boot("Pending")
           .told("TriggerMessage", "Rejected", requestedMessage="Heartbeat").ask("Heartbeat", {})),
    breaks("M5.3", "trigger before the boot",
           log().told("TriggerMessage", "Accepted", requestedMessage="Heartbeat").boot("Pending")
           .ask("Heartbeat", {})),
    breaks("M5.3", "remote start", log().boot("Pending")
           .told("RemoteStartTransaction", "Accepted", idTag="04AA")),
    keeps("M5.3", "remote start refused", log().boot("Pending")
          .told("RemoteStartTransaction", "Rejected", idTag="04AA")),
    breaks("M5.3", "hangs up", log().boot("Pending").transport("close", by="peer")),
    keeps("M5.4", "silent", log().boot("Rejected", 9).wait(9).boot().ask("Heartbeat", {})),
    breaks("M5.4", "asks", log().boot("Rejected").ask("Heartbeat", {})),
    breaks("M5.4", "answers", log().boot("Rejected").told("ClearCache", "Accepted")),
    of_csms(keeps("M5.5", "quiet", log().tool_asks("1", "BootNotification", **BOOT)
                  .answers("1", status="Pending", currentTime=at(0), interval=9)
                  .asks("2", "GetConfiguration"))),
    of_csms(breaks("M5.5", "Pending", log().tool_asks("1", "BootNotification", **BOOT)
                   .answers("1", status="Pending", currentTime=at(0), interval=9)
                   .asks("2", "RemoteStartTransaction", idTag="A"))),
    of_csms(breaks("M5.5", "Rejected", log().tool_asks("1", "BootNotification", **BOOT)
                   .answers("1", status="Rejected", currentTime=at(0), interval=9)
                   .asks("2", "GetConfiguration"))),
    of_csms(breaks("M5.5", "serves", log().tool_asks("1", "BootNotification", **BOOT)
                   .answers("1", status="Pending", currentTime=at(0), interval=9)
                   .tool_asks("2", "Heartbeat").answers("2", currentTime=at(0)), "warn")),
    of_csms(keeps("M5.6", "Pending", log().tool_asks("1", "BootNotification", **BOOT)
                  .answers("1", status="Pending", currentTime=at(0), interval=9)
                  .asks("2", "TriggerMessage", requestedMessage="BootNotification"))),
    of_csms(breaks("M5.6", "Accepted", log().tool_asks("1", "BootNotification", **BOOT)
                   .answers("1", status="Accepted", currentTime=at(0), interval=9)
                   .asks("2", "TriggerMessage", requestedMessage="BootNotification"))),
    # --- M5: clock
    keeps("M5.7", "as given", log().boot(interval=30).read("HeartbeatInterval", "30")),
    keeps("M5.7", "written since", log().boot(interval=30).write("HeartbeatInterval", "60")
          .read("HeartbeatInterval", "60")),
    keeps("M5.7", "0 keeps it", log().boot(interval=0).read("HeartbeatInterval", "77")),
    breaks("M5.7", "another", log().boot(interval=30).read("HeartbeatInterval", "60")),
    keeps("M5.8", "rhythm", log().boot(interval=20).ask("Heartbeat", {}).wait(19)
          .ask("Heartbeat", {}).wait(18).ask("Heartbeat", {})),
    keeps("M5.8", "24 s, tolerance 4 s", log().boot(interval=20).ask("Heartbeat", {}).wait(23)
          .ask("Heartbeat", {})),
    breaks("M5.8", "25 s", log().boot(interval=20).ask("Heartbeat", {}).wait(24)
           .ask("Heartbeat", {})),
    keeps("M5.8", "others instead", log().boot(interval=20).report(0, "Available").wait(15)
          .authorize("A").wait(15).authorize("A")),
    breaks("M5.8", "none until the end", log().boot(interval=20).ask("Heartbeat", {}).wait(30)),
    keeps("M5.8", "a reset in between", log().boot(interval=20).ask("Heartbeat", {})
          .told("Reset", "Accepted", type="Hard").wait(60).reconnect().boot()),
    breaks("M5.8", "after 14 s", log().boot(interval=20).ask("Heartbeat", {}).wait(12)
           .ask("Heartbeat", {})),
    keeps("M5.8", "after 17 s", log().boot(interval=20).ask("Heartbeat", {}).wait(15)
          .ask("Heartbeat", {})),
    keeps("M5.8", "triggered", log().boot(interval=20).ask("Heartbeat", {})
          .told("TriggerMessage", "Accepted", requestedMessage="Heartbeat").ask("Heartbeat", {})),
    keeps("M5.9", "every day", log().wait(86000).ask("Heartbeat", {}).wait(86000)),
    breaks("M5.9", "not for 25 hours", log().wait(90000), "warn"),
    keeps("M5.10", "one", log().reconnect(99).ask("Heartbeat", {}).wait(9).ask("Heartbeat", {})),
    breaks("M5.10", "three at once", log(0.5).reconnect(99).ask("Heartbeat", {})
           .ask("Heartbeat", {}).ask("Heartbeat", {}), "warn"),
    keeps("M5.11", "5 s ahead", log().report(1, "Available", timestamp=at(7))),
    breaks("M5.11", "9 s ahead", log().report(1, "Available", timestamp=at(11)), "warn"),
    keeps("M5.11", "an old report", log().report(1, "Available", timestamp=at(-99))),
    keeps("M5.11", "started 5 s ago", log().wait(60).start(1, made=at(57))),
    breaks("M5.11", "started 20 s ago", log().wait(60).start(1, made=at(40)), "warn"),
    keeps("M5.11", "started offline", log().reconnect(60).start(1, made=at(40))),
    keeps("M5.11", "behind what queued up offline",
          log().reconnect(60).samples(10).start(1, made=at(74))),
    breaks("M5.11", "long after an outage",
           log().reconnect(60).samples(10).wait(60).start(1, made=at(120)), "warn"),
    keeps("M5.12", "UTC", log().report(1, "Available", timestamp="2026-01-01T00:00:00.123456789Z")),
    breaks("M5.12", "an offset", log().report(1, "Available",
                                               timestamp="2026-01-01T02:00:00+02:00"), "info"),
    breaks("M5.12", "no zone", log().report(1, "Available", timestamp="2026-01-01T00:00:00"),
           "warn"),
    *(breaks("M5.12", f"{text!r}", log().report(1, "Available", timestamp=text))
      for text in ("2026-01-01", "2026-01-01 00:00:00Z", "01.01.2026 00:00", "",
                   "2026-13-01T00:00:00Z")),
    keeps("M5.13", "as declared", log().report(1, "Available", timestamp=at(1)), milliseconds=True),
    keeps("M5.13", "nothing declared", log().report(
        1, "Available", timestamp="2026-01-01T00:00:00Z")),
    breaks("M5.13", "unlike the PICS", log().report(
        1, "Available", timestamp="2026-01-01T00:00:00Z"), "info", milliseconds=True),
    of_csms(keeps("M5.14", "5 s ahead", answered("2026-01-01T00:00:07Z"))),
    of_csms(breaks("M5.14", "6 s ahead", answered("2026-01-01T00:00:08Z"))),
    of_csms(breaks("M5.14", "behind", answered("2025-12-31T23:59:56Z"))),
]  # fmt: skip
