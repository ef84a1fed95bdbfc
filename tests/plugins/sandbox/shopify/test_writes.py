"""What one write leaves behind for the next."""

from __future__ import annotations

from typing import Any

from tests.plugins.sandbox.shopify.contract_writes import METAFIELDS, VOUCHER, credit, metafield, stock, voucher
from tests.plugins.sandbox.shopify.stage import ELS, GHENT, JAN, TOM, WELCOME, Caller

ADDRESS = {"address1": "Dries 1", "zip": "3000", "city": "Leuven", "countryCode": "BE"}
SET = "mutation($id: ID!, $in: CustomerSetInput!) { customerSet(identifier: {id: $id}, input: $in) { customer { "
SET += "firstName note tags defaultAddress { city } addressesV2(first: 9) { nodes { city } } } userErrors { code } } }"
ADD = "mutation($id: ID!, $codes: [DiscountRedeemCodeInput!]!) { discountRedeemCodeBulkAdd(discountId: $id, "
ADD += "codes: $codes) { bulkCreation { id done codesCount } userErrors { code } } }"


def set_customer(caller: Caller, **fields: Any) -> Any:
    """Upsert Els, and return what she is now."""
    answer = caller.ask(SET, id=ELS, **{"in": fields})["customerSet"]
    assert answer["userErrors"] == []
    return answer["customer"]


def test_replaces_lists_as_a_whole_and_leaves_what_is_not_named(caller: Caller) -> None:
    set_customer(caller, note="Belt graag", tags=["a", "b"])
    now = set_customer(caller, tags=["c"], addresses=[ADDRESS])
    assert (now["tags"], now["note"], now["firstName"]) == (["c"], "Belt graag", "Els")
    assert now["addressesV2"] == {"nodes": [{"city": "Leuven"}]}


def test_holds_250_tags_and_not_one_more(caller: Caller) -> None:
    document = "mutation($id: ID!, $tags: [String!]!) { tagsAdd(id: $id, tags: $tags) { userErrors { field } } }"
    tags = [f"t{at}" for at in range(249)]
    assert caller.ask(document, id=ELS, tags=tags)["tagsAdd"] == {"userErrors": []}
    assert caller.ask(document, id=ELS, tags=["T7", "t248"])["tagsAdd"] == {"userErrors": []}
    assert caller.ask(document, id=ELS, tags=["one more"])["tagsAdd"] == {"userErrors": [{"field": ["tags"]}]}


def test_sets_all_metafields_or_none(caller: Caller) -> None:
    good, bad = metafield()["m"], metafield(key="tier", value="gold")["m"]
    answer = caller.ask(METAFIELDS, m=[*good, *bad])["metafieldsSet"]
    assert (answer["metafields"], answer["userErrors"][0]["elementIndex"]) == (None, 1)
    document = f'{{ customer(id: "{ELS}") {{ metafield(namespace: "loyalty", key: "points") {{ value }} }} }}'
    assert caller.ask(document)["customer"] == {"metafield": None}


def test_sets_a_metafield_only_while_it_is_what_the_writer_read(caller: Caller) -> None:
    caller.ask(METAFIELDS, **metafield())
    document = f'{{ customer(id: "{ELS}") {{ metafield(namespace: "loyalty", key: "points") {{ compareDigest }} }} }}'
    digest = caller.ask(document)["customer"]["metafield"]["compareDigest"]
    changed = caller.ask(METAFIELDS, **metafield(value="130", compareDigest=digest))["metafieldsSet"]
    assert changed["metafields"] == [{"value": "130"}]
    again = caller.ask(METAFIELDS, **metafield(value="140", compareDigest=digest))["metafieldsSet"]
    assert [error["code"] for error in again["userErrors"]] == ["STALE_OBJECT"]


def test_keeps_metafields_on_discounts_too(caller: Caller) -> None:
    caller.ask(METAFIELDS, **metafield(ownerId=WELCOME, value="1"))
    document = '{ codeDiscountNodeByCode(code: "welkom10") { metafields(first: 5) { nodes { value } } } }'
    assert caller.ask(document)["codeDiscountNodeByCode"] == {"metafields": {"nodes": [{"value": "1"}]}}


def test_finds_a_customer_by_a_metafield(caller: Caller) -> None:
    caller.ask(METAFIELDS, **metafield())
    document = (
        '{ customerByIdentifier(identifier: {customId: {namespace: "loyalty", key: "points", value: "120"}}) { id } }'
    )
    assert caller.ask(document)["customerByIdentifier"] == {"id": ELS}


def test_puts_money_on_again_when_asked_again(caller: Caller) -> None:
    for balance in ("12.50", "25.00"):
        moved = caller.ask(credit(ELS, "12.50"))["storeCreditAccountCredit"]["storeCreditAccountTransaction"]
        assert moved == {"balanceAfterTransaction": {"amount": balance}}


def test_takes_off_no_more_than_there_is(caller: Caller) -> None:
    document = "mutation($id: ID!, $sum: Decimal!) { storeCreditAccountDebit(id: $id, debitInput: {debitAmount: "
    document += "{amount: $sum, currencyCode: EUR}}) { storeCreditAccountTransaction { amount { amount } } "
    document += "userErrors { code } } }"
    none = caller.ask(document, id=ELS, sum="5")["storeCreditAccountDebit"]
    assert none["userErrors"] == [{"code": "ACCOUNT_NOT_FOUND"}]
    caller.ask(credit(ELS, "10"))
    moved = caller.ask(document, id=ELS, sum="7.50")["storeCreditAccountDebit"]["storeCreditAccountTransaction"]
    assert moved == {"amount": {"amount": "-7.50"}}
    short = caller.ask(document, id=ELS, sum="7.50")["storeCreditAccountDebit"]
    assert short["userErrors"] == [{"code": "INSUFFICIENT_FUNDS"}]


def test_adds_codes_in_the_background_and_tells_which_were_refused(caller: Caller) -> None:
    codes = [{"code": code} for code in ("ONE", "WELKOM10", "one")]
    added = caller.ask(ADD, id=WELCOME, codes=codes)["discountRedeemCodeBulkAdd"]["bulkCreation"]
    assert (added["done"], added["codesCount"]) == (False, 3)
    document = f'{{ discountRedeemCodeBulkCreation(id: "{added["id"]}") {{ done importedCount failedCount '
    document += "codes(first: 9) { nodes { code errors { code } } } } }"
    done = caller.ask(document)["discountRedeemCodeBulkCreation"]
    assert (done["done"], done["importedCount"], done["failedCount"]) == (True, 1, 2)
    refused = [{"code": code, "errors": [{"code": "TAKEN"}]} for code in ("WELKOM10", "one")]
    assert done["codes"]["nodes"] == [{"code": "ONE", "errors": []}, *refused]


def test_a_voucher_belongs_to_whom_it_was_made_for_and_is_found_by_its_code(caller: Caller) -> None:
    caller.ask(VOUCHER, **voucher(usageLimit=1, endsAt="2026-12-24T00:00:00Z"))
    document = (
        '{ codeDiscountNodeByCode(code: "els20") { id codeDiscount { ... on DiscountCodeBasic { usageLimit status '
    )
    document += "context { ... on DiscountCustomers { customers { id } } } "
    document += "customerGets { value { ... on DiscountPercentage { percentage } } } } } } }"
    found = caller.ask(document)["codeDiscountNodeByCode"]["codeDiscount"]
    assert (found["usageLimit"], found["context"]) == (1, {"customers": [{"id": ELS}]})
    assert found["customerGets"] == {"value": {"percentage": 0.2}}
    caller.clock.forward(days=60)
    assert caller.ask(document)["codeDiscountNodeByCode"]["codeDiscount"]["status"] == "EXPIRED"


def test_changes_what_is_named_of_a_discount_and_whom_it_is_for(caller: Caller) -> None:
    document = "mutation($d: DiscountCodeBasicInput!) { discountCodeBasicUpdate(id: "
    document += f'"{WELCOME}", basicCodeDiscount: $d) {{ codeDiscountNode {{ codeDiscount {{ ... on DiscountCodeBasic '
    document += "{ usageLimit context { ... on DiscountCustomers { customers { id } } } customerGets { value "
    document += "{ ... on DiscountAmount { amount { amount } } } } } } } userErrors { field code } } }"
    gets = {"items": {"all": True}, "value": {"discountAmount": {"amount": "7.05", "appliesOnEachItem": False}}}
    caller.ask(document, d={"context": {"customers": {"add": [ELS, JAN]}}})
    given = {"usageLimit": 1, "customerGets": gets, "context": {"customers": {"add": [ELS], "remove": [JAN]}}}
    found = caller.ask(document, d=given)["discountCodeBasicUpdate"]["codeDiscountNode"]["codeDiscount"]
    assert found["context"] == {"customers": [{"id": ELS}]}
    assert (found["usageLimit"], found["customerGets"]) == (1, {"value": {"amount": {"amount": "7.05"}}})
    found = caller.ask(document, d={"context": {"all": "ALL"}})["discountCodeBasicUpdate"]["codeDiscountNode"]
    assert found["codeDiscount"]["context"] == {}
    refusal = caller.ask(document, d={"usageLimit": 0})["discountCodeBasicUpdate"]["userErrors"]
    assert refusal == [{"field": ["basicCodeDiscount", "usageLimit"], "code": "GREATER_THAN"}]


def test_a_discount_can_be_ended_begun_again_and_removed(caller: Caller) -> None:
    shows = "{ codeDiscountNode { codeDiscount { ... on DiscountCodeBasic { status } } } }"
    for deed, status in (("Deactivate", "EXPIRED"), ("Activate", "ACTIVE")):
        answer = caller.ask(f'mutation {{ discountCode{deed}(id: "{WELCOME}") {shows} }}')[f"discountCode{deed}"]
        assert answer["codeDiscountNode"]["codeDiscount"] == {"status": status}
    caller.ask(f'mutation {{ discountCodeDelete(id: "{WELCOME}") {{ deletedCodeDiscountId }} }}')
    assert caller.ask('{ codeDiscountNodeByCode(code: "welkom10") { id } }')["codeDiscountNodeByCode"] is None


def test_sets_stock_once_under_one_key(caller: Caller) -> None:
    document = "mutation($i: InventorySetQuantitiesInput!, $key: String!) { inventorySetQuantities(input: $i) "
    document += "@idempotent(key: $key) { inventoryAdjustmentGroup { id changes { delta } } userErrors { code } } }"
    first = caller.ask(document, **stock(changeFromQuantity=None), key="a")["inventorySetQuantities"]
    assert first["inventoryAdjustmentGroup"]["changes"] == [{"delta": 3}]
    again = caller.ask(document, **stock(changeFromQuantity=None), key="a")["inventorySetQuantities"]
    assert again == first
    other = caller.ask(document, **stock(quantity=1), key="a")["inventorySetQuantities"]
    assert other["userErrors"] == [{"code": "IDEMPOTENCY_KEY_PARAMETER_MISMATCH"}]
    failed = [
        caller.ask(document, **stock(quantity=pieces), key="b")["inventorySetQuantities"]["userErrors"][0]["code"]
        for pieces in (-1, 1)
    ]
    assert failed == ["INVALID_QUANTITY_NEGATIVE", "IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED"]
    assert "@idempotent" in caller.answer(document, **stock(), key=" ")["errors"][0]["message"]


def test_stock_that_moves_leaves_the_article_unchanged(caller: Caller) -> None:
    document = '{ inventoryItem(id: "gid://shopify/InventoryItem/1200001") { updatedAt variant { updatedAt } } }'
    before = caller.ask(document)["inventoryItem"]
    caller.clock.forward(minutes=1)
    caller.vendor.perform("order", email="els@example.be", sku="WW1-M", shop=GHENT.rpartition("/")[2])
    after = caller.ask(document)["inventoryItem"]
    assert (after["variant"], after["updatedAt"] > before["updatedAt"]) == (before["variant"], True)


def test_an_erasure_can_be_undone_while_it_waits(caller: Caller) -> None:
    undo = f'mutation {{ customerCancelDataErasure(customerId: "{ELS}") {{ customerId userErrors {{ code }} }} }}'
    caller.ask(f'mutation {{ customerRequestDataErasure(customerId: "{ELS}") {{ customerId }} }}')
    assert caller.ask(undo)["customerCancelDataErasure"] == {"customerId": ELS, "userErrors": []}
    caller.ask(f'mutation {{ customerRequestDataErasure(customerId: "{ELS}") {{ customerId }} }}')
    caller.vendor.perform("redact", email="els@example.be")
    (error,) = caller.ask(undo)["customerCancelDataErasure"]["userErrors"]
    assert error == {"code": "NOT_BEING_ERASED"}


def test_consent_may_stand_in_a_creation_only(caller: Caller) -> None:
    document = "mutation($in: CustomerInput!) { customerCreate(input: $in) { customer { defaultEmailAddress { "
    document += "marketingState marketingOptInLevel } } userErrors { field } } }"
    told = {"marketingState": "SUBSCRIBED", "marketingOptInLevel": "SINGLE_OPT_IN"}
    made = caller.ask(document, **{"in": {"email": "noor@example.be", "emailMarketingConsent": told}})["customerCreate"]
    assert made["customer"]["defaultEmailAddress"] == told
    bare = caller.ask(document, **{"in": {"firstName": "Noor", "emailMarketingConsent": told}})["customerCreate"]
    assert bare["userErrors"] == [{"field": ["emailMarketingConsent"]}]


def test_sets_consent_for_messages_of_who_has_a_number(caller: Caller) -> None:
    document = "mutation($id: ID!) { customerSmsMarketingConsentUpdate(input: {customerId: $id, smsMarketingConsent: "
    document += "{marketingState: UNSUBSCRIBED}}) { customer { defaultPhoneNumber { smsMarketingConsent { state } } } "
    document += "userErrors { code } } }"
    done = caller.ask(document, id=ELS)["customerSmsMarketingConsentUpdate"]["customer"]["defaultPhoneNumber"]
    assert done == {"smsMarketingConsent": {"state": "UNSUBSCRIBED"}}
    for nobody in (TOM, JAN):
        (error,) = caller.ask(document, id=nobody)["customerSmsMarketingConsentUpdate"]["userErrors"]
        assert error == {"code": "MISSING_ARGUMENT"}
