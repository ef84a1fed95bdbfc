"""No answer and no log of the API says a key, a trace, or who it was about."""

from __future__ import annotations

import re
from typing import Any

import pytest
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from tests.plugins.api.counter import KEY, Shop


def test_s13_a_fault_of_ours_is_a_number_and_no_trace(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    """What went wrong may name somebody, so neither the answer nor the log repeats it."""
    app = shop.app()
    broken = next(route for route in app.routes if route.path == "/persons")
    object.__setattr__(broken, "ask", lambda _call: dict[str, str]()["ann@example.nl"])
    found = app.answer(_request("/persons?card=1"))
    text = found.response().get_data(as_text=True)
    number = re.findall(r"[0-9a-f]{32}", text)
    assert found.status == 500
    assert "Traceback" not in text + caplog.text
    assert "ann@" not in text + caplog.text
    assert number
    assert number[0] in caplog.text


def _request(path: str) -> Any:
    return Request(EnvironBuilder(path, headers=[("Authorization", f"Bearer {KEY}")]).get_environ())


def test_s1_s5_no_answer_repeats_a_key_or_what_it_was_sent(shop: Shop) -> None:
    secret, canary = "kanarie-geheim-kanarie", "kanarie@example.nl"
    for path, body in (
        ("/loyalty/holds", {"card": canary}), ("/preferences/links", {"customer": {"source": canary, "id": canary}}),
        ("/receipts/claims", {"link": canary, "customer": {"source": "woocommerce", "id": "ann"}}),
        ("/receipts/links", {"receipt": {"source": "till", "id": "1"}, canary: 1}), (f"/{canary}", {}),
    ):  # fmt: skip
        for key in (KEY, secret):
            headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": canary}
            told = shop.client.post(path, json=body, headers=headers).text
            assert not {each for each in (secret, canary, KEY) if each in told}
    for path in (f"/persons?card={canary}", f"/persons?{canary}=1", f"/persons/{canary}/offers?at=x",
                 f"/claim/{canary}", f"/preferences/{canary}?lang={canary}"):  # fmt: skip
        assert canary not in shop.client.get(path, headers={"Authorization": f"Bearer {KEY}"}).text
