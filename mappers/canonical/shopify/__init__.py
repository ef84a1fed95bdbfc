"""What Shopify's streams (Admin GraphQL API) mean."""

from __future__ import annotations

from mappers.canonical.reading import Maps
from mappers.canonical.shopify.baskets import abandoned_checkouts
from mappers.canonical.shopify.catalogue import inventory_levels, locations, product_variants, products
from mappers.canonical.shopify.discounts import discounts
from mappers.canonical.shopify.orders import orders, refunds
from mappers.canonical.shopify.people import customers
from plugins.store.entities import Basket, Consent, Customer, Order, OrderLine, Price, Product, Stock, Store, Voucher

STREAMS = {
    "customers": Maps(customers, (Customer, Consent)),
    "orders": Maps(orders, (Customer, Order, OrderLine, Voucher)),
    "refunds": Maps(refunds, (OrderLine,)),
    "abandoned_checkouts": Maps(abandoned_checkouts, (Basket,)),
    "products": Maps(products, (Product,)),
    "product_variants": Maps(product_variants, (Product, Price)),
    "inventory_levels": Maps(inventory_levels, (Stock,)),
    "locations": Maps(locations, (Store,)),
    "discounts": Maps(discounts, (Voucher,)),
}
