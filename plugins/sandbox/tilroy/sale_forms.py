"""A receipt in Tilroy's two forms: as exported, and the wider one of `/sales` with its totals."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Protocol

from plugins.sandbox.retailer import CURRENCY, Article, Shop, TillLine, TillSale
from plugins.sandbox.tilroy.answers import MISSING, Json, money, utc

NO_DISCOUNT, PERCENT, AMOUNT, PROMO = 0, 1, 2, 3
CURRENCY_NUMBER = 1
NOBODY: Json = {"idTilroy": "", "idSource": ""}


class Books(Protocol):
    """Where a receipt finds the names of what it mentions."""

    @property
    def shops(self) -> Mapping[int, Shop]: ...
    @property
    def articles(self) -> Mapping[int, Article]: ...
    def buyer(self, sale: TillSale) -> Json:
        """Return what a receipt says of its customer."""
        ...


def exported(sale: TillSale, books: Books) -> Json:
    """Return the form of `/export/sales`."""
    return {
        **_head(sale, books),
        "currency": CURRENCY,
        "lines": [_line(line, books.articles.get(line.sku_id)) for line in sale.lines],
        "dateExported": utc(sale.exported_at),
    }


def wide(sale: TillSale, books: Books) -> Json:
    """Return the form of `/sales`: line totals, document totals, EAN, colour and size."""
    paid = sum(line.total_cents for line in sale.lines)
    standard = sum(line.standard_cents * line.quantity for line in sale.lines)
    return {
        **_head(sale, books),
        "id": str(sale.id),
        "currency": CURRENCY_NUMBER,
        "currencyData": {"idTilroy": str(CURRENCY_NUMBER), "code": CURRENCY, "sign": "€"},
        "externalReference": sale.external_reference,
        "anonymous": sale.customer_id is None,
        "isReturn": bool(sale.lines) and all(line.quantity < 0 for line in sale.lines),
        "totalAmountStandard": money(standard),
        "totalAmountSell": money(paid),
        "totalAmountDiscount": money(standard - paid),
        "totalAmountPaid": money(paid),
        "lines": [_wide_line(line, books.articles.get(line.sku_id)) for line in sale.lines],
    }


def _head(sale: TillSale, books: Books) -> Json:
    shop = books.shops.get(sale.shop_id)
    return {
        "idTilroySale": str(sale.id),
        "type": "N",
        "status": "N",
        "saleDate": sale.sold_at.strftime("%Y-%m-%dT%H:%M:%S.000"),
        "timestamp": utc(sale.sold_at),
        "shop": _shop(shop) if shop else {"idTilroy": str(sale.shop_id)},
        "till": {"idTilroy": str(sale.shop_id * 10 + 1), "idSource": MISSING, "number": 1},
        **books.buyer(sale),
        "channel": {"idChannel": "2" if sale.channel == "ECOM" else "1", "code": sale.channel, "descriptions": []},
        "isVatInclusive": True,
        "orderNumber": sale.order_number,
        "payments": _payments(sale),
        "vouchers": _vouchers(sale),
        "vat": _vat(sale),
    }


def _shop(shop: Shop) -> Json:
    country = shop.address.country if shop.address else ""
    number = shop.number
    return {
        "idTilroy": str(shop.id),
        "idSource": f"S{number}",
        "number": number,
        "name": shop.name,
        "country": country,
    }


def _line(line: TillLine, article: Article | None) -> Json:
    discount, kind = _discount(line)
    return {
        "idTilroySaleLine": str(line.id),
        "lineNumber": line.number,
        "type": "N",
        "code": line.code or (article.product_code if article else ""),
        "description": line.description or (article.name if article else ""),
        "quantity": line.quantity,
        "quantityNet": line.quantity,
        "sellPrice": money(line.unit_cents),
        "standardPrice": money(line.standard_cents),
        "promoPrice": money(line.unit_cents) if line.unit_cents < line.standard_cents else None,
        "discount": discount,
        "discountType": kind,
        "vatPercentage": line.vat_percent,
        "idSaleLineReturned": str(line.returns_line) if line.returns_line else "",
        "returnReason": {"code": "R", "descriptions": []} if line.returns_line else {},
        "sku": {"idTilroy": str(line.sku_id), "idSource": article.sku if article else MISSING},
        "orderId": "",
        "orderLineId": "",
        "isAdvance": False,
    }


def _wide_line(line: TillLine, article: Article | None) -> Json:
    standard = line.standard_cents * line.quantity
    untaxed = round(line.total_cents * 100 / (100 + line.vat_percent))
    return {
        **_line(line, article),
        "quantityReturned": 0,
        "lineTotalStandard": money(standard),
        "lineTotalSell": money(line.total_cents),
        "lineTotalDiscount": money(standard - line.total_cents),
        "lineTotalVatExcl": money(untaxed),
        "lineTotalVat": money(line.total_cents - untaxed),
        "promotionName": line.coupon,
        "ean": (article.gtin if article else "") or MISSING,
        "colour": article.colour if article else "",
        "size": article.size if article else "",
    }


def _discount(line: TillLine) -> tuple[float, int]:
    if line.discount_cents:
        return money(line.discount_cents), AMOUNT
    return 0, PROMO if line.unit_cents < line.standard_cents else NO_DISCOUNT


def _payments(sale: TillSale) -> list[Json]:
    code = "ONLINE" if sale.channel == "ECOM" else "CARD"
    paid = sum(line.total_cents for line in sale.lines)
    return [
        {
            "idTilroySalePayment": str(sale.id),
            "amount": money(paid),
            "paymentType": {"code": code, "descriptions": []},
            "paymentReference": "",
        }
    ]


def _vouchers(sale: TillSale) -> list[Json]:
    return [{"voucher": code, "isUsed": True} for code in dict.fromkeys(sale.vouchers)]


def _vat(sale: TillSale) -> list[Json]:
    totals: defaultdict[int, int] = defaultdict(int)
    for line in sale.lines:
        totals[line.vat_percent] += line.total_cents
    return [_vat_row(percent, total) for percent, total in sorted(totals.items())]


def _vat_row(percent: int, total: int) -> Json:
    untaxed = round(total * 100 / (100 + percent))
    return {
        "vatPercentage": percent,
        "amountExVat": money(untaxed),
        "vatAmount": money(total - untaxed),
        "totalAmount": money(total),
    }
