"""The stand-in keeps every row of the documented behaviour."""

from __future__ import annotations

import pytest

from tests.plugins.sandbox.shopify.contract import READS, Row
from tests.plugins.sandbox.shopify.contract_prices import PRICES
from tests.plugins.sandbox.shopify.contract_writes import WRITES
from tests.plugins.sandbox.shopify.stage import BACK, ELS, JAN, PATH, SOLD, TOM, Caller

ROWS = [*READS, *WRITES, *PRICES]


@pytest.mark.parametrize("row", ROWS, ids=[row.promise.replace(" ", "_") for row in ROWS])
def test_keeps_its_promise(caller: Caller, row: Row) -> None:
    answer = caller.answer(row.document, **row.variables)
    if row.error:
        assert row.error in answer["errors"][0]["message"]
        return
    assert "errors" not in answer, answer["errors"]
    (found,) = answer["data"].values()
    if isinstance(row.says, dict) and "field" in row.says:
        refusal = found["userErrors"][0]
        assert [key for key, value in found.items() if value and key != "userErrors"] == []
        assert {**row.says, "field": row.says["field"] if row.says["field"] != [""] else None} == {
            key: refusal[key] for key in row.says
        }
        return
    assert found == row.says


@pytest.mark.parametrize("token", ["", "shpat_wrong"])
def test_refuses_a_caller_without_the_right_token_in_plain_words(caller: Caller, token: str) -> None:
    response = caller.send("{ shop { name } }", token=token)
    assert (response.status_code, isinstance((response.json or {})["errors"], str)) == (401, True)


def test_says_where_a_document_is_wrong(caller: Caller) -> None:
    answer = caller.answer("{\n  shop { nme }\n}")
    assert "data" not in answer
    assert answer["errors"][0]["locations"] == [{"line": 2, "column": 10}]


@pytest.mark.parametrize(
    ("asked", "served"),
    [("2026-10", "2026-10"), ("2026-01", "2026-01"), ("2024-10", "2026-01"), ("unstable", "unstable")],
)
def test_serves_the_oldest_living_version_for_a_dead_one(caller: Caller, asked: str, served: str) -> None:
    response = caller.send("{ shop { name } }", path=PATH.replace("2026-10", asked))
    assert (response.status_code, response.headers["X-Shopify-API-Version"]) == (200, served)


def test_knows_no_other_path(caller: Caller) -> None:
    assert caller.send("{ shop { name } }", path="/admin/api/2026-10/customers.json").status_code == 404
    assert caller.send("{ shop { name } }", path=PATH.replace("2026-10", "2031-01")).status_code == 404


def test_refuses_a_body_without_a_document(caller: Caller) -> None:
    headers = {"X-Shopify-Access-Token": caller.vendor.access_token}
    assert caller.client.post(PATH, data="{", headers=headers).status_code == 400
    assert caller.client.post(PATH, json={"variables": {}}, headers=headers).status_code == 400


def test_walks_every_page_once(caller: Caller) -> None:
    document = "query($after: String) { customers(first: 3, after: $after, sortKey: UPDATED_AT) { nodes { id } "
    document += "pageInfo { hasNextPage endCursor } } }"
    seen, after, more = [], None, True
    while more:
        page = caller.ask(document, after=after)["customers"]
        seen += [each["id"] for each in page["nodes"]]
        more, after = page["pageInfo"]["hasNextPage"], page["pageInfo"]["endCursor"]
    assert (len(seen), len(set(seen))) == (4, 4)


def test_a_page_begins_behind_the_last_record_though_another_came_before_it(caller: Caller) -> None:
    document = "query($after: String) { customers(first: 1, after: $after) { nodes { id } pageInfo { endCursor } } }"
    first = caller.ask(document)["customers"]
    caller.ask('mutation { customerDelete(input: {id: "gid://shopify/Customer/7003"}) { userErrors { message } } }')
    second = caller.ask(document, after=first["pageInfo"]["endCursor"])["customers"]
    assert (first["nodes"], second["nodes"]) == ([{"id": ELS}], [{"id": JAN}])


def test_ignores_a_filter_it_does_not_know_and_warns(caller: Caller) -> None:
    answer = caller.answer("{ customers(first: 9, query: \"updatedat:>='2026-11-19'\") { nodes { id } } }")
    assert len(answer["data"]["customers"]["nodes"]) == 4
    (search,) = answer["extensions"]["search"]
    assert (search["path"], search["warnings"][0]["field"]) == (["customers"], "updatedat")


def test_does_several_mutations_in_order_and_each_for_itself(caller: Caller) -> None:
    call = 'customerUpdate(input: {id: "%s", email: "%s"}) { userErrors { message } }'
    answer = caller.ask(
        "mutation { "
        f"a: {call % (ELS, 'new@example.be')} b: {call % (JAN, 'new@example.be')} c: {call % (TOM, 'els@example.be')}"
        " }"
    )
    assert [bool(payload["userErrors"]) for payload in answer.values()] == [False, True, False]


def test_forgets_consent_with_the_address_it_was_given_for(caller: Caller) -> None:
    document = 'mutation { customerUpdate(input: {id: "%s", email: "other@example.be"}) { customer { %s } } }'
    shown = "defaultEmailAddress { marketingState }"
    found = caller.ask(document % (ELS, shown))["customerUpdate"]["customer"]["defaultEmailAddress"]
    assert found == {"marketingState": "NOT_SUBSCRIBED"}


@pytest.mark.parametrize(
    ("missing", "document"),
    [
        ("read_customers", "{ customers(first: 1) { nodes { id } } }"),
        ("read_orders", "{ orders(first: 1) { nodes { id } } }"),
        (
            "write_discounts",
            'mutation { discountCodeDelete(id: "gid://shopify/DiscountCodeNode/301") { userErrors { code } } }',
        ),
        ("write_customers", f'mutation {{ tagsAdd(id: "{ELS}", tags: ["a"]) {{ userErrors {{ message }} }} }}'),
    ],
)
def test_refuses_what_the_token_may_not(missing: str, document: str) -> None:
    caller = Caller()
    caller.vendor.scopes -= {missing}
    (error,) = caller.answer(document)["errors"]
    assert (error["extensions"]["code"], missing in error["message"]) == ("ACCESS_DENIED", True)


def test_hides_orders_older_than_sixty_days_from_an_ordinary_token(caller: Caller) -> None:
    document = "{ orders(first: 9, sortKey: ID) { nodes { id } } }"
    assert {"id": SOLD} in caller.ask(document)["orders"]["nodes"]
    caller.vendor.scopes -= {"read_all_orders"}
    assert {"id": SOLD} not in caller.ask(document)["orders"]["nodes"]
    assert {"id": BACK} in caller.ask(document)["orders"]["nodes"]


def test_leaves_protected_data_empty_for_an_app_that_is_not_approved() -> None:
    answer = Caller(options={"sees_protected_data": False}).answer(f'{{ customer(id: "{ELS}") {{ id firstName }} }}')
    assert answer["data"] == {"customer": {"id": ELS, "firstName": None}}
    assert answer["errors"][0]["path"] == ["customer", "firstName"]
