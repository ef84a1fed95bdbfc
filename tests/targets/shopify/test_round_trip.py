"""Round the whole hub: the fiction's second webshop is read, persons are made of it, and it is written and reread."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from mappers.canonical.mapper import Mapper
from plugins.feeds.compiling import compile_feeds
from plugins.feeds.folder import feeds_folder
from plugins.feeds.publishing import publish
from plugins.hub.destinations import channels, record_channels
from plugins.hub.meaning import read_meaning
from plugins.hub.plans import Hub, journal_rows, planned
from plugins.sandbox.fiction import Fiction
from plugins.sandbox.server import Sandbox, running
from plugins.store.engine import Store
from plugins.store.keeper import Keeper
from plugins.wire.outbox import Row
from taps.shopify.streams import STREAMS
from tests.making import keep, pushed, record
from tests.taps.shopify.shop import Shop
from tests.targets.shopify.shop import deliver, prices

RULES = Path(__file__).parents[3] / "sync_rules"
TODAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
NAMES = ("operation", "profile_id", "wire_id", "payload_hash")


@pytest.fixture(scope="module")
def fiction() -> Fiction:
    return Fiction(seed=5, people=600, anchor=TODAY)


class Road(Shop):
    """The fiction's shop, and a hub that reads it and writes to it."""

    def __init__(self, fiction: Fiction, store: Store) -> None:
        super().__init__(fiction)
        self.clock.at = TODAY
        self.hub = Hub(store, read_meaning(RULES), channels(), lambda: self.clock.at, records=record_channels())

    def ingest(self) -> None:
        """Read the shop and keep what it means."""
        self.clock.at += timedelta(minutes=10)
        runner = self.read(*(stream.name for stream in STREAMS), bulk=False)
        mapper = Mapper({"system": "shopify", "source": "shopify", "country": "BE"})
        keeper = Keeper(self.hub.store, "run", accept_shrink=True)
        for message in runner.raw_messages:
            for line in mapper.line(json.dumps(message).encode()):
                made = msgspec.json.decode(line)
                assert made.get("stream") != "quarantine", made
                if made["type"] == "RECORD" and made["stream"] != "run_stream":
                    keeper.record(made["stream"], json.dumps(made["record"]).encode())
        assert not keeper.bad, keeper.bad
        keeper.commit()

    def plan(self, *kinds: str) -> list[dict[str, Any]]:
        """Return what must change in the shop."""
        self.clock.at += timedelta(minutes=10)
        with planned(self.hub, "shopify") as (connection, _, _):
            found = [*journal_rows(connection, self.hub.records["shopify"], "all")]
        rows = [{**row, "payload": json.loads(row["payload"])} for row in found]
        return [row for row in rows if not kinds or row["payload"]["kind"] in kinds]

    def activate(self, rows: list[dict[str, Any]]) -> dict[str, str]:
        """Write to the shop, and note what it answered."""
        self.clock.at += timedelta(minutes=10)
        given = [Row(row["wire_id"], row["operation"], row["wire_id"], row["payload"]) for row in rows]
        states = deliver(self.config, *given).states
        when = f"{self.clock.at:%Y-%m-%dT%H:%M:%S.000000Z}"
        for row in rows:
            told = {"destination": "shopify", "state": states[row["wire_id"]], "payload": json.dumps(row["payload"])}
            moments = {"prepared_at": when, "answered_at": when}
            pushed(self.hub.store, {**{name: row[name] for name in NAMES}, **told, **moments})
        return states


@pytest.fixture
def road(fiction: Fiction, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Road]:
    monkeypatch.setenv("ROTONDE_HOME", str(tmp_path))
    made = Road(fiction, store)
    with running(Sandbox({"shopify": made.vendor})) as url:
        made.config["api_url"] = f"{url}/shopify"
        yield made


def left(email: str, at: datetime) -> dict[str, Any]:
    """Return what another system says of somebody who used the link in a mail."""
    said = {"timestamp": at.isoformat()}
    return record("consent", "mailchimp", f"left:{email}", email=email, field="unsubscribe", value="unsubscribed",
                  facts=said, changed_at=at.isoformat())  # fmt: skip


def test_what_the_shop_says_itself_is_not_brought_back_to_it(road: Road) -> None:
    road.ingest()
    assert road.plan("consent") == []


def test_a_withdrawal_elsewhere_reaches_the_shop_once_and_is_read_back(road: Road) -> None:
    road.ingest()
    agreed = next(each for each in road.vendor.of_kind("Customer") if each.by_email.level == "CONFIRMED_OPT_IN")
    keep(road.hub.store, left(agreed.email, road.clock.at))
    rows = road.plan("consent")
    assert [(row["wire_id"], row["payload"]["consent"]) for row in rows] == [
        (f"consent:{agreed.serial}", {"email": False})
    ]
    assert road.activate(rows) == {f"consent:{agreed.serial}": "accepted"}
    assert agreed.by_email.state == "UNSUBSCRIBED"
    assert road.plan("consent") == []
    road.ingest()
    assert road.plan("consent") == []


def test_a_yes_of_ours_is_held_and_is_no_act_when_it_is_read_back(road: Road) -> None:
    road.ingest()
    silent = next(
        each for each in road.vendor.of_kind("Customer") if each.by_email.state == "NOT_SUBSCRIBED" and each.email
    )
    at = (road.clock.at - timedelta(minutes=5)).isoformat()
    yes = {"timestamp_opt": at, "ip_opt": "192.0.2.1"}
    said = record("consent", "mailchimp", "yes", email=silent.email, field="status", value="subscribed", facts=yes,
                  changed_at=at)  # fmt: skip
    keep(road.hub.store, said)
    rows = road.plan("consent")
    assert [row["payload"]["consent"] for row in rows] == [{"email": True}]
    road.activate(rows)
    assert (silent.by_email.state, silent.by_email.level) == ("SUBSCRIBED", "UNKNOWN")
    road.ingest()
    assert road.plan("consent") == []
    keep(road.hub.store, left(str(silent.email), road.clock.at))
    assert [row["payload"]["consent"] for row in road.plan("consent")] == [{"email": False}]


def regulars(road: Road, folder: Path) -> None:
    """Publish the feed of the page about feeds that keeps a price list."""
    page = (RULES.parent / "docs" / "feeds.md").read_text("utf-8").split("### Price lists")[1]
    shutil.copytree(RULES, folder)
    (folder / "feeds" / "regulars.yml").write_text(re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)[0], "utf-8")
    road.hub = replace(road.hub, meaning=read_meaning(folder))
    feed = compile_feeds([each for each in road.hub.meaning.feeds if each.name == "regulars"])["regulars"]
    publish(feed, road.hub.store, feeds_folder(road.hub.store), road.clock.at)


def test_the_price_list_of_the_page_is_kept_and_the_second_time_nothing_is_told(
    road: Road, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROTONDE_FEEDS", str(tmp_path / "published"))
    road.ingest()
    regulars(road, tmp_path / "rules")
    rows = road.plan("price")
    assert set(road.activate(rows).values()) == {"accepted"}
    sold = {each.sku: each for each in road.vendor.of_kind("ProductVariant") if each.compare_at_price}
    assert prices(road.vendor) == {sku: (each.price, each.compare_at_price) for sku, each in sold.items()}
    assert len(rows) == len(sold) > 10
    assert road.plan("price") == []
    gone = next(iter(sold.values()))
    keep(road.hub.store, record("product", "shopify", str(gone.serial), is_deleted=True, changed_at=str(road.clock.at)))
    regulars(road, tmp_path / "again")
    (row,) = road.plan("price")
    assert (row["operation"], row["payload"]) == (
        "remove", {"kind": "price", "list": "Vaste klanten", "sku": gone.sku},
    )  # fmt: skip
    assert set(road.activate([row]).values()) == {"accepted"}
    assert gone.sku not in prices(road.vendor)
    assert road.plan("price") == []
