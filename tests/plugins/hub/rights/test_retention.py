"""Retention: nothing is older than its term after the nightly run, and nothing the hub needs has gone."""

from __future__ import annotations

import json
import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from plugins.hub.plans import Hub
from plugins.hub.rights import erasing
from plugins.hub.rights.retention import SIGN, cut_of, retain
from plugins.rules.retention import Retention, before
from plugins.store.engine import Store, open_store
from plugins.store.migrate import migrate
from plugins.store.rights_tables import erasure
from plugins.store.tables import ENTITY_TABLES, call, push, quarantine
from plugins.store.times import utc_text
from tests.making import MORNING, hub_on, keep, person, pushed, record, stored
from tests.plugins.hub.rights.people import bad
from tests.road.stage import ROOT, Stage, reader

DAY = timedelta(days=1)


def moment(days: float) -> str:
    return (MORNING + timedelta(days=days)).isoformat()


def living(key: str, days: float) -> list[Any]:
    """Return somebody with an event, a basket and an order on one day."""
    who = {"customer_id": key, "changed_at": moment(days), "seen_at": moment(days)}
    return [
        person(key, "shop", email=f"{key}@example.nl", changed_at=moment(days), seen_at=moment(days)),
        record("event", "shop", f"e{key}", kind="page_view", occurred_at=moment(days), url="https://x", **who),
        record("basket", "shop", f"b{key}", updated_at=moment(days), **who),
        record("order", "shop", f"o{key}", channel="web", ordered_at=moment(days), currency="EUR", is_paid=True, **who),
        record("order_line", "shop", f"l{key}", order_id=f"o{key}", quantity_thousandths=1000, currency="EUR",
               total_minor=1),
        record("delivery", "till", f"d{key}", of_source="shop", of_order_id=f"o{key}", quantity_thousandths=1000,
               status="shipped", changed_at=moment(days)),
    ]  # fmt: skip


def at_day(hub: Hub, days: float) -> None:
    hub.__dict__["clock"] = lambda: MORNING + timedelta(days=days)


def oldest(hub: Hub) -> list[str]:
    """Return what is older than its class's term."""
    cuts = {name: utc_text(cut_of(hub, name)) for name in Retention.model_fields}
    too_old = []
    for entity, column in (("event", "occurred_at"), ("basket", "updated_at")):
        what = "kind" if entity == "event" else "status"
        for each in stored(hub.store, ENTITY_TABLES[entity]):
            is_sign = each[what] == SIGN and not each.get("url") and each["raw"] == "{}"
            if each[column] < cuts["profiles" if is_sign else "behaviour"]:
                too_old.append(f"{entity} {each['source_id']}")
    for each in stored(hub.store, ENTITY_TABLES["order"]):
        too_old += [f"order {each['source_id']}"] if each["ordered_at"] < cuts["orders"] else []
    kept = {each["source_id"] for each in stored(hub.store, ENTITY_TABLES["order"])}
    too_old += [f"delivery {each['source_id']}" for each in stored(hub.store, ENTITY_TABLES["delivery"])
                if each["of_order_id"] not in kept]  # fmt: skip
    too_old += ["quarantine" for each in stored(hub.store, quarantine) if each["last_seen_at"] < cuts["quarantine"]]
    for each in stored(hub.store, ENTITY_TABLES["customer"]):
        signs = [row["ordered_at"] for row in stored(hub.store, ENTITY_TABLES["order"])
                 if row["customer_id"] == each["source_id"]]  # fmt: skip
        too_old += [f"customer {each['source_id']}"] if max(signs, default="") < cuts["profiles"] else []
    return too_old


@settings(max_examples=5, deadline=None, phases=[Phase.explicit, Phase.generate])  # each example is many nights
@given(
    people=st.lists(st.integers(-3200, 0), min_size=1, max_size=4),
    nights=st.lists(st.integers(1, 400), min_size=1, max_size=3),
)
def test_c16_nothing_is_older_than_its_term_after_any_night(people: list[int], nights: list[int]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{folder}/store.db")
        migrate(store)
        hub = hub_on(store, ROOT / "sync_rules")
        at_day(hub, 0)
        keep(store, *(living(f"p{number}", days) for number, days in enumerate(people)))
        bad(store, '{"id": 1}')
        day = 0
        for more in nights:
            day += more
            at_day(hub, day)
            retain(hub)
            assert oldest(hub) == []
        again = retain(hub)
        assert not any(again.counts.values())
        store.close()


def test_c16_each_class_goes_by_its_own_term_on_both_databases(
    store: Store, rules: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROTONDE_HOME", str(tmp_path))
    hub = hub_on(store, rules)
    at_day(hub, 0)
    keep(store, living("ann", -500), living("bob", -10), living("cas", -800), living("dirk", -2700))
    assert retain(hub, dry_run=True).counts["profiles"] == 2
    assert len(stored(store, ENTITY_TABLES["event"])) == 4
    retain(hub)
    assert oldest(hub) == []
    assert {each["source_id"] for each in stored(store, ENTITY_TABLES["customer"])} == {"ann", "bob"}
    signs = {each["source_id"]: each["kind"] for each in stored(store, ENTITY_TABLES["event"])}
    assert signs == {"eann": SIGN, "ebob": "page_view"}
    assert {each["source_id"] for each in stored(store, ENTITY_TABLES["order"])} == {"oann", "obob", "ocas"}
    assert {each["source_id"] for each in stored(store, ENTITY_TABLES["order_line"])} == {"lann", "lbob", "lcas"}
    reasons = {each["reason"] for each in stored(store, erasure)}
    assert reasons == {"no sign of life for 24 months"}


def test_payloads_go_and_the_plan_still_knows_what_is_there(stage_both: Stage) -> None:
    stage = stage_both
    stage.keep(reader("ann"), reader("bob", 2))
    stage.push()
    assert stage.plan().is_empty
    for table, column in ((push, "answered_at"), (call, "prepared_at")):
        with stage.store.writing() as connection:
            connection.execute(table.update().values({column: "2020-01-01T00:00:00.000000Z"}))
    retain(stage.hub)
    assert {each["body"] for each in stored(stage.store, call)} == {""}
    assert stage.plan().is_empty
    assert stage.held()["bob"] == ("subscribed", ("fans", "letter"))


def test_c16_what_was_told_of_purchases_goes_but_for_whom_a_recipient_is_asked_to_forget(
    store: Store, rules: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROTONDE_HOME", str(tmp_path))
    hub = hub_on(store, rules)
    at_day(hub, 0)
    told = {"email": "ann@example.nl", "fields": {"phone": "+31612345678"}, "items": [{"id": "A"}], "reference": "7"}
    for kind, state, days in (("purchase", "accepted", -31), ("basket", "accepted", -31), ("purchase", "rejected", -31),
                              ("purchase", "accepted", -29)):  # fmt: skip
        row = {"wire_id": f"{kind}:{state}{days}", "state": state, "payload": json.dumps({"kind": kind, **told})}
        pushed(store, {**row, "sent": "abc", "answered_at": utc_text(MORNING + timedelta(days=days))})
    assert retain(hub).counts["payloads"] == 3
    rows = {each["wire_id"]: each for each in stored(store, push)}
    assert json.loads(rows["purchase:accepted-31"]["payload"]) == {"email": "ann@example.nl"}
    assert json.loads(rows["basket:accepted-31"]["payload"]) == {"email": "ann@example.nl"}
    assert rows["purchase:rejected-31"]["payload"] == "{}"
    assert "phone" in rows["purchase:accepted-29"]["payload"]
    assert [each["sent"] for each in rows.values()].count("abc") == 1
    assert retain(hub).counts["payloads"] == 0


def test_consent_is_kept_while_its_person_is_there_and_five_years_after_its_last_use(
    sqlite_store: Store, rules: Path
) -> None:
    hub = hub_on(sqlite_store, rules)
    old = {"changed_at": moment(-4000), "seen_at": moment(-4000), "field": "f", "value": "yes"}
    keep(
        sqlite_store, living("ann", -10), record("consent", "shop", "of-ann", customer_id="ann", **old),
        record("consent", "shop", "of-nobody", email="gone@example.nl", **old),
        record("consent", "shop", "used", email="used@example.nl", **old),
    )  # fmt: skip
    pushed(sqlite_store, {"wire_id": "used@example.nl", "permit": "shop\x1fused", "prepared_at": utc_text(MORNING)})
    retain(hub)
    assert {each["source_id"] for each in stored(sqlite_store, ENTITY_TABLES["consent"])} == {"of-ann", "used"}


@pytest.mark.parametrize(
    ("day", "term", "expected"),
    [
        (date(2026, 3, 31), "1 month", date(2026, 2, 28)),
        (date(2028, 2, 29), "1 year", date(2027, 2, 28)),
        (date(2026, 1, 15), "13 months", date(2024, 12, 15)),
        (date(2026, 3, 2), "30 days", date(2026, 1, 31)),
    ],
)
def test_a_term_is_counted_in_days_of_the_calendar(day: date, term: str, expected: date) -> None:
    assert before(day, term) == expected


def test_the_business_day_is_that_of_the_shops(sqlite_store: Store, rules: Path) -> None:
    hub = hub_on(sqlite_store, rules)
    hub.__dict__["clock"] = lambda: datetime(2026, 3, 31, 22, 30, tzinfo=UTC)  # past midnight in Amsterdam
    assert cut_of(hub, "quarantine").date() == date(2026, 3, 2)


def test_somebody_erased_for_silence_is_in_the_list_of_erasures(sqlite_store: Store, rules: Path) -> None:
    hub = hub_on(sqlite_store, rules)
    keep(sqlite_store, living("cas", -800))
    retain(hub)
    assert [each.state for each in erasing.erasures(hub)] == ["done"]
    with sqlite_store.reading() as connection:
        assert connection.execute(select(ENTITY_TABLES["customer"])).all() == []
