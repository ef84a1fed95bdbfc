"""What documents cost, and what happens to who asks for too much."""

from __future__ import annotations

from typing import Any

import pytest

from tests.plugins.sandbox.shopify.stage import ELS, Caller

PAGE = "{ customers(first: 100) { nodes { id amountSpent { amount } defaultAddress { city } statistics { rfmGroup } "
PAGE += "mergeable { reason } defaultEmailAddress { emailAddress } } } }"


def cost(caller: Caller, document: str) -> Any:
    """Return the cost an answer tells."""
    return caller.answer(document)["extensions"]["cost"]


@pytest.mark.parametrize(
    ("document", "requested", "actual"),
    [
        ("{ __typename }", 0, 0),
        ("{ shop { name currencyCode } }", 1, 1),
        (f'{{ customer(id: "{ELS}") {{ amountSpent {{ amount }} }} }}', 2, 2),
        ('{ customer(id: "gid://shopify/Customer/1") { amountSpent { amount } } }', 2, 0),
        ("{ customers(first: 10) { pageInfo { hasNextPage } nodes { id } } }", 12, 6),
        ("{ customers(first: 10) { edges { cursor node { amountSpent { amount } } } } }", 22, 10),
        ("{ orders(first: 5) { nodes { lineItems(first: 10) { nodes { id } } } } }", 67, 14),
        ("query { ...all } fragment all on QueryRoot { shop { name } }", 1, 1),
        (f'mutation {{ tagsAdd(id: "{ELS}", tags: ["a"]) {{ node {{ id }} userErrors {{ field }} }} }}', 10, 10),
    ],
)
def test_costs_by_objects_pages_and_mutations(caller: Caller, document: str, requested: int, actual: int) -> None:
    told = cost(caller, document)
    assert (told["requestedQueryCost"], told["actualQueryCost"]) == (requested, actual)


def test_gives_back_what_was_reserved_and_not_used(caller: Caller) -> None:
    told = cost(caller, PAGE)
    assert (told["requestedQueryCost"], told["actualQueryCost"] < 30) == (602, True)
    assert told["throttleStatus"]["currentlyAvailable"] == 2000 - told["actualQueryCost"]


def test_throttles_with_200_and_no_data_and_says_when_to_come_back(caller: Caller) -> None:
    caller.vendor.bucket.take(1500)
    response = caller.send(PAGE)
    answer = response.json
    assert answer and response.status_code == 200
    assert (answer["errors"][0]["extensions"]["code"], "data" in answer) == ("THROTTLED", False)
    told = answer["extensions"]["cost"]
    assert (told["requestedQueryCost"], told["actualQueryCost"]) == (602, None)
    assert told["throttleStatus"] == {"maximumAvailable": 2000, "currentlyAvailable": 500, "restoreRate": 100}
    caller.clock.forward(seconds=1)
    assert "errors" in caller.answer(PAGE)
    caller.clock.forward(seconds=1)
    assert "errors" not in caller.answer(PAGE)


def test_never_holds_more_than_its_size(caller: Caller) -> None:
    caller.clock.forward(days=1)
    assert cost(caller, "{ shop { name } }")["throttleStatus"]["currentlyAvailable"] == 1999


def test_refuses_a_document_that_no_bucket_would_hold(caller: Caller) -> None:
    answer = caller.answer(PAGE.replace("100", "250"))
    assert (answer["errors"][0]["extensions"]["code"], "data" in answer) == ("MAX_COST_EXCEEDED", False)
    assert answer["extensions"]["cost"]["requestedQueryCost"] == 1502


def test_does_nothing_for_a_caller_who_is_throttled(caller: Caller) -> None:
    caller.vendor.bucket.take(1995)
    caller.answer(f'mutation {{ tagsAdd(id: "{ELS}", tags: ["late"]) {{ node {{ id }} }} }}')
    assert caller.ask(f'{{ customer(id: "{ELS}") {{ tags }} }}')["customer"] == {"tags": ["vip"]}
