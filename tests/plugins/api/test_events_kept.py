"""What was sent becomes records like all others: of the right person, and only what may be kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from plugins.api.keys import Keys
from plugins.hub.meaning import Meaning
from plugins.hub.rights.erasing import erase, find
from plugins.hub.rights.register import register_of
from plugins.hub.rights.retention import retain
from plugins.hub.syncing import run_round
from plugins.store.engine import Store
from plugins.store.event_tables import sent_event
from plugins.store.tables import quarantine, run_stream
from tests.making import act, at, keep, person, stored
from tests.plugins.api.counter import CARD, Shop
from tests.plugins.api.sending import (
    AGREED,
    AT,
    BOUGHT,
    CHECK_IN,
    EID,
    KEY,
    LOOKED,
    SAYS,
    App,
    registration,
)

ROOT = Path(__file__).parents[3]
BELGIAN = "85.07.30-033.28"


def test_what_was_sent_goes_the_road_of_what_is_read(app: App) -> None:
    status, told = app.send(BOUGHT, CHECK_IN, AGREED, EID)
    assert (status, [each["state"] for each in told["events"]]) == (202, ["taken"] * 4)
    assert app.kept("order") == []
    assert (app.take_in(), app.waiting, app.take_in()) == (4, [], 0)
    (order,), (line,) = app.kept("order"), app.kept("order_line")
    assert (order["source_id"], order["card"], order["total_minor"], order["is_paid"]) == ("127", CARD, 4990, True)
    assert (line["order_id"], line["sku"], line["quantity_thousandths"]) == ("127", "PARKA", 1000)
    events = {row["kind"]: row for row in app.kept("event")}
    assert (events["check_in"]["strength"], events["registration"]["strength"]) == ("card", "eid")
    (jan,) = [row for row in app.kept("customer") if row["source_id"] == "jan"]
    assert (jan["first_name"], jan["infix"], jan["birth_date"]) == ("Jan", "de", "1985-07-30")
    (consent,) = app.kept("consent")
    assert json.loads(consent["facts"]) == {
        "at": AT, "wording": "Ja, mail mij.", "wording_version": "2026-03", "place": "till 4"
    }  # fmt: skip


def test_a_national_number_is_kept_nowhere(app: App) -> None:
    status, told = app.send({**EID, "nationalNumber": BELGIAN, "BSN": "123456782"})
    assert (status, told["left_out"]) == (202, ["nationalNumber", "BSN"])
    assert app.send(EID)[0] == 202  # the same event: of the number not even a hash was kept
    for number, field in enumerate(("customer_id", "card", "street")):
        status, told = app.send({**EID, "id": f"eid-{number + 2}", field: f"no {BELGIAN}"})
        assert (status, told["code"]) == (400, "national_number")
    app.take_in()
    everything = json.dumps([app.kept(entity) for entity in ("customer", "event", "consent")])
    assert not {each for each in (BELGIAN, "85073003328", "123456782") if each in everything}


def test_c6_what_was_sent_is_the_persons_and_only_a_proven_yes_of_theirs_lets_them_be_mailed(app: App) -> None:
    keep(app.shop.store, person("ann", card=CARD, first_name="Ann", email="ann@example.nl", changed_at=at(1)))
    app.send(BOUGHT, CHECK_IN, registration(app)[1])
    app.take_in()
    app.shop.hub = app.shop.later(hours=1)
    app.shop.resolve()
    app.shop.client.application = app.shop.app(Keys({"app": KEY}, {"app": frozenset({"events", "person"})}))
    assert app.shop.who("card:" + CARD, "app") == app.shop.who("ann", "till")
    assert app.get("/persons?receipt=R-127")["profile_id"] == app.shop.who("ann", "till")
    noor = app.get("/persons?receipt=R-9")
    assert (noor["first_name"], noor["consent"]) == ("Noor", [])
    assert {row["kind"]: row["strength"] for row in app.kept("event")}["registration"] == "signed link"
    app.send({**AGREED, "customer_id": "noor", "email": "noor@example.nl"})
    app.take_in()
    assert app.get("/persons?receipt=R-9")["consent"] == [{**SAYS, "state": "granted"}]


def test_c7_behaviour_is_kept_of_who_agreed_and_else_dropped_and_counted(app: App, webshop: Path) -> None:
    field = "meta_data.behaviour_optin"
    proof = {"behaviour_optin_text": "x", "behaviour_optin_form": "account"}
    looked = {**LOOKED, "customer_id": "ann"}
    status, told = app.send(looked, {**looked, "id": "saw-2", "customer_id": "nobody"})
    assert (status, [each["state"] for each in told["events"]]) == (202, ["dropped", "dropped"])
    assert stored(app.shop.store, sent_event) == app.waiting == []
    (count,) = stored(app.shop.store, run_stream)[-1:]
    assert [count[name] for name in ("source", "stream", "read", "filtered")] == ["app", "behaviour", 2, 2]
    keep(app.shop.store, act("ann", "yes", 3, field=field, facts={**proof, "behaviour_optin_at": at(3)}))
    assert app.send(looked)[1]["state"] == "taken"
    keep(app.shop.store, act("ann", "no", 4, field=field, facts={**proof, "behaviour_optin_at": at(4)}))
    assert app.send({**looked, "id": "saw-3"})[1]["state"] == "dropped"
    app.take_in()
    (event,) = app.kept("event", "woocommerce")
    assert [event[name] for name in ("source_id", "customer_id", "kind", "channel", "product_id")] == [
        "app:saw-1", "ann", "product_view", "app", "7"
    ]  # fmt: skip


def test_without_a_lane_the_next_round_makes_records_of_what_waits(
    app: App, webshop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROTONDE_RULES", str(ROOT / "sync_rules"))
    app.send(CHECK_IN, BOUGHT)
    run_round(app.shop.hub, publishes=False, quiet=True)
    assert (app.waiting, len(app.kept("event", "woocommerce")), len(app.kept("order", "woocommerce"))) == ([], 1, 2)


def test_what_cannot_be_read_is_in_quarantine_with_its_reason(app: App) -> None:
    assert app.send({**BOUGHT, "order_id": "N/A"}, CHECK_IN)[0] == 202
    app.take_in()
    (bad,) = stored(app.shop.store, quarantine)
    assert (bad["source"], bad["stream"], bad["reason"], bad["field"]) == ("app", "purchase", "missing_key", "order_id")
    assert len(app.kept("event")) == 1


def test_who_sends_is_in_the_register_of_processing(app: App) -> None:
    app.send(AGREED, CHECK_IN)
    (sender,) = [each for each in register_of(app.shop.hub).sources if each["source"] == "app"]
    assert sender["consent_fields"] == ["consent.email.marketing: email, marketing"]
    assert {"customer", "consent", "event", "order"} <= {*sender["terms"]}


def test_c16_which_events_were_taken_is_forgotten_after_thirty_days(app: App) -> None:
    app.send(CHECK_IN)
    found = [retain(app.shop.later(days=days), dry_run=True).counts["payloads"] for days in (29, 32)]
    assert found[1] - found[0] == 1


def test_c10_an_erasure_reaches_what_waits(app: App) -> None:
    app.send({**CHECK_IN, "customer_id": "ann", "email": "ann@example.nl"}, {**BOUGHT, "email": "ann@example.nl"})
    found = find(app.shop.hub, app.shop.who("ann"))
    erase(app.shop.hub, found, "asked")
    (left,) = app.waiting
    assert (left["stream"], "ann@example.nl" in left["body"], CARD in left["body"]) == ("purchase", False, False)


def test_c9_who_was_erased_is_not_let_in_again(app: App) -> None:
    keep(app.shop.store, act("ann", "no", 3))
    erase(app.shop.hub, find(app.shop.hub, app.shop.who("ann")), "asked")
    app.send({**CHECK_IN, "id": "in-9", "email": "ann@example.nl"}, {**BOUGHT, "email": "ann@example.nl"})
    app.take_in()
    assert (app.kept("event"), app.kept("customer")) == ([], [])
    assert [(row["email"], row["card"]) for row in app.kept("order")] == [(None, None)]


def test_both_stores_take_and_keep_alike(store: Store, declared: Meaning, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("ROTONDE_HOME", str(tmp_path))
    app = App(Shop(store, declared))
    app.shop.client.application = app.shop.app(Keys({"app": KEY}, {"app": frozenset({"events"})}))
    states = [each["state"] for each in app.send(BOUGHT, CHECK_IN, AGREED, 7, LOOKED, BOUGHT)[1]["events"]]
    assert states == ["taken", "taken", "taken", "refused", "dropped", "taken"]
    assert app.send({**BOUGHT, "total_minor": 1})[0] == 409
    assert (app.take_in(), len(app.kept("order")), len(app.kept("event"))) == (3, 1, 1)
