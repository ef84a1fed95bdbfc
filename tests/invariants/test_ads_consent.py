"""Who is looked for on Google has said yes to that: no other consent stands for it, and a no takes them out."""

from __future__ import annotations

import hashlib
import io
import json
import os
import random
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from plugins.hub.destinations import channels
from plugins.hub.journal import JournalOutbox
from plugins.hub.lease import take
from plugins.hub.meaning import read_meaning
from plugins.hub.plans import Hub
from plugins.sandbox.google_ads import GoogleAds
from plugins.sandbox.retailer import EmptyRetailer
from plugins.sandbox.server import Sandbox, running
from plugins.store.engine import Store
from plugins.store.tables import push
from plugins.store.times import now
from plugins.wire.audiences import AudienceDelivery
from plugins.wire.outbox import Row
from taps.hub.tap import emit
from targets.google_ads.api import Api
from targets.google_ads.user_lists import UserLists
from tests.making import keep
from tests.road.stage import LETTER, MORNING, act, at, customer, orders
from tests.targets.kept import messages, start

DESTINATION = "google_ads"
BOTH = {"adUserData": "CONSENT_GRANTED", "adPersonalization": "CONSENT_GRANTED"}
TOPICS = ("ads_google", "ads_meta", "ads_pinterest", "newsletter")


def sha(name: str) -> str:
    return hashlib.sha256(f"{name}@example.nl".encode()).hexdigest()


def said(name: str, topic: str, hours: int, *, is_yes: bool, is_whole: bool) -> dict[str, Any]:
    """Return an answer to one question, with its whole proof or without the wording."""
    field = f"{topic}_optin"
    facts = {f"{field}_at": at(hours), f"{field}_form": "checkout", f"{field}_text": "webshop-2025-09"}
    if not is_whole:
        del facts[f"{field}_text"]
    return act(name, "yes" if is_yes else "no", hours, field=f"meta_data.{field}", facts=facts)


@dataclass
class Ads:
    """A hub and a Google Ads account."""

    hub: Hub
    vendor: GoogleAds
    config: dict[str, Any]

    def push(self) -> list[dict[str, Any]]:
        """Plan and deliver, as one run; gives the bodies that brought people in."""
        os.environ["MELTANO_RUN_ID"], before = uuid.uuid4().hex, len(self.vendor.calls)
        with tempfile.TemporaryFile() as out:
            emit(self.hub, DESTINATION, "all", accept=True, out=out.fileno())
            out.seek(0)
            lines = [json.loads(line) for line in io.TextIOWrapper(out, "utf-8")]
        rows = [Row(**line["record"]) for line in lines if line["type"] == "RECORD"]
        lease = take(self.hub.store, DESTINATION, os.environ["MELTANO_RUN_ID"], self.hub.clock)
        channel = self.hub.channel(DESTINATION)
        outbox = JournalOutbox(self.hub.store, channel, self.hub.meaning, lease, self.hub.clock)
        delivery = AudienceDelivery(UserLists(Api(self.config)), outbox, sleep=lambda _seconds: None)
        try:
            delivery.deliver(rows)
            delivery.settle()
        finally:
            outbox.close()
        return [json.loads(each.body) for each in self.vendor.calls[before:] if ":ingest" in each.path]

    def within(self) -> set[str]:
        """Return the hashes by which anybody is found."""
        return {mark for each in self.vendor.lists.values() for mark in each.members}


@contextmanager
def ads_on(store: Store, rules: Path) -> Iterator[Ads]:
    letter = LETTER.replace("mailchimp: {as: tag, fields: {FNAME: first_name}}", "google_ads: {as: user_list}")
    (rules / "audiences" / "letter.yml").write_text(letter)
    (rules / "audiences" / "fans.yml").unlink()
    vendor = GoogleAds(retailer=EmptyRetailer(MORNING), polls=1)
    with running(Sandbox({DESTINATION: vendor})) as base:
        told = vendor.settings(f"{base}/{DESTINATION}")
        config = {name.removeprefix("TARGET_GOOGLE_ADS_").lower(): value for name, value in told.items()}
        yield Ads(Hub(store, read_meaning(rules), channels(), now), vendor, config)


@pytest.mark.parametrize("seed", range(3))
def test_c14_who_is_said_to_consent_has_said_so_of_google_and_of_nothing_less(
    sqlite_store: Store, rules: Path, seed: int
) -> None:
    """An oracle keeps its own history: the latest whole word about Google, and a refusal on a tie."""
    dice, google = random.Random(seed), dict[str, tuple[int, bool]]()
    names = [f"p{number}" for number in range(8)]
    with ads_on(sqlite_store, rules) as ads:
        keep(sqlite_store, *([customer(name), orders(name)] for name in names))
        for _ in range(5):
            for name in dice.sample(names, 5):
                topic, hours = dice.choice(TOPICS), dice.randrange(1, 90)
                is_yes, is_whole = dice.random() < 0.7, dice.random() < 0.8
                keep(sqlite_store, said(name, topic, hours, is_yes=is_yes, is_whole=is_whole))
                if topic == "ads_google" and (is_whole or not is_yes):
                    google[name] = min(google.get(name, (-1, False)), (hours, is_yes), key=lambda it: (-it[0], it[1]))
            may = {sha(name) for name, (_, is_yes) in google.items() if is_yes}
            for body in ads.push():
                assert body["consent"] == BOTH
                found = [one for each in body["audienceMembers"] for one in each["userData"]["userIdentifiers"]]
                assert {one["emailAddress"] for one in found} <= may
                assert not [each for each in body["audienceMembers"] if "consent" in each]
            assert ads.within() == may


def test_a_run_without_a_row_settles_what_the_journal_still_holds_of_an_earlier_one(
    sqlite_store: Store, rules: Path, tmp_path: Path
) -> None:
    with ads_on(sqlite_store, rules) as ads:
        ads.vendor.perform("slow_down", polls="9")
        keep(sqlite_store, customer("ann"), orders("ann"), said("ann", "ads_google", 1, is_yes=True, is_whole=True))
        assert len(ads.push()) == 1
        assert (ads.within(), states(sqlite_store)) == (set(), ["staged"])
        os.environ["ROTONDE_DATABASE_URL"] = sqlite_store.engine.url.render_as_string(hide_password=False)
        os.environ["ROTONDE_RULES"] = str(rules)
        config = {**ads.config, "outbox": "plugins.hub.journal:open_outbox"}
        process = start(DESTINATION, config, tmp_path)
        _, told = process.communicate(messages(), timeout=60)
        assert (process.returncode, "target-google_ads: accepted 1" in told) == (0, True)
        assert (ads.within(), states(sqlite_store)) == ({sha("ann")}, ["accepted"])
        assert ads.push() == []


def states(store: Store) -> list[str]:
    """Return the states of the journal, oldest decision first."""
    with store.reading() as connection:
        return [str(each) for each in connection.execute(select(push.c.state).order_by(push.c.seq)).scalars()]
