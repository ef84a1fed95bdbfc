"""The paths of a store's products and of their variants."""

from __future__ import annotations

from typing import Any

from werkzeug.wrappers import Request, Response

from plugins.sandbox.mailchimp.account import answer, empty, read_body
from plugins.sandbox.mailchimp.problems import FieldError, invalid
from plugins.sandbox.mailchimp.queries import Query
from plugins.sandbox.mailchimp.shapes import PRODUCT, VARIANT, need, read
from plugins.sandbox.mailchimp.store import found, free, refuse, show_variant
from plugins.sandbox.mailchimp.stores import STORES, StorePaths
from plugins.sandbox.stand_in import json_response, route

PRODUCTS = f"{STORES}/<store_id>/products"
VARIANTS = f"{PRODUCTS}/<product_id>/variants"


class ProductPaths(StorePaths):
    """Answers what is asked of the products of a store."""

    @route(PRODUCTS)
    def list_products(self, request: Request, store_id: str) -> Response:
        """List the products."""
        store = self.store(store_id)
        rows = list(store.products.values())
        shown = [store.show_product(each) for each in Query(request).page(rows)]
        return answer(request, {"store_id": store_id, "products": shown, "total_items": len(rows), "_links": []})

    @route(PRODUCTS, "POST")
    def add_product(self, request: Request, store_id: str) -> Response:
        """Make a product with at least one variant."""
        store, body = self.store(store_id), read(read_body(request), PRODUCT, ("id", "title", "variants"))
        free(store.products, body["id"], "product")
        variants: dict[str, Any] = {}
        self._vary(variants, body["variants"])
        made = store.products[body["id"]] = {**body, "variants": variants}
        return json_response(store.show_product(made))

    @route(f"{PRODUCTS}/<product_id>")
    def get_product(self, request: Request, store_id: str, product_id: str) -> Response:
        """Show one product."""
        store = self.store(store_id)
        return answer(request, store.show_product(found(store.products, product_id)))

    @route(f"{PRODUCTS}/<product_id>", "PATCH")
    def update_product(self, request: Request, store_id: str, product_id: str) -> Response:
        """Change a product; its variants that are not named stay as they are."""
        store, body = self.store(store_id), read(read_body(request), PRODUCT)
        product = found(store.products, product_id)
        variants = dict(product["variants"])
        self._vary(variants, body.pop("variants", []))
        product.update({**body, "id": product_id, "variants": variants})
        return json_response(store.show_product(product))

    @route(f"{PRODUCTS}/<product_id>", "DELETE")
    def delete_product(self, request: Request, store_id: str, product_id: str) -> Response:
        """Delete a product; orders keep their lines."""
        products = self.store(store_id).products
        found(products, product_id)
        del products[product_id]
        return empty()

    @route(VARIANTS)
    def list_variants(self, request: Request, store_id: str, product_id: str) -> Response:
        """List all variants of a product."""
        rows = list(found(self.store(store_id).products, product_id)["variants"].values())
        names = {"store_id": store_id, "product_id": product_id}
        shown = [show_variant(each) for each in Query(request).page(rows)]
        return answer(request, {**names, "variants": shown, "total_items": len(rows), "_links": []})

    @route(VARIANTS, "POST")
    def add_variant(self, request: Request, store_id: str, product_id: str) -> Response:
        """Add a variant to a product."""
        variants = found(self.store(store_id).products, product_id)["variants"]
        body = read(read_body(request), VARIANT, ("id", "title"))
        free(variants, body["id"], "product variant")
        self._vary(variants, [body])
        return json_response(show_variant(variants[body["id"]]))

    @route(f"{VARIANTS}/<variant_id>")
    def get_variant(self, request: Request, store_id: str, product_id: str, variant_id: str) -> Response:
        """Show one variant."""
        variants = found(self.store(store_id).products, product_id)["variants"]
        return answer(request, show_variant(found(variants, variant_id)))

    @route(f"{VARIANTS}/<variant_id>", "PUT")
    def set_variant(self, request: Request, store_id: str, product_id: str, variant_id: str) -> Response:
        """Add or change a variant."""
        variants = found(self.store(store_id).products, product_id)["variants"]
        body = read(read_body(request), VARIANT, ("id", "title"))
        if body["id"] != variant_id:
            raise invalid(FieldError("id", "This value should be that of the path."))
        self._vary(variants, [body])
        return json_response(show_variant(variants[variant_id]))

    @route(f"{VARIANTS}/<variant_id>", "PATCH")
    def update_variant(self, request: Request, store_id: str, product_id: str, variant_id: str) -> Response:
        """Change a variant."""
        variants = found(self.store(store_id).products, product_id)["variants"]
        found(variants, variant_id)
        self._vary(variants, [{**read(read_body(request), VARIANT), "id": variant_id}])
        return json_response(show_variant(variants[variant_id]))

    @route(f"{VARIANTS}/<variant_id>", "DELETE")
    def delete_variant(self, request: Request, store_id: str, product_id: str, variant_id: str) -> Response:
        """Delete a variant; the last one stays, as every product has one."""
        variants = found(self.store(store_id).products, product_id)["variants"]
        found(variants, variant_id)
        if len(variants) == 1:
            refuse("At least one variant is required for each product.")
        del variants[variant_id]
        return empty()

    def _vary(self, variants: dict[str, Any], sent: list[dict[str, Any]]) -> None:
        """Write variants by their id; one that is new needs a title."""
        for place, each in enumerate(sent):
            key = each.get("id", "")
            need(each, ("id",) if key in variants else ("id", "title"), f"variants.item:{place}")
            held = variants.get(key, {"created_at": self.clock()})
            known = {name: value for name, value in each.items() if name in VARIANT}
            variants[key] = {**held, **known, "updated_at": self.clock()}
