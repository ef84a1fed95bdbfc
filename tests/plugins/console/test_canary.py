"""S5: somebody's data is on the pages for who may see it, and nowhere else that the console writes."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from plugins.console.desk import Desk
from plugins.store.people import people_path
from tests.plugins.console.browsing import Browser
from tests.plugins.console.people import CARD, EMAIL, PHONE, profile_of
from tests.plugins.console.test_person import looks


def test_s5_a_look_up_leaves_nothing_of_a_person_in_logs_audit_addresses_or_error_pages(
    counter: Desk, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    browser, ann = Browser(counter), profile_of(counter.hub.store, "ann")
    browser.signs_in("dpo")
    told = []
    with caplog.at_level(logging.DEBUG):
        for typed in (EMAIL, PHONE, CARD):
            told.append(browser.post("/person", who=typed).headers["location"])
        assert EMAIL in browser.get(f"/person/{ann}").text
        people_path(counter.hub.store).write_bytes(b"no database")
        broken = browser.get(f"/person/{ann}")
    assert broken.status_code == 500
    ours = [record.getMessage() for record in caplog.records if record.name.startswith(("plugins", "uvicorn"))]
    written = [*told, broken.text, *ours, repr(looks(counter)), *capfd.readouterr()]
    written += [path.name for path in Path(counter.hub.store.path.parent).rglob("*")]
    assert [each for each in (EMAIL, PHONE, CARD, "Bakker") if each in "\n".join(written)] == []


def test_s5_what_does_not_fit_in_memory_is_put_beside_the_store(counter: Desk) -> None:
    (said,) = counter.look.rows("SELECT current_setting('temp_directory') AS folder")
    assert Path(said["folder"]).parent == counter.hub.store.path.parent
