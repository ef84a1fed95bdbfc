"""Tilroy as the sandbox plays it: the tills of a Belgian and Dutch retailer, behind some twenty small services."""

from __future__ import annotations

from typing_extensions import override

from plugins.sandbox.tilroy.clerk import Clerk
from plugins.sandbox.tilroy.orders import Orders
from plugins.sandbox.tilroy.prices import Prices
from plugins.sandbox.tilroy.promotions import Promotions
from plugins.sandbox.tilroy.shops import Shops
from plugins.sandbox.tilroy.vouchers import Vouchers


class Tilroy(Clerk, Vouchers, Orders, Prices, Promotions, Shops):
    """All services behind one door; takes `retailer`, and answers with the fixed sandbox keys."""

    @override
    def settings(self, url: str) -> dict[str, str]:
        return {
            "TAP_TILROY_API_URL": url,
            "TAP_TILROY_TENANT_KEY": self.tenant_key,
            "TAP_TILROY_GATEWAY_KEY": self.gateway_key,
            "TAP_TILROY_BEARER_TOKEN": self.bearer,
        }

    @override
    def truth(self) -> dict[str, str]:
        return {str(each.id): each.person for each in self.retailer.till_customers if each.person}


__all__ = ["Tilroy"]
