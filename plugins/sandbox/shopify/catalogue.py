"""Reading articles, stock and locations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from plugins.sandbox.shopify.account import Account
from plugins.sandbox.shopify.connections import Connection, Key, by_number

DATES: Mapping[str, Key] = {
    "id": lambda row: row.serial,
    "created_at": lambda row: row.created_at,
    "updated_at": lambda row: row.updated_at,
}
PRODUCT_FILTERS: Mapping[str, Key] = {
    **DATES,
    "default": lambda product: f"{product.title} {product.vendor} {product.product_type}",
    "published_at": lambda product: product.published_at,
    "status": lambda product: product.status,
    "title": lambda product: product.title,
    "handle": lambda product: product.handle,
    "vendor": lambda product: product.vendor,
    "product_type": lambda product: product.product_type,
    "tag": lambda product: product.tags,
    "sku": lambda product: [variant.sku for variant in product.sizes],
    "barcode": lambda product: [variant.barcode for variant in product.sizes],
}
VARIANT_FILTERS: Mapping[str, Key] = {
    "id": lambda variant: variant.serial,
    "default": lambda variant: f"{variant.display_name} {variant.sku}",
    "updated_at": lambda variant: variant.updated_at,
    "sku": lambda variant: variant.sku,
    "barcode": lambda variant: variant.barcode,
    "title": lambda variant: variant.title,
    "product_id": lambda variant: variant.product.serial,
    "product_status": lambda variant: variant.product.status,
    "vendor": lambda variant: variant.product.vendor,
}
ITEM_FILTERS: Mapping[str, Key] = {**DATES, "default": lambda item: item.sku, "sku": lambda item: item.sku}
LOCATION_FILTERS: Mapping[str, Key] = {**DATES, "default": lambda each: each.name, "name": lambda each: each.name}
PRODUCT_SORTS: Mapping[str, Key] = {
    "CREATED_AT": lambda product: product.created_at,
    "UPDATED_AT": lambda product: product.updated_at,
    "PUBLISHED_AT": lambda product: product.published_at,
    "TITLE": lambda product: product.title,
    "VENDOR": lambda product: product.vendor,
    "PRODUCT_TYPE": lambda product: product.product_type,
    "INVENTORY_TOTAL": lambda product: product.total_inventory,
}
VARIANT_SORTS: Mapping[str, Key] = {
    "SKU": lambda variant: variant.sku,
    "TITLE": lambda variant: variant.title,
    "NAME": lambda variant: variant.display_name,
    "FULL_TITLE": lambda variant: variant.display_name,
    "POSITION": lambda variant: variant.position,
    "INVENTORY_QUANTITY": lambda variant: variant.inventory_quantity,
}


class CatalogueQueries(Account):
    """Lists and finds articles, stock and locations."""

    def query_product(self, id: str) -> Any:
        """Find an article."""
        return self.found("Product", id)

    def query_products(self, sort_key: str, **page: Any) -> Connection:
        """List the articles."""
        return self.listed(self.of_kind("Product"), PRODUCT_FILTERS, key=PRODUCT_SORTS.get(sort_key, by_number), **page)

    def query_product_variant(self, id: str) -> Any:
        """Find a size."""
        return self.found("ProductVariant", id)

    def query_product_variants(self, sort_key: str, **page: Any) -> Connection:
        """List the sizes."""
        key = VARIANT_SORTS.get(sort_key, by_number)
        return self.listed(self.of_kind("ProductVariant"), VARIANT_FILTERS, key=key, **page)

    def query_inventory_item(self, id: str) -> Any:
        """Find what is counted of a size."""
        return self.found("InventoryItem", id)

    def query_inventory_items(self, **page: Any) -> Connection:
        """List what is counted, in order of id: there is no other."""
        return self.listed(self.of_kind("InventoryItem"), ITEM_FILTERS, **page)

    def query_inventory_level(self, id: str) -> Any:
        """Find what of an item is at one location."""
        return self.found("InventoryLevel", id)

    def query_location(self, id: str | None = None) -> Any:
        """Find a location; without an id, the first one."""
        return self.found("Location", id) if id else next(iter(self.of_kind("Location")), None)

    def query_locations(self, sort_key: str, include_inactive: bool, **page: Any) -> Connection:
        """List the locations, those that are closed only when asked for."""
        rows = [each for each in self.of_kind("Location") if each.is_active or include_inactive]
        key: Key = (lambda each: each.name) if sort_key == "NAME" else by_number
        return self.listed(rows, LOCATION_FILTERS, key=key, **page)
