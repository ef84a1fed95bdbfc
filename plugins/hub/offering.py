"""Offers inside the hub: laid out once over a plan's own tables, told to each destination, issued for all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb

from mappers.loyalty.earning import CURRENCY
from plugins.feeds.compiling import compile_feeds
from plugins.feeds.folder import feeds_folder
from plugins.hub.meaning import Meaning
from plugins.offers import issuing, wording
from plugins.offers.eligible import OfferPlan, choose
from plugins.offers.goods import Goods, lay_out
from plugins.offers.standing import stand
from plugins.rules.offer_reading import ReadOffer
from plugins.store.engine import Store


@dataclass(frozen=True)
class Offering:
    """Some offers in an engine that has what they are for, and the codes that were issued."""

    connection: duckdb.DuckDBPyConnection
    store: Store
    offers: Sequence[ReadOffer]
    goods: Mapping[str, Goods]
    version: str
    moment: datetime

    def chosen(self) -> list[OfferPlan]:
        """Say who gets which offer, of those that are desired so far."""
        return choose(self.connection, self.offers, self.goods, self.moment)

    def issue(self, plans: Sequence[OfferPlan]) -> dict[str, int]:
        """Give out the codes that plans speak of; returns how many by offer."""
        return issuing.issue(
            self.connection, self.store, self.offers, plans, self.version, CURRENCY, self.moment
        )  # fmt: skip

    def tell(self, destination: str) -> list[dict[str, Any]]:
        """Add the texts to what a destination should hold; returns who cannot be told: offer, why, persons."""
        self.chosen()
        failed = wording.tell(self.connection, self.offers, destination, self.moment)
        return [{"offer": name, "why": why, "persons": count}
                for name, reasons in failed.items() for why, count in reasons.items()]  # fmt: skip


def lay(connection: duckdb.DuckDBPyConnection, store: Store, meaning: Meaning, moment: datetime) -> Offering:
    """Lay out all offers; the mirror is resolved, and who matches which audience is known."""
    stand(connection, store)
    feeds = [*compile_feeds(meaning.feeds).values()]
    goods = lay_out(connection, store, meaning.offers, feeds, feeds_folder(store), CURRENCY, moment)
    return Offering(connection, store, meaning.offers, goods, meaning.version, moment)
