"""Money the shop owes somebody: put on and taken off, each call once more."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar

from plugins.sandbox.retailer import CURRENCY
from plugins.sandbox.shopify.connections import Connection, connect
from plugins.sandbox.shopify.customer import Customer
from plugins.sandbox.shopify.customers import CustomerPaths
from plugins.sandbox.shopify.metafields import Record
from plugins.sandbox.shopify.names import money
from plugins.sandbox.shopify.refusals import refused

MOST_CENTS = 10_000_000


@dataclass(eq=False)
class Movement(Record):
    """Money put on an account, or taken off it."""

    account: StoreCreditAccount
    cents: int
    balance_cents: int
    expires_at: datetime | None = None

    @property
    def amount(self) -> dict[str, str]:
        """What was moved; negative where it was taken off."""
        return money(self.cents, self.account.currency)

    remaining_amount = amount

    @property
    def balance_after_transaction(self) -> dict[str, str]:
        """What there was then."""
        return money(self.balance_cents, self.account.currency)


class CreditTransaction(Movement):
    """Money put on."""

    typename: ClassVar[str] = "StoreCreditAccountCreditTransaction"


class DebitTransaction(Movement):
    """Money taken off."""

    typename: ClassVar[str] = "StoreCreditAccountDebitTransaction"


@dataclass(eq=False)
class StoreCreditAccount(Record):
    """The account of one customer in one currency."""

    typename: ClassVar[str] = "StoreCreditAccount"
    owner: Customer
    currency: str
    moved: list[Movement] = field(default_factory=list)

    @property
    def balance_cents(self) -> int:
        """What is on it."""
        return sum(each.cents for each in self.moved)

    @property
    def balance(self) -> dict[str, str]:
        """What is on it, as money."""
        return money(self.balance_cents, self.currency)

    def transactions(self, **page: Any) -> Connection:
        """Return what was moved."""
        return connect(self.moved, **page)


class CreditPaths(CustomerPaths):
    """Reads and moves store credit."""

    def query_store_credit_account(self, id: str) -> StoreCreditAccount | None:
        """Find an account."""
        found: StoreCreditAccount | None = self.found("StoreCreditAccount", id)
        return found

    def mutate_store_credit_account_credit(self, id: str, credit_input: dict[str, Any]) -> dict[str, Any]:
        """Put money on: a second call puts it on once more."""
        cents, currency = _money(credit_input["creditAmount"], "creditInput.creditAmount")
        expires_at = credit_input.get("expiresAt")
        if expires_at and expires_at <= self.clock():
            raise refused("creditInput.expiresAt", "The expiry date must be in the future", "EXPIRES_AT_IN_PAST")
        if currency != CURRENCY:
            raise refused(
                "creditInput.creditAmount", "The currency is not supported by the shop", "UNSUPPORTED_CURRENCY"
            )
        account = self._account(id, currency, "creditInput", makes=True)
        if account.balance_cents + cents > MOST_CENTS:
            raise refused("creditInput.creditAmount", "The credit limit is exceeded", "CREDIT_LIMIT_EXCEEDED")
        return {"storeCreditAccountTransaction": self._move(CreditTransaction, account, cents, expires_at)}

    def mutate_store_credit_account_debit(self, id: str, debit_input: dict[str, Any]) -> dict[str, Any]:
        """Take money off."""
        cents, currency = _money(debit_input["debitAmount"], "debitInput.debitAmount")
        account = self._account(id, currency, "debitInput", makes=False)
        if account.balance_cents < cents:
            message = "The store credit account does not have sufficient funds"
            raise refused("debitInput.debitAmount", message, "INSUFFICIENT_FUNDS")
        return {"storeCreditAccountTransaction": self._move(DebitTransaction, account, -cents, None)}

    def _account(self, key: str, currency: str, name: str, *, makes: bool) -> StoreCreditAccount:
        if account := self.query_store_credit_account(key):
            if account.currency != currency:
                raise refused(f"{name}.currencyCode", "The currency is not that of the account", "MISMATCHING_CURRENCY")
            return account
        owner = self.query_customer(key)
        if owner is None and makes:
            raise refused("id", "The owner does not exist", "OWNER_NOT_FOUND")
        if owner and currency in owner.credit:
            return owner.credit[currency]
        if owner is None or not makes:
            raise refused("id", "The store credit account could not be found", "ACCOUNT_NOT_FOUND")
        made = StoreCreditAccount(self.new_number("StoreCreditAccount"), self.clock(), self.clock(), owner, currency)
        owner.credit[currency] = self.keep(made)
        return made

    def _move(
        self, kind: type[Movement], account: StoreCreditAccount, cents: int, expires_at: datetime | None
    ) -> Movement:
        number, now = self.new_number("StoreCreditAccountTransaction"), self.clock()
        made = kind(number, now, now, account, cents, account.balance_cents + cents, expires_at)
        account.moved.append(made)
        return self.keep(made)  # type: ignore[no-any-return]


def _money(given: dict[str, Any], path: str) -> tuple[int, str]:
    cents = Decimal(given["amount"]) * 100
    if cents <= 0 or cents != cents.to_integral_value():
        raise refused(f"{path}.amount", "A positive amount must be used", "NEGATIVE_OR_ZERO_AMOUNT")
    return int(cents), given["currencyCode"]
