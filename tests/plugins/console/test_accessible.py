"""Pages that a keyboard, a screen reader and tired eyes can use."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from plugins.console.desk import Desk
from plugins.hub.planning import DestinationPlan
from plugins.store.engine import Store
from plugins.store.errand_tables import plan_draft
from plugins.store.keeper import Keeper
from plugins.store.tables import quarantine
from tests.making import stored
from tests.plugins.console.people import profile_of, was_sent
from tests.plugins.console.test_person import signed_in

CSS = (Path(__file__).parents[3] / "plugins" / "console" / "static" / "console.css").read_text("utf-8")
PAGES = (
    "/sign-in",
    "/today",
    "/person",
    "/person/{ann}",
    "/person/{ann}/why",
    "/shop",
    "/shop/{ann}",
    "/consent",
    "/consent/register",
    "/requests/of/{ann}",
    "/rules",
    "/rules/propose?file=consent.yml",
    "/audiences",
    "/audiences/letter",
    "/audiences/letter/people",
    "/experiments",
    "/feeds",
    "/oneself",
    "/plan",
    "/plan/d1/at/mailchimp",
    "/quarantine",
    "/quarantine/records?source=?&stream=customer&reason=wrong_type",
    "/quarantine/{aside}",
    "/no",
)
VOID = {"input", "img", "link", "meta", "br", "hr"}


class Outline(HTMLParser):
    """What a page is made of, by its tags."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((f"svg {tag}" if "svg" in self.open else tag, dict(attrs)))
        self.open += [tag] if tag not in VOID else []

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def of(self, *names: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.tags if tag in names]


def planned(store: Store) -> None:
    """Let there be a plan with something of everything."""
    made: dict[str, Any] = {**asdict(DestinationPlan("mailchimp", add=2, guards=["shrink: 9 of 10"])), "leaving": {}}
    made |= {"kinds": {"points": 2}, "names": [{"operation": "add", "profile_id": "p", "why": "letter"}]}
    steps = ("matched", "yielded", "held_out", "capped", "not_permitted", "reachable", "add", "change")
    made["funnel"] = [{"audience": "letter", **dict.fromkeys(steps, 1)}]
    values = {
        "made_at": "2026-03-12",
        "made_by": "ann",
        "rules": "1",
        "told": json.dumps([made]),
    }
    with store.writing() as connection:
        connection.execute(insert(plan_draft).values(id="d1", seal_hash="h", state="made", lifts_guards=True, **values))


def aside(store: Store) -> str:
    """Let a record be in quarantine."""
    keeper = Keeper(store, "run")
    keeper.record("customer", b'{"source": 7}')
    keeper.commit()
    return str(stored(store, quarantine)[0]["id"])


@pytest.mark.parametrize("path", PAGES)
def test_every_page_has_landmarks_a_heading_labels_and_heads_of_tables(counter: Desk, path: str) -> None:
    was_sent(counter.hub.store, "ann")
    planned(counter.hub.store)
    browser = signed_in(counter, "ops")
    if path == "/sign-in":
        browser.client.cookies.clear()
    outline = Outline(
        browser.get(path.format(ann=profile_of(counter.hub.store, "ann"), aside=aside(counter.hub.store))).text
    )
    assert outline.open == []
    assert [len(outline.of(name)) for name in ("html", "main", "h1", "title")] == [1, 1, 1, 1]
    assert outline.of("html")[0]["lang"] == "en"
    assert outline.of("a")[0] == {"class": "skip", "href": "#content"}
    words = [each["id"] for each in outline.of("svg title", "svg desc")]
    assert [each["role"] for each in outline.of("svg")] == ["img"] * len(outline.of("svg title"))
    assert " ".join(str(each["aria-labelledby"]) for each in outline.of("svg")).split() == words
    labelled = {each["for"] for each in outline.of("label")}
    fields = [each for each in outline.of("input", "select", "textarea") if each.get("type") != "hidden"]
    assert {each["id"] for each in fields} == labelled
    assert all(each.get("scope") in ("col", "row") for each in outline.of("th"))
    assert all(each.get("alt") for each in outline.of("img"))
    known = {each["id"] for _, each in outline.tags if "id" in each}
    assert len(known) == sum("id" in each for _, each in outline.tags)
    assert {each["aria-labelledby"] for each in outline.of("section")} <= known
    if path not in ("/sign-in", "/no"):
        current = [each for each in outline.of("a") if each.get("aria-current") == "page"]
        assert len(current) == 1
        assert [each.get("aria-label") for each in outline.of("nav")] == ["Pages"]
    signed_in.cache_clear()


def luminance(colour: str) -> float:
    digits = colour if len(colour) == 6 else "".join(each * 2 for each in colour)
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_every_colour_of_text_stands_out(theme: int) -> None:
    colours = dict(re.findall(r"--([\w-]+): #([0-9a-f]+);", CSS.split("color-scheme: dark")[theme]))
    assert len(colours) == 10
    on_paper = [contrast(colours[name], colours["paper"]) for name in ("ink", "soft", "accent", "good", "bad", "warn")]
    assert min(on_paper) >= 4.5
    assert contrast(colours["ink"], colours["field"]) >= 4.5
    assert contrast(colours["on-accent"], colours["accent"]) >= 4.5


def test_pages_load_nothing_from_elsewhere() -> None:
    assert re.findall(r"@import|https?:|url\(", CSS) == []
