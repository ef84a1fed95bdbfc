"""Claiming: a receipt on which the till wrote nobody becomes a customer's, once; and the links that let them."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal
from urllib.parse import urlencode, urlsplit

import segno
from sqlalchemy import Connection
from werkzeug.wrappers import Request

from mappers.identity.claims import KIND, SOURCE, claim_id
from mappers.loyalty.holding import Refused
from plugins.api import finding
from plugins.api.answers import Answer, Page
from plugins.api.asked import Claim, Claimed, ClaimLink, LinkOfReceipt, Named
from plugins.api.pages import dead, page
from plugins.api.people import NOBODY, People
from plugins.api.routes import Call, Route
from plugins.hub.links import DeadLink, Links, days_of, ends
from plugins.store.codec import codec
from plugins.store.engine import StoreError, next_number
from plugins.store.tables import ENTITY_TABLES
from plugins.store.times import utc_text
from plugins.store.writing import insert_of

CLAIM_DAYS, SHOP_URL = "ROTONDE_CLAIM_DAYS", "ROTONDE_SHOP_URL"
DAYS = 30
EVENT = ENTITY_TABLES["event"]
APART = "\x1f"
Evidence = Literal["signed link", "receipt number"]


class Claims:
    """Ties receipts to customers."""

    def __init__(self, people: People) -> None:
        self.people, self.links = people, Links(people.store)
        self.days = days_of(os.environ.get(CLAIM_DAYS, ""), CLAIM_DAYS, DAYS, StoreError)
        self.shop = _shop(os.environ.get(SHOP_URL, ""))

    def link(self, call: Call, connection: Connection, now: datetime) -> Answer:
        """Make the link of a receipt, as the till prints it: the receipt itself may come in later."""
        receipt, until = call.asked.receipt, ends(now, self.days)
        word = self.links.make(connection, "claim", APART.join((receipt.source, receipt.id)).encode(), until)
        url = f"{call.base}/claim/{word}"
        return Answer(201, {"url": url, "expires_at": utc_text(until), "qr_svg": _qr(url)})

    def show(self, request: Request, named: Mapping[str, str]) -> Page:
        """Tell what a claim is, and hand over to the shop's own sign-in."""
        try:
            with self.people.store.reading() as connection:
                self.links.read(connection, "claim", named["token"], self.people.clock(connection))
        except DeadLink as link:
            return dead(request, is_over=link.is_over)
        on = f"{self.shop}{'&' if '?' in self.shop else '?'}{urlencode({'claim': named['token']})}" if self.shop else ""
        return page(request, 200, "claim", "claim_lead" if on else "claim_where", on=on)

    def claim(self, call: Call, connection: Connection, now: datetime) -> Answer:
        """Tie a receipt to a customer; raises Refused where it is not theirs to have."""
        asked: Claim = call.asked
        profile_id = finding.of_record(connection, asked.customer)
        if profile_id is None:
            return NOBODY
        named, is_known = self._tie(connection, *self._named(connection, asked, now), asked.customer, now)
        self.people.write(connection, call, profile_id, "claim of a receipt", now)
        told = {"source": named.source, "id": named.id}
        return Answer(201, {"receipt": told, "state": "tied" if is_known else "waiting"})

    def register(self, connection: Connection, word: str, customer: Named, now: datetime) -> None:
        """Tie the receipt of a link to who registers by it; raises Refused where it is not theirs to have."""
        self._tie(connection, self._linked(connection, word, now), "signed link", customer, now)

    def _tie(
        self, connection: Connection, named: Named, evidence: Evidence, customer: Named, now: datetime
    ) -> tuple[Named, bool]:
        """Write a claim; returns which receipt it is of, and whether it has come in."""
        found = finding.receipts(connection, named.id, named.source)
        receipt = found[0] if len(found) == 1 else None
        if receipt is None and (evidence != "signed link" or found):
            raise Refused("unknown_receipt", "receipt: not known here yet; check it, or sync first")
        if receipt is not None:
            self._check(receipt, now)
            named = Named(source=receipt.source, id=receipt.id)
        _keep(connection, named, customer, evidence, now)
        return named, receipt is not None

    def _named(self, connection: Connection, asked: Claim, now: datetime) -> tuple[Named, Evidence]:
        """Return which receipt is meant, and by what it is known."""
        if asked.receipt is not None:
            return asked.receipt, "receipt number"
        return self._linked(connection, asked.link or "", now), "signed link"

    def _linked(self, connection: Connection, word: str, now: datetime) -> Named:
        """Return which receipt a link is of."""
        try:
            about = self.links.read(connection, "claim", word, now).decode()
        except DeadLink as link:
            raise Refused("dead_link", str(link)) from None
        source, _, key = about.partition(APART)
        return Named(source=source, id=key)

    def _check(self, receipt: finding.Receipt, now: datetime) -> None:
        if not receipt.is_nobodys:
            raise Refused("has_customer", "receipt: somebody is on it already; nothing to claim")
        if datetime.fromisoformat(receipt.ordered_at) < now - timedelta(days=self.days):
            raise Refused("too_old", f"receipt: older than {self.days} days; it can be claimed no more")


def _keep(connection: Connection, receipt: Named, customer: Named, evidence: Evidence, now: datetime) -> None:
    """Write the claim, unless there is one: of two who claim at once the first has it."""
    at = utc_text(now)
    record = {
        "source": SOURCE, "source_id": claim_id(receipt.source, receipt.id), "stream": "claims", "kind": KIND,
        "changed_at": at, "seen_at": at, "occurred_at": at, "customer_id": f"{customer.source}:{customer.id}",
        "strength": evidence, "facts": {"order_source": receipt.source, "order_id": receipt.id},
    }  # fmt: skip
    of = codec("event")
    row = dict(zip(of.columns, of.decode(json.dumps(record).encode()), strict=True))
    row |= {"is_absent": False, "row_seq": next_number(connection, "row_seq")}
    statement = insert_of(connection)(EVENT).values(row).on_conflict_do_nothing().returning(EVENT.c.source_id)
    if connection.execute(statement).scalar() is None:
        raise Refused("claimed", "receipt: claimed already; it can be claimed once")


def _qr(url: str) -> str:
    drawn = io.BytesIO()
    segno.make(url, error="m", micro=False).save(drawn, kind="svg", xmldecl=False, scale=4, title="QR")
    return drawn.getvalue().decode().strip()


def _shop(said: str) -> str:
    parts = urlsplit(said)
    if said and (parts.scheme not in ("https", "http") or not parts.hostname or parts.username or parts.fragment):
        raise StoreError(f"{SHOP_URL}: not the address of a page; write for example https://shop.example/account")
    return said


def claim_routes(people: People) -> tuple[Route, ...]:
    """Return the routes over claims."""
    claims = Claims(people)
    return (
        Route("POST", "/receipts/links", "Make the link of a receipt, to be printed on it as a QR code.", "claims",
              LinkOfReceipt, ClaimLink, 201, once=claims.link),
        Route("POST", "/receipts/claims", "Tie a receipt without a customer to a customer, once.", "claims",
              Claim, Claimed, 201, {404: "no such person or receipt", 409: "it is somebody's, too old, or claimed"},
              once=claims.claim),
        Route("GET", "/claim/{token}", "Tell what a claim is, and lead on to the shop's sign-in.",
              refuses={404: "no such link", 410: "the link has ended"}, show=claims.show),
    )  # fmt: skip
