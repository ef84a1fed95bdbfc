"""What the retailer sells and where: a dozen shops, a webshop, and an outdoor range in sizes and colours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import NamedTuple

from plugins.sandbox.retailer import Address, Article, Shop, WebCoupon

WEBSHOP = 900
SHOPS = [
    Shop(81, 101, "Wandelwind Amsterdam", Address("Korenmarkt", "14", "1012 KX", "Amsterdam", "NL")),
    Shop(82, 102, "Wandelwind Utrecht", Address("Nieuwe Gracht", "88", "3512 LN", "Utrecht", "NL")),
    Shop(83, 103, "Wandelwind Rotterdam", Address("Turfkade", "3", "3011 AB", "Rotterdam", "NL")),
    Shop(84, 104, "Wandelwind Eindhoven", Address("Stationsweg", "21", "5611 CD", "Eindhoven", "NL")),
    Shop(85, 105, "Wandelwind Zwolle", Address("Bleekveld", "7", "8011 EF", "Zwolle", "NL")),
    Shop(86, 106, "Wandelwind Groningen", Address("Oude Haven", "40", "9711 GH", "Groningen", "NL")),
    Shop(87, 107, "Wandelwind Nijmegen", Address("Molenweg", "2", "6511 JK", "Nijmegen", "NL")),
    Shop(91, 201, "Wandelwind Antwerpen", Address("Hopland", "31", "2000", "Antwerpen", "BE")),
    Shop(92, 202, "Wandelwind Gent", Address("Veldstraat", "60", "9000", "Gent", "BE")),
    Shop(93, 203, "Wandelwind Brugge", Address("Vlasmarkt", "5", "8000", "Brugge", "BE")),
    Shop(94, 204, "Wandelwind Leuven", Address("Dries", "12", "3000", "Leuven", "BE")),
    Shop(95, 205, "Wandelwind Namur", Address("Place du Marché", "9", "5000", "Namur", "BE")),
    Shop(WEBSHOP, WEBSHOP, "Wandelwind webshop"),
]

CLOTHES = ("XS", "S", "M", "L", "XL")
SHOES = ("37", "38", "39", "40", "41", "42", "43", "44", "45")
ONE_SIZE = ("",)


class Line(NamedTuple):
    """A line of the range: what it is, its department and category, sizes, and prices from and to in euro."""

    name: str
    department: str
    category: str
    sizes: tuple[str, ...]
    cheapest: int
    dearest: int


RANGE = (
    Line("Regenjas", "Kleding", "Jassen", CLOTHES, 79, 249),
    Line("Donsjas", "Kleding", "Jassen", CLOTHES, 129, 329),
    Line("Fleecevest", "Kleding", "Truien", CLOTHES, 39, 99),
    Line("Wollen trui", "Kleding", "Truien", CLOTHES, 59, 139),
    Line("Wandelbroek", "Kleding", "Broeken", CLOTHES, 59, 149),
    Line("T-shirt merino", "Kleding", "Shirts", CLOTHES, 29, 79),
    Line("Wandelschoen", "Schoenen", "Wandelschoenen", SHOES, 99, 259),
    Line("Sandaal", "Schoenen", "Sandalen", SHOES, 49, 119),
    Line("Wandelsok", "Schoenen", "Sokken", ("36-39", "40-43", "44-47"), 12, 26),
    Line("Rugzak", "Uitrusting", "Rugzakken", ONE_SIZE, 49, 229),
    Line("Slaapzak", "Uitrusting", "Slapen", ONE_SIZE, 69, 299),
    Line("Tent", "Uitrusting", "Tenten", ONE_SIZE, 149, 599),
    Line("Drinkfles", "Uitrusting", "Accessoires", ONE_SIZE, 12, 39),
    Line("Hoofdlamp", "Uitrusting", "Accessoires", ONE_SIZE, 25, 89),
    Line("Wandelgids", "Boeken", "Gidsen", ONE_SIZE, 14, 32),
    Line("Wandelkaart", "Boeken", "Kaarten", ONE_SIZE, 9, 18),
)
BRANDS = ("Wandelwind", "Noorderlicht", "Heuvelrug", "Ardenna", "Duinroos", "Steenarend")
SERIES = ("Texel", "Veluwe", "Hoge Venen", "Drenthe", "Kempen", "Schelde", "Lauwers", "Peel")
COLOURS = ("zwart", "marine", "mosgroen", "oker", "steenrood")
SERIES_PER_LINE = 7
PICTURES = "https://beeld.wandelwind.example"
MADE_FOR = {
    "Kleding": "zit ruim, droogt snel en blijft ook na een dag lopen prettig op de huid",
    "Schoenen": "geeft houvast op bospad en kasseien, met een zool die niet moe wordt",
    "Uitrusting": "is licht genoeg voor elke tocht en sterk genoeg voor de volgende tien",
    "Boeken": "wijst de weg langs rustige paden, met hoogtelijnen en rustpunten",
}
VAT_PERCENT = {"Boeken": {"NL": 9, "BE": 6}}
DEEPEST_SHELF = 6


@dataclass(frozen=True)
class Catalogue:
    """The shops and the articles, and the articles by product for an exchange of size."""

    shops: tuple[Shop, ...]
    articles: tuple[Article, ...]
    by_product: dict[int, tuple[Article, ...]]

    def vat_percent(self, article: Article, country: str) -> int:
        """Return the rate: books have the low one."""
        return VAT_PERCENT.get(article.department, {}).get(country, 21)


def gtin(number: int) -> str:
    """Return an EAN-13 with its check digit, in a range of a Dutch company."""
    body = f"871999{number:06d}"
    total = sum(int(digit) * (3 if at % 2 else 1) for at, digit in enumerate(body))
    return f"{body}{-total % 10}"


def stocked(dice: Random, anchor: datetime) -> Catalogue:
    """Make the range and put it in the shops."""
    articles: list[Article] = []
    product_id = 5000
    for line in RANGE:
        for series in dice.sample(SERIES, SERIES_PER_LINE):
            product_id += 1
            articles += _sizes(line, series, product_id, len(articles), dice, anchor)
    products: dict[int, list[Article]] = {}
    for article in articles:
        products.setdefault(article.product_id, []).append(article)
    return Catalogue(tuple(SHOPS), tuple(articles), {key: tuple(each) for key, each in products.items()})


def _sizes(line: Line, series: str, product_id: int, made: int, dice: Random, anchor: datetime) -> list[Article]:
    price = dice.randrange(line.cheapest, line.dearest + 1) * 100 - 5
    promo = price * dice.choice((70, 80, 85)) // 100 if dice.random() < 0.2 else None
    brand, colour = dice.choice(BRANDS), dice.choice(COLOURS) if line.department != "Boeken" else ""
    code = f"WW{product_id}"
    is_online, has_gtin = dice.random() < 0.85, dice.random() < 0.9
    changed_at = anchor - timedelta(hours=dice.randrange(2, 24 * 300))
    return [
        Article(
            sku_id=200_001 + made + number,
            sku=f"{code}-{size}" if size else code,
            product_id=product_id,
            product_code=code,
            name=f"{line.name} {series}",
            brand=brand,
            category=line.category,
            price_cents=price,
            gtin=gtin(made + number + 1) if has_gtin else "",
            size=size,
            colour=colour,
            promo_cents=promo,
            department=line.department,
            is_online=is_online,
            changed_at=changed_at,
            stock=tuple((shop.id, max(0, dice.randrange(-3, DEEPEST_SHELF))) for shop in SHOPS),
            description=f"<p>{line.name} {series} van {brand} {MADE_FOR[line.department]}.</p>",
            picture=f"{PICTURES}/{code.lower()}.jpg",
        )
        for number, size in enumerate(line.sizes)
    ]


def coupons(anchor: datetime, used: dict[str, int]) -> tuple[WebCoupon, ...]:
    """Make the webshop's coupons, each counted as often as orders carry it."""
    opened, lately = anchor - timedelta(days=700), anchor - timedelta(days=20)
    summer = (anchor - timedelta(days=120)).date()
    kinds = [
        ("welkom10", "percent", "10.00", None, None),
        ("zomer15", "percent", "15.00", None, summer),
        ("tientje", "fixed_cart", "10.00", 500, None),
        ("rugzak20", "fixed_product", "20.00", 200, None),
    ]
    return tuple(
        WebCoupon(300 + at, code, kind, amount, opened, lately, used.get(code, 0), limit, (), ends)
        for at, (code, kind, amount, limit, ends) in enumerate(kinds, 1)
    )
