"""What the till sent or cancelled of a marketplace's order is told there: each line once, and never on a guess."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plugins.hub.plans import Hub
from plugins.hub.rights.erasing import erase, find
from plugins.store.engine import Store, open_store
from plugins.store.migrate import migrate
from plugins.store.tables import ENTITY_TABLES, push
from tests.making import at, keep, record, rules_in, stored
from tests.plugins.hub.telling import SALES, article, entered, ordered, rows, shop_on, told

RULE = SALES.replace("purchases", "deliveries").replace("mailchimp", "channable")
SHIPPED = "delivery:channable:830011:shipped"


def market_on(store: Store, rules: Path) -> Hub:
    """Return a hub that tells a marketplace of its orders; the till has names of its own for three articles."""
    (rules / "sales").mkdir(exist_ok=True)
    (rules / "sales" / "deliveries.yml").write_text(RULE)
    keep(store, [article(each) for each in "ABC"], [
        record("product", "tilroy", f"T-{each}", sku=f"SKU-{each}") for each in "ABC"])  # fmt: skip
    return shop_on(store, rules)


@pytest.fixture
def market(store: Store, rules: Path) -> Hub:
    return market_on(store, rules)


def bought(*skus: str, pieces: int = 1, key: str = "830011", **fields: Any) -> list[dict[str, Any]]:
    """Return an order of a marketplace, a line of each sku, numbered from 991 on."""
    told = {"channel": "marketplace", "ordered_at": at(0), "is_paid": True, "currency": "EUR", **fields}
    lines = [
        record("order_line", "channable", str(991 + place), order_id=key, sku=f"SKU-{sku}", currency="EUR",
               quantity_thousandths=pieces * 1000, total_minor=2500)
        for place, sku in enumerate(skus)
    ]  # fmt: skip
    return [record("order", "channable", key, **told), *lines]


def sent(
    sku: str = "A", status: str = "shipped", pieces: int = 1, hours: float = 1, nth: int = 1, **fields: Any
) -> Any:
    """Return how far the till says that a line of the order is."""
    said = {"of_source": "channable", "of_order_id": "830011", "order_number": "A2K8", "changed_at": at(hours)}
    return record("delivery", "tilroy", f"A2K8:T-{sku}:{nth}", product_id=f"T-{sku}", status=status,
                  quantity_thousandths=pieces * 1000, **{**said, **fields})  # fmt: skip


def planned(hub: Hub) -> list[tuple[str, list[str] | None]]:
    return [(row["payload"]["kind"], row["payload"]["items"]) for row in rows(hub, "channable")]


def test_an_order_that_was_sent_as_a_whole_is_told_once_and_names_nobody(market: Hub) -> None:
    keep(market.store, bought("A", "B"), sent("A", carrier="BPOST", tracking_code="3232"), sent("B"))
    (row,) = rows(market, "channable")
    assert row["payload"] == {
        "kind": "shipment", "order": "830011", "items": None, "tracking_code": "3232", "transporter": "BPOST"
    }  # fmt: skip
    assert (row["wire_id"], row["operation"], row["profile_id"]) == (f"{SHIPPED}:991", "add", "")
    entered(market, "channable")
    assert told(market, "channable") == []
    keep(market.store, sent("A", hours=5, tracking_code="9999"), sent("B", hours=5))
    assert told(market, "channable") == []


def test_an_order_that_was_cancelled_is_told_once(market: Hub) -> None:
    keep(market.store, bought("A"), sent(status="cancelled"))
    assert rows(market, "channable")[0]["payload"] == {"kind": "cancellation", "order": "830011", "items": None}
    entered(market, "channable")
    assert told(market, "channable") == []


def test_parts_are_told_line_by_line_as_they_are_sent_or_cancelled(market: Hub) -> None:
    keep(market.store, bought("A", "B", "C"), sent("A"), sent("B", "open"), sent("C", "open"))
    assert planned(market) == [("shipment", ["991"])]
    entered(market, "channable")
    keep(market.store, sent("B", hours=2), sent("C", "cancelled", hours=2))
    assert planned(market) == [("cancellation", ["993"]), ("shipment", ["992"])]
    entered(market, "channable")
    assert planned(market) == []


def test_a_line_of_which_only_a_part_was_sent_waits_for_the_rest(market: Hub) -> None:
    keep(market.store, bought("A", pieces=2), sent(pieces=1), sent(status="open", nth=2))
    assert planned(market) == []
    keep(market.store, sent(status="cancelled", nth=2, hours=2))
    assert planned(market) == []
    taken_back = record("order_line", "channable", "cancelled:991", order_id="830011", sku="SKU-A", currency="EUR",
                        quantity_thousandths=-1000, total_minor=-2500, returns_line_id="991")  # fmt: skip
    keep(market.store, taken_back)
    assert planned(market) == [("shipment", None)]


def test_two_lines_of_one_article_go_when_enough_was_sent_for_both(market: Hub) -> None:
    keep(market.store, bought("A", "A", "B"), sent("A", pieces=1), sent("B", "open"))
    assert planned(market) == []
    keep(market.store, sent("A", pieces=2, hours=2))
    assert planned(market) == [("shipment", ["991", "992"])]


def test_an_article_goes_under_the_till_s_own_name_or_by_its_gtin(market: Hub) -> None:
    gtin = "8719990000014"
    keep(market.store, article("D", gtin=gtin), record("product", "tilroy", "T-D", sku="other", gtin=f"0{gtin}"))
    keep(market.store, bought("D", "A"), sent("D"), sent("A", "open"))
    assert planned(market) == [("shipment", ["991"])]


def test_what_the_till_calls_by_a_name_nobody_knows_goes_only_with_the_whole_order(market: Hub) -> None:
    keep(market.store, bought("A", "B"), sent("X"), sent("B", "open"))
    assert planned(market) == []
    keep(market.store, sent("B", hours=2))
    assert planned(market) == [("shipment", None)]


def test_an_order_of_which_the_till_has_only_a_part_is_not_told_as_a_whole(market: Hub) -> None:
    keep(market.store, bought("A", "B"), sent("X"))
    assert planned(market) == []


@pytest.mark.parametrize(
    "fields", [{"of_source": "other"}, {"of_order_id": "1"}, {"hours": -24 * 8}, {"status": "open"}], ids=str
)
def test_only_what_the_till_lately_said_of_an_order_from_there_is_told(market: Hub, fields: dict[str, Any]) -> None:
    keep(market.store, bought("A"), sent(**fields))
    assert planned(market) == []


def test_an_order_that_is_of_no_marketplace_is_not_told(market: Hub) -> None:
    keep(market.store, bought("A", channel="web"), sent())
    assert planned(market) == []


def test_what_was_refused_is_told_again_only_when_the_till_says_something_else(market: Hub) -> None:
    keep(market.store, bought("A", "B"), sent("A"), sent("B", "open"))
    entered(market, "channable", state="rejected")
    assert planned(market) == []
    keep(market.store, sent("A", hours=2))
    assert planned(market) == []
    keep(market.store, sent("B", hours=3))
    assert planned(market) == [("shipment", ["992"])]
    keep(market.store, sent("A", hours=4, tracking_code="3232"), sent("B", "open", hours=4))
    assert planned(market) == [("shipment", ["991"])]


def test_a_cancellation_after_a_shipment_is_the_marketplace_s_to_refuse(market: Hub) -> None:
    keep(market.store, bought("A"), sent())
    entered(market, "channable")
    keep(market.store, sent(status="cancelled", hours=2))
    assert planned(market) == [("cancellation", None)]
    entered(market, "channable", state="rejected")
    assert planned(market) == []


def test_d2_what_was_sent_without_an_answer_comes_again_as_it_was_to_be_looked_up(market: Hub) -> None:
    keep(market.store, bought("A", "B"), sent("A", tracking_code="3232"), sent("B", "open"))
    for hour in (9, 10):
        entered(market, "channable", state="unknown", prepared_at=f"2026-03-03T{hour:02}:00:00.000000Z")
    keep(market.store, sent("B", hours=3), sent("A", hours=3, tracking_code="9999"))
    first, second = rows(market, "channable")
    assert first["payload"]["repeat"] == {"since": "2026-03-03T09:00:00.000000Z"}
    assert (first["payload"]["items"], first["payload"]["tracking_code"]) == (["991"], "3232")
    assert ("repeat" in second["payload"], second["payload"]["items"]) == (False, ["992"])
    entered(market, "channable")
    assert planned(market) == []


def test_what_is_under_way_is_not_told_beside_itself(market: Hub) -> None:
    keep(market.store, bought("A"), sent())
    entered(market, "channable", state="prepared")
    assert planned(market) == []


def test_a_row_that_was_dropped_is_planned_anew(market: Hub) -> None:
    keep(market.store, bought("A"), sent())
    entered(market, "channable", state="dropped")
    assert planned(market) == [("shipment", None)]


def test_what_was_settled_long_ago_stays_told_though_nothing_but_its_address_is_left(market: Hub) -> None:
    keep(market.store, bought("A"), sent())
    given = rows(market, "channable")
    entered(market, "channable", state="rejected", payload="{}")
    assert given
    assert planned(market) == []


def test_c10_who_is_erased_leaves_no_parcel_behind_and_what_was_told_stays_told(market: Hub) -> None:
    buyer = record("customer", "channable", "order:830011", is_guest=True, last_name="Maes", name_key="maes")
    keep(market.store, buyer, bought("A", customer_id="order:830011"), sent(tracking_code="KANARIE-1"))
    entered(market, "channable")
    assert "KANARIE-1" in str(stored(market.store, push))
    erase(market, find(market, "channable:order:830011"), "asked for it")
    assert "KANARIE-1" not in str([stored(market.store, push), stored(market.store, ENTITY_TABLES["delivery"])])
    assert planned(market) == []


def test_without_the_rule_nothing_is_told(market: Hub, rules: Path) -> None:
    (rules / "sales" / "deliveries.yml").unlink()
    hub = shop_on(market.store, rules)
    keep(hub.store, bought("A"), sent())
    assert told(hub, "channable") == []


def test_an_order_goes_to_the_till_and_what_becomes_of_it_comes_back(market: Hub, rules: Path) -> None:
    (rules / "sales" / "marketplaces.yml").write_text(
        SALES.replace("purchases", "orders").replace("mailchimp", "tilroy")
    )
    hub = shop_on(market.store, rules)
    keep(hub.store, ordered())
    assert (told(hub, "tilroy"), told(hub, "channable")) == ([("add", "order:channable:830011")], [])


STEPS = st.lists(
    st.tuples(
        st.dictionaries(st.sampled_from("ABC"), st.sampled_from(["open", "shipped", "cancelled"]), min_size=1),
        st.sampled_from(["accepted", "accepted", "rejected", "unknown"]),
    ),
    min_size=1, max_size=5,
)  # fmt: skip


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_d2_no_line_is_told_twice_whatever_the_till_says_and_the_marketplace_answers(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[dict[str, str], str]]
) -> None:
    folder = tmp_path_factory.mktemp("market")
    store = open_store(f"sqlite:///{folder}/store.db")
    migrate(store)
    hub = market_on(store, rules_in(folder / "rules"))
    keep(store, bought("A", "B", "C"), [sent(each, "open", hours=0) for each in "ABC"])
    taken: Counter[tuple[str, str]] = Counter()
    for hour, (said, answer) in enumerate(steps, start=1):
        keep(store, [sent(sku, status, hours=hour) for sku, status in said.items()])
        for row in rows(hub, "channable"):
            lines = row["payload"]["items"] or ["991", "992", "993"]
            taken.update((row["payload"]["kind"], each) for each in lines if answer == "accepted")
        entered(hub, "channable", state=answer)
    assert max(taken.values(), default=1) == 1
    assert [row for row in rows(hub, "channable") if "repeat" not in row["payload"]] == []
    store.close()
