"""Who speaks of the shop on Facebook and Instagram, and buys there: from the network to the audience."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from plugins.sandbox.fiction import Fiction
from plugins.store.tables import membership
from tests.road.world import ROOT, World, vendors


@pytest.fixture(scope="module")
def fiction() -> Fiction:
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return Fiction(people=300, anchor=today - timedelta(days=1))


@pytest.fixture(scope="module")
def world(fiction: Fiction, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The webshop, the newsletter and the networks of 300 people, read and resolved."""
    folder = tmp_path_factory.mktemp("networked")
    with vendors(fiction) as open_vendors:
        world = World(folder, f"sqlite:///{folder}/store.db", open_vendors)
        runs = [*world.ingest("woocommerce", "mailchimp", "meta"), world.resolve()]
        assert all(run.is_well for run in runs), [run.errors[-500:] for run in runs]
        yield world


def test_who_speaks_of_us_and_buys_is_in_the_shipped_audience(world: World) -> None:
    plan = subprocess.run(
        [sys.executable, "-m", "plugins.hub.cli", "plan", "mailchimp", "--json"], cwd=ROOT, env=world.environment(),
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    (told,) = json.loads(plan.stdout)
    found = {each["audience"]: each for each in told["funnel"]}["social_ambassadors"]
    assert found["matched"] > 0
    assert found["reachable"] > 0


def test_an_account_on_a_network_joins_only_who_it_belongs_to(world: World, fiction: Fiction) -> None:
    store = world.store()
    with store.reading() as connection:
        held = connection.execute(select(membership.c.profile_id, membership.c.source, membership.c.source_id)).all()
    store.close()
    authors = {f"{each.network}:{(each.author_id if each.network == 'facebook' else each.author).lower()}": each.person
               for each in fiction.social_comments if each.author_id}  # fmt: skip
    accounts = {str(each.id): each.person for each in fiction.web_accounts}
    truth: dict[tuple[str, str], str] = {("meta", key): person for key, person in authors.items()}
    truth |= {("woocommerce", key): person for key, person in accounts.items()}
    by_profile: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for profile, source, key in held:
        if (source, key) in truth:
            by_profile[profile].add((source, truth[source, key]))
    joined = [each for each in by_profile.values() if {source for source, _ in each} == {"meta", "woocommerce"}]
    assert joined
    assert [each for each in joined if len({person for _, person in each}) > 1] == []
