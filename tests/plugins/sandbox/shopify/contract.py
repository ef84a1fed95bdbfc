"""What is read and what must come back, row by row."""

from __future__ import annotations

from typing import Any, NamedTuple

from tests.plugins.sandbox.shopify.stage import ELS, GHENT, JACKETS_IN_STOCK, JAN, MIA, OLD, TOM

NOBODY = "gid://shopify/Customer/1"


class Row(NamedTuple):
    """One promise of the vendor's page."""

    promise: str
    document: str
    says: Any = None
    """What the only root field gives; a mutation's refusal as (path, code)."""
    error: str = ""
    """The code of an error above the data, or a part of its message."""
    variables: dict[str, Any] = {}  # noqa: RUF012 - never written to


def nodes(*each: dict[str, Any]) -> dict[str, Any]:
    """Return a page of records."""
    return {"nodes": list(each)}


READS = [
    Row("names the shop", "{ shop { myshopifyDomain } }", {"myshopifyDomain": "wandelwind-be.myshopify.com"}),
    Row("writes money as text", f'{{ customer(id: "{ELS}") {{ amountSpent {{ amount currencyCode }} }} }}')._replace(
        says={"amountSpent": {"amount": "119.95", "currencyCode": "EUR"}}
    ),
    Row("writes counts as text", f'{{ customer(id: "{ELS}") {{ numberOfOrders legacyResourceId }} }}')._replace(
        says={"numberOfOrders": "2", "legacyResourceId": "7001"}
    ),
    Row("finds nobody", f'{{ customer(id: "{NOBODY}") {{ id }} }}', None),
    Row("finds nobody under another kind of id", f'{{ customer(id: "{GHENT}") {{ id }} }}', None),
    Row("refuses what is no global id", '{ customer(id: "7001") { id } }', error="Invalid global id"),
    Row("keeps numbers as E.164", f'{{ customer(id: "{ELS}") {{ defaultPhoneNumber {{ phoneNumber }} }} }}')._replace(
        says={"defaultPhoneNumber": {"phoneNumber": "+32470123456"}}
    ),
    Row(
        "has two words for who said nothing",
        f'{{ customer(id: "{MIA}") {{ defaultPhoneNumber {{ marketingState smsMarketingConsent {{ state }} }} }} }}',
    )._replace(
        says={
            "defaultPhoneNumber": {
                "marketingState": "NOT_SUBSCRIBED",
                "smsMarketingConsent": {"state": "NEVER_SUBSCRIBED"},
            }
        }
    ),
    Row(
        "has no consent without an address",
        f'{{ customer(id: "{MIA}") {{ defaultEmailAddress {{ marketingState }} }} }}',
    )._replace(says={"defaultEmailAddress": None}),
    Row(
        "still answers what is deprecated",
        f'{{ customer(id: "{ELS}") {{ email emailMarketingConsent {{ marketingState }} }} }}',
    )._replace(says={"email": "els@example.be", "emailMarketingConsent": {"marketingState": "SUBSCRIBED"}}),
    Row("needs first", "{ customers { nodes { id } } }", error="you must provide one of first or last"),
    Row("pages at most 250", "{ customers(first: 251) { nodes { id } } }", error="between 1 and 250"),
    Row("pages at least one", "{ customers(first: 0) { nodes { id } } }", error="between 1 and 250"),
    Row("refuses a made-up cursor", '{ customers(first: 1, after: "x") { nodes { id } } }', error="Invalid cursor"),
    Row("sorts by change", "{ customers(first: 2, sortKey: UPDATED_AT, reverse: true) { nodes { id } } }")._replace(
        says=nodes({"id": TOM}, {"id": ELS})
    ),
    Row(
        "filters by time", "{ customers(first: 9, query: \"updated_at:>='2026-11-17T12:00:00Z'\") { nodes { id } } }"
    )._replace(says=nodes({"id": ELS}, {"id": TOM})),
    Row(
        "filters by tag and state", '{ customers(first: 9, query: "tag:VIP AND state:ENABLED") { nodes { id } } }'
    )._replace(says=nodes({"id": ELS})),
    Row("searches any text", '{ customers(first: 9, query: "maes OR claes") { nodes { id } } }')._replace(
        says=nodes({"id": JAN}, {"id": TOM})
    ),
    Row(
        "searches with brackets and not",
        '{ customers(first: 9, query: "(maes OR claes) -email:tom*") { nodes { id } } }',
    )._replace(says=nodes({"id": JAN})),
    Row(
        "shows what an order came to, and what is left",
        '{ orders(first: 1, query: "name:1002") { nodes { displayFinancialStatus '
        "totalPriceSet { shopMoney { amount } } currentTotalPriceSet { shopMoney { amount } } } } }",
    )._replace(
        says=nodes(
            {
                "displayFinancialStatus": "PARTIALLY_REFUNDED",
                "totalPriceSet": {"shopMoney": {"amount": "34.95"}},
                "currentTotalPriceSet": {"shopMoney": {"amount": "19.95"}},
            }
        )
    ),
    Row(
        "shows where an order was sold",
        '{ orders(first: 9, query: "source_name:pos") { nodes { retailLocation { id } } } }',
    )._replace(says=nodes({"retailLocation": {"id": GHENT}})),
    Row(
        "counts what is left of a line",
        '{ orders(first: 1, query: "name:1002") { nodes { lineItems(first: 1) { '
        "nodes { quantity currentQuantity sku } } } } }",
    )._replace(says=nodes({"lineItems": nodes({"quantity": 2, "currentQuantity": 1, "sku": "WW2"})})),
    Row("lists baskets, also those bought", "{ abandonedCheckouts(first: 9) { nodes { completedAt } } }")._replace(
        says=nodes({"completedAt": None}, {"completedAt": "2026-11-17T12:00:00Z"})
    ),
    Row(
        "filters baskets", '{ abandonedCheckouts(first: 9, query: "recovery_state:recovered") { nodes { name } } }'
    )._replace(says=nodes({"name": "#3002"})),
    Row(
        "cannot sort baskets by change", "{ abandonedCheckouts(first: 9, sortKey: UPDATED_AT) { nodes { id } } }"
    )._replace(error="UPDATED_AT"),
    Row(
        "shows articles with their bar code",
        '{ productVariants(first: 9, query: "sku:WW1-M") { nodes { barcode price } } }',
    )._replace(says=nodes({"barcode": "8719990000011", "price": "100.00"})),
    Row(
        "shows promotions", '{ productVariants(first: 9, query: "sku:WW2") { nodes { price compareAtPrice } } }'
    )._replace(says=nodes({"price": "15.00", "compareAtPrice": "20.00"})),
    Row(
        "must be told what to count",
        f'{{ inventoryItem(id: "{JACKETS_IN_STOCK}") {{ inventoryLevels(first: 1) {{ '
        "nodes { quantities { quantity } } } } }",
        error="names",
    ),
    Row(
        "counts stock",
        f'{{ inventoryItem(id: "{JACKETS_IN_STOCK}") {{ inventoryLevels(first: 1) {{ '
        'nodes { quantities(names: ["available"]) { name quantity } } } } }',
    )._replace(says={"inventoryLevels": nodes({"quantities": [{"name": "available", "quantity": 4}]})}),
    Row("lists locations of the country", "{ locations(first: 9) { nodes { id } } }", nodes({"id": GHENT})),
    Row(
        "lists discounts", "{ discountNodes(first: 9) { nodes { discount { ... on DiscountCodeBasic { status } } } } }"
    )._replace(says=nodes({"discount": {"status": "ACTIVE"}})),
    Row("refuses unknown fields", "{ customers(first: 1) { nodes { emailAddress } } }", error="Cannot query field"),
    Row("refuses what is no document", "{ customers(", error="Syntax Error"),
    Row("finds orders by id", f'{{ order(id: "{OLD}") {{ name }} }}', {"name": "#1003"}),
]
