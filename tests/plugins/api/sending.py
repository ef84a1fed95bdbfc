"""An app that sends events to the API of a shop, what it sends, and what is declared for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from plugins.api.app import App as Api
from plugins.hub.taking_in import take_in
from plugins.store.event_tables import waiting_event
from plugins.store.tables import ENTITY_TABLES
from tests.making import keep, stored
from tests.plugins.api.counter import CARD, Shop, receipt, said

TILL_KEY = "a key of the till that is long"
KEY = "a key of the app that is long"
AT = "2026-03-11T10:00:00+01:00"
CHECK_IN = {"kind": "check_in", "id": "in-1", "at": AT, "store_id": "utrecht", "card": CARD}
BOUGHT = {"kind": "purchase", "id": "buy-1", "at": AT, "order_id": "127", "order_number": "R-127", "card": CARD,
          "total_minor": 4990, "lines": [{"line_number": 1, "sku": "PARKA", "total_minor": 4990}]}  # fmt: skip
SAYS = {"channel": "email", "purpose": "marketing"}
PROVEN = {**SAYS, "answer": "yes", "words": "Ja, mail mij.", "words_version": "2026-03", "place": "till 4"}
AGREED = {"kind": "consent", "id": "yes-1", "at": AT, "customer_id": "dee", "email": "dee@example.nl",
          "consents": [PROVEN]}  # fmt: skip
EID = {"kind": "registration_eid", "id": "eid-1", "at": AT, "customer_id": "jan", "first_name": "Jan",
       "last_name": "de Wit", "birth_date": "1985-07-30", "issued_by": "BE", "email": "jan@example.nl"}  # fmt: skip
LOOKED = {"kind": "behaviour", "id": "saw-1", "at": AT, "customer_id": "dee", "act": "product_view", "product_id": "7"}
CONSENT = """\
sources:
  app:
  - field: consent.email.marketing # consent, channel, purpose
    channel: email
    purpose: marketing
    role: origin
    values: {'yes': granted, 'no': withdrawn}
    wording: {fact: wording}
    time: {fact: at}
    place: {fact: place}
    method: tick
    needs: [at, wording, wording_version, place]
"""
ACCOUNTS = """\
plugins:
  mappers:
  - name: mapper-app
    namespace: mapper_app
    executable: ./mappers/canonical/mapper.py
    mappings:
    - name: canonical-app
      config: {system: events, source: app, country: BE, accounts: woocommerce}
"""


@dataclass
class App:
    """A shop, and an app that sends it events."""

    shop: Shop

    def send(self, *events: Any, key: str = KEY) -> tuple[int, Any]:
        body = events[0] if len(events) == 1 else {"events": events}
        return said(self.shop.client.post("/events", json=body, headers={"Authorization": f"Bearer {key}"}))

    def get(self, path: str) -> Any:
        return said(self.shop.client.get(path, headers={"Authorization": f"Bearer {KEY}"}))[1]

    def take_in(self) -> int:
        return take_in(self.shop.hub)

    def kept(self, entity: str, source: str = "app") -> list[dict[str, Any]]:
        return [row for row in stored(self.shop.store, ENTITY_TABLES[entity]) if row["source"] == source]

    @property
    def api(self) -> Api:
        """What answers."""
        api = self.shop.client.application
        assert isinstance(api, Api)
        return api

    @property
    def waiting(self) -> list[dict[str, Any]]:
        return stored(self.shop.store, waiting_event)


def registration(app: App) -> tuple[str, dict[str, Any]]:
    """Return the token of a receipt of nobody, and a registration by it."""
    keep(app.shop.store, receipt("9", ordered_at="2026-03-10T10:00:00+00:00"))
    headers = {"Authorization": f"Bearer {TILL_KEY}", "Idempotency-Key": "k"}
    asked = {"receipt": {"source": "till", "id": "9"}}
    _, link = said(app.shop.client.post("/receipts/links", json=asked, headers=headers))
    token = str(link["url"]).rpartition("/")[2]
    return token, {"kind": "registration_qr", "id": "qr-1", "at": AT, "customer_id": "noor", "first_name": "Noor",
                   "email": "noor@example.nl", "token": token}  # fmt: skip
