"""The routes about persons: who it is, and what they are offered."""

from __future__ import annotations

from plugins.api.offering import Counter
from plugins.api.people import People
from plugins.api.routes import Route
from plugins.api.told import Offers, Person, Where, Who


def personal_routes(people: People) -> tuple[Route, ...]:
    """Return the routes over people."""
    counter = Counter(people)
    nobody = {404: "not one person that the hub knows"}
    return (
        Route("GET", "/persons", "Tell who has a card, a receipt or a login.", "person",
              Who, Person, refuses=nobody, ask=people.person),
        Route("GET", "/persons/{profile_id}/offers", "Tell what somebody may be offered at a system.", "offers",
              Where, Offers, refuses=nobody, ask=counter.offers),
    )  # fmt: skip
