"""Consent: a no first, and a yes where the shop does not have it and nobody took it back since."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from plugins.wire.outbox import Call, Outcome, Row
from plugins.wire.recording import Recorded, Step
from plugins.wire.retry import RefusedError
from plugins.wire.sending import LostError
from targets.shopify.answers import DONE, ERRORS, judged, not_found_out
from targets.shopify.api import Api, call
from targets.shopify.customers import Said, customer_id, states
from targets.shopify.payloads import Consent

CUSTOMERS_PER_CALL = 12
"""They have as many metafields as Shopify takes in one call."""
NO_ADDRESS = "MISSING_ARGUMENT"
CHANNELS = {"email": "Email", "sms": "Sms"}
SAID_NO = Outcome("rejected", "withdrawn there since")
NO_CUSTOMER = Outcome("rejected", "no such customer")


class Consenting(Recorded[Api]):
    """Writes what customers said for each channel."""

    def consent(self, rows: Sequence[Row], payloads: Mapping[str, Consent]) -> None:
        """Write consent: what was withdrawn first, so that nothing holds it up."""
        self._say([row for row in rows if not payloads[row.key].grants], payloads)
        self._grant([row for row in rows if payloads[row.key].grants], payloads)

    def _say(self, rows: Sequence[Row], payloads: Mapping[str, Consent]) -> None:
        named = [row for row in rows if any(each is not None for each in payloads[row.key].consent.values())]
        for row in rows:
            if row not in named:
                self.settle(row, DONE)
        self.carry(lambda some: say({row.key: payloads[row.key] for row in some}), named, CUSTOMERS_PER_CALL)

    def _grant(self, rows: Sequence[Row], payloads: Mapping[str, Consent]) -> None:
        """Write a yes where the shop does not have it, and never over a no that is newer than it."""
        for first in range(0, len(rows), CUSTOMERS_PER_CALL):
            self._grant_together(rows[first : first + CUSTOMERS_PER_CALL], payloads)

    def _grant_together(self, rows: Sequence[Row], payloads: Mapping[str, Consent]) -> None:
        try:
            held = states(self.api, [payloads[row.key].customer for row in rows])
        except (LostError, RefusedError) as error:
            for row in rows:
                self.settle(row, not_found_out(error))
            return
        wanted: dict[str, Consent] = {}
        for row, there in zip(rows, held, strict=True):
            payload = payloads[row.key]
            outcome = _met(payload, there)
            if outcome is None and there is not None:
                wanted[row.key] = payload.model_copy(update={"consent": _missing(payload, there)})
            else:
                self.settle(row, outcome or NO_CUSTOMER)
        self._say([row for row in rows if row.key in wanted], wanted)


def say(payloads: Mapping[str, Consent]) -> Step:
    """Set consent: each channel of each row is a mutation of its own, and they fail one by one.

    What we write is a copy: a yes carries the level UNKNOWN, so that nobody takes it for an act of the person.
    """
    asked = {
        (key, channel): f"m{at}"
        for at, (key, channel) in enumerate(
            (key, channel) for key, payload in payloads.items() for channel, said in payload.consent.items()
            if said is not None
        )
    }  # fmt: skip

    def build(rows: Sequence[Row]) -> Call:
        fields, kinds, variables = [], [], {}
        for row in rows:
            for channel, said in payloads[row.key].consent.items():
                if said is None:
                    continue
                name, kind = asked[row.key, channel], CHANNELS[channel]
                kinds.append(f"${name}: Customer{kind}MarketingConsentUpdateInput!")
                fields.append(f"{name}: customer{kind}MarketingConsentUpdate(input: ${name}) {{ {ERRORS} }}")
                variables[name] = _consent(channel, payloads[row.key], said)
        return call(f"mutation({', '.join(kinds)}) {{ {' '.join(fields)} }}", variables)

    def judge(answer: Any, row: Row) -> Outcome:
        said = payloads[row.key].consent
        found = [_consented(answer.get(asked[row.key, each]), yes) for each, yes in said.items() if yes is not None]
        return next((each for each in found if each.state != "accepted"), DONE)

    return Step(build, judge)


def _consent(channel: str, payload: Consent, said: bool) -> dict[str, Any]:
    level = {"marketingOptInLevel": "UNKNOWN"} if said else {}
    at = {"consentUpdatedAt": payload.at} if payload.at else {}
    told = {"marketingState": "SUBSCRIBED" if said else "UNSUBSCRIBED", **level, **at}
    return {"customerId": customer_id(payload.customer), f"{channel}MarketingConsent": told}


def _consented(payload: Any, said: bool) -> Outcome:
    """Return what became of one channel; who has no address there is told nothing, and a no holds by itself."""
    outcome = judged(payload)
    return DONE if not said and outcome.reason == NO_ADDRESS else outcome


def _met(payload: Consent, there: Mapping[str, Said] | None) -> Outcome | None:
    """Return what is known of a row without a call: who said no since, and who has it all already."""
    if there is None:
        return NO_CUSTOMER
    yes = [channel for channel, said in payload.consent.items() if said]
    if any(_is_newer(there[channel], payload.at) for channel in yes):
        return SAID_NO
    return None if any(said is not None for said in _missing(payload, there).values()) else DONE


def _missing(payload: Consent, there: Mapping[str, Said]) -> dict[Any, bool | None]:
    """Return what the shop does not have; writing a yes again would wipe out how the person gave theirs."""
    return {
        channel: None if said and there[channel].state == "SUBSCRIBED" else said
        for channel, said in payload.consent.items()
    }


def _is_newer(held: Said, at: str | None) -> bool:
    if held.state == "REDACTED":
        return True
    if held.state != "UNSUBSCRIBED" or not held.at or not at:
        return False
    return datetime.fromisoformat(held.at) > datetime.fromisoformat(at)
