"""Writes and happenings outlive a restart."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.plugins.sandbox.shopify.stage import ELS, TOM, Caller, Clock

EVERYTHING = """{
  customers(first: 50) { nodes {
    id firstName email tags updatedAt emailMarketingConsent { marketingState consentUpdatedAt } numberOfOrders
    metafields(first: 5) { nodes { id key value compareDigest } }
    storeCreditAccounts(first: 2) { nodes { id balance { amount } } }
  } }
  orders(first: 50) { nodes { id name totalRefundedSet { shopMoney { amount } } } }
  discountNodes(first: 50) { nodes {
    id discount { ... on DiscountCodeBasic { codes(first: 9) { nodes { id code } } } }
  } }
  abandonedCheckouts(first: 50) { nodes { id completedAt } }
}"""
WRITES = [
    'customerSet(identifier: {email: "noor@example.be"}, input: {email: "noor@example.be"}) { customer { id } }',
    f'tagsAdd(id: "{ELS}", tags: ["gold"]) {{ node {{ id }} }}',
    f'metafieldsSet(metafields: [{{ownerId: "{ELS}", namespace: "loyalty", key: "points", type: "number_integer", '
    'value: "12"}]) { metafields { id } }',
    f'storeCreditAccountCredit(id: "{TOM}", creditInput: {{creditAmount: {{amount: "5", currencyCode: EUR}}}}) '
    "{ userErrors { code } }",
    'discountRedeemCodeBulkAdd(discountId: "gid://shopify/DiscountCodeNode/301", codes: [{code: "A1"}, {code: "A2"}]) '
    "{ bulkCreation { id } }",
]


def everything(caller: Caller) -> Any:
    caller.vendor.most_points = 10**6
    caller.vendor.bucket.size = 10**6
    return caller.ask(EVERYTHING)


def test_a_restart_changes_nothing(tmp_path: Path) -> None:
    memory, clock = tmp_path / "shopify.jsonl", Clock()
    first = Caller(clock, memory)
    for write in WRITES:
        clock.forward(seconds=30)
        first.ask(f"mutation {{ {write} }}")
    first.ask('{ discountRedeemCodeBulkCreation(id: "gid://shopify/DiscountRedeemCodeBulkCreation/1") { done } }')
    first.vendor.perform("unsubscribe", email="els@example.be")
    first.vendor.perform("leave_basket", email="new@example.be", sku="WW2")
    first.vendor.perform("come_back", email="new@example.be")
    first.vendor.perform("refund", order="#1001")
    assert everything(Caller(clock, memory)) == everything(first)


def test_reading_leaves_nothing_in_the_memory(tmp_path: Path) -> None:
    memory = tmp_path / "shopify.jsonl"
    caller = Caller(memory=memory)
    caller.ask("{ customers(first: 5) { nodes { id } } }")
    assert not memory.exists()
    caller.ask(f'mutation {{ tagsAdd(id: "{ELS}", tags: ["a"]) {{ node {{ id }} }} }}')
    caller.ask("{ customers(first: 5) { nodes { id } } }")
    assert len(memory.read_text().splitlines()) == 1


def test_a_key_that_worked_before_the_restart_does_nothing_after_it(tmp_path: Path) -> None:
    memory = tmp_path / "shopify.jsonl"
    document = """mutation { inventorySetQuantities(input: {name: "available", reason: "correction", quantities: [{
      inventoryItemId: "gid://shopify/InventoryItem/1200001", locationId: "gid://shopify/Location/92", quantity: %s,
      changeFromQuantity: null}]}) @idempotent(key: "once") { userErrors { code } inventoryAdjustmentGroup { id } } }"""
    made = Caller(memory=memory).ask(document % 7)["inventorySetQuantities"]
    again = Caller(memory=memory)
    assert again.ask(document % 7)["inventorySetQuantities"] == made
    (error,) = again.ask(document % 8)["inventorySetQuantities"]["userErrors"]
    assert error["code"] == "IDEMPOTENCY_KEY_PARAMETER_MISMATCH"


def test_an_export_that_was_begun_before_the_restart_goes_on_after_it(tmp_path: Path) -> None:
    memory = tmp_path / "shopify.jsonl"
    first = Caller(memory=memory)
    run = 'mutation { bulkOperationRunQuery(query: "{ orders { nodes { id } } }") { bulkOperation { id } } }'
    key = first.ask(run)["bulkOperationRunQuery"]["bulkOperation"]["id"]
    look = f'{{ bulkOperation(id: "{key}") {{ status objectCount }} }}'
    assert first.ask(look)["bulkOperation"]["status"] == "RUNNING"
    assert Caller(memory=memory).ask(look)["bulkOperation"] == {"status": "COMPLETED", "objectCount": "3"}
