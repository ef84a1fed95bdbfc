"""The calls each decision takes, in their order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, MutableMapping, Sequence
from datetime import date, datetime, timedelta
from itertools import chain
from typing import Any

from plugins.wire.outbox import Call, Outcome, Row
from plugins.wire.retry import RefusedError
from plugins.wire.sending import json_call
from targets.tilroy.api import ORDERS, PERSONAL, POINTS, REDEEM
from targets.tilroy.decisions import Consent, Erasure, Movement, Note, Offer, Order, Unsendable, Voucher, decision_of
from targets.tilroy.history import LookUp, iso, movement_made
from targets.tilroy.notes import note_steps
from targets.tilroy.orders import OrderLookUp, order_body, order_made
from targets.tilroy.step import DONE, NEXT, Step, rejected
from targets.tilroy.terms import Terms, money

SUBSCRIPTIONS = "/customerapi/production/subscriptions"
VOUCHERS = "/voucherapi/production/v2/vouchers"
NOTIFICATIONS = {"email": "newsletter", "sms": "sms", "post": "mail"}
NEVER = date(2099, 12, 31)
"""The end of a voucher without one: Tilroy demands a day."""
GONE = Outcome("accepted", "not a customer any more")


def steps_of(
    row: Row, terms: Terms, at: datetime, made: set[str], placed: MutableMapping[str, datetime]
) -> Iterable[Step]:
    """Return the steps of a row, to be taken until one settles it; raises Unsendable.

    `made` has the numbers of the movements of this run, `placed` when it first sent which order (by its reference);
    both get those of this row.
    """
    match decision_of(row):
        case Consent() as consent:
            return _consent(consent)
        case Voucher() as voucher:
            return [Step(_post(VOUCHERS, _voucher(voucher, terms)), _done)]
        case Offer() as offer:
            return [Step(_post(VOUCHERS, _offer(offer, terms)), _done)]
        case Movement() as movement:
            return _movement(movement, terms, at, made)
        case Order() as order:
            return _order(order, terms, at, placed)
        case Note() as note:
            return note_steps(note)
        case Erasure() as erasure:
            return [Step(Call("DELETE", f"{PERSONAL}{erasure.customer}", b""), _done, _unless_gone)]


def _consent(decision: Consent) -> Sequence[Step]:
    """Set the newsletter first: that call needs no bearer, so a refused one leaves less undone."""
    calls = []
    if "email" in decision.consent:
        method = "POST" if decision.consent["email"] else "DELETE"
        calls.append(Call(method, f"{SUBSCRIPTIONS}?tilroyId={decision.customer}", b""))
    if decision.consent.keys() - {"email"}:
        said = {NOTIFICATIONS[channel]: value for channel, value in decision.consent.items()}
        calls.append(json_call("PUT", f"{PERSONAL}{decision.customer}", {"notifications": said}))
    return [*(Step(each, _next) for each in calls[:-1]), Step(calls[-1], _done)]


def _voucher(decision: Voucher, terms: Terms) -> dict[str, Any]:
    ends = decision.ends_on or NEVER
    return _made(decision, terms, decision.type, (decision.full_minor, decision.open_minor), ends)


def _offer(decision: Offer, terms: Terms) -> dict[str, Any]:
    """Return the voucher of an offer; one that is used or taken back has nothing left."""
    amounts = decision.minor, decision.minor if decision.is_open else 0
    return _made(decision, terms, "nextsalediscount", amounts, decision.ends_on)


def _made(
    decision: Voucher | Offer, terms: Terms, kind: str, amounts: tuple[int, int], ends: date
) -> dict[str, Any]:  # fmt: skip
    if decision.currency != terms.currency:
        raise Unsendable(f"payload.currency: not {terms.currency}, and a voucher at Tilroy names none; set currency")
    full, still = amounts
    body = {
        "barcode": decision.code,
        "webcode": "",
        "options": {"generateWebcode": True},
        "amounts": {"full": money(full), "open": money(still), "used": money(full - still)},
        "type": kind,
        "startDate": decision.starts_on.isoformat(),
        "endDate": ends.isoformat(),
        "shop": terms.shop,
        "status": "sold",
    }
    return body | ({"customer": {"tilroyId": decision.customer}} if decision.customer else {})


def _movement(decision: Movement, terms: Terms, at: datetime, made: set[str]) -> Iterator[Step]:
    """Look first where an earlier call got no answer: Tilroy adds or takes as often as it is asked."""
    points = abs(decision.points)
    body = {"customer": {"tilroyId": decision.customer}, "shop": terms.shop}
    body |= {"points": points, "amount": terms.worth(points)}
    if decision.points > 0:
        lapse = at + timedelta(days=terms.points_last_days)
        body |= {"date": iso(at), "dateExpired": iso(lapse), "sourceId": decision.reference}
    call, refused = (_post(POINTS, body), rejected) if decision.points > 0 else (_post(REDEEM, body), _not_taken)
    looked_up = LookUp(decision, decision.repeat, made).steps() if decision.repeat else ()
    return chain(looked_up, [Step(call, lambda answer: movement_made(answer, points, made), refused)])


def _order(decision: Order, terms: Terms, at: datetime, placed: MutableMapping[str, datetime]) -> Iterator[Step]:
    """Look first where an earlier call got no answer, or this run sent it already: each call makes another order."""
    call = _post(ORDERS, order_body(decision, terms))
    since = decision.repeat.since if decision.repeat else placed.get(decision.reference)
    placed.setdefault(decision.reference, at)
    looked_up = OrderLookUp(decision, since, terms).steps() if since else ()
    return chain(looked_up, [Step(call, lambda answer: order_made(answer, decision.reference))])


def _not_taken(refusal: RefusedError) -> Outcome:
    return Outcome("rejected", f"{refusal}: points are not taken off; the till may have fewer of the customer")


def _unless_gone(refusal: RefusedError) -> Outcome:
    return GONE if refusal.status == 404 else rejected(refusal)


def _done(_: Any) -> Outcome:
    return DONE


def _next(_: Any) -> Outcome:
    return NEXT


def _post(path: str, body: Mapping[str, Any]) -> Call:
    return json_call("POST", path, body)
