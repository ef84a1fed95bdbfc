"""Every text stands in both catalogues, and none in a template."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from plugins.console.pages import ROUTES
from plugins.console.roles import Role
from plugins.console.words import LANGUAGES, Words, catalogue, chosen
from tests.plugins.console.browsing import Browser

CONSOLE = Path(__file__).parents[3] / "plugins" / "console"
TEMPLATES = sorted((CONSOLE / "templates").rglob("*.html"))
OF_JINJA = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
TEXT_ATTRIBUTE = re.compile(r'\b(?:aria-label|title|placeholder|alt)="([^"]*)"')
SOURCES = [*TEMPLATES, *sorted(CONSOLE.rglob("*.py"))]


def test_both_languages_have_the_same_texts_with_the_same_gaps() -> None:
    gaps = [{key: set(re.findall(r"\{(\w+)\}", text)) for key, text in catalogue(each).items()} for each in LANGUAGES]
    assert gaps[0] == gaps[1]
    assert all(isinstance(text, str) and text.strip() for each in LANGUAGES for text in catalogue(each).values())


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_a_template_has_no_words_of_its_own(path: Path) -> None:
    bare = OF_JINJA.sub("", path.read_text("utf-8"))
    attributes = "".join(TEXT_ATTRIBUTE.findall(bare))
    words = re.sub(r"<[^>]*>", "", bare, flags=re.DOTALL)
    assert re.findall(r"[^\W\d_]{2,}", attributes + words) == []


def test_every_text_that_a_page_asks_for_is_there_and_every_text_is_asked_for() -> None:
    text = "".join(path.read_text("utf-8") for path in SOURCES)
    known = catalogue("en")
    asked = set(re.findall(r'\bt\("([\w.]+)"[,)]', text))
    assert asked - known.keys() == set()
    kinds = {*re.findall(r't\.of\("([\w.]+)"', text), *re.findall(r'\(t, "([\w.]+)"', text),
             *re.findall(r'"([\w.]+)\." ~ ', text)}  # fmt: skip
    loose = [key for key in known if key not in asked and not any(key.startswith(f"{kind}.") for kind in kinds)]
    assert [key for key in loose if f'"{key}"' not in text and not key.endswith(".title")] == []
    assert {f"{each.name}.title" for each in ROUTES if each.method == "GET" and each.on_menu} <= known.keys()
    assert {f"role.{each}" for each in Role} <= known.keys()


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        (None, "en"), ("", "en"), ("nl", "nl"), ("nl-BE,nl;q=0.9,en;q=0.8", "nl"), ("fr,de", "en"),
        ("en;q=0.5,nl;q=0.7", "nl"), ("nl;q=0", "en"), (";;;q=9,,", "en"), ("nl;q=x", "nl"),
    ],
)  # fmt: skip
def test_a_browser_is_answered_in_its_language(accepted: str | None, language: str) -> None:
    assert chosen(accepted) == language


def test_the_language_of_the_account_outranks_that_of_the_browser(browser: Browser) -> None:
    browser.signs_in("ops")
    assert '<html lang="nl">' in browser.get("/oneself", **{"Accept-Language": "nl"}).text
    browser.post("/language", language="en")
    page = browser.get("/oneself", **{"Accept-Language": "nl"}).text
    assert '<html lang="en">' in page
    assert Words("en")("oneself.title") in page
    assert browser.post("/language", language="tlh").status_code == 400
