"""The table of all that can be asked beside the ledger; who mounts more adds its routes here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Connection

from mappers.loyalty.holding import store_time
from plugins.api.claiming import claim_routes
from plugins.api.events import event_routes
from plugins.api.pages import STYLES
from plugins.api.people import People
from plugins.api.personal import personal_routes
from plugins.api.preferences import preference_routes
from plugins.api.routes import Route
from plugins.hub.plans import Hub
from plugins.store.engine import Store


def routes_over(
    hub: Hub, store: Store, clock: Callable[[Connection], datetime] = store_time
) -> tuple[Route, ...]:  # fmt: skip
    """Return every route beside those of the ledger."""
    people = People(store, hub.meaning, clock)
    own = (*personal_routes(people), *preference_routes(people), *claim_routes(people), *event_routes(people))
    return (*own, STYLES)
