"""Products and their variations."""

from __future__ import annotations

from werkzeug.wrappers import Request, Response

from plugins.sandbox.stand_in import act, route
from plugins.sandbox.woocommerce.answers import WooError
from plugins.sandbox.woocommerce.auth import shop_url
from plugins.sandbox.woocommerce.catalogue import (
    attribute_sent,
    blank_product,
    filtered,
    price,
    product_view,
    variation_view,
)
from plugins.sandbox.woocommerce.listing import DATED, ORDERBY, Table, order_key, ordering, page, select
from plugins.sandbox.woocommerce.money import cents
from plugins.sandbox.woocommerce.params import Param, Row, check_body, read_body, read_query
from plugins.sandbox.woocommerce.shop import EDITING, V3, slug
from plugins.sandbox.woocommerce.webhooks import Webhooks

STOCK = ("instock", "outofstock", "onbackorder")
STATUSES = ("any", "future", "trash", "draft", "pending", "private", "publish")
TYPES = ("simple", "grouped", "external", "variable")
MORE_ORDERS = ("popularity", "rating", "post__in", "price", "sales", "menu_order", "random")
FILTERS = {
    "status": Param(enum=STATUSES, default="any"),
    "sku": Param(),
    "stock_status": Param(enum=STOCK),
    "parent": Param("integers", default=()),
}
QUERY = {
    **DATED,
    **FILTERS,
    **ordering("desc", "date", *ORDERBY, *MORE_ORDERS),
    **{name: Param() for name in ("slug", "category", "brand")},
    "type": Param(enum=TYPES),
}
VARIATION_QUERY = {**DATED, **FILTERS, **ordering("desc", "date", *ORDERBY, "menu_order")}
STRINGS = ("name", "slug", "description", "short_description", "sku", "global_unique_id", "regular_price", "sale_price")
SHARED = {
    **{name: Param() for name in (*STRINGS, "tax_class", "weight")},
    **{name: Param("boolean") for name in ("featured", "virtual", "downloadable", "manage_stock")},
    **{name: Param("integer") for name in ("stock_quantity", "menu_order")},
    "stock_status": Param(enum=STOCK),
    "backorders": Param(enum=("no", "notify", "yes")),
    **{name: Param("array") for name in ("attributes", "meta_data")},
}
PRODUCT_STATUS = Param(enum=("draft", "pending", "private", "publish", "future", "auto-draft", "trash"))
BODY = {
    **SHARED,
    "type": Param(enum=TYPES),
    "status": PRODUCT_STATUS,
    "catalog_visibility": Param(enum=("visible", "catalog", "search", "hidden")),
    "categories": Param("array"),
    "brands": Param("array"),
}
VARIATION_BODY = {**SHARED, "status": Param(enum=("draft", "pending", "private", "publish"))}
VARIATIONS = f"{V3}/products/<int:parent_id>/variations"
PRODUCT_ID_PATTERN = r"products/(?P<product_id>[\d]+)/variations"  # the shop prints its own pattern in Location


class Products(Webhooks):
    """`/products` and `/products/{id}/variations`; both live in one table, as they do in WordPress."""

    @route(f"{V3}/products")
    def list_products(self, request: Request) -> Response:
        query = read_query(request, QUERY)
        rows = filtered(
            query,
            self.zone,
            [row for row in self._ordered(query, turns_ties=False) if query["sku"] or not row["parent_id"]],
        )
        for kind, table in (("category", "categories"), ("brand", "brands")):
            if wanted := set((query[kind] or "").split(",")) - {""}:
                rows = [row for row in rows if wanted & {str(each["id"]) for each in row[table]}]
        for name in ("type", "slug"):
            if query[name]:
                rows = [row for row in rows if row[name] == query[name]]
        return page(request, rows, query, lambda row: self.product_view(row, shop_url(request), is_edited=False))

    @route(VARIATIONS)
    def list_variations(self, request: Request, parent_id: int) -> Response:
        parent, query = self.product(parent_id), read_query(request, VARIATION_QUERY)
        rows = filtered(
            query, self.zone, [row for row in self._ordered(query, turns_ties=True) if row["parent_id"] == parent_id]
        )
        return page(request, rows, query, lambda row: variation_view(row, parent, shop_url(request), is_edited=False))

    @route(f"{V3}/products", "POST")
    def create_product(self, request: Request) -> Response:
        row = self.add_product(read_body(request))
        return self.made(request, self.product_view(row, shop_url(request)), "products")

    @route(VARIATIONS, "POST")
    def create_variation(self, request: Request, parent_id: int) -> Response:
        row = self.add_variation(self.product(parent_id), read_body(request))
        return self.made(request, self._variation_view(row, shop_url(request)), PRODUCT_ID_PATTERN)

    @route(f"{V3}/products/<int:number>")
    def show_product(self, request: Request, number: int) -> Response:
        return self.shown(request, self.product_view(self.product(number), shop_url(request), is_edited=False))

    @route(f"{VARIATIONS}/<int:number>")
    def show_variation(self, request: Request, parent_id: int, number: int) -> Response:
        return self.shown(
            request, self._variation_view(self.variation(parent_id, number), shop_url(request), is_edited=False)
        )

    @route(f"{V3}/products/<int:number>", *EDITING)
    def update_product(self, request: Request, number: int) -> Response:
        row = self.change_product(self._whole(number), read_body(request))
        return self.shown(request, self.product_view(row, shop_url(request)))

    @route(f"{VARIATIONS}/<int:number>", *EDITING)
    def update_variation(self, request: Request, parent_id: int, number: int) -> Response:
        row = self.change_product(self.variation(parent_id, number), read_body(request))
        return self.shown(request, self._variation_view(row, shop_url(request)))

    @route(f"{V3}/products/<int:number>", "DELETE")
    def delete_product(self, request: Request, number: int) -> Response:
        shown = self.product_view(self.product(number), shop_url(request))
        self._remove_product(number, check_body(read_body(request), {"force": Param("boolean")}).get("force", False))
        return self.shown(request, shown)

    @route(f"{VARIATIONS}/<int:number>", "DELETE")
    def delete_variation(self, request: Request, parent_id: int, number: int) -> Response:
        shown = self._variation_view(self.variation(parent_id, number), shop_url(request))
        self._remove_product(number, check_body(read_body(request), {"force": Param("boolean")}).get("force", False))
        return self.shown(request, shown)

    @route(f"{V3}/products/batch", *EDITING)
    def batch_products(self, request: Request) -> Response:
        base = shop_url(request)
        return self.batch(
            request,
            lambda body: self.product_view(self.add_product(body), base),
            lambda number, body: self.product_view(self.change_product(self._whole(number), body), base),
            lambda number: self._gone_for_good(self.product_view(self.product(number, 400), base)),
        )

    @route(f"{VARIATIONS}/batch", *EDITING)
    def batch_variations(self, request: Request, parent_id: int) -> Response:
        base, parent = shop_url(request), self.product(parent_id)
        return self.batch(
            request,
            lambda body: self._variation_view(self.add_variation(parent, body), base),
            lambda number, body: self._variation_view(
                self.change_product(self.variation(parent_id, number, 400), body), base
            ),
            lambda number: self._gone_for_good(self._variation_view(self.variation(parent_id, number, 400), base)),
        )

    def product(self, number: int, status: int = 404) -> Row:
        """Return the product or variation of that number, or refuse."""
        if number not in self.products.rows:
            raise WooError("woocommerce_rest_product_invalid_id", "Invalid ID.", status)
        return self.products.rows[number]

    def _whole(self, number: int) -> Row:
        """Return the product of that number to change it; a variation is changed at its product only."""
        row = self.product(number, 400)
        if row["parent_id"]:
            path = "/products/&lt;product_id&gt;/variations/&lt;id&gt;"
            told = f"To manipulate product variations you should use the {path} endpoint."
            raise WooError("woocommerce_rest_invalid_product_id", told, 404)
        return row

    def variation(self, parent_id: int, number: int, status: int = 404) -> Row:
        """Return a variation of a product, or refuse."""
        row = self.products.rows.get(number)
        if row is None or row["parent_id"] != parent_id:
            raise WooError("woocommerce_rest_product_variation_invalid_id", "Invalid ID.", status)
        return row

    def add_product(self, body: Row) -> Row:
        """Make a product; a sku that is taken is refused."""
        sent = check_body(body, BODY)
        self._free_sku(sent.get("sku", ""), 0)
        row = blank_product(self.new_id("posts"), sent.get("type", "simple"))
        self.stamp(row, "date_created", self.clock())
        row["categories"] = [self._term(self.categories, 15)]
        return self._told("created", self._fill_product(row, body))

    def add_variation(self, parent: Row, body: Row) -> Row:
        """Make a variation of a product."""
        self._free_sku(check_body(body, VARIATION_BODY).get("sku", ""), 0)
        row = blank_product(self.new_id("posts"), "variation", parent["id"])
        self.stamp(row, "date_created", self.clock())
        parent["variations"].append(row["id"])
        return self._fill_product(row, body)

    def change_product(self, row: Row, body: Row) -> Row:
        """Change the fields that were sent and leave the others."""
        return self._told("updated", self._fill_product(row, body))

    def _told(self, event: str, row: Row) -> Row:
        if not row["parent_id"]:
            self.happened(f"product.{event}", lambda base: self.product_view(row, base))
        return row

    def _fill_product(self, row: Row, body: Row) -> Row:
        sent = check_body(body, VARIATION_BODY if row["parent_id"] else BODY)
        self._free_sku(sent.get("sku", ""), row["id"])
        special = ("meta_data", "categories", "brands", "attributes")
        row.update({name: value for name, value in sent.items() if name not in special})
        for name, table in (("categories", self.categories), ("brands", self.brands)):
            if name in sent:
                row[name] = [self._term(table, int(each["id"])) for each in sent[name] if each.get("id")]
        if "attributes" in sent:
            row["attributes"] = [attribute_sent(each, place, row) for place, each in enumerate(sent["attributes"])]
        row["slug"] = row["slug"] or slug(row["name"])
        if row["parent_id"]:
            row["name"] = ", ".join(each["option"] for each in row["attributes"])
        self.merge_meta(row, sent.get("meta_data", []))
        self.touch(row)
        return self.products.put(row)

    def sell(self, row: Row, quantity: int) -> None:
        """Take pieces from stock, or put them back when negative; stock may go below nothing."""
        if row["manage_stock"]:
            row["stock_quantity"] = (row["stock_quantity"] or 0) - quantity
            self.touch(row)
            self.products.changed()

    def product_view(self, row: Row, base: str, is_edited: bool = True) -> Row:
        """Return a product as the API shows it."""
        children = [self.products.rows[number] for number in row["variations"]]
        return product_view(row, children, self.products.rows.get(row["parent_id"]), base, is_edited)

    def _variation_view(self, row: Row, base: str, is_edited: bool = True) -> Row:
        return variation_view(row, self.products.rows[row["parent_id"]], base, is_edited)

    def _ordered(self, query: Row, turns_ties: bool) -> list[Row]:
        by = query["orderby"]
        key = (lambda row: cents(price(row))) if by == "price" else order_key(by)
        return select(self.products.sorted(by, query["order"], key, turns_ties), query)

    def _free_sku(self, sku: str, own_id: int) -> None:
        taken = {row["sku"]: row["id"] for row in self.products.rows.values() if row["sku"]} if sku else {}
        if taken.get(sku, own_id) == own_id:
            return
        unique = next(name for count in range(1, len(taken) + 2) if (name := f"{sku}-{count}") not in taken)
        more = {"resource_id": taken[sku], "unique_sku": unique}
        raise WooError("product_invalid_sku", "Invalid or duplicated SKU.", **more)

    @staticmethod
    def _term(table: Table, number: int) -> Row:
        term = table.rows.get(number, {"id": number, "name": "", "slug": ""})
        return {name: term[name] for name in ("id", "name", "slug")}

    def _gone_for_good(self, shown: Row) -> Row:
        self._remove_product(shown["id"], for_good=True)
        return shown

    def _remove_product(self, number: int, for_good: bool) -> None:
        row = self.products.rows[number]
        if not row["parent_id"]:
            self.happened("product.deleted", lambda _: {"id": number})
        if not for_good:
            row["status"] = "trash"
            self.touch(row)
            self.products.changed()
            return
        for child in row["variations"]:
            self.products.drop(child)
        if parent := self.products.rows.get(row["parent_id"]):
            parent["variations"].remove(number)
        self.products.drop(number)

    @act
    def set_stock(self, sku: str, quantity: str) -> None:
        """Let a clerk count what lies on the shelf."""
        self.change_product(self.with_sku(sku), {"manage_stock": True, "stock_quantity": int(quantity)})

    @act
    def set_price(self, sku: str, regular: str, sale: str = "") -> None:
        """Let a clerk change a price."""
        self.change_product(self.with_sku(sku), {"regular_price": regular, "sale_price": sale})

    @act
    def trash_product(self, sku: str) -> None:
        """Let a clerk throw a product away."""
        self._remove_product(self.with_sku(sku)["id"], for_good=False)

    def with_sku(self, sku: str) -> Row:
        """Return what is sold under a sku."""
        for row in self.products.rows.values():
            if row["sku"] == sku:
                return row
        raise LookupError(f"no product with sku '{sku}'")
