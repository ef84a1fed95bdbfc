"""What Tilroy's streams mean. Ids are texts everywhere: the vendor writes them as text, integer or float."""

from __future__ import annotations

from mappers.canonical.reading import Maps
from mappers.canonical.tilroy.catalogue import prices, products, promotions, shops, stock
from mappers.canonical.tilroy.loyalty import balances, points, vouchers
from mappers.canonical.tilroy.orders import orders
from mappers.canonical.tilroy.people import customers, deleted_customers
from mappers.canonical.tilroy.receipts import sales
from plugins.store.entities import (
    Consent,
    Customer,
    Delivery,
    LoyaltyBalance,
    LoyaltyMovement,
    Order,
    OrderLine,
    Price,
    Product,
    Promotion,
    Stock,
    Store,
    Voucher,
)

STREAMS: dict[str, Maps] = {
    "shops": Maps(shops, (Store,)),
    "customers": Maps(customers, (Customer, Consent)),
    "deleted_customers": Maps(deleted_customers, (Customer,)),
    "products": Maps(products, (Product,)),
    "price_rules": Maps(prices, (Price,)),
    "stock": Maps(stock, (Stock,)),
    "sales": Maps(sales, (Order, OrderLine, Voucher)),
    "orders": Maps(orders, (Delivery,)),
    "vouchers": Maps(vouchers, (Voucher,)),
    "loyalty_balance": Maps(balances, (LoyaltyBalance,)),
    "loyalty_points": Maps(points, (LoyaltyMovement,)),
    "promotions": Maps(promotions, (Promotion,)),
}
