"""Feeds: what is in, what is not and by which rule, one item with why, and what the channel says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest
from sqlalchemy import insert

from plugins.console.desk import Desk
from plugins.console.words import Words
from plugins.feeds.compiling import compile_feeds
from plugins.feeds.folder import feeds_folder
from plugins.feeds.publishing import publish
from plugins.hub.meaning import read_meaning
from plugins.hub.plans import Hub
from plugins.rules.load import load_rules
from plugins.store.engine import open_store
from plugins.store.findings import keep as keep_finding
from plugins.store.tables import run
from plugins.store.times import utc_text
from tests.making import keep, pushed, record
from tests.plugins.console.browsing import MORNING, Browser, Time, desk_of, with_roles
from tests.plugins.console.conftest import hub_in
from tests.plugins.feeds.conftest import GOOGLE, product, write_rules

SAYS = Words("en")
FEED = (
    GOOGLE
    + """\
issues_from: [google_merchant]
bring_to: [meta]
rules:
- title: gift cards are not advertised
  when: category = 'Gift cards'
  leave_out: true
"""
)


@pytest.fixture(scope="module")
def world(sqlite_template: Path, resolved: Hub, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A console over a feed that was published once, of whose items the channel has read one back."""
    folder = tmp_path_factory.mktemp("feeds")
    hub = hub_in(resolved, folder, Time())
    rules = write_rules(folder / "sync_rules", FEED)
    keep(
        hub.store, product("1"), product("2", is_online=False), product("3", category="Gift cards"),
        product("4", image_url=None), [product(f"b{each}", name=None, gtin=None) for each in range(60)],
    )  # fmt: skip
    issue = {"item_id": "SKU-1", "code": "image_too_small", "attribute": "image link", "severity": "refused",
             "place": "Shopping ads", "description": "The image is too small."}  # fmt: skip
    keep(hub.store, record("item_issue", "google_merchant", "i1", **issue))
    pushed(hub.store, {"destination": "meta", "wire_id": "item:SKU-1", "state": "rejected", "answer": "no such brand"})
    (compiled,) = compile_feeds(load_rules(rules).feeds.values()).values()
    publish(compiled, hub.store, feeds_folder(hub.store), MORNING)
    with hub.store.writing() as connection:
        ended = {"started_at": utc_text(MORNING), "ended_at": utc_text(MORNING), "outcome": "ok"}
        connection.execute(insert(run).values(id="g", job="ingest-google_merchant", **ended))
        keep_finding(connection, "guard", "feed shop", ["9 of 9 items would go"], MORNING + timedelta(days=1))
    yield desk_of(replace(hub, meaning=read_meaning(rules)))


@pytest.fixture
def browser(world: Desk) -> Browser:
    made = Browser(world)
    made.signs_in("marketing")
    return made


def test_the_list_tells_what_is_published_left_out_refused_and_stopped(browser: Browser) -> None:
    text = browser.get("/feeds").text
    row = text[text.index(">shop<") :].partition("</tr>")[0]
    assert [part.partition("<")[0] for part in row.split('<td class="n">')[1:]] == ["1", "2", "61", "1"]
    assert "2026-03-12 09:00" in row
    assert SAYS("feeds.stopped") in row


def test_one_feed_tells_each_rule_and_code_with_how_many_and_which(browser: Browser) -> None:
    text = browser.get("/feeds/shop").text
    assert "left out by the rule &#39;gift cards are not advertised&#39;" in text
    for item in ("SKU-2", "SKU-3", "SKU-4", "SKU-b0"):
        assert f'?item={item}">{item}</a>' in text
    assert '<td class="n">60</td>' in text
    assert "9 of 9 items would go" in text
    assert text.count("<svg") == 1
    assert browser.get("/feeds/nothing").status_code == 404


def test_one_feed_tells_what_the_channel_says_and_when_it_was_asked(browser: Browser) -> None:
    text = browser.get("/feeds/shop").text
    assert "The image is too small." in text
    assert "image_too_small" in text
    assert SAYS("feed.heard", source="google_merchant", at="2026-03-12 09:00") in text
    assert SAYS("feed.fetched") in text


@pytest.mark.parametrize(
    ("item", "told"),
    [
        ("SKU-1", "item.inside"), ("SKU-1", "The image is too small."), ("SKU-1", "no such brand"),
        ("SKU-2", "not what `where` asks for"), ("3", "gift cards are not advertised"), ("SKU-4", "image_link"),
        ("SKU-4", "item.outside"), ("4", "image_link"), ("nobody", "item.unknown"),
        ('"><script>', "item.unknown"), ("item_id", "item.unknown"),
    ],
)  # fmt: skip
def test_one_item_is_told_with_why(browser: Browser, item: str, told: str) -> None:
    answer = browser.client.get("/feeds/shop", params={"item": item})
    assert answer.status_code == 200
    assert (SAYS(told) if told.startswith("item.") else told) in unescape(answer.text)
    assert "<script" not in answer.text


def test_all_items_of_a_reason_are_listed_a_page_at_a_time(browser: Browser) -> None:
    text = browser.get("/feeds/shop").text
    links = [part.partition('"')[0].replace("&amp;", "&") for part in text.split('<a href="')[1:] if "/items?" in part]
    pages = {link: browser.get(link).text for link in links}
    assert all(SAYS("items.back", feed="shop") in page for page in pages.values())
    many, *_ = [page.split('href="')[-1].partition('"')[0] for page in pages.values() if SAYS("items.more") in page]
    rest = browser.get(many.replace("&amp;", "&")).text
    assert rest.count("?item=") == 10
    assert browser.get("/feeds/shop/items?code=X&what=x&from=-1").text.count("?item=") == 0


def test_before_anything_was_published_the_pages_say_so(sqlite_url: str, sqlite_template: Path, tmp_path: Path) -> None:
    Path(sqlite_url.removeprefix("sqlite:///")).write_bytes(sqlite_template.read_bytes())
    store = open_store(sqlite_url)
    with_roles(store)
    browser = Browser(desk_of(Hub(store, read_meaning(write_rules(tmp_path / "sync_rules", GOOGLE)), {})))
    browser.signs_in("viewer")
    assert ">shop<" in browser.get("/feeds").text
    text = unescape(browser.get("/feeds/shop?item=SKU-1").text)
    assert SAYS("feed.unjudged") in text
    assert SAYS("feed.unheard") in text
    assert SAYS("item.unknown") in text
    assert browser.get("/feeds/shop/items?code=X001&what=x").status_code == 200
    store.close()
