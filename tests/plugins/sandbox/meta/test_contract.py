"""The stand-in keeps every row of the documented behaviour."""

from __future__ import annotations

import hashlib
import hmac

import pytest

from tests.plugins.sandbox.meta.contract import AUDIENCE, EVENTS, ITEMS, ROWS, USERS, Row
from tests.plugins.sandbox.meta.stage import ACCOUNT, ANN, PAGE, START, Caller, people, sale

ERROR_KEYS = {"message", "type", "code", "error_subcode", "is_transient", "error_user_title", "error_user_msg"}


def asked(caller: Caller, row: Row) -> tuple[int, dict[str, object]]:
    path = row.path.replace(AUDIENCE, caller.audience()) if AUDIENCE in row.path else row.path
    response = caller.call(row.method, path, row.body, who=row.who)
    return response.status_code, response.json or {}


@pytest.mark.parametrize("row", ROWS, ids=[row.promise.replace(" ", "_") for row in ROWS])
def test_keeps_its_promise(caller: Caller, row: Row) -> None:
    status, body = asked(caller, row)
    assert status == row.status, body
    told = body["error"] if status >= 400 else body
    assert isinstance(told, dict)
    assert {name: told.get(name) for name in row.says} == row.says
    if status >= 400:
        assert set(body) == {"error"}
        assert set(told) <= ERROR_KEYS | {"fbtrace_id"}
        assert (told["type"], told["is_transient"]) == ("OAuthException", False)


@pytest.mark.parametrize(("who", "code"), [("", 102), ("nonsense", 190)])
def test_refuses_a_caller_without_the_right_token(caller: Caller, who: str, code: int) -> None:
    assert caller.refusal("GET", "me", who=who) == (code, 0)


def test_takes_the_token_in_the_query_and_in_a_form(caller: Caller) -> None:
    token = caller.vendor.access_token
    assert caller.client.get(f"/v25.0/me?access_token={token}").status_code == 200
    made = {"name": "A", "subtype": "CUSTOM", "customer_file_source": "USER_PROVIDED_ONLY", "access_token": token}
    assert caller.client.post(f"/v25.0/{ACCOUNT}/customaudiences", data=made).status_code == 200


@pytest.mark.parametrize("token", ["system", "page"])
def test_refuses_a_token_that_expired_until_there_is_another(caller: Caller, token: str) -> None:
    caller.vendor.perform("expire_token", token=token)
    assert caller.refusal("GET", "me", who=token) == (190, 463)
    caller.vendor.perform("renew_token", token=token)
    assert caller.call("GET", "me", who=token).status_code == 200
    caller.vendor.perform("expire_token", token=token, subcode="460")
    assert caller.refusal("GET", "me", who=token) == (190, 460)


def test_asks_for_a_proof_when_the_app_demands_it() -> None:
    caller = Caller(options={"demands_proof": True})
    token, secret = caller.vendor.access_token, caller.vendor.app_secret.encode()
    proof = hmac.new(secret, token.encode(), hashlib.sha256).hexdigest()
    at = str(int(START.timestamp()))
    bound = hmac.new(secret, f"{token}|{at}".encode(), hashlib.sha256).hexdigest()
    assert caller.refusal("GET", "me") == (104, 0)
    assert caller.refusal("GET", "me", appsecret_proof="0" * 64) == (100, 0)
    assert caller.get("me", appsecret_proof=proof)["name"] == "Rotonde"
    assert caller.get("me", appsecret_proof=bound, appsecret_time=at)["name"] == "Rotonde"


def test_refuses_a_wrong_proof_even_where_none_is_demanded(caller: Caller) -> None:
    assert caller.refusal("GET", "me", appsecret_proof="0" * 64) == (100, 0)


def test_gives_the_page_token_to_the_system_user(caller: Caller) -> None:
    assert caller.get("me/accounts", fields="access_token")["data"] == [
        {"access_token": caller.vendor.page_token, "id": PAGE}
    ]
    assert caller.get("me", who="page")["id"] == PAGE


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (USERS, {"payload": "{"}),
        (USERS, {"payload": []}),
        (USERS, {"payload": {"schema": [{}], "data": [["x"]]}}),
        (USERS, {"payload": {"schema": "EMAIL", "data": [[ANN], ANN]}}),
        (USERS, people([ANN], session_id="x", batch_seq=1)),
        (EVENTS, {"data": ["{"]}),
        (EVENTS, {"data": [sale(event_time="2026-11-01")]}),
        (EVENTS, {"data": [sale(custom_data={"currency": "EUR", "value": 1, "contents": ["SKU-1"]})]}),
        (EVENTS, {"data": [sale(data_processing_options=["ALL"])]}),
        (ITEMS, {"item_type": "PRODUCT_ITEM", "requests": [{"method": "UPDATE"}]}),
        (ITEMS, {"item_type": "PRODUCT_ITEM", "requests": [{"method": "UPDATE", "data": {"id": 7}}]}),
    ],
)
def test_refuses_nonsense_as_a_bad_parameter(caller: Caller, path: str, body: dict[str, object]) -> None:
    assert caller.refusal("POST", path.replace(AUDIENCE, caller.audience()), body)[0] == 100


def test_says_so_when_a_body_is_not_json(caller: Caller) -> None:
    headers = {"Authorization": f"Bearer {caller.vendor.access_token}", "Content-Type": "application/json"}
    response = caller.client.post(f"/v25.0/{ACCOUNT}/customaudiences", data="{", headers=headers)
    assert (response.status_code, response.json and response.json["error"]["code"]) == (400, 100)
