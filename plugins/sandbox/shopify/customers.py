"""Customers: listed and found, made, changed and deleted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from plugins.sandbox.shopify.account import Account
from plugins.sandbox.shopify.addresses import e164, is_email, written
from plugins.sandbox.shopify.connections import Connection, Key, by_number
from plugins.sandbox.shopify.customer import Consent, Customer
from plugins.sandbox.shopify.refusals import Refused, UserError, refused
from plugins.sandbox.shopify.tags import MOST_TAG_LETTERS, MOST_TAGS, cleaned

FILTERS: Mapping[str, Key] = {
    "default": lambda each: f"{each.display_name} {each.email} {each.phone}",
    "id": lambda each: each.serial,
    "email": lambda each: each.email,
    "phone": lambda each: each.phone,
    "first_name": lambda each: each.first_name,
    "last_name": lambda each: each.last_name,
    "country": lambda each: each.default_address.country_code_v2 if each.default_address else None,
    "state": lambda each: each.state,
    "tag": lambda each: each.tags,
    "accepts_marketing": lambda each: each.by_email.state == "SUBSCRIBED",
    "orders_count": lambda each: len(each.placed),
    "total_spent": lambda each: each.spent_cents // 100,
    "order_date": lambda each: each.placed[-1].created_at if each.placed else None,
    "customer_date": lambda each: each.created_at,
    "updated_at": lambda each: each.updated_at,
}
SORTS: Mapping[str, Key] = {
    "CREATED_AT": lambda each: each.created_at,
    "UPDATED_AT": lambda each: each.updated_at,
    "NAME": lambda each: f"{each.last_name}, {each.first_name}".lower(),
    "LOCATION": lambda each: (each.default_address.city or "") if each.default_address else "",
}
PLAIN = {"firstName": "first_name", "lastName": "last_name", "note": "note", "taxExempt": "tax_exempt"}
MOST_NAME_LETTERS = 255
CONSENTS = ("emailMarketingConsent", "smsMarketingConsent")
LANGUAGES = ("nl", "fr", "de", "en")


class CustomerPaths(Account):
    """Reads and writes customers."""

    def seed(self) -> None:
        """Start without anybody."""
        self.reached: dict[str, Customer] = {}
        """Who was last known under an address or a number."""
        super().seed()

    def keep(self, record: Any) -> Any:
        """Make a customer findable by address and number too."""
        if isinstance(record, Customer):
            self._note_reach(record)
        return super().keep(record)

    def _note_reach(self, customer: Customer) -> None:
        self.reached |= {each: customer for each in (customer.email, customer.phone) if each}

    def query_customer(self, id: str) -> Customer | None:
        """Find one."""
        found: Customer | None = self.found("Customer", id)
        return found

    def query_customers(self, sort_key: str, **page: Any) -> Connection:
        """List them."""
        return self.listed(self.of_kind("Customer"), FILTERS, key=SORTS.get(sort_key, by_number), **page)

    def query_customer_by_identifier(self, identifier: dict[str, Any]) -> Customer | None:
        """Find one by id, address, number or a metafield."""
        return self.identified(identifier)

    def identified(self, identifier: dict[str, Any]) -> Customer | None:
        """Find the customer an identifier names."""
        names = {"emailAddress": "email", "phoneNumber": "phone"}
        ((name, value),) = identifier.items()
        kind = names.get(name, name)
        if kind == "id":
            found: Customer | None = self.found("Customer", value)
            return found
        if kind == "customId":
            place = (value.get("namespace") or "", value["key"])
            return self._first(lambda each: place in each.kept and each.kept[place].value == value["value"])
        return self.with_email(value) if kind == "email" else self.with_phone(e164(value))

    def with_email(self, email: str) -> Customer | None:
        """Return who has an address, whatever its capitals."""
        found = self._reached(email.strip().lower())
        return found if found and found.email == email.strip().lower() else None

    def with_phone(self, phone: str) -> Customer | None:
        """Return who has a number."""
        found = self._reached(phone)
        return found if found and found.phone == phone else None

    def _reached(self, key: str) -> Customer | None:
        """Return who had an address or number last, if they are still there."""
        found = self.reached.get(key)
        return found if found and self.records.get(("Customer", found.serial)) is found else None

    def _first(self, fits: Any) -> Customer | None:
        return next((each for each in self.of_kind("Customer") if fits(each)), None)

    def mutate_customer_set(self, input: dict[str, Any], identifier: dict[str, Any] | None = None) -> dict[str, Any]:
        """Upsert; lists are replaced as a whole, what is not named stays."""
        if not identifier:
            return {"customer": self._create(input)}
        customer = self.identified(identifier)
        ((kind, value),) = identifier.items()
        if customer is None and kind in ("id", "customId"):
            raise refused("identifier", "Resource matching the identifier was not found.", "NOT_FOUND")
        if kind in ("email", "phone"):
            self._agree(kind, value, input)
        if customer is None:
            return {"customer": self._create(input)}
        self._change_customer(customer, input)
        return {"customer": customer}

    @staticmethod
    def _agree(kind: str, value: str, given: dict[str, Any]) -> None:
        """Refuse an input that lacks its identifier, or has another."""
        if not given.get(kind):
            raise refused(
                f"input.{kind}", f"The input field corresponding to {kind} is required", "MISSING_FIELD_REQUIRED"
            )
        same = e164(given[kind]) == e164(value) if kind == "phone" else given[kind].lower() == value.lower()
        if not same:
            raise refused("input", "The identifier value does not match the value in the input.", "INPUT_MISMATCH")

    def mutate_customer_create(self, input: dict[str, Any]) -> dict[str, Any]:
        """Create one; only here may consent stand in the same input."""
        if "id" in input:
            raise refused("id", "Cannot specify ID on creation")
        if "emailMarketingConsent" in input and not input.get("email"):
            raise refused(
                "emailMarketingConsent", "An email address is required to set the email marketing consent state."
            )
        if "smsMarketingConsent" in input and not input.get("phone"):
            raise refused("smsMarketingConsent", "A phone number is required to set the SMS consent state.")
        customer = self._create(input)
        for name, consent in zip(CONSENTS, (customer.by_email, customer.by_sms), strict=True):
            if name in input:
                told = input[name]
                consent.state, consent.level = told["marketingState"], told.get("marketingOptInLevel")
                consent.at = told.get("consentUpdatedAt") or self.clock()
                consent.collected_from = "OTHER"
        return {"customer": customer}

    def mutate_customer_update(self, input: dict[str, Any]) -> dict[str, Any]:
        """Change one; consent has mutations of its own."""
        if "id" not in input:
            raise refused("id", "Customer does not exist")
        for name in CONSENTS:
            if name in input:
                raise refused(name, f"To update {name}, please use the mutation for it instead")
        customer = self.query_customer(input["id"])
        if customer is None:
            raise refused("id", "Customer does not exist")
        self._change_customer(customer, input)
        return {"customer": customer}

    def mutate_customer_delete(self, input: dict[str, Any]) -> dict[str, Any]:
        """Delete who never ordered."""
        customer = self.query_customer(input["id"])
        if customer is None:
            raise refused("id", "Customer can't be found")
        if customer.placed:
            raise refused("id", "Customer can't be deleted because they have associated orders")
        self.forget(customer)
        self.happened("CUSTOMERS_DELETE", customer)
        return {"deletedCustomerId": customer.id}

    def _create(self, given: dict[str, Any]) -> Customer:
        if not any(given.get(name) for name in ("firstName", "lastName", "email", "phone")):
            raise refused("", "A name, phone number, or email address must be present", "BLANK")
        now = self.clock()
        customer = Customer(self.numbers["Customer"] + 1, now, now)
        self._fill(customer, given)
        self.keep(customer)
        self.happened("CUSTOMERS_CREATE", customer)
        return customer

    def _change_customer(self, customer: Customer, given: dict[str, Any]) -> None:
        self._fill(customer, given)
        customer.updated_at = self.clock()
        self.happened("CUSTOMERS_UPDATE", customer)

    def _fill(self, customer: Customer, given: dict[str, Any]) -> None:
        if errors := self._errors(customer, given):
            raise Refused(errors)
        for name, field in PLAIN.items():
            if name in given:
                setattr(customer, field, given[name])
        if given.get("locale"):
            customer.locale = given["locale"]
        if "tags" in given:
            customer.tags = cleaned(given["tags"] or [])
        if "addresses" in given:
            customer.addresses = [written(self.new_number("MailingAddress"), each) for each in given["addresses"] or ()]
        self._reach(customer, given)

    def _reach(self, customer: Customer, given: dict[str, Any]) -> None:
        """Set address and number; consent was given for the one before."""
        if "email" in given and (given["email"] or "").strip().lower() != (customer.email or ""):
            customer.email, customer.by_email = (given["email"] or "").strip().lower() or None, Consent()
        if "phone" in given and e164(given["phone"] or "") != (customer.phone or ""):
            customer.phone, customer.by_sms = e164(given["phone"] or "") or None, Consent()
        self._note_reach(customer)

    def _errors(self, customer: Customer, given: dict[str, Any]) -> list[UserError]:
        errors = [*self._email_errors(customer, given.get("email")), *self._phone_errors(customer, given.get("phone"))]
        for name, words in (("firstName", "First name"), ("lastName", "Last name")):
            if len(given.get(name) or "") > MOST_NAME_LETTERS:
                message = f"{words} is too long (maximum is {MOST_NAME_LETTERS} characters)"
                errors.append(UserError(["input", name], message, "TOO_LONG"))
        if len(tags := cleaned(given.get("tags") or [])) > MOST_TAGS:
            errors.append(UserError(["input", "tags"], f"Tags cannot be more than {MOST_TAGS}", "INVALID"))
        if any(len(tag) > MOST_TAG_LETTERS for tag in tags):
            message = f"Tags are too long (maximum is {MOST_TAG_LETTERS} characters)"
            errors.append(UserError(["input", "tags"], message, "TOO_LONG"))
        if given.get("locale") and given["locale"].partition("-")[0] not in LANGUAGES:
            errors.append(UserError(["input", "locale"], "Locale is invalid", "INVALID"))
        return errors

    def _email_errors(self, customer: Customer, email: str | None) -> list[UserError]:
        if not email:
            return []
        if not is_email(email.strip()):
            return [UserError(["input", "email"], "Email is invalid", "INVALID")]
        if (other := self.with_email(email)) and other.id != customer.id:
            return [UserError(["input", "email"], "Email has already been taken", "TAKEN")]
        return []

    def _phone_errors(self, customer: Customer, phone: str | None) -> list[UserError]:
        if not phone:
            return []
        if not (read := e164(phone)):
            return [UserError(["input", "phone"], "Phone is invalid", "INVALID")]
        if (other := self.with_phone(read)) and other.id != customer.id:
            return [UserError(["input", "phone"], "Phone has already been taken", "TAKEN")]
        return []

    def customer_of(self, key: str, path: str, code: str | None = None) -> Customer:
        """Return the customer a mutation is about, or refuse."""
        if customer := self.query_customer(key):
            return customer
        raise refused(path, "Customer does not exist", code)
