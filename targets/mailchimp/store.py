"""The store that the settings name: made when it is missing, at rest while a load runs, and what is in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import quote

from plugins.wire.outbox import Call, Outcome
from plugins.wire.retry import HopelessError, RefusedError
from plugins.wire.sending import LostError
from targets.mailchimp.api import NOT_FOUND, STORES, WHERE, Api
from targets.mailchimp.calls import call

OTHER_AUDIENCE = "the store belongs to another audience"
OTHER_CURRENCY = Outcome("rejected", "not the currency of the store")
STATE = "fields=list_id,currency_code,is_syncing"


@dataclass
class Store:
    """Our store, which nobody else writes; what it holds is read once, when it is asked for."""

    api: Api
    id: str
    list_id: str
    currency: str = "EUR"
    backfill_rows: int = 250
    buyers: set[str] = field(default_factory=set)
    """The customers that were written in this run."""
    awaited: set[str] = field(default_factory=set)
    """The items of which the vendor has not said yet what became of them."""
    _state: dict[str, Any] | None = None

    @property
    def path(self) -> str:
        """Return where it is."""
        return f"{STORES}/{quote(self.id, safe='')}"

    def of(self, *names: str) -> str:
        """Return where something in it is."""
        return "/".join([self.path, *(quote(each, safe="") for each in names)])

    def open(self, rows: int) -> str:
        """Make the store when it is missing, and lay it to rest for many rows; return why it cannot be written."""
        if self._state is None:
            self._state = self._read() or self._make()
        if self._state["list_id"] != self.list_id:
            return OTHER_AUDIENCE
        if rows > self.backfill_rows and not self._state["is_syncing"]:
            self._sync(is_on=True)
        return ""

    def takes(self, currency: str) -> bool:
        """Tell whether this is the store's currency."""
        return self._state is not None and self._state["currency_code"] == currency

    def wake(self) -> None:
        """Let the automations run again, also after a run that was cut off during its load."""
        try:
            if self._state is None:
                self._state = self._read()
            if self._state and self._state["is_syncing"] and self._state["list_id"] == self.list_id:
                self._sync(is_on=False)
        except (LostError, RefusedError) as error:
            raise HopelessError(f"{WHERE}: the automations of the store still rest: {error}; run again") from None

    @cached_property
    def products(self) -> set[str]:
        """Return the products that it has."""
        pages = self.api.pages(self.of("products"), "products", "id")
        return {str(each["id"]) for page in pages for each in page}

    @cached_property
    def carts(self) -> dict[str, str]:
        """Return the carts that it has, and whose each is; they cannot be asked for by customer."""
        pages = self.api.pages(self.of("carts"), "carts", "id,customer.id")
        return {str(each["id"]): str(each["customer"]["id"]) for page in pages for each in page}

    def has_order(self, reference: str) -> bool:
        """Tell whether an order is there: to write it twice is not safe."""
        return self._found(f"{self.of('orders', reference)}?fields=id") is not None

    def traces(self, customer: str) -> list[str]:
        """Return where there is something of a customer: carts, orders, and at last the customer."""
        if self._state is None:
            self._state = self._read()
        if self._state is None or self._state["list_id"] != self.list_id:
            return []
        carts = [self.of("carts", key) for key, whose in self.carts.items() if whose == customer]
        pages = self.api.pages(f"{self.of('orders')}?customer_id={customer}", "orders", "id")
        orders = [self.of("orders", str(each["id"])) for page in pages for each in page]
        self.buyers.discard(customer)
        return [*carts, *orders, self.of("customers", customer)]

    def _read(self) -> dict[str, Any] | None:
        return self._found(f"{self.path}?{STATE}")

    def _found(self, path: str) -> dict[str, Any] | None:
        try:
            found: dict[str, Any] = self.api.send(Call("GET", path, b""))
        except RefusedError as refusal:
            if str(refusal) != NOT_FOUND:
                raise
            return None
        return found

    def _make(self) -> dict[str, Any]:
        """Make it at rest: what goes into a new store is a back-fill."""
        names = {"id": self.id, "list_id": self.list_id, "name": self.id}
        made: dict[str, Any] = self.api.send(
            call(STORES, {**names, "currency_code": self.currency, "is_syncing": True})
        )
        return made

    def _sync(self, *, is_on: bool) -> None:
        assert self._state is not None
        self.api.send(call(self.path, {"is_syncing": is_on}, "PATCH"))
        self._state["is_syncing"] = is_on
