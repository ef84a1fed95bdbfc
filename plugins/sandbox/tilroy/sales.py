"""Tilroy's sale service: receipts of tills and webshops, by cursor, by customer and as exported."""

from __future__ import annotations

from datetime import date

from werkzeug.wrappers import Request, Response

from plugins.sandbox.retailer import TillSale
from plugins.sandbox.stand_in import route
from plugins.sandbox.tilroy import sale_forms
from plugins.sandbox.tilroy.answers import (
    DEFAULT_COUNT,
    LARGEST_COUNT,
    MISSING,
    Json,
    answer,
    bad_request,
    cursor,
    exported_since,
    last_id,
    moment,
    not_found,
    page,
    whole_number,
)
from plugins.sandbox.tilroy.customers import Customers
from plugins.sandbox.tilroy.sale_log import SaleLog

ROOT = "/saleapi/production"


class Sales(Customers):
    """Lists receipts; `/sales` by page only for one customer, by `lastId` for all."""

    def seed(self) -> None:
        """Open the log of receipts."""
        super().seed()
        self.sales = SaleLog(self.retailer.till_sales, getattr(self.retailer, "till_sales_by_id", None))

    def buyer(self, sale: TillSale) -> Json:
        """Return what a receipt says of its customer; nothing of a deleted one."""
        member = self.customers.get(sale.customer_id) if sale.customer_id else None
        if member is None and sale.customer_id:
            return {"customer": sale_forms.NOBODY, "customerCode": "", "customerEmail": "", "customerCard": MISSING}
        till = member.till if member else None
        return {
            "customer": {"idTilroy": str(till.id), "idSource": till.source_id} if till else sale_forms.NOBODY,
            "customerCode": till.code if till else "",
            "customerEmail": sale.email,
            "customerCard": sale.card or MISSING,
        }

    def wide(self, sale: TillSale) -> Json:
        """Return a receipt as `/sales` shows it."""
        return sale_forms.wide(sale, self)

    @route(f"{ROOT}/sales")
    def answer_sales(self, request: Request) -> Response:
        """List receipts after `lastId`, or one customer's by page."""
        start, days = last_id(request), _days(request)
        if start is None:
            return self._of_customer(request, days)
        if start and not start.isdecimal():
            raise bad_request("lastId is not valid")
        count = whole_number(request, "count", DEFAULT_COUNT, LARGEST_COUNT)
        if _names_customer(request):
            mine = [sale for sale in self._mine(request, days) if sale.id > int(start or 0)]
            return cursor(request, [self.wide(sale) for sale in mine[:count]], count, "idTilroySale")
        rows = self.sales.of_days(int(start or 0), *days, count)
        return cursor(request, [self.wide(sale) for sale in rows], count, "idTilroySale")

    def _of_customer(self, request: Request, days: tuple[date | None, date | None]) -> Response:
        if not _names_customer(request):
            raise bad_request("customerSourceId or customerTilroyId is required when using page-based pagination")
        return page(request, self._mine(request, days), self.wide)

    def _mine(self, request: Request, days: tuple[date | None, date | None]) -> list[TillSale]:
        tilroy_id = request.args.get("customerTilroyId", "")
        source = request.args.get("customerSourceId") or request.args.get("customer", "")
        member = self.customers.get(int(tilroy_id)) if tilroy_id.isdecimal() else None
        found = [member] if member else self.customers.find("sourceId", source)
        if not found:
            return []
        first, last = days
        rows = self.sales.of_customer(found[0].till.id)
        if number := request.args.get("orderNumber"):
            rows = [sale for sale in rows if sale.order_number == number]
        return [sale for sale in rows if not (first and last) or first <= sale.sold_at.date() <= last]

    @route(f"{ROOT}/sales/<sale>")
    def answer_sale(self, request: Request, sale: str) -> Response:
        """Return one receipt."""
        found = self.sales.get(int(sale)) if sale.isascii() and sale.isdecimal() else None
        if found is None:
            raise not_found("Sale")
        return answer(request, self.wide(found))

    @route(f"{ROOT}/export/sales")
    def answer_sale_export(self, request: Request) -> Response:
        """Export receipts from a moment on."""
        return page(request, self.sales.since(exported_since(request)), lambda sale: sale_forms.exported(sale, self))


def _names_customer(request: Request) -> bool:
    return any(request.args.get(name) for name in ("customer", "customerSourceId", "customerTilroyId"))


def _days(request: Request) -> tuple[date | None, date | None]:
    first, last = moment(request, "dateFrom"), moment(request, "dateTo")
    if (first is None) != (last is None):
        raise bad_request("dateFrom must be accompanied by dateTo")
    return first.date() if first else None, last.date() if last else None
