"""One customer: what the shop shows of somebody."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from plugins.sandbox.shopify.addresses import MailingAddress, is_email
from plugins.sandbox.shopify.connections import Connection, connect
from plugins.sandbox.shopify.metafields import Record
from plugins.sandbox.shopify.names import money

if TYPE_CHECKING:
    from plugins.sandbox.shopify.credit import StoreCreditAccount
    from plugins.sandbox.shopify.order import Order

UNSUBSCRIBE = "https://wandelwind-be.example/account/unsubscribe"


@dataclass
class Consent:
    """What was last said about one channel."""

    state: str = "NOT_SUBSCRIBED"
    level: str | None = None
    at: datetime | None = None
    location: Any = None
    collected_from: str | None = None

    @property
    def older(self) -> dict[str, Any]:
        """The older form."""
        told = {"consentUpdatedAt": self.at, "sourceLocation": self.location}
        level = {"marketingState": self.state, "marketingOptInLevel": self.level or "UNKNOWN"}
        return {**told, **level, "consentCollectedFrom": self.collected_from}

    @property
    def newer(self) -> dict[str, Any]:
        """The form per channel, which has another word for who never said anything."""
        state = "NEVER_SUBSCRIBED" if self.state == "NOT_SUBSCRIBED" else self.state
        told = {"state": state, "optInLevel": self.level, "updatedAt": self.at}
        return {**told, "collectedFrom": self.collected_from, "sourceLocation": self.location}


@dataclass(eq=False)
class Customer(Record):
    """Somebody the shop knows."""

    typename: ClassVar[str] = "Customer"
    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    phone: str | None = None
    """E.164."""
    locale: str = "nl"
    state: str = "DISABLED"
    note: str | None = None
    tags: list[str] = field(default_factory=list)
    tax_exempt: bool = False
    addresses: list[MailingAddress] = field(default_factory=list)
    by_email: Consent = field(default_factory=Consent)
    by_sms: Consent = field(default_factory=Consent)
    placed: list[Order] = field(default_factory=list)
    """Their orders, oldest first."""
    credit: dict[str, StoreCreditAccount] = field(default_factory=dict)
    """By currency."""
    erasure_asked_at: datetime | None = None
    is_redacted: bool = False

    @property
    def display_name(self) -> str:
        """The name as staff see it."""
        return " ".join(filter(None, (self.first_name, self.last_name))) or self.email or self.phone or ""

    @property
    def number_of_orders(self) -> int:
        """How many orders they placed."""
        return len(self.placed)

    @property
    def spent_cents(self) -> int:
        """What they paid and did not get back."""
        return sum(order.current_cents for order in self.placed if order.financial_status != "PENDING")

    @property
    def amount_spent(self) -> dict[str, str]:
        """What they paid and did not get back, as money."""
        return money(self.spent_cents)

    @property
    def verified_email(self) -> bool:
        """Whether the address was confirmed by its owner."""
        return self.state == "ENABLED" and self.email is not None

    @property
    def can_delete(self) -> bool:
        """Only who never ordered can be deleted."""
        return not self.placed

    @property
    def default_address(self) -> MailingAddress | None:
        """The first address."""
        return self.addresses[0] if self.addresses else None

    def addresses_v2(self, **page: Any) -> Connection:
        """Return the addresses."""
        return connect(self.addresses, **page)

    @property
    def default_email_address(self) -> dict[str, Any] | None:
        """The address, with what was said about mail to it."""
        if not self.email:
            return None
        consent = self.by_email
        return {
            "emailAddress": self.email,
            "marketingState": consent.state if consent.state != "REDACTED" else "UNSUBSCRIBED",
            "marketingOptInLevel": consent.level,
            "marketingUpdatedAt": consent.at,
            "sourceLocation": consent.location,
            "marketingUnsubscribeUrl": f"{UNSUBSCRIBE}/{self.serial}",
            "validFormat": is_email(self.email),
        }

    @property
    def default_phone_number(self) -> dict[str, Any] | None:
        """The number, with what was said about messages to it."""
        if not self.phone:
            return None
        consent = self.by_sms
        return {
            "phoneNumber": self.phone,
            "smsMarketingConsent": consent.newer,
            "whatsAppMarketingConsent": Consent().newer,
            "marketingState": consent.state,
            "marketingOptInLevel": consent.level,
            "marketingUpdatedAt": consent.at,
            "marketingCollectedFrom": consent.collected_from,
        }

    @property
    def email_marketing_consent(self) -> dict[str, Any] | None:
        """The consent for mail in its older form; it is all that tells of a redaction."""
        return self.by_email.older if self.email or self.is_redacted else None

    @property
    def sms_marketing_consent(self) -> dict[str, Any] | None:
        """The consent for messages in its older form."""
        return self.by_sms.older if self.phone or self.is_redacted else None

    @property
    def statistics(self) -> dict[str, Any]:
        """What the shop predicts."""
        tier = "HIGH" if self.spent_cents > 50_000 else "MEDIUM" if self.spent_cents > 15_000 else "LOW"
        return {"predictedSpendTier": tier if self.placed else None, "rfmGroup": None}

    @property
    def mergeable(self) -> dict[str, Any]:
        """Whether they can become one with another."""
        if self.is_redacted or self.erasure_asked_at:
            return {"isMergeable": False, "reason": "The customer is being erased.", "errorFields": ["REDACTED_AT"]}
        return {"isMergeable": True, "reason": None, "errorFields": []}

    def orders(self, sort_key: str = "ID", query: str | None = None, **page: Any) -> Connection:
        """Return their orders."""
        from plugins.sandbox.shopify.orders import FILTERS, SORTS
        from plugins.sandbox.shopify.search import Search

        fits = Search(query or "", FILTERS).fits
        return connect([each for each in self.placed if fits(each)], key=SORTS[sort_key], **page)

    @property
    def last_order(self) -> Order | None:
        """The newest order."""
        return self.placed[-1] if self.placed else None

    def store_credit_accounts(self, **page: Any) -> Connection:
        """Return the accounts, one for each currency."""
        return connect(self.credit.values(), **page)
