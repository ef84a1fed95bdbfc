"""The calls that write, and what their answers say."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from plugins.wire.outbox import Call, Outcome, Row
from plugins.wire.recording import Step
from plugins.wire.sending import json_call
from targets.woocommerce.payloads import Consent, Offer, Points, Voucher

DONE = Outcome("accepted")
NOT_NAMED = Outcome("unknown", "the answer does not name it")
CODE = re.compile(r"[a-z0-9_-]{1,80}")
TAKEN = "woocommerce_rest_coupon_code_already_exists"
NOT_KEPT = Outcome("rejected", "the shop does not keep that number")
NO_CUSTOMER = "wc_user_invalid_id"
NO_ORDER = "woocommerce_rest_shop_order_invalid_id"

ADDRESS = ("first_name", "last_name", "company", "address_1", "address_2", "city", "state", "postcode", "country")
NOBODY = dict.fromkeys(ADDRESS, "")
NAMELESS: dict[str, Any] = {
    "billing": {**NOBODY, "phone": "", "email": None},  # an empty text is no address to the shop
    "shipping": NOBODY,
    "customer_note": "",
}


class Counted(NamedTuple):
    """A product or variation of the shop, and how many there are of it."""

    product: int
    pieces: int


def hold(payloads: Mapping[str, Consent | Points]) -> Step:
    """Set fields of customers, whose payloads are given by row: one item each, whatever number of rows it takes."""

    def build(rows: Sequence[Row]) -> Call:
        fields: dict[str, dict[str, str | None]] = {}
        for payload in (payloads[row.key] for row in rows):
            fields.setdefault(payload.customer, {}).update(payload.fields())
        return json_call("POST", "/customers/batch", {"update": [_item(*each) for each in fields.items()]})

    def judge(answer: Any, row: Row) -> Outcome:
        return _judged(_updated(answer, payloads[row.key].customer))

    return Step(build, judge)


def count(counted: Mapping[str, Counted], parent: int) -> Step:
    """Set the stock of products, or of variations of one, given by row; of one that comes twice the last counts."""
    path = f"/products/{parent}/variations/batch" if parent else "/products/batch"
    newest: dict[int, int] = {}

    def build(rows: Sequence[Row]) -> Call:
        newest.update(counted[row.key] for row in rows)
        told = [{"id": each, "manage_stock": True, "stock_quantity": pieces} for each, pieces in newest.items()]
        return json_call("POST", path, {"update": told})

    def judge(answer: Any, row: Row) -> Outcome:
        product = counted[row.key].product
        item = _updated(answer, str(product))
        outcome = _judged(item)
        is_other = item is not None and item.get("stock_quantity") != newest[product]
        return NOT_KEPT if outcome is DONE and is_other else outcome  # where the shop counts nothing it says null

    return Step(build, judge)


def create(voucher: Voucher | Offer) -> Step:
    """Make the coupon; its code may turn out to be there."""
    call = json_call("POST", "/coupons", {"code": voucher.code, **voucher.coupon()})
    return Step(lambda _: call, _judge_coupon(voucher), is_last=lambda outcome: outcome.reason != TAKEN)


def update(voucher: Voucher | Offer, coupon: int) -> Step:
    """Bring the coupon to what the voucher is now."""
    call = json_call("PUT", f"/coupons/{coupon}", voucher.coupon())
    return Step(lambda _: call, _judge_coupon(voucher))


def blank(order: int) -> Step:
    """Take person and address out of an order; its number, totals and lines stay."""
    call = json_call("PUT", f"/orders/{order}", NAMELESS)
    return Step(lambda _: call, _judge_id(str(order)), NO_ORDER, lambda outcome: outcome.state == "unknown")


def delete(customer: str) -> Step:
    """Delete the account; one that is gone already is gone."""
    call = Call("DELETE", f"/customers/{customer}?force=true", b"")
    return Step(lambda _: call, _judge_id(customer), NO_CUSTOMER)


def code_of(error: Any) -> str:
    """Return the code of a refusal, which names no person as its message may; empty where there is none."""
    code = str(error.get("code")) if isinstance(error, dict) else ""
    return code if CODE.fullmatch(code) else ""


def _item(customer: str, fields: Mapping[str, str | None]) -> dict[str, Any]:
    return {"id": int(customer), "meta_data": [{"key": key, "value": value} for key, value in fields.items()]}


def _judge_id(number: str) -> Callable[[Any, Row], Outcome]:
    return lambda answer, _: DONE if _names(answer, number) else NOT_NAMED


def _judge_coupon(voucher: Voucher | Offer) -> Callable[[Any, Row], Outcome]:
    def judge(answer: Any, _: Row) -> Outcome:
        code = str(answer.get("code")) if isinstance(answer, dict) and "id" in answer else ""
        return DONE if code.lower() == voucher.code.lower() else NOT_NAMED

    return judge


def _updated(answer: Any, number: str) -> dict[str, Any] | None:
    """Return the item of a batch with that number."""
    items = answer.get("update") if isinstance(answer, dict) else None
    return next((item for item in items if _names(item, number)), None) if isinstance(items, list) else None


def _judged(item: Any) -> Outcome:
    """Return what an item of a batch says: the whole is 200 also where it failed."""
    if item is None:
        return NOT_NAMED
    return Outcome("rejected", code_of(item["error"]) or "refused") if "error" in item else DONE


def _names(answer: Any, number: str) -> bool:
    return isinstance(answer, dict) and str(answer.get("id")) == number
