"""Where a request goes: accounts that are the caller's, and what is in them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from plugins.sandbox.google_ads.refusals import Violation, invalid, missing, no_permission, wrong
from plugins.sandbox.google_ads.shapes import checked
from plugins.sandbox.google_ads.user_list import UserList
from plugins.sandbox.google_ads.user_lists import UserListPaths

MOST_DESTINATIONS = 10
Destination = dict[str, Any]


class Destinations(UserListPaths):
    """Checks the destinations of a request."""

    def destinations_of(self, body: Mapping[str, Any]) -> list[Destination]:
        """Return the destinations of a request, each of an account of the caller's."""
        found: list[Destination] = checked(body.get("destinations") or [], ["Destination"], "destinations")
        if not found:
            raise missing("destinations")
        if len(found) > MOST_DESTINATIONS:
            raise wrong("destinations", "TOO_MANY_DESTINATIONS")
        named = Counter(each["reference"] for each in found if each.get("reference"))
        if any(count > 1 for count in named.values()):
            raise wrong("destinations", "DUPLICATE_DESTINATION_REFERENCE")
        for place, each in enumerate(found):
            self._check_accounts(each, f"destinations[{place}]")
        return found

    def _check_accounts(self, destination: Destination, path: str) -> None:
        operating, login = destination.get("operatingAccount"), destination.get("loginAccount")
        if not operating or not destination.get("productDestinationId"):
            raise missing(f"{path}.{'product_destination_id' if operating else 'operating_account'}")
        for name, account in (("operating_account", operating), ("login_account", login)):
            if account:
                _check_account(account, f"{path}.{name}")
        if destination.get("linkedAccount"):
            raise wrong(f"{path}.linked_account", "LINKED_ACCOUNT_ONLY_ALLOWED_WITH_DATA_PARTNER_LOGIN_ACCOUNT")
        if operating["accountId"] != self.customer_id:
            raise no_permission()
        if login is None and self.login_customer_id:
            raise no_permission()
        if login and login["accountId"] != (self.login_customer_id or self.customer_id):
            raise wrong(f"{path}.login_account", "OPERATING_ACCOUNT_LOGIN_ACCOUNT_MISMATCH")

    def lists_of(self, destinations: Sequence[Destination], key_type: str | None) -> list[UserList]:
        """Return the lists that destinations name; each takes its own kinds of identifiers only."""
        if wrong_ones := list(self._wrong_lists(destinations, key_type)):
            raise invalid(wrong_ones)
        return [self.lists[each["productDestinationId"]] for each in destinations]

    def _wrong_lists(self, destinations: Sequence[Destination], key_type: str | None) -> Iterator[Violation]:
        for place, each in enumerate(destinations):
            found = self.lists.get(each["productDestinationId"])
            path = f"destinations[{place}].product_destination_id"
            if found is None:
                yield Violation(path, "INVALID_USER_LIST_ID", "There is no such user list.")
            elif key_type and key_type not in found.kinds:
                yield Violation(path, "INVALID_USER_LIST_TYPE", "The user list takes another kind of identifier.")


def _check_account(account: Mapping[str, str], path: str) -> None:
    kind = account.get("accountType") or account.get("product")
    if not kind or not account.get("accountId"):
        raise missing(f"{path}.{'account_id' if kind else 'account_type'}")
    if account.get("product", kind) != kind:
        raise wrong(path, "INVALID_DESTINATION", "account_type and product do not agree.")
    if not account["accountId"].isdecimal():
        raise wrong(f"{path}.account_id", "INVALID_NUMBER_FORMAT", "Digits only, without dashes.")
    if kind != "GOOGLE_ADS":
        raise wrong(f"{path}.account_type", "DESTINATION_ACCOUNT_TYPE_MISMATCH")


def meant(destinations: Sequence[Destination], references: Sequence[str]) -> Iterator[int]:
    """Give the places of the destinations that a record is for; all, where it names none."""
    for place, each in enumerate(destinations):
        if not references or each.get("reference") in references:
            yield place
