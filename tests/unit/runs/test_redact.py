import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rig.jsontypes import Json
from rig.runs.redact import MASK, Redactor

SECRET = "00010203" * 5


@pytest.mark.parametrize(
    "raw",
    [
        f'[2,"1","ChangeConfiguration",{{"key":"AuthorizationKey","value":"{SECRET}"}}]',
        f'[2,"1","ChangeConfiguration",{{"value" : "{SECRET}" , "key":"authorizationKEY"}}]',
        f'[2,"1","ChangeConfiguration",{{"key":"Authorization\\u004bey","value":"{SECRET}"}}]',
        f'[3,"1",{{"configurationKey":[{{"key":"A","readonly":true,"value":"}}"}},'
        f'{{"key":"AuthorizationKey","readonly":false,"value":"{SECRET}"}}]}}]',
        f'[2,"1","ChangeConfiguration",{{"key":"AuthorizationKey","value":"{SECRET}',
        f'[2,"1","ChangeConfiguration",{{"key":"AuthorizationKey","value":"{SECRET}"',
        f"[2,'1','ChangeConfiguration',{{'key':'AuthorizationKey','value':'{SECRET}'}}]",
        f'[2,"1","ChangeConfiguration",{{"key":"AuthorizationKey","value":["{SECRET}"]}}]',
        f'[2,"1","ChangeConfiguration",{{"key":"AuthorizationKey","value":{{"password":"{SECRET}"}}}}]',
        f'[2,"1","DataTransfer",{{"Authorization":"Basic {SECRET}"}}]',
        f'[2,"1","UpdateFirmware",{{"location":"ftps://lab:{SECRET}@10.0.0.1/fw.bin"}}]',
        f'AuthorizationKey={SECRET}',
    ],
)  # fmt: skip
def test_no_frame_shows_its_secret(raw: str) -> None:
    shown = Redactor().raw(raw)
    assert SECRET not in shown
    assert MASK in shown
    assert SECRET not in Redactor().raw(raw.encode().hex())
    assert SECRET.encode().hex() not in Redactor().raw(raw.encode().hex())


def test_everything_but_the_value_stays_as_it_was() -> None:
    raw = '[2, "1","ChangeConfiguration" ,{"key":"AuthorizationKey","value":"a\\"bc,}"}]'
    assert Redactor().raw(raw) == raw.replace('a\\"bc,}', MASK)


def test_a_masked_number_leaves_a_readable_frame() -> None:
    raw = '[2,"1","ChangeConfiguration",{"key":"AuthorizationKey","value":12345}]'
    assert json.loads(Redactor().raw(raw))[3]["value"] == MASK


@pytest.mark.parametrize(
    "raw",
    [
        '[2,"1","Authorize",{"idTag":"04A1"}]',
        '[3,"1",{"configurationKey":[{"key":"AuthorizationKey","readonly":false}]}]',
        '[2,"1","GetConfiguration",{"key":["AuthorizationKey"]}]',
        '[3,"1",{"unknownKey":["AuthorizationKey"]}]',
        '[2,"1","UpdateFirmware",{"location":"http://10.0.0.1/fw@2.bin"}]',
        "00ff00ff00ff00ff00ff00ff",
        "",
    ],
)
def test_frames_without_a_secret_stay(raw: str) -> None:
    assert Redactor().raw(raw) == raw


@pytest.mark.parametrize(
    "sentence",
    [
        f"send ChangeConfiguration {{'key': 'AuthorizationKey', 'value': '{SECRET}'}}",
        f'send ChangeConfiguration {{"value": "{SECRET}", "key": "AuthorizationKey"}}',
        f"Authorization: Basic {SECRET}",
        f"AuthorizationKey set to {SECRET}",
        f"connect wss://CP-1:{SECRET}@lab.example/ocpp",
    ],
)
def test_no_sentence_shows_its_secret(sentence: str) -> None:
    assert SECRET not in Redactor().text(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "Authorization of the card is Accepted",
        "value of AuthorizationKey cannot be read",
        "energy flows at the plug",
    ],
)
def test_sentences_without_a_secret_stay(sentence: str) -> None:
    assert Redactor().text(sentence) == sentence


def test_a_secret_is_masked_wherever_it_comes_again() -> None:
    redactor = Redactor()
    redactor.raw(f'[2,"1","ChangeConfiguration",{{"key":"AuthorizationKey","value":"{SECRET}"}}]')
    assert redactor.text(f"the station connected with {SECRET}") == (
        f"the station connected with {MASK}"
    )


def test_members_are_masked_at_any_depth() -> None:
    given_: dict[str, Json] = {
        "headers": [{"Authorization": f"Basic {SECRET}"}],
        "payload": {"key": "AuthorizationKey", "value": SECRET, "n": 3},
        "raw": f'{{"password":"{SECRET}"}}',
        "other": None,
    }
    shown = Redactor().members(given_)
    assert SECRET not in json.dumps(shown)
    assert shown["payload"] == {"key": "AuthorizationKey", "value": MASK, "n": 3}


@given(st.text())
def test_any_text_is_taken(text: str) -> None:
    redactor = Redactor()
    redactor.raw(text)
    redactor.text(text)
    redactor.raw('{"key":"AuthorizationKey","value":' + text)


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=12))
def test_any_value_of_the_key_is_masked_in_valid_json(value: str) -> None:
    frame = [2, "1", "ChangeConfiguration", {"key": "AuthorizationKey", "value": value}]
    for ascii_ in (True, False):
        shown = Redactor().raw(json.dumps(frame, ensure_ascii=ascii_))
        assert json.loads(shown)[3]["value"] == MASK
