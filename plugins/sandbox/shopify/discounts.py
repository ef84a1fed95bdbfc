"""Discounts: listed, made, switched on and off, and given codes by the two hundred and fifty."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from plugins.sandbox.shopify.account import Account
from plugins.sandbox.shopify.connections import Connection, Key, by_number
from plugins.sandbox.shopify.customer import Customer
from plugins.sandbox.shopify.discount import BulkCreation, CodeRow, Discount, Node, RedeemCode
from plugins.sandbox.shopify.names import numbered, parted
from plugins.sandbox.shopify.refusals import Refused, UserError, refused

MOST_CODES = 250
CHANGEABLE = {
    "title": "title",
    "startsAt": "starts_at",
    "endsAt": "ends_at",
    "usageLimit": "usage_limit",
    "appliesOncePerCustomer": "once_per_customer",
}
MOST_LETTERS = 255
SORTS: Mapping[str, Key] = {
    "CREATED_AT": lambda node: node.discount_of.created_at,
    "UPDATED_AT": lambda node: node.discount_of.updated_at,
    "STARTS_AT": lambda node: node.discount_of.starts_at,
    "ENDS_AT": lambda node: node.discount_of.ends_at,
    "TITLE": lambda node: node.discount_of.title,
}
FILTERS: Mapping[str, Key] = {
    "default": lambda node: node.discount_of.title,
    "id": by_number,
    "title": lambda node: node.discount_of.title,
    "code": lambda node: [each.code for each in node.discount_of.redeemable],
    "status": lambda node: node.discount_of.status(node.now),
    "created_at": lambda node: node.discount_of.created_at,
    "updated_at": lambda node: node.discount_of.updated_at,
    "starts_at": lambda node: node.discount_of.starts_at,
    "ends_at": lambda node: node.discount_of.ends_at,
    "times_used": lambda node: node.discount_of.uses,
    "tag": lambda node: node.discount_of.tags,
    "type": lambda node: "percentage" if node.discount_of.cents is None else "fixed_amount",
    "method": lambda _node: "code",
}


class DiscountPaths(Account):
    """Reads and writes discounts."""

    def seed(self) -> None:
        """Start without codes that wait."""
        super().seed()
        self.codes_in_use: dict[str, Discount] = {}
        """By the code in lower case."""

    def query_node(self, id: str) -> Any:
        """Find any record; a discount goes by two names."""
        kind, number = parted(id)
        if kind in ("DiscountNode", "DiscountCodeNode"):
            found = self.records.get(("DiscountCodeNode", number))
            return Node(found, self.clock(), kind) if found else None
        return super().query_node(id)

    def query_discount_node(self, id: str) -> Node | None:
        """Find a discount."""
        node: Node | None = self.query_node(id) if numbered(id, "DiscountNode") else None
        return node

    def query_discount_nodes(self, sort_key: str, **page: Any) -> Connection:
        """List the discounts."""
        rows = [Node(each, self.clock(), "DiscountNode") for each in self.of_kind("DiscountCodeNode")]
        return self.listed(rows, FILTERS, key=SORTS.get(sort_key, by_number), **page)

    def query_code_discount_node_by_code(self, code: str) -> Node | None:
        """Find the discount of a code."""
        found = self.codes_in_use.get(code.lower())
        return Node(found, self.clock(), "DiscountCodeNode") if found else None

    def query_discount_redeem_code_bulk_creation(self, id: str) -> BulkCreation | None:
        """Tell how far the codes are: they are all there at the first look."""
        creation: BulkCreation | None = self.found("DiscountRedeemCodeBulkCreation", id)
        if creation and not creation.done:
            self.has_changed = True
            self._import(creation)
        return creation

    def mutate_discount_code_basic_create(self, basic_code_discount: dict[str, Any]) -> dict[str, Any]:
        """Make a discount with its first code."""
        given, path = basic_code_discount, "basicCodeDiscount"
        if errors := [UserError([path, *(error.field or ())], *error[1:]) for error in self._wrong_discount(given)]:
            raise Refused(errors)
        value, context = given["customerGets"]["value"], given.get("context") or {}
        amount = value.get("discountAmount")
        named = (context.get("customers") or {}).get("add")
        now = self.clock()
        made: Discount = self.keep(
            Discount(
                self.new_number("DiscountCodeNode"),
                now,
                now,
                given["title"],
                given["startsAt"],
                given.get("endsAt"),
                value.get("percentage"),
                round(amount["amount"] * 100) if amount else None,
                bool(amount and amount.get("appliesOnEachItem")),
                given.get("usageLimit"),
                bool(given.get("appliesOncePerCustomer")),
                [self.found("Customer", each) for each in named] if named else None,
                given.get("combinesWith") or {},
                given.get("tags") or [],
            )
        )
        self.add_code(made, given["code"])
        return {"codeDiscountNode": Node(made, now, "DiscountCodeNode")}

    def mutate_discount_code_basic_update(self, id: str, basic_code_discount: dict[str, Any]) -> dict[str, Any]:
        """Change what is named of a discount; customers are added to it and removed from it."""
        discount, given, path = self._discount(id, "id"), basic_code_discount, "basicCodeDiscount"
        told = {"title": discount.title, "code": " ", "startsAt": discount.starts_at, "customerGets": {}, **given}
        errors = [each for each in self._wrong_discount(told) if each.field != ["code"] and each.code != "BLANK"]
        if errors:
            raise Refused(UserError([path, *(error.field or ())], *error[1:]) for error in errors)
        for name, held in CHANGEABLE.items():
            if name in given:
                setattr(discount, held, given[name])
        if gets := given.get("customerGets"):
            amount = gets["value"].get("discountAmount")
            discount.percentage = gets["value"].get("percentage")
            discount.cents = round(amount["amount"] * 100) if amount else None
        if context := given.get("context"):
            self._give_to(discount, context.get("customers"))
        discount.updated_at = self.clock()
        return {"codeDiscountNode": Node(discount, self.clock(), "DiscountCodeNode")}

    def _give_to(self, discount: Discount, named: dict[str, Any] | None) -> None:
        if named is None:
            discount.customers = None
            return
        gone = {self.found("Customer", each) for each in named.get("remove") or ()}
        kept = [each for each in discount.customers or () if each not in gone]
        new = [self.found("Customer", each) for each in named.get("add") or ()]
        discount.customers = [*kept, *(each for each in new if each not in kept)]

    def redeem(self, code: str, customer: Customer, cents: int) -> int:
        """Use a code once on an order worth so much; returns what it takes off."""
        discount = self.codes_in_use.get(code.lower())
        if discount is None or discount.status(self.clock()) != "ACTIVE":
            raise LookupError(f"shopify: no code '{code}' that may be used now")
        if discount.customers is not None and customer not in discount.customers:
            raise LookupError("shopify: the code is for somebody else")
        if discount.usage_limit is not None and discount.uses >= discount.usage_limit:
            raise LookupError("shopify: the code is used up")
        discount.redeemable[0].async_usage_count += 1
        discount.updated_at = self.clock()
        return min(cents, discount.cents if discount.cents is not None else round(cents * (discount.percentage or 0)))

    def _wrong_discount(self, given: dict[str, Any]) -> list[UserError]:
        errors = [
            UserError([name], f"{name} can't be blank", "BLANK")
            for name in ("title", "code", "startsAt", "customerGets")
            if not given.get(name)
        ]
        if given.get("code"):
            errors += self._wrong_code(given["code"], ["code"])
        if given.get("endsAt") and given.get("startsAt") and given["endsAt"] <= given["startsAt"]:
            errors.append(UserError(["endsAt"], "Ends at needs to be after starts_at", "END_DATE_BEFORE_START_DATE"))
        if given.get("usageLimit") is not None and given["usageLimit"] < 1:
            errors.append(UserError(["usageLimit"], "Usage limit must be greater than 0", "GREATER_THAN"))
        for each in ((given.get("context") or {}).get("customers") or {}).get("add") or ():
            if not self.found("Customer", each):
                errors.append(UserError(["context", "customers", "add"], "Customer does not exist", "INVALID"))
        return errors + _wrong_gift(given.get("customerGets") or {})

    def _wrong_code(self, code: str, path: list[str]) -> list[UserError]:
        if not code.strip():
            return [UserError(path, "Code can't be blank", "BLANK")]
        if len(code) > MOST_LETTERS:
            return [UserError(path, f"Code is too long (maximum is {MOST_LETTERS} characters)", "TOO_LONG")]
        if code.lower() in self.codes_in_use:
            return [UserError(path, "Code must be unique. Please try a different code.", "TAKEN")]
        return []

    def add_code(self, discount: Discount, code: str) -> RedeemCode:
        """Give a discount one more code."""
        now = self.clock()
        made: RedeemCode = self.keep(RedeemCode(self.new_number("DiscountRedeemCode"), now, now, code))
        discount.redeemable.append(made)
        self.codes_in_use[code.lower()] = discount
        return made

    def mutate_discount_redeem_code_bulk_add(self, discount_id: str, codes: list[dict[str, str]]) -> dict[str, Any]:
        """Queue codes; which of them are good shows later."""
        discount = self._discount(discount_id, "discountId")
        if len(codes) > MOST_CODES:
            raise refused("codes", f"Exceeded the maximum of {MOST_CODES} codes", "TOO_MANY_ARGUMENTS")
        if not codes:
            raise refused("codes", "At least one code is required", "BLANK")
        rows = [
            CodeRow(place=at, code=each["code"], discountRedeemCode=None, errors=[]) for at, each in enumerate(codes)
        ]
        number, now = self.new_number("DiscountRedeemCodeBulkCreation"), self.clock()
        return {"bulkCreation": self.keep(BulkCreation(number, now, now, discount, list(rows)))}

    def _import(self, creation: BulkCreation) -> None:
        for row in creation.asked:
            if wrong := self._wrong_code(row["code"], ["code"]):
                row["errors"] = [{"field": wrong[0].field, "message": wrong[0].message, "code": wrong[0].code}]
            else:
                row["discountRedeemCode"] = self.add_code(creation.discount, row["code"])
        creation.done, creation.updated_at = True, self.clock()
        creation.discount.updated_at = self.clock()

    def mutate_discount_code_deactivate(self, id: str) -> dict[str, Any]:
        """End a discount now."""
        discount = self._discount(id, "id")
        discount.ends_at = discount.updated_at = self.clock()
        return {"codeDiscountNode": Node(discount, self.clock(), "DiscountCodeNode")}

    def mutate_discount_code_activate(self, id: str) -> dict[str, Any]:
        """Begin a discount now, without an end."""
        discount = self._discount(id, "id")
        discount.starts_at, discount.ends_at = min(discount.starts_at, self.clock()), None
        discount.updated_at = self.clock()
        return {"codeDiscountNode": Node(discount, self.clock(), "DiscountCodeNode")}

    def mutate_discount_code_delete(self, id: str) -> dict[str, Any]:
        """Remove a discount with its codes."""
        discount = self._discount(id, "id")
        self.forget(discount)
        for code in discount.redeemable:
            self.codes_in_use.pop(code.code.lower(), None)
            self.forget(code)
        return {"deletedCodeDiscountId": discount.id}

    def _discount(self, key: str, path: str) -> Discount:
        discount: Discount | None = self.found("DiscountCodeNode", key)
        if discount is None:
            raise refused(path, "Discount does not exist.", "INVALID")
        return discount


def _wrong_gift(gets: dict[str, Any]) -> list[UserError]:
    path, value = ["customerGets", "value"], gets.get("value") or {}
    if not gets:
        return []
    if not (gets.get("items") or {}).get("all"):
        return [UserError(["customerGets", "items"], "Items can't be blank", "BLANK")]
    if len([each for each in value.values() if each is not None]) != 1:
        return [UserError(path, "Exactly one of percentage and discountAmount is needed", "INVALID")]
    percentage, amount = value.get("percentage"), (value.get("discountAmount") or {}).get("amount")
    if percentage is not None and not 0 < percentage <= 1:
        return [UserError([*path, "percentage"], "Value must be between 0.0 and 1.0", "VALUE_OUTSIDE_RANGE")]
    if percentage is None and (amount is None or amount <= 0):
        return [UserError([*path, "discountAmount", "amount"], "Amount must be greater than 0", "GREATER_THAN")]
    return []
