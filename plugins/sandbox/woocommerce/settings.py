"""The small resources: currency, categories, brands."""

from __future__ import annotations

from werkzeug.wrappers import Request, Response

from plugins.sandbox.retailer import CURRENCY
from plugins.sandbox.stand_in import route
from plugins.sandbox.woocommerce.auth import shop_url
from plugins.sandbox.woocommerce.listing import PAGING, Table, ordering, page, select
from plugins.sandbox.woocommerce.params import Param, Row, check_body, read_body, read_query
from plugins.sandbox.woocommerce.shop import V3, Shop, links, slug

TERM_ORDERS = ("id", "include", "name", "slug", "term_group", "description", "count")
TERM_QUERY = {**PAGING, **ordering("asc", "name", *TERM_ORDERS), "slug": Param(), "parent": Param("integer")}
TERM_BODY = {"name": Param(), "slug": Param(), "parent": Param("integer"), "description": Param()}
CURRENCY_HINT = (
    "This controls what currency prices are listed at in the catalog and which currency gateways will take payments in."
)


class Settings(Shop):
    """What the shop is set to, and how its products are grouped."""

    @route(f"{V3}/data/currencies/current")
    def current_currency(self, request: Request) -> Response:
        money = {"code": CURRENCY, "name": "Euro", "symbol": "&euro;"}
        return self.shown(request, {**money, "_links": links(shop_url(request), "data/currencies", CURRENCY)})

    @route(f"{V3}/settings/general/woocommerce_currency")
    def currency_setting(self, request: Request) -> Response:
        setting = {
            "id": "woocommerce_currency",
            "label": "Currency",
            "description": CURRENCY_HINT,
            "type": "select",
            "default": "USD",
            "tip": CURRENCY_HINT,
            "value": CURRENCY,
            "group_id": "general",
        }
        return self.shown(request, {**setting, "_links": links(shop_url(request), "settings/general", setting["id"])})

    @route(f"{V3}/products/categories")
    def list_categories(self, request: Request) -> Response:
        return self._terms(request, self.categories, "products/categories")

    @route(f"{V3}/products/brands")
    def list_brands(self, request: Request) -> Response:
        return self._terms(request, self.brands, "products/brands")

    @route(f"{V3}/products/categories", "POST")
    def create_category(self, request: Request) -> Response:
        sent = check_body(read_body(request), TERM_BODY, ("name",))
        row = self.categories.put(blank_term(self.new_id("terms"), sent["name"]) | sent)
        shown = {**row, "_links": links(shop_url(request), "products/categories", row["id"])}
        return self.made(request, shown, "products/categories")

    def _terms(self, request: Request, table: Table, path: str) -> Response:
        query = read_query(request, TERM_QUERY)
        by = query["orderby"] if query["orderby"] in ("name", "slug", "count", "description") else "id"
        rows = select(table.sorted(by, query["order"], lambda row: row[by]), query)
        rows = [row for row in rows if query["slug"] in (None, row["slug"])]
        base, counts = shop_url(request), self._counts()
        return page(
            request,
            rows,
            query,
            lambda row: {**row, "count": counts.get(row["id"], 0), "_links": links(base, path, row["id"])},
        )

    def _counts(self) -> dict[int, int]:
        counts: dict[int, int] = {}
        for product in self.products.rows.values():
            for term in (*product["categories"], *product["brands"]):
                counts[term["id"]] = counts.get(term["id"], 0) + 1
        return counts


def blank_term(number: int, name: str) -> Row:
    """Return a category or a brand."""
    more: Row = {"description": "", "display": "default", "image": None, "menu_order": 0, "count": 0}
    return {"id": number, "name": name, "slug": slug(name), "parent": 0, **more}
