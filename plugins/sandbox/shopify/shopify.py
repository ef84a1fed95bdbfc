"""Shopify's Admin GraphQL API as the sandbox plays it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from typing_extensions import override

from plugins.sandbox.retailer import CURRENCY
from plugins.sandbox.shopify.catalogue import CatalogueQueries
from plugins.sandbox.shopify.consents import ConsentMutations
from plugins.sandbox.shopify.credit import CreditPaths
from plugins.sandbox.shopify.happenings import Happenings
from plugins.sandbox.shopify.inventory import InventoryMutations
from plugins.sandbox.shopify.metafields import MetafieldMutations
from plugins.sandbox.shopify.names import gid
from plugins.sandbox.shopify.orders import OrderQueries
from plugins.sandbox.shopify.prices import PricePaths
from plugins.sandbox.shopify.tags import TagMutations
from plugins.sandbox.shopify.uploads import UploadPaths


@dataclass
class Shopify(
    ConsentMutations,
    CreditPaths,
    OrderQueries,
    CatalogueQueries,
    TagMutations,
    MetafieldMutations,
    InventoryMutations,
    PricePaths,
    UploadPaths,
    Happenings,
):
    """One webshop, filled from the retailer's second shop; strict where the vendor is."""

    def query_shop(self) -> dict[str, Any]:
        """Tell which shop this is."""
        names = {"id": gid("Shop", 1), "name": "Wandelwind België", "myshopifyDomain": self.shop}
        return {**names, "currencyCode": CURRENCY, "ianaTimezone": "Europe/Brussels"}

    @override
    def settings(self, url: str) -> dict[str, str]:
        told = {
            "API_URL": url,
            "SHOP": self.shop,
            "ACCESS_TOKEN": self.access_token,
            "WEBHOOK_SECRET": self.webhook_secret,
        }
        both = {f"{plugin}_SHOPIFY_{name}": value for plugin in ("TAP", "TARGET") for name, value in told.items()}
        sending = sorted(self.of_kind("Location"), key=lambda each: not each.fulfills_online_orders)
        counted = {"TARGET_SHOPIFY_LOCATION_ID": str(sending[0].serial)} if sending else {}
        return both | counted

    @override
    def truth(self) -> dict[str, str]:
        """Return the persons of the customers, by number, and of those behind orders (`guest:` and the number)."""
        orders = {f"guest:{each.id}": each.person for each in self.retailer.storefront_orders if each.person}
        return {**orders, **{str(each.id): each.person for each in self.retailer.storefront_customers if each.person}}

    @override
    def holding(self, key: str) -> dict[str, str] | None:
        customer = self.person_of(key)
        if customer is None:
            return None
        told = {"email": customer.by_email.state.lower(), "sms": customer.by_sms.state.lower()}
        credit = {f"credit_{each.currency}": each.balance["amount"] for each in customer.credit.values()}
        tags = {"tags": ", ".join(customer.tags)} if customer.tags else {}
        return {
            **told,
            **tags,
            **credit,
            **{f"{space}.{key}": each.value for (space, key), each in customer.kept.items()},
        }
