"""Setting stock: compare, set, and never twice under one key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from graphql import GraphQLError

from plugins.sandbox.shopify.account import Account
from plugins.sandbox.shopify.metafields import Record
from plugins.sandbox.shopify.product import InventoryLevel
from plugins.sandbox.shopify.refusals import Refused, UserError, refused

MOST_PIECES, MOST_LEVELS = 1_000_000_000, 250
REASONS = (
    "correction", "cycle_count_available", "damaged", "other", "promotion", "received", "restock", "shrinkage",
)  # fmt: skip


@dataclass(eq=False)
class InventoryAdjustmentGroup(Record):
    """The changes of one mutation."""

    typename: ClassVar[str] = "InventoryAdjustmentGroup"
    reason: str
    reference_document_uri: str | None
    changes: list[dict[str, Any]]


class InventoryMutations(Account):
    """Sets stock."""

    def seed(self) -> None:
        """Start without keys."""
        super().seed()
        self.keys: dict[str, tuple[Any, dict[str, Any]]] = {}
        """What was asked under a key, and what was answered."""
        self.failed_keys: set[str] = set()

    def mutate_inventory_set_quantities(self, input: dict[str, Any]) -> dict[str, Any]:
        """Set absolute quantities; a key is a must, and works once."""
        if not self.idempotency_key.strip():
            message = "The @idempotent directive is required for this mutation but was not provided."
            raise GraphQLError(message, extensions={"code": "BAD_REQUEST"})
        if self.idempotency_key in self.failed_keys:
            message = "A previous request with this idempotency key failed. Retry with a new idempotency key."
            raise refused("", message, "IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED")
        if self.idempotency_key in self.keys:
            asked, answer = self.keys[self.idempotency_key]
            if asked != input:
                message = "The same idempotency key cannot be used with different operation parameters."
                raise refused("", message, "IDEMPOTENCY_KEY_PARAMETER_MISMATCH")
            return answer
        if errors := self._wrong_stock(input):
            self.failed_keys.add(self.idempotency_key)
            raise Refused(errors)
        answer = {"inventoryAdjustmentGroup": self._set_levels(input)}
        self.keys[self.idempotency_key] = (input, answer)
        return answer

    def _wrong_stock(self, given: dict[str, Any]) -> list[UserError]:
        if given["name"] not in ("available", "on_hand"):
            message = "The quantity name must be either 'available' or 'on_hand'."
            return [UserError(["input", "name"], message, "INVALID_NAME")]
        if given["reason"] not in REASONS:
            return [UserError(["input", "reason"], "The specified reason is invalid.", "INVALID_REASON")]
        rows, seen = given["quantities"], set()
        if len(rows) > MOST_LEVELS:
            raise GraphQLError(
                f"The input array size of {len(rows)} is greater than the maximum allowed of {MOST_LEVELS}."
            )
        errors = []
        for at, row in enumerate(rows):
            pair = (row["inventoryItemId"], row["locationId"])
            errors += self._wrong_row(["input", "quantities", str(at)], row, is_again=pair in seen)
            seen.add(pair)
        return errors

    def _wrong_row(self, path: list[str], row: dict[str, Any], *, is_again: bool) -> list[UserError]:
        item = self.found("InventoryItem", row["inventoryItemId"])
        if item is None:
            message = "The specified inventory item could not be found."
            return [UserError([*path, "inventoryItemId"], message, "INVALID_INVENTORY_ITEM")]
        level = item.inventory_level(row["locationId"])
        if level is None:
            return [UserError([*path, "locationId"], "The specified location could not be found.", "INVALID_LOCATION")]
        if is_again:
            message = "The combination of inventoryItemId and locationId must be unique."
            return [UserError([*path, "locationId"], message, "NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR")]
        if row["quantity"] < 0:
            return [UserError([*path, "quantity"], "The quantity can't be negative.", "INVALID_QUANTITY_NEGATIVE")]
        if row["quantity"] > MOST_PIECES:
            message = "The total quantity can't be higher than 1,000,000,000."
            return [UserError([*path, "quantity"], message, "INVALID_QUANTITY_TOO_HIGH")]
        if "changeFromQuantity" not in row:
            message = "The changeFromQuantity argument must be given to each quantity; null skips the check."
            return [UserError([*path, "changeFromQuantity"], message, "COMPARE_QUANTITY_REQUIRED")]
        if row["changeFromQuantity"] not in (None, level.available):
            message = "The changeFromQuantity value does not match persisted value."
            return [UserError([*path, "changeFromQuantity"], message, "CHANGE_FROM_QUANTITY_STALE")]
        return []

    def _set_levels(self, given: dict[str, Any]) -> InventoryAdjustmentGroup:
        changes = [self._change_level(given["name"], row) for row in given["quantities"]]
        number, now = self.new_number("InventoryAdjustmentGroup"), self.clock()
        document = given.get("referenceDocumentUri")
        made: InventoryAdjustmentGroup = self.keep(
            InventoryAdjustmentGroup(number, now, now, given["reason"], document, changes)
        )
        return made

    def _change_level(self, name: str, row: dict[str, Any]) -> dict[str, Any]:
        item = self.found("InventoryItem", row["inventoryItemId"])
        level: InventoryLevel = item.inventory_level(row["locationId"])
        delta, level.available = row["quantity"] - level.available, row["quantity"]
        if delta:  # the article itself does not change with its stock
            level.updated_at = item.updated_at = self.clock()
        told = {"name": name, "delta": delta, "quantityAfterChange": level.available}
        return {**told, "item": item, "location": level.location}
