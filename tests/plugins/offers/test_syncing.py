"""What fails between taking out and bringing in stops only itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from plugins.hub.syncing import Round, decide
from tests.making import keep
from tests.plugins.feeds.conftest import GOOGLE
from tests.plugins.offers.counter import FIVER, Counter, club


def test_a_feed_that_cannot_be_published_keeps_nobody_from_their_code(
    counter: Counter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ROTONDE_RULES", str(counter.rules))
    monkeypatch.setenv("ROTONDE_FEEDS", str(tmp_path / "feeds"))
    monkeypatch.setenv("ROTONDE_DATABASE_URL", counter.store.engine.url.render_as_string(hide_password=False))
    keep(counter.store, club("ann"))
    (tmp_path / "feeds" / "shop").mkdir(parents=True)
    (tmp_path / "feeds" / "shop" / "manifest.json").write_text("{")
    counter.write("shop", GOOGLE.replace("source: web", "source: woocommerce"), "feeds")
    counter = counter.write("fiver", FIVER)
    made = Round()
    decide(counter.hub, made, publishes=True, quiet=True)
    assert (made.is_well, made.feeds) == (False, [])
    assert [each["issued_now"] for each in made.offers] == [1]
    assert "is not a manifest of ours" in capsys.readouterr().err
