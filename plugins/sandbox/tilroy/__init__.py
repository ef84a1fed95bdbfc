"""Tilroy as the sandbox plays it: the tills of a Belgian and Dutch retailer, behind some twenty small services."""

from __future__ import annotations

from plugins.sandbox.tilroy.clerk import Clerk
from plugins.sandbox.tilroy.orders import Orders
from plugins.sandbox.tilroy.prices import Prices
from plugins.sandbox.tilroy.promotions import Promotions
from plugins.sandbox.tilroy.shops import Shops
from plugins.sandbox.tilroy.vouchers import Vouchers


class Tilroy(Clerk, Vouchers, Orders, Prices, Promotions, Shops):
    """All services behind one door; takes `retailer`, and answers with the fixed sandbox keys."""


__all__ = ["Tilroy"]
