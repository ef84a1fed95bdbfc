"""What WooCommerce's streams (REST API wc/v3) mean."""

from __future__ import annotations

from mappers.canonical.reading import Maps
from mappers.canonical.woocommerce.catalogue import coupons, products
from mappers.canonical.woocommerce.orders import orders, refunds
from mappers.canonical.woocommerce.people import customers
from plugins.store.entities import Basket, Consent, Customer, Order, OrderLine, Price, Product, Stock, Voucher

STREAMS = {
    "customers": Maps(customers, (Customer, Consent)),
    "orders": Maps(orders, (Customer, Basket, Order, OrderLine, Voucher, Consent)),
    "refunds": Maps(refunds, (OrderLine,)),
    "products": Maps(products, (Product, Price, Stock)),
    "product_variations": Maps(products, (Product, Price, Stock)),
    "coupons": Maps(coupons, (Voucher,)),
}
