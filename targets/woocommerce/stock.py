"""How many there are of each article: looked up by sku, and set a batch at a time, variations at their product."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from plugins.wire.outbox import Outcome, Row
from plugins.wire.recording import Recorded
from plugins.wire.retry import RefusedError
from plugins.wire.sending import LostError
from targets.woocommerce.api import Api
from targets.woocommerce.calls import Counted, count
from targets.woocommerce.payloads import Stock

ITEMS_PER_CALL, SKUS_PER_LOOK_UP = 100, 50
NO_SKU = Outcome("rejected", "no product with that sku")
SEVERAL = Outcome("rejected", "several products have that sku")
NO_VARIATION = Outcome("rejected", "a product of variations, which are counted by themselves")
SEPARATOR = ","
"""Between the skus of a look-up: one with a comma in it cannot be looked for."""


class Counting(Recorded[Api]):
    """Sets stock."""

    def count_in(self, rows: Sequence[Row], payloads: Mapping[str, Stock]) -> None:
        """Set what there is of each article; one that cannot be counted is rejected by itself."""
        counted: dict[str, Counted] = {}
        parted: dict[int, list[Row]] = {}
        for first in range(0, len(rows), SKUS_PER_LOOK_UP):
            some = rows[first : first + SKUS_PER_LOOK_UP]
            for row, found in zip(some, self._found([payloads[row.key].sku for row in some]), strict=True):
                if isinstance(found, Outcome):
                    self.settle(row, found)
                    continue
                counted[row.key] = Counted(int(found["id"]), payloads[row.key].stock)
                parted.setdefault(int(found.get("parent_id") or 0), []).append(row)
        for parent, together in parted.items():
            self._count_together(together, counted, parent)

    def _count_together(self, rows: Sequence[Row], counted: Mapping[str, Counted], parent: int) -> None:
        self.carry(lambda _: count(counted, parent), rows, ITEMS_PER_CALL)

    def _found(self, skus: Sequence[str]) -> list[dict[str, Any] | Outcome]:
        """Return the product or variation of each sku, or why there is none."""
        self.between()
        wanted = [sku for sku in dict.fromkeys(skus) if SEPARATOR not in sku]
        try:
            products = self.api.products(wanted) if wanted else []
        except LostError as lost:
            return [Outcome("unknown", f"look-up: {lost}") for _ in skus]
        except RefusedError as refusal:
            if middle := len(skus) // 2:  # one that the shop cannot read must not keep the others
                return [*self._found(skus[:middle]), *self._found(skus[middle:])]
            return [Outcome("rejected", f"look-up: {refusal}")]
        return [_only([each for each in products if each.get("sku") == sku]) for sku in skus]


def _only(products: Sequence[dict[str, Any]]) -> dict[str, Any] | Outcome:
    if len(products) != 1:
        return SEVERAL if products else NO_SKU
    is_parent = products[0].get("type") == "variable" and not products[0].get("manage_stock")
    return NO_VARIATION if is_parent else products[0]
