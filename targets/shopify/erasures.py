"""Forgetting somebody: deleted where they never ordered, or else cut off and erased by Shopify when it may."""

from __future__ import annotations

from plugins.wire.outbox import Row
from plugins.wire.recording import Recorded, Step
from plugins.wire.retry import RefusedError
from plugins.wire.sending import LostError
from targets.shopify.answers import DONE, ERRORS, PLAIN_ERRORS, named, not_found_out
from targets.shopify.api import Api, call
from targets.shopify.customers import customer_id, orders
from targets.shopify.payloads import NAMESPACE, Erasure
from targets.shopify.points import GONE

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


class Erasing(Recorded[Api]):
    """Forgets customers, one by one."""

    def erase(self, row: Row, erasure: Erasure) -> None:
        """Delete who never ordered; of others Shopify keeps the orders, and erases the person when it may."""
        try:
            placed = orders(self.api, erasure.customer)
        except (LostError, RefusedError) as error:
            self.settle(row, not_found_out(error))
            return
        if placed is None:
            self.settle(row, DONE)
            return
        if placed == 0:
            outcome = self.call(delete(erasure.customer), [row]).get(row.key)
            if outcome is None or outcome.is_final:
                return
        self.call(forget(erasure.customer), [row])


def delete(customer: str) -> Step:
    """Delete who never ordered."""
    gone = call(DELETE, {"input": {"id": customer_id(customer)}})
    return Step(lambda _: gone, named("deletedCustomerId"), is_last=lambda outcome: outcome.state != "rejected")


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
    return Step(lambda _: wanted, named("customerId"))
