"""A small retailer with one of everything the shop can hold."""

from __future__ import annotations

from datetime import UTC, date, datetime

from plugins.sandbox.retailer import (
    Address,
    Article,
    EmptyRetailer,
    WebAccount,
    WebCoupon,
    WebLine,
    WebOrder,
    WebRefund,
)

HOME = Address("Kerkstraat", "12", "3511 AB", "Utrecht", "NL")
LAST_YEAR = datetime(2025, 12, 1, 23, 30, tzinfo=UTC)
ARTICLES = (
    Article(1, "JAS-1", 1, "JAS", "Regenjas", "Noordzee", "Jassen", 8995, "8711234567895", promo_cents=6995),
    Article(2, "TRUI-S", 2, "TRUI", "Trui", "Noordzee", "Truien", 5900, size="S", stock=((1, 4), (900, 3))),
    Article(3, "TRUI-M", 2, "TRUI", "Trui", "Noordzee", "Truien", 5900, size="M", stock=((1, 4),)),
    Article(4, "KRANT", 9, "KRANT", "Krant", "", "", 250, is_online=False),
)
LINES = (WebLine(501, 1, 2, 6995, 12591), WebLine(502, 3, 1, 5900, 5900), WebLine(503, 4, 1, 250, 250, vat_percent=9))
REFUND = WebRefund(77, datetime(2026, 1, 3, tzinfo=UTC), 5900, "te klein", ((502, 1, 5900),))
ORDER = WebOrder(
    id=70,
    account_id=5,
    created_at=LAST_YEAR,
    modified_at=datetime(2026, 1, 3, tzinfo=UTC),
    status="completed",
    email="sanne@example.nl",
    first_name="Sanne",
    last_name="Bakker",
    address=HOME,
    lines=LINES,
    coupon_codes=("WELKOM10",),
    shipping_cents=495,
    refunds=(REFUND,),
    meta=(("utm_source", "mail"),),
)
GUEST = WebOrder(
    id=71,
    account_id=0,
    created_at=LAST_YEAR,
    modified_at=LAST_YEAR,
    status="processing",
    email="gast@example.nl",
    first_name="Gast",
    last_name="Klant",
    address=HOME,
    lines=(WebLine(504, 1, 1, 6995, 6995),),
)
SMALL = EmptyRetailer(
    anchor=datetime(2026, 1, 10, tzinfo=UTC),
    articles=ARTICLES,
    web_accounts=(
        WebAccount(5, "sanne@example.nl", LAST_YEAR, LAST_YEAR, "Sanne", "Bakker", address=HOME, meta=(("opt", "1"),)),
        WebAccount(6, "anna@example.nl", LAST_YEAR, LAST_YEAR),
    ),
    web_orders=(ORDER, GUEST),
    web_coupons=(
        WebCoupon(60, "WELKOM10", "percent", "10", LAST_YEAR, LAST_YEAR, emails=("sanne@example.nl",)),
        WebCoupon(61, "oud", "fixed_cart", "5", LAST_YEAR, LAST_YEAR, expires_on=date(2026, 1, 1)),
    ),
)
