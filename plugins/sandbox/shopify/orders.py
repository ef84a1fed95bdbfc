"""Reading orders, and baskets that were left."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from plugins.sandbox.shopify.account import Account
from plugins.sandbox.shopify.connections import Connection, Key, by_number
from plugins.sandbox.shopify.order import Order

FILTERS: Mapping[str, Key] = {
    "default": lambda order: f"{order.name} {order.email} {order.note}",
    "id": lambda order: order.serial,
    "name": lambda order: [order.name, str(order.number)],
    "created_at": lambda order: order.created_at,
    "processed_at": lambda order: order.processed_at,
    "updated_at": lambda order: order.updated_at,
    "status": lambda order: ["any", _status(order), *(["not_closed"] if not order.closed_at else [])],
    "financial_status": lambda order: order.financial_status,
    "fulfillment_status": lambda order: ["shipped", "fulfilled"] if order.is_sent else ["unshipped", "unfulfilled"],
    "customer_id": lambda order: order.customer.serial if order.customer else None,
    "email": lambda order: order.email,
    "tag": lambda order: order.tags,
    "sku": lambda order: [line.sku for line in order.lines],
    "discount_code": lambda order: order.discount_codes,
    "source_name": lambda order: order.source_name,
    "source_identifier": lambda order: order.source_identifier,
    "location_id": lambda order: order.retail_location.serial if order.retail_location else None,
    "test": lambda order: order.test,
}
SORTS: Mapping[str, Key] = {
    "ID": by_number,
    "RELEVANCE": by_number,
    "PO_NUMBER": by_number,
    "CREATED_AT": lambda order: order.created_at,
    "PROCESSED_AT": lambda order: order.processed_at,
    "UPDATED_AT": lambda order: order.updated_at,
    "ORDER_NUMBER": lambda order: order.number,
    "TOTAL_PRICE": lambda order: order.total_cents,
    "CURRENT_TOTAL_PRICE": lambda order: order.current_cents,
    "TOTAL_ITEMS_QUANTITY": lambda order: sum(line.quantity for line in order.lines),
    "CUSTOMER_NAME": lambda order: order.customer.display_name if order.customer else "",
    "DESTINATION": lambda order: (order.address.city or "") if order.address else "",
    "FINANCIAL_STATUS": lambda order: order.financial_status,
    "FULFILLMENT_STATUS": lambda order: order.display_fulfillment_status,
}
CHECKOUT_FILTERS: Mapping[str, Key] = {
    "default": lambda checkout: checkout.customer.email if checkout.customer else "",
    "id": lambda checkout: checkout.serial,
    "created_at": lambda checkout: checkout.created_at,
    "updated_at": lambda checkout: checkout.updated_at,
    "status": lambda checkout: ["closed" if checkout.completed_at else "open", "any"],
    "recovery_state": lambda checkout: "recovered" if checkout.completed_at else "not_recovered",
    "email_state": lambda _checkout: "not_sent",
}
CHECKOUT_SORTS: Mapping[str, Key] = {
    "ID": by_number,
    "CHECKOUT_ID": by_number,
    "RELEVANCE": by_number,
    "CREATED_AT": lambda checkout: checkout.created_at,
    "CUSTOMER_NAME": lambda checkout: checkout.customer.display_name if checkout.customer else "",
    "TOTAL_PRICE": lambda checkout: checkout.total_cents,
}


def _status(order: Order) -> str:
    return "cancelled" if order.cancelled_at else "closed" if order.closed_at else "open"


class OrderQueries(Account):
    """Lists and finds orders and baskets."""

    def query_order(self, id: str) -> Order | None:
        """Find one order, if the token may see it."""
        found: Order | None = self.found("Order", id)
        return found if found and self._is_visible(found) else None

    def query_orders(self, sort_key: str, **page: Any) -> Connection:
        """List the orders the token may see."""
        rows = [order for order in self.of_kind("Order") if self._is_visible(order)]
        return self.listed(rows, FILTERS, key=SORTS[sort_key], **page)

    def query_abandoned_checkouts(self, sort_key: str, **page: Any) -> Connection:
        """List the baskets, also those somebody came back to."""
        rows = self.of_kind("AbandonedCheckout")
        return self.listed(rows, CHECKOUT_FILTERS, key=CHECKOUT_SORTS[sort_key], **page)

    def _is_visible(self, order: Order) -> bool:
        since = self.visible_since()
        return since is None or order.created_at >= since
