"""What a look costs does not grow with the shop: the store is asked by its indexes."""

from __future__ import annotations

import pytest

from plugins.console.desk import Desk
from plugins.console.pages import ROUTES
from tests.plugins.console.browsing import Browser
from tests.plugins.console.people import CARD, EMAIL, PHONE, profile_of
from tests.walking import walked

ONE = [each.path for each in ROUTES if each.method == "GET" and each.path.endswith("/{id}")]


@pytest.mark.parametrize("path", ONE)
def test_a_page_about_somebody_walks_through_no_table(counter: Desk, path: str) -> None:
    browser = Browser(counter)
    browser.signs_in("dpo")
    ann = profile_of(counter.hub.store, "ann")  # known at the till and on the web
    with walked(counter.hub.store) as found:
        assert browser.get(path.replace("{id}", ann)).status_code in {200, 404}
    assert found == set()


@pytest.mark.parametrize("typed", [CARD, EMAIL, PHONE, "R-77"])
def test_looking_for_somebody_walks_through_no_table(counter: Desk, typed: str) -> None:
    browser = Browser(counter)
    browser.signs_in("ops")
    with walked(counter.hub.store) as found:
        assert browser.post("/person", who=typed).status_code == 303
    assert found == set()
