"""What the API's tests share: the retailer's meaning, and a shop that was resolved once and is copied for each test."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from plugins.api.keys import Keys
from plugins.hub.meaning import Meaning, read_meaning
from plugins.store.engine import open_store
from tests.plugins.api.counter import Shop, stocked
from tests.plugins.api.sending import ACCOUNTS, CONSENT, KEY, TILL_KEY, App
from tests.road.stage import rules_in


@pytest.fixture(scope="session")
def meaning(tmp_path_factory: pytest.TempPathFactory) -> Meaning:
    """Give the retailer's rules, with two plain audiences."""
    return read_meaning(rules_in(tmp_path_factory.mktemp("meaning") / "rules"))


@pytest.fixture(scope="session")
def resolved(meaning: Meaning, sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder of a store that was resolved once."""
    folder = tmp_path_factory.mktemp("resolved")
    shutil.copyfile(sqlite_template, folder / "store.db")
    opened = open_store(f"sqlite:///{folder / 'store.db'}")
    stocked(opened)
    Shop(opened, meaning).resolve()
    opened.close()
    return folder


@pytest.fixture
def shop(meaning: Meaning, resolved: Path, tmp_path: Path) -> Iterator[Shop]:
    """Give a shop that was resolved."""
    home = tmp_path / "home"
    shutil.copytree(resolved, home)
    opened = open_store(f"sqlite:///{home / 'store.db'}")
    yield Shop(opened, meaning)
    opened.close()


@pytest.fixture(scope="session")
def declared(tmp_path_factory: pytest.TempPathFactory) -> Meaning:
    """Give the retailer's rules, with what an app's acts of consent mean."""
    folder = rules_in(tmp_path_factory.mktemp("declared") / "rules")
    rules = (folder / "consent.yml").read_text("utf-8")
    (folder / "consent.yml").write_text(rules.replace("sources:\n", CONSENT, 1), "utf-8")
    return read_meaning(folder)


@pytest.fixture
def app(shop: Shop, declared: Meaning) -> App:
    """Give an app that has a key for events."""
    shop.hub = replace(shop.hub, meaning=declared)
    keys = Keys({"app": KEY, "till": TILL_KEY}, {"app": frozenset({"events"}), "till": frozenset({"claims"})})
    shop.client.application = shop.app(keys)
    return App(shop)


@pytest.fixture
def webshop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a project in which the app uses the accounts of the webshop."""
    (tmp_path / "meltano.yml").write_text(ACCOUNTS, "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path
