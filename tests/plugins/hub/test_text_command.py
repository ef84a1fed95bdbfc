"""A text as one person would read it; what sells is shown only where they may be sent it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from plugins.store.engine import Store
from tests.plugins.hub.commands import said, town

SERVICE = """\
description: A statement.
class: service
subject: 'For {{ first_name }}'
body: '<p>{{ order_count }} orders</p>'
examples:
- {title: somebody, given: {first_name: Ann, order_count: 5}, expect: ['5 orders']}
"""
LETTER = """\
description: A letter.
class: marketing
sender: Shop, Street 1
unsubscribe: https://shop.example/leave
subject: 'For {{ first_name }}'
body: '<p>{{ sender }} {{ unsubscribe }}</p>'
examples:
- {title: somebody, given: {first_name: Ann}, expect: ['Street 1']}
"""


@pytest.fixture(autouse=True)
def texts(rules: Path, sqlite_store: Store) -> None:
    """Ann may be written to, bob said no; there is a text of each class."""
    (rules / "texts").mkdir()
    (rules / "texts" / "statement.yml").write_text(SERVICE)
    (rules / "texts" / "letter.yml").write_text(LETTER)
    town(sqlite_store)


def test_service_is_shown_for_everybody(rotonde: Any) -> None:
    (found,) = said(rotonde("text", "statement", "bob@example.nl", "--json"))
    assert (found["subject"], found["body"]) == ("For Bob", "<p>1 orders</p>")


def test_what_sells_is_shown_only_for_who_may_be_sent_it(rotonde: Any) -> None:
    assert rotonde("text", "letter", "ann@example.nl").exit_code == 0
    refused = rotonde("text", "letter", "bob@example.nl", "--json")
    assert (refused.exit_code, said(refused)[0]["subject"]) == (1, None)
    assert said(refused)[0]["refused"] == "email, marketing: refused; it is not sent"


def test_a_text_or_person_that_is_not_there_is_told(rotonde: Any) -> None:
    assert rotonde("text", "leter", "ann@example.nl").exit_code == 2
    assert rotonde("text", "letter", "nobody@example.nl").exit_code == 1
