"""Shopify's own client works against the stand-in with nothing but its host changed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit

import pytest
import requests
import shopify

from plugins.sandbox.server import running
from tests.plugins.sandbox.shopify.contract_prices import ADD, DELETE, adding, deleting, money, priced
from tests.plugins.sandbox.shopify.stage import ELS, JACKET, JAN, Caller

VERSION = "2026-10"


@pytest.fixture
def host(caller: Caller) -> Iterator[int]:
    """The client builds its host of a shop's name and a domain: 127 and 0.0.1."""
    kept = {name: getattr(shopify.Session, name) for name in ("protocol", "myshopify_domain", "port")}
    with running(caller.vendor) as url:
        port = urlsplit(url).port
        assert port
        shopify.Session.setup(protocol="http", myshopify_domain="0.0.1", port=port)
        yield port
        shopify.Session.setup(**kept)


@pytest.fixture
def client(host: int, caller: Caller) -> Iterator[Any]:
    with shopify.Session.temp("127", VERSION, caller.vendor.access_token):
        yield shopify.GraphQL()


def asked(client: Any, document: str, **variables: Any) -> Any:
    answer = json.loads(client.execute(document, variables))
    assert "errors" not in answer, answer
    return answer["data"]


def test_reads_customers_page_by_page(client: Any) -> None:
    document = "query($after: String) { customers(first: 3, after: $after) { nodes { id } pageInfo { endCursor } } }"
    first = asked(client, document)["customers"]
    second = asked(client, document, after=first["pageInfo"]["endCursor"])["customers"]
    assert (len(first["nodes"]), len(second["nodes"])) == (3, 1)


def test_runs_the_named_operation_of_a_document(client: Any) -> None:
    document = "query Shop { shop { name } } query Orders { orders(first: 1) { nodes { name } } }"
    answer = json.loads(client.execute(document, operation_name="Orders"))
    assert list(answer["data"]) == ["orders"]


def test_upserts_tags_and_says_what_was_said(client: Any) -> None:
    document = 'mutation($in: CustomerSetInput!) { customerSet(identifier: {email: "noor@example.be"}, input: $in) { '
    document += "customer { id } userErrors { code } } }"
    made = asked(client, document, **{"in": {"email": "noor@example.be", "firstName": "Noor"}})["customerSet"][
        "customer"
    ]
    tag = 'mutation($id: ID!) { tagsAdd(id: $id, tags: ["gone_quiet"]) { userErrors { message } } }'
    assert asked(client, tag, id=made["id"])["tagsAdd"] == {"userErrors": []}
    consent = (
        "mutation($i: CustomerEmailMarketingConsentUpdateInput!) { customerEmailMarketingConsentUpdate(input: $i) "
    )
    consent += "{ customer { defaultEmailAddress { marketingState } } userErrors { code } } }"
    told = {"marketingState": "UNSUBSCRIBED", "consentUpdatedAt": "2026-11-19T10:00:00Z"}
    answer = asked(client, consent, i={"customerId": ELS, "emailMarketingConsent": told})
    shown = answer["customerEmailMarketingConsentUpdate"]["customer"]["defaultEmailAddress"]
    assert shown == {"marketingState": "UNSUBSCRIBED"}


def test_learns_why_not(client: Any) -> None:
    document = "mutation($in: CustomerInput!) { customerUpdate(input: $in) { userErrors { field message } } }"
    taken = {"id": JAN, "email": "els@example.be"}
    (error,) = asked(client, document, **{"in": taken})["customerUpdate"]["userErrors"]
    assert error["field"] == ["input", "email"]


def test_keeps_a_price_list_and_reads_it_back(client: Any) -> None:
    (listed,) = asked(client, "{ priceLists(first: 9) { nodes { id name currency } } }")["priceLists"]["nodes"]
    assert (listed["name"], listed["currency"]) == ("Vaste klanten", "EUR")
    made = asked(client, ADD, **adding(priced(compareAtPrice=money("99.95")), to=listed["id"]))
    assert made["priceListFixedPricesAdd"]["userErrors"] == []
    document = "query($id: ID!) { priceList(id: $id) { fixedPricesCount prices(first: 9) { nodes { price { amount } "
    document += "compareAtPrice { amount } } } } }"
    held = asked(client, document, id=listed["id"])["priceList"]
    assert held["prices"]["nodes"] == [{"price": {"amount": "80"}, "compareAtPrice": {"amount": "99.95"}}]
    gone = asked(client, DELETE, **deleting(JACKET, of=listed["id"]))["priceListFixedPricesDelete"]
    assert gone == {"deletedFixedPriceVariantIds": [JACKET], "userErrors": []}
    assert asked(client, document, id=listed["id"])["priceList"]["fixedPricesCount"] == 0


def test_exports_in_bulk_and_fetches_the_file(client: Any) -> None:
    run = "mutation($q: String!) { bulkOperationRunQuery(query: $q) { bulkOperation { id } userErrors { message } } }"
    query = "{ orders { edges { node { id lineItems { edges { node { sku } } } } } } }"
    key = asked(client, run, q=query)["bulkOperationRunQuery"]["bulkOperation"]["id"]
    look = f'{{ bulkOperation(id: "{key}") {{ status url objectCount }} }}'
    assert asked(client, look)["bulkOperation"]["status"] == "RUNNING"
    done = asked(client, look)["bulkOperation"]
    lines = requests.get(done["url"], timeout=5).text.splitlines()
    assert (done["status"], len(lines)) == ("COMPLETED", int(done["objectCount"]))


def test_is_told_when_it_asks_too_much(client: Any, caller: Caller) -> None:
    caller.vendor.bucket.take(2000)
    answer = json.loads(client.execute("{ customers(first: 250) { nodes { id } } }"))
    assert answer["errors"][0]["extensions"]["code"] == "THROTTLED"


def test_is_refused_with_a_wrong_token(host: int, capsys: pytest.CaptureFixture[str]) -> None:
    with shopify.Session.temp("127", VERSION, "wrong"), pytest.raises(HTTPError, match="401") as refused:
        shopify.GraphQL().execute("{ shop { name } }")
    refused.value.close()
    assert "Invalid API key" in capsys.readouterr().out


def test_reads_with_a_version_that_is_long_dead(host: int, caller: Caller) -> None:
    with shopify.Session.temp("127", "2024-10", caller.vendor.access_token):
        assert json.loads(shopify.GraphQL().execute("{ shop { name } }"))["data"]["shop"]
