"""The stand-in keeps every row of the documented behaviour."""

from __future__ import annotations

import pytest

from tests.plugins.sandbox.google_ads.contract import ROWS, Row
from tests.plugins.sandbox.google_ads.stage import ANN, INGEST, LISTS, LOGIN, REMOVE, Caller, joining, leaving, member

KINDS = {"Gold": "CONTACT_ID", "Phones": "MOBILE_ID", "Ids": "USER_ID"}


@pytest.fixture
def filled(caller: Caller) -> Caller:
    """The account that the rows speak of."""
    for name, kind in KINDS.items():
        caller.list(name, kind)
    return caller


@pytest.mark.parametrize("row", ROWS, ids=[row.promise.replace(" ", "_") for row in ROWS])
def test_keeps_its_promise(filled: Caller, row: Row) -> None:
    if not row.reason:
        assert filled.call(row.method, row.path, row.body).status_code == 200
        return
    response = filled.call(row.method, row.path, row.body)
    assert response.status_code == row.status, response.get_data(as_text=True)
    assert row.reason in filled.reasons(row.method, row.path, row.body)
    assert (response.json or {})["error"].keys() == {"code", "message", "status", "details"}


def test_one_bad_record_fails_the_whole_request_and_all_bad_ones_are_named(filled: Caller) -> None:
    gold = next(iter(filled.vendor.lists))
    response = filled.call("POST", INGEST, joining(gold, member("x"), member(ANN), member(ANN[:2])))
    _, bad = (response.json or {})["error"]["details"]
    path = "audience_members.audience_members[{}].user_data.user_identifiers"
    assert [(each["field"], each["reason"]) for each in bad["fieldViolations"]] == [
        (path.format(0), "INVALID_HEX_ENCODING"),
        (path.format(2), "INVALID_SHA256_FORMAT"),
    ]
    assert filled.vendor.taken == {}


@pytest.mark.parametrize("path, make", [(INGEST, joining), (REMOVE, leaving)], ids=["in", "out"])
def test_takes_ten_thousand_members_and_not_one_more(filled: Caller, path: str, make: type[dict[str, str]]) -> None:
    gold = next(iter(filled.vendor.lists))
    many = [member(ANN)] * 10_001
    assert "requestId" in filled.post(path, make(gold, *many[1:]))
    assert filled.reasons("POST", path, make(gold, *many)) == ["TOO_MANY_AUDIENCE_MEMBERS"]


@pytest.mark.parametrize("body", ["{", "[]", '{"destinations": 3}', '{"audienceMembers": 3, "destinations": []}'])
def test_a_body_that_is_no_such_message_is_refused(filled: Caller, body: str) -> None:
    headers = {"Authorization": f"Bearer {filled.token}"}
    assert filled.client.post(INGEST, data=body, headers=headers).status_code == 400


def test_gives_a_token_for_the_right_refresh_token_only(caller: Caller) -> None:
    told = caller.log_in().json
    assert told
    assert (told["token_type"], told["expires_in"]) == ("Bearer", 3599)
    for wrong, error, status in (
        ({"refresh_token": "1//other"}, "invalid_grant", 400),
        ({"client_secret": "other"}, "invalid_client", 401),
        ({"grant_type": "password"}, "unsupported_grant_type", 400),
        ({"grant_type": ""}, "invalid_request", 400),
    ):
        refused = caller.log_in(**wrong)
        assert (refused.status_code, (refused.json or {})["error"]) == (status, error)


def test_takes_no_token_after_an_hour(caller: Caller) -> None:
    caller.clock.forward(seconds=3598)
    caller.get(LISTS)
    caller.clock.forward(seconds=1)
    refused = caller.call("GET", LISTS)
    assert (refused.status_code, (refused.json or {})["error"]["status"]) == (401, "UNAUTHENTICATED")


def test_takes_no_token_that_was_taken_back(caller: Caller) -> None:
    caller.vendor.perform("expire_tokens")
    assert caller.call("GET", LISTS).status_code == 401
    caller.token = (caller.log_in().json or {})["access_token"]
    caller.get(LISTS)
    caller.vendor.perform("revoke_grant")
    assert caller.call("GET", LISTS).status_code == 401
    assert (caller.log_in().json or {})["error"] == "invalid_grant"
    caller.vendor.perform("grant_again")
    assert caller.log_in().status_code == 200


def test_comes_through_the_manager_account_or_directly() -> None:
    caller = Caller()
    assert caller.reasons("GET", LISTS, **{"login-account": "accountTypes/GOOGLE_ADS/accounts/1"}) == [
        "OPERATING_ACCOUNT_LOGIN_ACCOUNT_MISMATCH"
    ]
    bare = {"Authorization": f"Bearer {caller.token}"}
    assert caller.client.get(LISTS, headers=bare).status_code == 403
    direct = Caller(options={"login_customer_id": ""})
    assert direct.client.get(LISTS, headers={"Authorization": f"Bearer {direct.token}"}).status_code == 200
    assert direct.call("GET", LISTS, **LOGIN).status_code == 400
