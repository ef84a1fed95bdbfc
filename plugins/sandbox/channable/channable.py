"""Channable's order connection API as the sandbox plays it."""

from __future__ import annotations

from dataclasses import dataclass

from typing_extensions import override

from plugins.sandbox.channable.happenings import Happenings


@dataclass
class Channable(Happenings):
    """One company, one project, and the marketplaces connected with it."""

    @override
    def settings(self, url: str) -> dict[str, str]:
        told = {
            "API_URL": url,
            "TOKEN": self.token,
            "COMPANY_ID": str(self.company_id),
            "PROJECT_ID": str(self.project_id),
        }
        return {f"{plugin}_CHANNABLE_{name}": value for plugin in ("TAP", "TARGET") for name, value in told.items()}

    @override
    def truth(self) -> dict[str, str]:
        """Return the persons behind orders (`order:` and the id), strangers to every other system among them."""
        orders = self.retailer.marketplace_orders
        return {f"order:{each.id}": each.person or f"stranger-{each.id}" for each in orders}

    @override
    def holding(self, key: str) -> dict[str, str] | None:
        """Return what is held of an order, by its id or number, or of an item, by its sku."""
        for each in self.orders.values():
            if key in (str(each.id), each.number):
                who = "wiped" if each.buyer is None else each.buyer.email.rpartition("@")[2]
                return {"status": each.status, "buyer": who}
        offer = self.offers.get(key)
        return {"stock": str(offer.stock)} if offer else None
