"""Rows 019, 021, 040_1, 040_2: reading and changing the configuration."""

from __future__ import annotations

from rig.conformance.cases import case
from rig.conformance.catalogue import Role
from rig.conformance.required_keys import ANY, REQUIRED, RW
from rig.conformance.steps import StationCase
from rig.jsontypes import Json

KEY = "MeterValueSampleInterval"
MASK = "*•.xX#-"
"""What secrets are masked with."""


@case("021", dut=Role.STATION)
async def change_configuration(s: StationCase) -> None:
    """Write a key and read it back."""
    wanted = str(s.parameters.meter_value_sample_interval)
    before = await s.read_key(KEY)
    if before == wanted:
        other = str(s.parameters.meter_value_sample_interval + 1)
        await s.command("ChangeConfiguration", key=KEY, value=other)
    await s.command("ChangeConfiguration", key=KEY, value=wanted)
    conf = await s.call("GetConfiguration", key=[KEY])
    listed = _entries(conf)
    s.check(
        "GetConfiguration lists exactly the key asked for",
        [str(e.get("key")).casefold() for e in listed] == [KEY.casefold()],
        "rule M10.1",
        expected=KEY,
        seen=", ".join(str(e.get("key")) for e in listed) or "nothing",
    )
    value = listed[0].get("value") if listed else None
    s.check(
        "the key reads back the value that was written",
        value == wanted,
        "rule M10.2",
        expected=wanted,
        seen=value,
    )
    if before is not None:
        await s.command("ChangeConfiguration", key=KEY, value=before)


@case("019", dut=Role.STATION)
async def retrieve_configuration(s: StationCase) -> None:
    """The required keys of every claimed profile exist, with the right access."""
    profiles = _csl((await _one(s, "SupportedFeatureProfiles"))[1])
    s.check(
        "SupportedFeatureProfiles lists profiles of OCPP 1.6, Core among them",
        "Core" in profiles and set(profiles) <= REQUIRED.keys(),
        "OCPP 1.6, 9.1 SupportedFeatureProfiles",
        expected=f"Core and any of {', '.join(p for p in REQUIRED if p != 'Core')}",
        seen=", ".join(profiles),
    )
    conf = await s.call("GetConfiguration")
    listed = {str(e.get("key")): e for e in _entries(conf)}
    by_name = {name.casefold(): entry for name, entry in listed.items()}
    wanted = {k: access for p in profiles for k, access in REQUIRED.get(p, {}).items()}
    missing = [key for key in wanted if key.casefold() not in by_name]
    s.check(
        "every required key of the claimed profiles is listed",
        not missing,
        "rule M10.3; OCPP 1.6, 9",
        expected="all",
        seen=f"missing: {', '.join(missing)}" if missing else "all",
    )
    wrong = [
        key
        for key, access in wanted.items()
        if access != ANY
        and key not in missing
        and bool(by_name[key.casefold()].get("readonly")) is (access == RW)
    ]
    s.check(
        "readonly is as the standard has it",
        not wrong,
        "rule M10.3; OCPP 1.6, 9",
        expected="all",
        seen=f"wrong: {', '.join(wrong)}" if wrong else "all",
    )
    shown = str(by_name.get("authorizationkey", {}).get("value") or "")
    s.check(
        "AuthorizationKey is not shown",
        not _gives_away(s, shown),
        "rule M10.5",
        expected="absent, or not the key",
        seen="the key" if shown else "absent",
    )
    several = s.connectors > 1
    s.check(
        "NumberOfConnectors agrees with the PICS",
        several is bool(s.facts.get("multiple_connectors")),
        "step 2 of the case: PICS",
        expected="several" if s.facts.get("multiple_connectors") else "one",
        seen=s.connectors,
        severity="warn",
    )
    await _as_many_keys_as_permitted(s, list(listed))


def _gives_away(s: StationCase, shown: str) -> bool:
    """Whether a value may be the real AuthorizationKey; one that is masked is not."""
    if not shown or not shown.strip(MASK):
        return False
    key = s.csms.password
    return key is None or shown.casefold() in (key.hex(), key.decode(errors="replace").casefold())


async def _as_many_keys_as_permitted(s: StationCase, names: list[str]) -> None:
    readonly, value = await _one(s, "GetConfigurationMaxKeys")
    limit = int(value) if value.isdecimal() else 0
    s.check(
        "GetConfigurationMaxKeys is a number of 1 or more, read-only",
        limit >= 1 and readonly,
        "OCPP 1.6, 9.1 GetConfigurationMaxKeys",
        expected=">= 1, read-only",
        seen=f"{value}, {'read-only' if readonly else 'can be written'}",
    )
    asked = names[: max(limit, 1)]
    keys: list[Json] = list(asked)
    conf = await s.call("GetConfiguration", key=keys)
    got = sorted(str(e.get("key")).casefold() for e in _entries(conf))
    s.check(
        "as many keys as permitted are answered, each once",
        got == sorted(name.casefold() for name in asked) and not conf.get("unknownKey"),
        "rule M10.1",
        expected=f"{len(asked)} keys, none unknown",
        seen=f"{len(got)} keys, unknown: {conf.get('unknownKey') or 'none'}",
    )


@case("040_1", dut=Role.STATION)
async def unknown_key(s: StationCase) -> None:
    """An unknown key is NotSupported."""
    await s.command("ChangeConfiguration", "NotSupported", key="Testing", value="true")


@case("040_2", dut=Role.STATION)
async def illegal_value(s: StationCase) -> None:
    """An illegal value is refused and nothing changes."""
    before = await s.read_key(KEY)
    await s.command(
        "ChangeConfiguration",
        "Rejected",
        error_ok=("PropertyConstraintViolation",),
        key=KEY,
        value="-1",
    )
    after = await s.read_key(KEY)
    s.check(
        "a refused value changes nothing",
        after == before,
        "rule M10.4",
        expected=before,
        seen=after,
    )


async def _one(s: StationCase, key: str) -> tuple[bool, str]:
    """Read-only flag and value of a key, which is all that is answered."""
    conf = await s.call("GetConfiguration", key=[key])
    entries = _entries(conf)
    s.check(
        f"GetConfiguration({key}) answers this key",
        [str(e.get("key")).casefold() for e in entries] == [key.casefold()]
        and not conf.get("unknownKey"),
        "rule M10.1",
        expected=key,
        seen=", ".join(str(e.get("key")) for e in entries) or "nothing",
    )
    entry = entries[0] if entries else {}
    return bool(entry.get("readonly")), str(entry.get("value", ""))


def _entries(conf: dict[str, Json]) -> list[dict[str, Json]]:
    listed = conf.get("configurationKey")
    return [e for e in listed if isinstance(e, dict)] if isinstance(listed, list) else []


def _csl(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]
