"""The calls that write, and what their answers say of each row."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from plugins.wire.outbox import Call, Outcome, Row
from plugins.wire.recording import Step
from targets.shopify.api import call, code_of, customer_id
from targets.shopify.payloads import NAMESPACE, Consent, Points

DONE = Outcome("accepted")
NOT_NAMED = Outcome("unknown", "the answer does not name it")
TAKEN, NO_ADDRESS = "TAKEN", "MISSING_ARGUMENT"
ERRORS = "userErrors { field code }"
PLAIN_ERRORS = "userErrors { field }"
CHANNELS = {"email": "Email", "sms": "Sms"}
SET = f"set: metafieldsSet(metafields: $set) {{ {ERRORS} }}"
GONE = f"gone: metafieldsDelete(metafields: $gone) {{ {PLAIN_ERRORS} }}"
DISCOUNT = "$discount: DiscountCodeBasicInput!"
CREATE = (
    f"mutation({DISCOUNT}) {{ made: discountCodeBasicCreate(basicCodeDiscount: $discount) "
    f"{{ codeDiscountNode {{ id }} {ERRORS} }} }}"
)
UPDATE = (
    f"mutation($id: ID!, {DISCOUNT}) {{ made: discountCodeBasicUpdate(id: $id, basicCodeDiscount: $discount) "
    f"{{ codeDiscountNode {{ id }} {ERRORS} }} }}"
)
END = f"mutation($id: ID!) {{ made: discountCodeDeactivate(id: $id) {{ codeDiscountNode {{ id }} {ERRORS} }} }}"
DELETE = (
    f"mutation($input: CustomerDeleteInput!) {{ made: customerDelete(input: $input) "
    f"{{ deletedCustomerId {PLAIN_ERRORS} }} }}"
)
FORGET = (
    "mutation($mail: CustomerEmailMarketingConsentUpdateInput!, $sms: CustomerSmsMarketingConsentUpdateInput!, "
    "$gone: [MetafieldIdentifierInput!]!, $id: ID!) { "
    f"mail: customerEmailMarketingConsentUpdate(input: $mail) {{ {ERRORS} }} "
    f"sms: customerSmsMarketingConsentUpdate(input: $sms) {{ {ERRORS} }} {GONE} "
    f"made: customerRequestDataErasure(customerId: $id) {{ customerId {ERRORS} }} }}"
)


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


def hold(payloads: Mapping[str, Points], is_alone: bool) -> Step:
    """Set and take away metafields; one that is wrong keeps all of them out, so that only one alone is to blame."""

    def build(rows: Sequence[Row]) -> Call:
        held = [
            ({"ownerId": customer_id(payload.customer), "namespace": NAMESPACE, "key": key}, kind, value)
            for payload in (payloads[row.key] for row in rows)
            for key, (kind, value) in payload.fields().items()
        ]
        newest = {(owner["ownerId"], owner["key"]): (owner, kind, value) for owner, kind, value in held}
        wanted = [{**owner, "type": kind, "value": value} for owner, kind, value in newest.values() if value]
        gone = [owner for owner, _, value in newest.values() if not value]
        return _metafields(wanted, gone)

    def judge(answer: Any, _: Row) -> Outcome:
        found = [each for each in (answer.get("set"), answer.get("gone")) if each is not None]
        return next((each for each in map(_judged, found) if each.state != "accepted"), DONE if found else NOT_NAMED)

    return Step(build, judge, is_last=lambda outcome: is_alone or outcome.state != "rejected")


def create(code: str, discount: Mapping[str, Any]) -> Step:
    """Make the discount; its code may turn out to be there."""
    made = call(CREATE, {"discount": {"code": code, **discount}})
    return Step(lambda _: made, _named("codeDiscountNode"), is_last=lambda outcome: outcome.reason != TAKEN)


def update(key: str, discount: Mapping[str, Any]) -> Step:
    """Bring the discount to what the code is worth now."""
    changed = call(UPDATE, {"id": discount_id(key), "discount": discount})
    return Step(lambda _: changed, _named("codeDiscountNode"))


def end(key: str) -> Step:
    """End the discount; it stays as what it was."""
    ended = call(END, {"id": discount_id(key)})
    return Step(lambda _: ended, _named("codeDiscountNode"))


def delete(customer: str) -> Step:
    """Delete who never ordered."""
    gone = call(DELETE, {"input": {"id": customer_id(customer)}})
    return Step(lambda _: gone, _named("deletedCustomerId"), is_last=lambda outcome: outcome.state != "rejected")


def forget(customer: str) -> Step:
    """Stop all mail and messages, take our fields away, and ask Shopify to erase who is kept because of orders."""
    key, no = customer_id(customer), {"marketingState": "UNSUBSCRIBED"}
    fields = [{"ownerId": key, "namespace": NAMESPACE, "key": each} for each in ("points", "tier")]
    asked = {
        "mail": {"customerId": key, "emailMarketingConsent": no},
        "sms": {"customerId": key, "smsMarketingConsent": no},
        "gone": fields,
        "id": key,
    }
    wanted = call(FORGET, asked)
    return Step(lambda _: wanted, _named("customerId"))


def discount_id(key: str) -> str:
    """Return the global id that the mutations of discounts take, whatever field it was read from."""
    return key.replace("/DiscountNode/", "/DiscountCodeNode/")


def _consent(channel: str, payload: Consent, said: bool) -> dict[str, Any]:
    level = {"marketingOptInLevel": "UNKNOWN"} if said else {}
    at = {"consentUpdatedAt": payload.at} if payload.at else {}
    told = {"marketingState": "SUBSCRIBED" if said else "UNSUBSCRIBED", **level, **at}
    return {"customerId": customer_id(payload.customer), f"{channel}MarketingConsent": told}


def _metafields(wanted: Sequence[Mapping[str, Any]], gone: Sequence[Mapping[str, Any]]) -> Call:
    named = [("$set: [MetafieldsSetInput!]!", SET, wanted), ("$gone: [MetafieldIdentifierInput!]!", GONE, gone)]
    used = [(kind, field, given) for kind, field, given in named if given]
    document = f"mutation({', '.join(kind for kind, _, _ in used)}) {{ {' '.join(field for _, field, _ in used)} }}"
    return call(document, {kind[1:].partition(":")[0]: given for kind, _, given in used})


def _consented(payload: Any, said: bool) -> Outcome:
    """Return what became of one channel; who has no address there is told nothing, and a no holds by itself."""
    outcome = _judged(payload)
    return DONE if not said and outcome.reason == NO_ADDRESS else outcome


def _named(field: str) -> Callable[[Any, Row], Outcome]:
    def judge(answer: Any, _: Row) -> Outcome:
        payload = answer.get("made")
        outcome = _judged(payload)
        return NOT_NAMED if outcome.state == "accepted" and not payload.get(field) else outcome

    return judge


def _judged(payload: Any) -> Outcome:
    """Return what the payload of a mutation says: any error means that it did nothing."""
    if not isinstance(payload, dict) or not isinstance(payload.get("userErrors"), list):
        return NOT_NAMED
    errors = payload["userErrors"]
    return Outcome("rejected", code_of(errors)) if errors else DONE
