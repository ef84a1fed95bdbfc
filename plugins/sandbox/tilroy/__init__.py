"""Tilroy as the sandbox plays it: the tills of a Belgian and Dutch retailer, behind some twenty small services."""

from __future__ import annotations

from typing_extensions import override

from plugins.sandbox.tilroy.gifts import Gifts
from plugins.sandbox.tilroy.packing import Packing
from plugins.sandbox.tilroy.prices import Prices
from plugins.sandbox.tilroy.promotions import Promotions
from plugins.sandbox.tilroy.shops import Shops


class Tilroy(Gifts, Packing, Prices, Promotions, Shops):
    """All services behind one door; takes `retailer`, and answers with the fixed sandbox keys."""

    @override
    def settings(self, url: str) -> dict[str, str]:
        keys = {"TENANT_KEY": self.tenant_key, "GATEWAY_KEY": self.gateway_key, "BEARER_TOKEN": self.bearer}
        told = {"API_URL": url, **keys}
        both = {f"{plugin}_TILROY_{name}": value for plugin in ("TAP", "TARGET") for name, value in told.items()}
        booked = {f"TARGET_TILROY_{name}": value for name, value in self._booked().items()}
        return both | booked

    def _booked(self) -> dict[str, str]:
        """Return where vouchers and points of the hub are booked, and what points are worth here."""
        shop = max((shop.number for shop in self.shops.values()), default=0)
        return {"SHOP_NUMBER": str(shop), "CENTS_PER_100_POINTS": "100"} if shop else {}

    @override
    def truth(self) -> dict[str, str]:
        return {str(each.id): each.person for each in self.retailer.till_customers if each.person}

    @override
    def holding(self, key: str) -> dict[str, str] | None:
        member = self.customers.get(int(key)) if key.isdecimal() else None
        if member is None:
            return None
        return {"points": str(self.balance(member)), "email": "yes" if member.till.newsletter else "no"}


__all__ = ["Tilroy"]
