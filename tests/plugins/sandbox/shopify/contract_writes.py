"""What is written and what must come back, row by row: done, or refused with a path and a code."""

from __future__ import annotations

from typing import Any

from tests.plugins.sandbox.shopify.contract import NOBODY, Row
from tests.plugins.sandbox.shopify.stage import ELS, GHENT, JACKETS_IN_STOCK, JAN, MIA, TOM, WELCOME


def mutation(call: str, shows: str = "", fields: str = "field code") -> str:
    """Return a mutation that asks for its errors."""
    return f"mutation {{ {call} {{ {shows} userErrors {{ {fields} }} }} }}"


def customer(call: str, shows: str = "customer { id }") -> str:
    """Return a mutation of a customer whose errors bear no code."""
    return mutation(call, shows, "field message")


def refuses(path: str, code: str | None = None) -> dict[str, Any]:
    """Return the part of a refusal that programs read."""
    return {"field": path.split("."), **({"code": code} if code else {})}


def metafield(**fields: str) -> dict[str, Any]:
    """Return the variables of one metafield."""
    told = {"ownerId": ELS, "namespace": "loyalty", "key": "points", "type": "number_integer", "value": "120"}
    return {"m": [{**told, **fields}]}


def stock(**fields: Any) -> dict[str, Any]:
    """Return the variables of one level of stock."""
    row = {"inventoryItemId": JACKETS_IN_STOCK, "locationId": GHENT, "quantity": 7, "changeFromQuantity": 4, **fields}
    return {"i": {"name": "available", "reason": "correction", "quantities": [row]}}


def voucher(**fields: Any) -> dict[str, Any]:
    """Return the variables of one voucher."""
    gets = {"items": {"all": True}, "value": {"percentage": 0.2}}
    told = {"title": "Els", "code": "ELS20", "startsAt": "2026-11-20T00:00:00Z", "customerGets": gets}
    return {"d": {**told, "context": {"customers": {"add": [ELS]}}, **fields}}


def consent(who: str, state: str, **fields: str) -> dict[str, Any]:
    """Return the variables of a consent."""
    return {"i": {"customerId": who, "emailMarketingConsent": {"marketingState": state, **fields}}}


SET = "mutation($i: CustomerSetIdentifiers, $in: CustomerSetInput!) { customerSet(identifier: $i, input: $in) { "
SET += "customer { firstName } userErrors { field code } } }"
CONSENT = "mutation($i: CustomerEmailMarketingConsentUpdateInput!) { customerEmailMarketingConsentUpdate(input: $i) { "
CONSENT += "customer { defaultEmailAddress { marketingState } } userErrors { field code } } }"
METAFIELDS = "mutation($m: [MetafieldsSetInput!]!) { metafieldsSet(metafields: $m) { metafields { value } "
METAFIELDS += "userErrors { field code elementIndex } } }"
STOCK = 'mutation($i: InventorySetQuantitiesInput!) { inventorySetQuantities(input: $i) @idempotent(key: "k") { '
STOCK += "inventoryAdjustmentGroup { changes { delta } } userErrors { field code } } }"
VOUCHER = "mutation($d: DiscountCodeBasicInput!) { discountCodeBasicCreate(basicCodeDiscount: $d) { "
VOUCHER += "codeDiscountNode { codeDiscount { ... on DiscountCodeBasic { status } } } userErrors { field code } } }"
CREDIT = 'storeCreditAccountCredit(id: "{}", creditInput: {{creditAmount: {{amount: "{}", currencyCode: {}}}{}}})'
BALANCE = "storeCreditAccountTransaction { balanceAfterTransaction { amount } }"


def credit(who: str, amount: str, currency: str = "EUR", more: str = "") -> str:
    """Return a call that puts money on an account."""
    return mutation(CREDIT.format(who, amount, currency, more), BALANCE)


WRITES = [
    Row("creates by upsert", SET, {"customer": {"firstName": "Noor"}, "userErrors": []})._replace(
        variables={"i": {"email": "noor@example.be"}, "in": {"email": "noor@example.be", "firstName": "Noor"}}
    ),
    Row("updates by upsert, whatever the capitals", SET, {"customer": {"firstName": "Jan"}, "userErrors": []})._replace(
        variables={"i": {"email": "JAN@example.be"}, "in": {"email": "jan@example.be", "note": "Belt graag"}}
    ),
    Row("cannot upsert an unknown id", SET, refuses("identifier", "NOT_FOUND"))._replace(
        variables={"i": {"id": NOBODY}, "in": {"firstName": "Noor"}}
    ),
    Row("needs the identifier in the input", SET, refuses("input.email", "MISSING_FIELD_REQUIRED"))._replace(
        variables={"i": {"email": "noor@example.be"}, "in": {"firstName": "Noor"}}
    ),
    Row("refuses an input that contradicts the identifier", SET, refuses("input", "INPUT_MISMATCH"))._replace(
        variables={"i": {"email": "noor@example.be"}, "in": {"email": "other@example.be"}}
    ),
    Row("refuses two identifiers", SET, error="Exactly one key")._replace(
        variables={"i": {"email": "noor@example.be", "id": ELS}, "in": {"email": "noor@example.be"}}
    ),
    Row("keeps addresses unique", SET, refuses("input.email", "TAKEN"))._replace(
        variables={"i": {"id": JAN}, "in": {"email": "Els@Example.be"}}
    ),
    Row("keeps numbers unique", SET, refuses("input.phone", "TAKEN"))._replace(
        variables={"i": {"id": JAN}, "in": {"phone": "+32 470 12 34 56"}}
    ),
    Row("refuses a number without its country", SET, refuses("input.phone", "INVALID"))._replace(
        variables={"i": {"id": JAN}, "in": {"phone": "0470123456"}}
    ),
    Row("refuses a broken address", SET, refuses("input.email", "INVALID"))._replace(
        variables={"i": {"id": JAN}, "in": {"email": "jan.example.be"}}
    ),
    Row("refuses a nameless customer", SET, refuses("", "BLANK"))._replace(variables={"in": {"note": "?"}}),
    Row("knows no consent in an upsert", SET, error="emailMarketingConsent")._replace(
        variables={"in": {"emailMarketingConsent": {"marketingState": "SUBSCRIBED"}}}
    ),
    Row(
        "refuses consent in an update",
        customer(f'customerUpdate(input: {{id: "{TOM}", emailMarketingConsent: {{marketingState: SUBSCRIBED}}}})'),
        refuses("emailMarketingConsent"),
    ),
    Row(
        "sets consent",
        CONSENT,
        {"customer": {"defaultEmailAddress": {"marketingState": "SUBSCRIBED"}}, "userErrors": []},
    )._replace(
        variables=consent(
            TOM, "SUBSCRIBED", marketingOptInLevel="SINGLE_OPT_IN", consentUpdatedAt="2026-11-01T10:00:00Z"
        )
    ),
    Row("takes consent back", CONSENT, variables=consent(ELS, "UNSUBSCRIBED"))._replace(
        says={"customer": {"defaultEmailAddress": {"marketingState": "UNSUBSCRIBED"}}, "userErrors": []}
    ),
    Row("cannot unsay", CONSENT, refuses("input.emailMarketingConsent.marketingState", "INVALID"))._replace(
        variables=consent(ELS, "NOT_SUBSCRIBED")
    ),
    Row(
        "refuses consent from the future", CONSENT, refuses("input.emailMarketingConsent.consentUpdatedAt", "INVALID")
    )._replace(variables=consent(ELS, "SUBSCRIBED", consentUpdatedAt="2026-12-01T00:00:00Z")),
    Row("needs an address for consent", CONSENT, refuses("input.customerId", "MISSING_ARGUMENT"))._replace(
        variables=consent(MIA, "SUBSCRIBED")
    ),
    Row(
        "tags",
        mutation(f'tagsAdd(id: "{ELS}", tags: ["VIP", "gold"])', "node { ... on Customer { tags } }", "field"),
        {"node": {"tags": ["gold", "vip"]}, "userErrors": []},
    ),
    Row(
        "untags, whatever the capitals",
        mutation(f'tagsRemove(id: "{ELS}", tags: ["Vip", "no"])', "node { id }", "field"),
        {"node": {"id": ELS}, "userErrors": []},
    ),
    Row(
        "does not tag strangers",
        mutation(f'tagsAdd(id: "{NOBODY}", tags: ["a"])', "node { id }", "field"),
        refuses("id"),
    ),
    Row("keeps metafields", METAFIELDS, {"metafields": [{"value": "120"}], "userErrors": []}, variables=metafield()),
    Row(
        "refuses a wrong value",
        METAFIELDS,
        refuses("metafields.0.value", "INVALID_VALUE"),
        variables=metafield(value="many"),
    ),
    Row("needs a type", METAFIELDS, refuses("metafields.0.type", "INVALID_TYPE"), variables=metafield(type="points")),
    Row(
        "refuses a stale digest",
        METAFIELDS,
        refuses("metafields.0", "STALE_OBJECT"),
        variables=metafield(compareDigest="x"),
    ),
    Row(
        "keeps nothing on who is not there",
        METAFIELDS,
        refuses("metafields.0.ownerId", "INVALID"),
        variables=metafield(ownerId=NOBODY),
    ),
    Row(
        "takes 25 metafields",
        METAFIELDS,
        refuses("metafields", "LESS_THAN_OR_EQUAL_TO"),
        variables={"m": metafield()["m"] * 26},
    ),
    Row("makes a voucher", VOUCHER, variables=voucher())._replace(
        says={"codeDiscountNode": {"codeDiscount": {"status": "ACTIVE"}}, "userErrors": []}
    ),
    Row("makes no code twice", VOUCHER, refuses("basicCodeDiscount.code", "TAKEN"), variables=voucher(code="welkom10")),
    Row(
        "wants a part of one",
        VOUCHER,
        refuses("basicCodeDiscount.customerGets.value.percentage", "VALUE_OUTSIDE_RANGE"),
    )._replace(variables=voucher(customerGets={"items": {"all": True}, "value": {"percentage": 20}})),
    Row(
        "wants the end after the start", VOUCHER, refuses("basicCodeDiscount.endsAt", "END_DATE_BEFORE_START_DATE")
    )._replace(variables=voucher(endsAt="2026-11-01T00:00:00Z")),
    Row(
        "takes 250 codes",
        "mutation($c: [DiscountRedeemCodeInput!]!) { discountRedeemCodeBulkAdd("
        f'discountId: "{WELCOME}", codes: $c) {{ userErrors {{ field code }} }} }}',
        refuses("codes", "TOO_MANY_ARGUMENTS"),
    )._replace(variables={"c": [{"code": f"C{at}"} for at in range(251)]}),
    Row(
        "ends a discount",
        mutation(f'discountCodeDeactivate(id: "{WELCOME}")', "codeDiscountNode { id }"),
        {"codeDiscountNode": {"id": WELCOME}, "userErrors": []},
    ),
    Row("puts money on", credit(ELS, "12.50"))._replace(
        says={"storeCreditAccountTransaction": {"balanceAfterTransaction": {"amount": "12.50"}}, "userErrors": []}
    ),
    Row("refuses nothing", credit(ELS, "0"), refuses("creditInput.creditAmount.amount", "NEGATIVE_OR_ZERO_AMOUNT")),
    Row("refuses other money", credit(ELS, "5", "USD"), refuses("creditInput.creditAmount", "UNSUPPORTED_CURRENCY")),
    Row("refuses strangers", credit(NOBODY, "5"), refuses("id", "OWNER_NOT_FOUND")),
    Row("refuses what has expired", credit(ELS, "5", more=', expiresAt: "2026-01-01T00:00:00Z"'))._replace(
        says=refuses("creditInput.expiresAt", "EXPIRES_AT_IN_PAST")
    ),
    Row(
        "sets stock",
        STOCK,
        {"inventoryAdjustmentGroup": {"changes": [{"delta": 3}]}, "userErrors": []},
        variables=stock(),
    ),
    Row(
        "compares stock first", STOCK, refuses("input.quantities.0.changeFromQuantity", "CHANGE_FROM_QUANTITY_STALE")
    )._replace(variables=stock(changeFromQuantity=5)),
    Row(
        "refuses debts of stock",
        STOCK,
        refuses("input.quantities.0.quantity", "INVALID_QUANTITY_NEGATIVE"),
        variables=stock(quantity=-1),
    ),
    Row("needs a key for stock", STOCK.replace('@idempotent(key: "k")', ""), error="@idempotent", variables=stock()),
    Row("knows its locations", STOCK, refuses("input.quantities.0.locationId", "INVALID_LOCATION"))._replace(
        variables=stock(locationId="gid://shopify/Location/83")
    ),
    Row(
        "deletes who never ordered",
        customer(f'customerDelete(input: {{id: "{TOM}"}})', "deletedCustomerId"),
        {"deletedCustomerId": TOM, "userErrors": []},
    ),
    Row(
        "deletes nobody with orders",
        customer(f'customerDelete(input: {{id: "{ELS}"}})', "deletedCustomerId"),
        refuses("id"),
    ),
    Row(
        "queues an erasure",
        mutation(f'customerRequestDataErasure(customerId: "{ELS}")', "customerId"),
        {"customerId": ELS, "userErrors": []},
    ),
    Row(
        "undoes no erasure that was not asked",
        mutation(f'customerCancelDataErasure(customerId: "{ELS}")', "customerId"),
        refuses("customerId", "NOT_BEING_ERASED"),
    ),
]
