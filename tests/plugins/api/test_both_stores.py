"""The whole of it on both databases: who it is, what they say, what they claim."""

from __future__ import annotations

from pathlib import Path

import pytest

from plugins.hub.meaning import Meaning
from plugins.store.engine import Store
from tests.plugins.api.counter import CARD, Shop, stocked

ANN = {"source": "woocommerce", "id": "ann"}


def test_a_person_is_found_says_no_and_claims_a_receipt_on_either_store(
    store: Store, meaning: Meaning, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROTONDE_HOME", str(tmp_path))
    stocked(store)
    shop = Shop(store, meaning)
    shop.resolve()
    ways = ("card=" + CARD, "source=till&id=ann", "receipt=R-1", "source=till&receipt=1")
    told = [shop.get(f"/persons?{way}")[1] for way in ways]
    assert [each["first_name"] for each in told] == ["Ann"] * 4
    assert shop.get(f"/persons/{told[0]['profile_id']}/offers?at=woocommerce")[1]["offers"] == []

    _, link = shop.post("/preferences/links", {"customer": ANN})
    assert shop.client.post(link["url"], data={"List-Unsubscribe": "One-Click"}).status_code == 200
    states = {each["channel"]: each["state"] for each in shop.get(f"/persons?card={CARD}")[1]["consent"]}
    assert states["email"] == "refused"

    claim = {"receipt": {"source": "till", "id": "3"}, "customer": ANN}
    assert shop.post("/receipts/claims", claim, "k")[1]["state"] == "tied"
    assert shop.post("/receipts/claims", claim, "k")[0] == 201
    assert shop.post("/receipts/claims", claim)[1]["code"] == "claimed"
    assert shop.get("/persons?receipt=R-3")[1]["first_name"] == "Ann"
