"""What a vendor tells of is read back, kept, and leaves every audience at once: over real HTTP, there and back."""

from __future__ import annotations

import json
import re
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from mappers.consent.fold import Declaration
from plugins.api.events import Postbox
from plugins.api.keys import Caller
from plugins.api.people import People
from plugins.hub.lease import LANE, release, take
from plugins.hub.plans import planned
from plugins.lane.connectors import Connectors
from plugins.lane.running import MOST_TRIES, forget_deliveries
from plugins.store.event_tables import waiting_event
from plugins.store.knock_tables import knock
from plugins.store.tables import ENTITY_TABLES, push
from tests.making import stored
from tests.plugins.lane.conftest import Neighbourhood


def test_d13_whoever_says_no_at_the_shop_is_out_of_the_mail_tool_within_seconds(hood: Neighbourhood) -> None:
    customer, email = hood.member()
    assert hood.status(email) == "subscribed"
    hood.says_no(customer)
    began = time.process_time()  # what the machine does besides is not ours
    while hood.lane.work():
        pass
    assert time.process_time() - began < 5
    assert hood.status(email) == "unsubscribed"
    row = hood.rows(email)[-1]
    assert (row["operation"], row["state"], row["cause"]) == ("remove", "accepted", "consent")
    assert stored(hood.hub.store, knock) == []


def test_the_next_round_finds_nothing_left_to_do_for_them(hood: Neighbourhood) -> None:
    customer, email = hood.member()
    hood.says_no(customer)
    while hood.lane.work():
        pass
    before = hood.rows(email)
    assert hood.world.resolve().is_well
    assert hood.world.push("removals").is_well
    assert [row["key"] for row in hood.rows(email)] == [row["key"] for row in before]


def test_who_did_not_say_no_stays(hood: Neighbourhood) -> None:
    customer, email = hood.member()
    hood.world.vendors.woocommerce.perform("edit_customer", customer_id=customer, first_name="Anne-Fleur")
    hood.wait(1)
    rows = hood.rows(email)
    assert hood.lane.work() == 1
    assert hood.status(email) == "subscribed"
    assert hood.rows(email) == rows
    assert "Anne-Fleur" in {row["first_name"] for row in stored(hood.hub.store, ENTITY_TABLES["customer"])}


def test_while_another_run_is_at_the_destination_it_waits_and_goes_then(hood: Neighbourhood) -> None:
    customer, email = hood.member()
    hood.says_no(customer)
    other = take(hood.hub.store, "mailchimp", "another run")
    assert hood.lane.work() == 2
    assert hood.status(email) == "subscribed"
    assert {row["tries"] for row in stored(hood.hub.store, knock)} <= {0}
    release(hood.hub.store, other)
    hood.lane.hub = replace(hood.hub, clock=lambda: datetime.now(UTC) + timedelta(seconds=3))
    while hood.lane.work():
        pass
    assert hood.status(email) == "unsubscribed"


def test_a_no_that_an_app_sends_is_a_record_at_once_and_takes_out_as_soon_as_it_may(hood: Neighbourhood) -> None:
    _, email = hood.member()
    no = Declaration("app", "consent.email.marketing", "no", "email", "marketing", "withdrawn", True, time_fact="at")
    meaning = replace(hood.hub.meaning, declarations=(*hood.hub.meaning.declarations, no))
    hood.lane.hub = replace(hood.hub, meaning=meaning)
    said = {"channel": "email", "purpose": "marketing", "answer": "no"}
    event = {"kind": "consent", "id": "no", "at": datetime.now(UTC).isoformat(), "email": email, "consents": [said]}
    sender = Caller("app", frozenset({"events"}))
    assert Postbox(People(hood.hub.store, meaning)).take(sender, json.dumps(event).encode()).status == 202
    other = take(hood.hub.store, "mailchimp", "another run")
    assert hood.lane.work() == 1
    assert "app" in {row["source"] for row in stored(hood.hub.store, ENTITY_TABLES["consent"])}
    assert hood.status(email) == "subscribed"
    release(hood.hub.store, other)
    hood.lane.hub = replace(hood.lane.hub, clock=lambda: datetime.now(UTC) + timedelta(seconds=3))
    while hood.lane.work():
        pass
    assert hood.status(email) == "unsubscribed"
    assert stored(hood.hub.store, waiting_event) == []


def test_a_vendor_that_does_not_answer_is_asked_again_later_and_then_left_to_the_round(
    hood: Neighbourhood, caplog: pytest.LogCaptureFixture
) -> None:
    customer, _ = hood.member()
    hood.says_no(customer)
    moment = datetime.now(UTC)
    hood.lane.connectors = Connectors(lambda plugin: {**hood.settings(plugin), "consumer_secret": "cs_" + "0" * 40})
    for _ in range(MOST_TRIES):
        moment += timedelta(hours=2)
        hood.lane.hub = replace(hood.hub, clock=lambda: moment)  # noqa: B023 - read at once
        hood.lane.work()
    assert stored(hood.hub.store, knock) == []
    assert caplog.text.count("left to the next round") == 2
    assert not re.search(rf"\b{customer}\b", " ".join(each.getMessage() for each in caplog.records))


def test_of_two_lanes_one_works(hood: Neighbourhood) -> None:
    customer, _ = hood.member()
    hood.says_no(customer)
    take(hood.hub.store, LANE, "another lane")
    assert hood.lane.work() == 0
    assert len(stored(hood.hub.store, knock)) == 2


def test_deliveries_are_forgotten_when_no_vendor_would_repeat_them(hood: Neighbourhood) -> None:
    customer, _ = hood.member()
    hood.says_no(customer)
    assert forget_deliveries(hood.hub) == 0
    later = replace(hood.hub, clock=lambda: datetime.now(UTC) + timedelta(days=15))
    assert forget_deliveries(later) == 2


def test_what_is_said_at_the_shop_stands_at_the_till_too_and_the_next_round_has_nothing_to_add(
    hood: Neighbourhood,
) -> None:
    customer, _ = hood.member(source="tilroy")
    hood.says_no(customer)
    while hood.lane.work():
        pass
    told = [row for row in stored(hood.hub.store, push) if row["wire_id"].startswith("consent:")]
    till = [row for row in told if row["destination"] == "tilroy"]
    assert till
    assert {(row["operation"], row["state"], row["cause"]) for row in till} == {("remove", "accepted", "consent")}
    assert all(row["acted_at"] and row["stored_at"] for row in till)
    assert hood.world.resolve().is_well
    with planned(hood.hub, "tilroy") as (connection, _, _):
        left = connection.execute("SELECT wire_id FROM planned WHERE kind = 'consent'").fetchall()
    assert not {row["wire_id"] for row in till} & {wire_id for (wire_id,) in left}
