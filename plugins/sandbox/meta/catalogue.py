"""The paths of the catalogue: products in batches that are applied later, one by one, and as a list."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar

from typing_extensions import override

from plugins.sandbox.meta.business import Business
from plugins.sandbox.meta.items import LONGEST_ID, Product, errors_of, warnings_of
from plugins.sandbox.meta.nodes import Connection, Node, digits, edge, names
from plugins.sandbox.meta.parameters import Parameters
from plugins.sandbox.meta.refusals import invalid, required, too_large

MOST_REQUESTS = 5000
METHODS = ("CREATE", "UPDATE", "DELETE")
Told = dict[str, Any]


@dataclass
class Catalogue(Node):
    """The product catalogue."""

    kind: ClassVar[str] = "ProductCatalog"
    callers: ClassVar[tuple[str, ...]] = ("system",)
    use: ClassVar[str] = "catalog_management"
    default: ClassVar[tuple[str, ...]] = ("name",)
    known: ClassVar[frozenset[str]] = names("id name product_count feed_count vertical is_catalog_segment")
    products: dict[str, Product] = field(default_factory=dict)
    """By the retailer's own id."""
    feeds: list[Node] = field(default_factory=list)

    def view(self, *, is_page: bool) -> Told:
        """Return how much is in it."""
        told = {"name": "Wandelwind", "vertical": "commerce", "is_catalog_segment": False}
        return {**told, "product_count": len(self.products), "feed_count": len(self.feeds)}


@dataclass
class ItemBatch:
    """Changes that were taken and wait to be applied."""

    handle: str
    at: datetime
    requests: list[tuple[int, Told]]
    allow_upsert: bool
    is_applied: bool = False
    errors: list[Told] = field(default_factory=list)
    warnings: list[Told] = field(default_factory=list)


@dataclass
class CataloguePaths(Business):
    """Answers `/{catalog}/items_batch`, `/{catalog}/check_batch_request_status` and `/{catalog}/products`."""

    catalog_id: str = field(default="990000000000001", kw_only=True)
    batch_seconds: float = field(default=2, kw_only=True)
    """How long a batch or a feed waits before it is applied."""
    most_bytes: int = field(default=28_000_000, kw_only=True)
    """How large a batch may be."""

    def seed(self) -> None:
        """Start with an empty catalogue."""
        super().seed()
        self.catalogue = self.add(Catalogue(self.catalog_id))
        self.batches: dict[str, ItemBatch] = {}
        self.made_products = 0

    @override
    def use_of(self, node: Node | None, name: str, method: str) -> str:
        return "catalog_batch" if name == "items_batch" else super().use_of(node, name, method)

    @override
    def settle(self) -> None:
        super().settle()
        for batch in self.batches.values():
            if not batch.is_applied and self.is_due(batch.at):
                self._apply(batch)

    def is_due(self, at: datetime) -> bool:
        """Tell whether what was sent then has been worked off."""
        return self.clock() >= at + timedelta(seconds=self.batch_seconds)

    @edge("ProductCatalog", "items_batch", "POST")
    def send_items(self, node: Catalogue, parameters: Parameters) -> Told:
        """Take changes for later; what is wrong with an item is said at once, and keeps only that item out."""
        if parameters.length > self.most_bytes:
            raise too_large()
        if parameters.required("item_type") != "PRODUCT_ITEM":
            raise invalid("Param item_type must be PRODUCT_ITEM")
        requests = parameters.structure("requests", list)
        if not requests:
            raise required("requests")
        if len(requests) > MOST_REQUESTS:
            raise invalid(f"The number of requests ({len(requests)}) exceeds the limit of {MOST_REQUESTS}")
        for each in requests:
            _check_request(each)
        status = {at: told for at, each in enumerate(requests) if (told := self._status(each))}
        good = [(at, each) for at, each in enumerate(requests) if not status.get(at, {}).get("errors")]
        handles = [self._waiting(good, parameters)] if good else []
        return {"handles": handles, "validation_status": list(status.values())}

    def _status(self, request: Told) -> Told:
        data = request["data"]
        if request["method"] == "DELETE":
            return {}
        held = self.catalogue.products.get(data["id"])
        errors, warnings = errors_of(data, held.sent if held else {}), warnings_of(data)
        told = {"errors": [{"message": each} for each in errors], "warnings": [{"message": each} for each in warnings]}
        return {"retailer_id": data["id"], **told} if errors or warnings else {}

    def _waiting(self, requests: list[tuple[int, Told]], parameters: Parameters) -> str:
        handle = f"Ac{digits(f'batch {len(self.batches) + 1}', 18)}"
        self.batches[handle] = ItemBatch(handle, self.clock(), requests, parameters.flag("allow_upsert", default=True))
        return handle

    def _apply(self, batch: ItemBatch) -> None:
        batch.is_applied = True
        for line, request in batch.requests:
            key = request["data"]["id"]
            is_there = key in self.catalogue.products
            if request["method"] == "DELETE":
                if not is_there:
                    batch.warnings.append({"line": line, "id": key, "message": "The product does not exist"})
                self.drop(key)
            elif request["method"] == "UPDATE" and not is_there and not batch.allow_upsert:
                batch.errors.append({"line": line, "id": key, "message": "The product does not exist"})
            else:
                self.put(key, request["data"])

    def put(self, key: str, data: Told, feed_id: str = "") -> Product:
        """Create a product, or change what is said of it; an empty value takes back what was said before."""
        product = self.catalogue.products.get(key)
        if product is None:
            self.made_products += 1
            product = self.add(Product(digits(f"product {self.made_products}", 16), key))
            self.catalogue.products[key] = product
        product.sent = {name: value for name, value in {**product.sent, **data}.items() if value not in ("", [])}
        product.feed_id = feed_id or product.feed_id
        return product

    def drop(self, key: str) -> None:
        """Remove a product, if it is there."""
        if product := self.catalogue.products.pop(key, None):
            self.remove(product)

    @edge("ProductCatalog", "check_batch_request_status")
    def check_batch(self, node: Catalogue, parameters: Parameters) -> Connection:
        """Tell how far a batch is."""
        batch = self.batches.get(parameters.required("handle"))
        if batch is None:
            raise invalid("The handle is unknown")
        has_begun = self.clock() >= batch.at + timedelta(seconds=self.batch_seconds / 2)
        told: Told = {
            "handle": batch.handle,
            "status": "finished" if batch.is_applied else "in_progress" if has_begun else "started",
            "errors": batch.errors,
            "errors_total_count": len(batch.errors),
            "warnings": batch.warnings,
            "warnings_total_count": len(batch.warnings),
        }
        if parameters.flag("load_ids_of_invalid_requests"):
            told["ids_of_invalid_requests"] = [each["id"] for each in batch.errors]
        return Connection([told], is_paged=False)

    @edge("ProductCatalog", "products")
    def list_products(self, node: Catalogue, parameters: Parameters) -> Connection:
        """List the products, or those with some ids of the retailer."""
        rule = parameters.structure("filter", dict, {})
        return Connection([each for each in node.products.values() if _fits(rule, each)])

    @edge("ProductCatalog", "products", "POST")
    def create_product(self, node: Catalogue, parameters: Parameters) -> dict[str, str]:
        """Create one product at once; its price is a whole number of minor units."""
        price, key = parameters.whole("price", 0), parameters.required("retailer_id")
        data = {name: parameters.text(name) for name in ("description", "availability", "condition", "brand", "gtin")}
        data |= {"id": key, "title": parameters.required("name"), "link": parameters.text("url")}
        data |= {"image_link": parameters.text("image_url")}
        data["price"] = f"{price // 100}.{price % 100:02d} {parameters.required('currency')}"
        data["condition"] = data["condition"] or "new"
        if errors := errors_of(data, {}):
            raise invalid("; ".join(errors))
        return {"id": self.put(key, {name: value for name, value in data.items() if value}).id}

    @edge("ProductItem", "", "DELETE")
    def delete_product(self, node: Product, parameters: Parameters) -> dict[str, bool]:
        """Remove one product at once."""
        self.drop(node.retailer_id)
        return {"success": True}


def _check_request(request: Any) -> None:
    told = request if isinstance(request, dict) else {}
    data = told.get("data")
    if told.get("method") not in METHODS or not isinstance(data, dict):
        raise invalid("Every request must have a method (CREATE, UPDATE, DELETE) and data")
    if not isinstance(data.get("id"), str) or not 0 < len(data["id"]) <= LONGEST_ID:
        raise invalid("Every request must have the id of the item, of at most 100 characters")


def _fits(rule: Told, product: Product) -> bool:
    if set(rule) - {"retailer_id"}:
        raise invalid("Param filter may name retailer_id only")
    wanted = rule.get("retailer_id", {})
    allowed = wanted.get("is_any") or ([wanted["eq"]] if "eq" in wanted else None)
    return allowed is None or product.retailer_id in allowed
