"""One gift voucher on the whole road: sold at a till, spent online and in the shop, and the same amount everywhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mappers.loyalty.holding import store_time
from plugins.api.asked import Capture, Hold
from plugins.api.desk import Desk
from plugins.rules.loyalty import Loyalty
from plugins.sandbox.retailer import Article, EmptyRetailer, Shop, TillCustomer, WebAccount
from plugins.store.loyalty_tables import loyalty_account, loyalty_event, loyalty_item
from tests.making import stored
from tests.road.stage import rules_in
from tests.road.world import World, vendors

CODE, MAIL = "GIFT-2900011", "ann@example.nl"
NOW = datetime.now(UTC)
BEFORE = NOW - timedelta(days=9)
RETAILER = EmptyRetailer(
    NOW,
    shops=(Shop(87, 101, "Utrecht"), Shop(99, 900, "Webshop")),
    articles=(Article(1, "JAS-1", 1, "JAS", "Regenjas", "Noordzee", "Jassen", 2_000, "8711234567895"),),
    till_customers=(TillCustomer(880123, "C1", BEFORE, NOW, first_name="Ann", surname="Bos", email=MAIL, shop_id=87),),
    web_accounts=(WebAccount(17, MAIL, BEFORE, BEFORE, "Ann", "Bos"),),
)


class Shops(World):
    """A till and a webshop that are kept equal, and the desk that sets aside."""

    def deliver(self, destination: str) -> int:
        """Bring a destination what its plan says; returns how many vouchers went there."""
        before = self.vouchers_sent()
        path = self.folder / f"tap-hub-{destination}.json"
        path.write_text(json.dumps({"destination": destination}))
        config: dict[str, Any] = {"outbox": "plugins.hub.journal:open_outbox"}
        config |= {"shop_number": 900} if destination == "tilroy" else {}
        target = [f"targets/{destination}/target.py", "--config", self._file(f"target-{destination}", config)]
        run = self.pipe([["taps/hub/tap.py", "--config", str(path)], target])
        assert run.is_well, run.errors[-800:]
        return self.vouchers_sent() - before

    def vouchers_sent(self) -> int:
        return len([each for each in self.journal("accepted") if each["wire_id"].startswith("voucher:")])

    def read(self) -> None:
        assert all(run.is_well for run in [*self.ingest("tilroy", "woocommerce"), self.resolve()]), self.said[-1][-800:]

    def spend(self, cents: int) -> None:
        """Set aside and capture, as a webshop does."""
        store = self.store()
        desk = Desk(store, Loyalty())
        with store.writing() as connection:
            now = store_time(connection)
            held = desk.hold(Hold.model_validate({"voucher": CODE, "amount": cents}), connection, now)
            desk.capture(Capture(hold=held.body["hold"]), connection, now)
        store.close()

    def till(self) -> int:
        """Return what the till has open."""
        (facts,) = [each for each, _ in self.vendors.tilroy._vouchers()]
        return facts.open_cents

    def coupon(self) -> tuple[str, list[str]]:
        """Return the webshop's coupon: what it is worth, and for whom."""
        (row,) = self.vendors.woocommerce.coupons.rows.values()
        return row["amount"], row["email_restrictions"]

    def books(self) -> tuple[int, int, dict[str, int]]:
        """Return what is left, how many items are open, and every spending by its key's last word."""
        store = self.store()
        (account,) = stored(store, loyalty_account)
        events = {each["key"]: each for each in stored(store, loyalty_event)}
        items = [each for each in stored(store, loyalty_item) if each["closed_at"] is None]
        store.close()
        spent = {each["source"]: each["amount"] for each in events.values() if each["kind"] in ("burn", "capture")}
        return account["available"], len(items), spent


@pytest.fixture
def shops(store_url: str, tmp_path: Path) -> Iterator[Shops]:
    with vendors(RETAILER) as opened:
        yield Shops(tmp_path, store_url, opened, rules_in(tmp_path / "rules"))


def test_a_voucher_is_spent_once_wherever_it_is_spent_and_is_worth_the_same_everywhere(shops: Shops) -> None:
    tilroy, woocommerce = shops.vendors.tilroy, shops.vendors.woocommerce
    tilroy.perform("issue_voucher", customer_id="880123", shop_id="87", cents="10000", barcode=CODE)
    shops.read()
    assert (shops.deliver("tilroy"), shops.deliver("woocommerce")) == (0, 1)
    assert shops.coupon() == ("100.00", [MAIL])

    shops.spend(5_000)
    assert (shops.deliver("tilroy"), shops.deliver("woocommerce")) == (1, 1)
    assert (shops.till(), shops.coupon()[0]) == (5_000, "50.00")
    shops.read()
    assert shops.books() == (5_000, 0, {"hub": 5_000})
    assert (shops.deliver("tilroy"), shops.deliver("woocommerce")) == (0, 0)

    tilroy.perform("use_voucher", barcode=CODE, shop_id="87", sku_id="1", unit_cents="2000", customer_id="880123")
    shops.read()
    assert shops.books() == (3_000, 0, {"hub": 5_000, "tilroy": 2_000})
    assert (shops.deliver("tilroy"), shops.deliver("woocommerce")) == (0, 1)

    woocommerce.perform("place_order", sku="JAS-1", email=MAIL, customer_id="17", coupon=CODE)
    shops.read()
    assert shops.books() == (1_000, 0, {"hub": 5_000, "tilroy": 2_000, "woocommerce": 2_000})
    assert (shops.deliver("tilroy"), shops.deliver("woocommerce")) == (1, 1)
    shops.read()
    assert (shops.till(), shops.books()[:2]) == (1_000, (1_000, 0))
    assert (shops.deliver("tilroy"), shops.deliver("woocommerce")) == (0, 0)
    assert not [each for each in shops.said if CODE.lower() in each.lower()]
