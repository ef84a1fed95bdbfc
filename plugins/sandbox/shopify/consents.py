"""What somebody said about mail and messages, told by others; and the right to be forgotten."""

from __future__ import annotations

from typing import Any

from plugins.sandbox.shopify.customer import Consent, Customer
from plugins.sandbox.shopify.customers import CustomerPaths
from plugins.sandbox.shopify.refusals import refused

EMAIL_TOPIC, OTHER_TOPIC = "CUSTOMERS_EMAIL_MARKETING_CONSENT_UPDATE", "CUSTOMERS_MARKETING_CONSENT_UPDATE"
SETTABLE = ("SUBSCRIBED", "UNSUBSCRIBED", "PENDING")


class ConsentMutations(CustomerPaths):
    """Sets consent, and asks for erasure."""

    def mutate_customer_email_marketing_consent_update(self, input: dict[str, Any]) -> dict[str, Any]:
        """Set the consent for mail of a customer with an address."""
        customer = self.customer_of(input["customerId"], "input.customerId", "INVALID")
        if not customer.email:
            raise refused(
                "input.customerId", "An email address is required to set the consent state", "MISSING_ARGUMENT"
            )
        self._say(customer, customer.by_email, input["emailMarketingConsent"], "emailMarketingConsent")
        return {"customer": customer}

    def mutate_customer_sms_marketing_consent_update(self, input: dict[str, Any]) -> dict[str, Any]:
        """Set the consent for messages of a customer with a number."""
        customer = self.customer_of(input["customerId"], "input.customerId", "INVALID")
        if not customer.phone:
            raise refused(
                "input.customerId", "A phone number is required to set the SMS consent state", "MISSING_ARGUMENT"
            )
        self._say(customer, customer.by_sms, input["smsMarketingConsent"], "smsMarketingConsent")
        customer.by_sms.collected_from = "OTHER"
        return {"customer": customer}

    def _say(self, customer: Customer, consent: Consent, told: dict[str, Any], name: str) -> None:
        path, state, level = f"input.{name}", told["marketingState"], told.get("marketingOptInLevel")
        if state not in SETTABLE:
            raise refused(f"{path}.marketingState", f"Cannot set the state to {state}", "INVALID")
        if state == "PENDING" and level not in (None, "CONFIRMED_OPT_IN"):
            message = "The opt-in level must be CONFIRMED_OPT_IN while the state is PENDING"
            raise refused(f"{path}.marketingOptInLevel", message, "INVALID")
        at = told.get("consentUpdatedAt") or self.clock()
        if at > self.clock():
            raise refused(f"{path}.consentUpdatedAt", "Consent updated at must not be in the future", "INVALID")
        if told.get("sourceLocationId") and not self.found("Location", told["sourceLocationId"]):
            raise refused(f"{path}.sourceLocationId", "Source location does not exist", "INVALID")
        consent.state, consent.level, consent.at = state, level or consent.level, at
        consent.location = self.found("Location", told["sourceLocationId"]) if told.get("sourceLocationId") else None
        customer.updated_at = self.clock()
        self.happened("CUSTOMERS_UPDATE", customer)
        self.happened(EMAIL_TOPIC if consent is customer.by_email else OTHER_TOPIC, customer)

    def mutate_customer_request_data_erasure(self, customer_id: str) -> dict[str, Any]:
        """Queue the erasure of somebody, also of who ordered."""
        customer = self.customer_of(customer_id, "customerId", "DOES_NOT_EXIST")
        customer.erasure_asked_at = customer.erasure_asked_at or self.clock()
        return {"customerId": customer.id}

    def mutate_customer_cancel_data_erasure(self, customer_id: str) -> dict[str, Any]:
        """Take somebody out of the queue."""
        customer = self.customer_of(customer_id, "customerId", "DOES_NOT_EXIST")
        if customer.erasure_asked_at is None or customer.is_redacted:
            raise refused("customerId", "Customer is not being erased", "NOT_BEING_ERASED")
        customer.erasure_asked_at = None
        return {"customerId": customer.id}
