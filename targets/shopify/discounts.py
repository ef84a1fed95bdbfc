"""The discounts of a shop: looked up by their code, made, changed and ended."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from plugins.wire.recording import Step
from plugins.wire.retry import RefusedError
from plugins.wire.sending import LostError
from targets.shopify.answers import ERRORS, named
from targets.shopify.api import Api, call, part

TAKEN = "TAKEN"
FIND = (
    "query($code: String!) { codeDiscountNodeByCode(code: $code) { id codeDiscount { __typename "
    "... on DiscountCodeBasic { codes(first: 1) { nodes { code } } "
    "context { __typename ... on DiscountCustomers { customers { id } } } } } } }"
)
GIVEN = "$discount: DiscountCodeBasicInput!"
CREATE = (
    f"mutation({GIVEN}) {{ made: discountCodeBasicCreate(basicCodeDiscount: $discount) "
    f"{{ codeDiscountNode {{ id }} {ERRORS} }} }}"
)
UPDATE = (
    f"mutation($id: ID!, {GIVEN}) {{ made: discountCodeBasicUpdate(id: $id, basicCodeDiscount: $discount) "
    f"{{ codeDiscountNode {{ id }} {ERRORS} }} }}"
)
END = f"mutation($id: ID!) {{ made: discountCodeDeactivate(id: $id) {{ codeDiscountNode {{ id }} {ERRORS} }} }}"


class Discount(NamedTuple):
    """A discount that a code has."""

    id: str
    customers: list[str]


def find(api: Api, code: str) -> Discount | None:
    """Return the discount that a code has, in any case of letters."""
    data = api.ask(FIND, {"code": code})
    if "codeDiscountNodeByCode" not in data:
        raise LostError("an answer of another shape")
    node = data["codeDiscountNodeByCode"]
    if node is None:
        return None
    codes = part(part(node, "codeDiscount"), "codes").get("nodes") or [{}]
    if str(codes[0].get("code")).lower() != code.lower():
        raise RefusedError("the code is one of several of another discount", 200)
    named = part(part(node, "codeDiscount"), "context").get("customers") or []
    return Discount(str(node["id"]), [str(each["id"]) for each in named])


def create(code: str, discount: Mapping[str, Any]) -> Step:
    """Make the discount; its code may turn out to be there."""
    made = call(CREATE, {"discount": {"code": code, **discount}})
    return Step(lambda _: made, named("codeDiscountNode"), is_last=lambda outcome: outcome.reason != TAKEN)


def update(key: str, discount: Mapping[str, Any]) -> Step:
    """Bring the discount to what the code is worth now."""
    changed = call(UPDATE, {"id": discount_id(key), "discount": discount})
    return Step(lambda _: changed, named("codeDiscountNode"))


def end(key: str) -> Step:
    """End the discount; it stays as what it was."""
    ended = call(END, {"id": discount_id(key)})
    return Step(lambda _: ended, named("codeDiscountNode"))


def discount_id(key: str) -> str:
    """Return the global id that the mutations of discounts take, whatever field it was read from."""
    return key.replace("/DiscountNode/", "/DiscountCodeNode/")
