"""Articles, what of them is where, and where that is."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from plugins.sandbox.retailer import Address
from plugins.sandbox.shopify.connections import Connection, connect
from plugins.sandbox.shopify.metafields import Record
from plugins.sandbox.shopify.names import amount, gid

COUNTED = ("available", "on_hand", "committed", "incoming")


@dataclass(eq=False)
class Location(Record):
    """A shop, or the store room of the webshop."""

    typename: ClassVar[str] = "Location"
    name: str
    at: Address | None = None
    is_active: bool = True

    @property
    def fulfills_online_orders(self) -> bool:
        """Only the store room sends."""
        return self.at is None

    @property
    def address(self) -> dict[str, Any]:
        """Where it is."""
        if self.at is None:
            return {"countryCode": "BE"}
        street = f"{self.at.street} {self.at.house_number}"
        return {"address1": street, "zip": self.at.postcode, "city": self.at.city, "countryCode": self.at.country}


@dataclass(eq=False)
class InventoryLevel(Record):
    """What of an item is at one location."""

    typename: ClassVar[str] = "InventoryLevel"
    item: InventoryItem
    location: Location
    available: int
    is_active: bool = True

    def quantities(self, names: list[str]) -> list[dict[str, Any]]:
        """Return the counts asked for."""
        held = {"available": self.available, "on_hand": self.available, "committed": 0, "incoming": 0}
        return [
            {
                "id": f"{gid('InventoryQuantity', self.serial)}?name={name}",
                "name": name,
                "quantity": held[name],
                "updatedAt": self.updated_at,
            }
            for name in names
            if name in held
        ]


@dataclass(eq=False)
class InventoryItem(Record):
    """What is counted of a variant."""

    typename: ClassVar[str] = "InventoryItem"
    variant: ProductVariant
    levels: dict[int, InventoryLevel] = field(default_factory=dict)
    """By the number of the location."""
    tracked: bool = True

    @property
    def sku(self) -> str:
        """The number of the article."""
        return self.variant.sku

    def inventory_level(self, location_id: str) -> InventoryLevel | None:
        """Return what is at one location."""
        return self.levels.get(int(location_id.rpartition("/")[2]))

    def inventory_levels(self, **page: Any) -> Connection:
        """Return what is at each location."""
        return connect(self.levels.values(), **page)


@dataclass(eq=False)
class Product(Record):
    """An article in all its sizes."""

    typename: ClassVar[str] = "Product"
    title: str
    vendor: str
    product_type: str
    description_html: str
    handle: str
    tags: list[str] = field(default_factory=list)
    status: str = "ACTIVE"
    sizes: list[ProductVariant] = field(default_factory=list)

    @property
    def published_at(self) -> datetime:
        """When it was first for sale."""
        return self.created_at

    @property
    def online_store_url(self) -> str:
        """Its page."""
        return f"https://wandelwind-be.example/products/{self.handle}"

    @property
    def total_inventory(self) -> int:
        """What there is of all sizes."""
        return sum(variant.inventory_quantity for variant in self.sizes)

    def variants(self, **page: Any) -> Connection:
        """Return the sizes."""
        return connect(self.sizes, key=lambda variant: variant.position, **page)


@dataclass(eq=False)
class ProductVariant(Record):
    """One sellable article."""

    typename: ClassVar[str] = "ProductVariant"
    product: Product
    sku: str
    barcode: str | None
    size: str
    price_cents: int
    standard_cents: int | None
    """The price before a promotion."""
    position: int
    item: InventoryItem | None = None
    taxable: bool = True

    @property
    def title(self) -> str:
        """The size; the vendor's own words where there is only one."""
        return self.size or "Default Title"

    @property
    def display_name(self) -> str:
        """Title and size."""
        return f"{self.product.title} - {self.title}"

    @property
    def price(self) -> str:
        """What it costs now."""
        return amount(self.price_cents)

    @property
    def compare_at_price(self) -> str | None:
        """What it cost before."""
        return amount(self.standard_cents) if self.standard_cents else None

    @property
    def selected_options(self) -> list[dict[str, str]]:
        """The choices."""
        return [{"name": "Maat" if self.size else "Title", "value": self.title}]

    @property
    def inventory_item(self) -> InventoryItem | None:
        """What is counted of it."""
        return self.item

    @property
    def inventory_quantity(self) -> int:
        """What there is at all locations."""
        return sum(level.available for level in self.item.levels.values()) if self.item else 0
