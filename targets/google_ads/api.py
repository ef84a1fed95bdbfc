"""How one speaks to Google's Data Manager API: a token that is renewed once, and what each refusal asks for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import requests
from typing_extensions import override

from plugins.wire.access import Access
from plugins.wire.audiences import ShutError
from plugins.wire.outbox import Call
from plugins.wire.retry import HopelessError, RefusedError, RefusedKeyError, TransientError, retry_after
from plugins.wire.sending import LostError, Sender

WHERE = "target-google_ads"
HOST = "https://datamanager.googleapis.com"
TOKENS = "https://oauth2.googleapis.com/token"
MINUTE_SECONDS = 60.0
"""How long a quota of a minute is waited for where no header says it: Google documents none."""
OF_REQUEST = (400, 404, 409, 413, 422)
"""This request is refused; half of it may pass."""
# googleapis/googleapis:google/ads/datamanager/v1/error.proto
SHUT = {
    "INVALID_USER_LIST_ID": "the user list is not there any more",
    "INVALID_USER_LIST_TYPE": "the user list takes another kind of identifier",
    "USER_LIST_MUTATION_NOT_SUPPORTED": "the user list cannot be changed",
    "SENSITIVE_USER_LIST_IMMUTABLE": "the user list cannot be changed",
    "OWNERSHIP_REQUIRED_FOR_UPDATE": "the user list belongs to another account",
}
"""Reasons that concern lists, whoever goes into them."""
ACTIONS = "check conversion_action_id and web_conversion_action_id"
OTHER_TYPE = f"the conversion action is of another type; {ACTIONS}"
CLOSED = {
    "INVALID_CONVERSION_ACTION_ID": f"there is no such conversion action; {ACTIONS}",
    "INVALID_CONVERSION_ACTION_TYPE": OTHER_TYPE,
    "EVENT_SOURCE_AND_DESTINATION_MISMATCH": OTHER_TYPE,
    "ACCOUNT_INELIGIBLE_FOR_STORE_SALES": "the account may not upload store sales; ask Google",
    "DESTINATION_ACCOUNT_ENHANCED_CONVERSIONS_TERMS_NOT_SIGNED": "accept the terms of enhanced conversions",
    "DESTINATION_ACCOUNT_DATA_POLICY_PROHIBITS_ENHANCED_CONVERSIONS": "the account may not use enhanced conversions",
    "DESTINATION_ACCOUNT_NOT_ENABLED_ENHANCED_CONVERSIONS_FOR_LEADS": "switch enhanced conversions for leads on",
    "INVALID_MERCHANT_ID": "Google does not know the catalogue; check merchant_id",
    "INVALID_MERCHANT_FEED_LANGUAGE_CODE": "Google does not know the language; check merchant_language",
}
"""Reasons that concern purchases, whoever bought."""
HOPELESS = {
    "TERMS_AND_CONDITIONS_NOT_SIGNED": "accept the terms of Customer Match in Google Ads",
    "NOT_ALLOWLISTED": "the account may not use Customer Match; ask Google",
    "ADVERTISER_NOT_ALLOWLISTED_FOR_UPLOADED_DATA": "the account may not use Customer Match; ask Google",
    "OPERATING_ACCOUNT_LOGIN_ACCOUNT_MISMATCH": "check customer_id and login_customer_id",
    "DESTINATION_ACCOUNT_TYPE_MISMATCH": "check customer_id and login_customer_id",
    "EU_POLITICAL_ADVERTISING_DECLARATION_REQUIRED": "make the declaration in Google Ads",
}


class StaleError(RefusedKeyError):
    """The access token is not taken; another one may be."""


class Api(Sender):
    """Speaks to one account, through the manager account where there is one."""

    where = WHERE

    def __init__(self, config: Mapping[str, Any]) -> None:
        super().__init__(str(config.get("api_url") or HOST), config)
        self.access = Access(config, WHERE, str(config.get("login_url") or TOKENS))
        self.customer = _digits(config["customer_id"])
        self.login = _digits(config.get("login_customer_id") or "")
        if self.login:
            self.session.headers["login-account"] = f"accountTypes/GOOGLE_ADS/accounts/{self.login}"

    def destination(self, product_id: str) -> dict[str, Any]:
        """Return where records go: a user list or a conversion action of the account."""
        login = {"loginAccount": _account(self.login)} if self.login else {}
        return {"operatingAccount": _account(self.customer), **login, "productDestinationId": product_id}

    @override
    def send(self, call: Call) -> Any:
        try:
            return super().send(call)
        except StaleError:  # nothing was done: a token may end early
            self.access.drop()
            return super().send(call)

    @override
    def _once(self, call: Call) -> Any:
        self.session.headers["Authorization"] = f"Bearer {self.access.token()}"
        return super()._once(call)

    @override
    def read(self, call: Call, response: requests.Response) -> dict[str, Any]:
        if response.status_code >= 400:
            raise _cure(response)
        body = super().read(call, response)
        if not isinstance(body, dict):
            raise LostError("an answer of another shape")
        return body


def _cure(response: requests.Response) -> Exception:
    """Return the error that says what cures it; Google's own sentences may name a value and are dropped."""
    status, reasons, quota = response.status_code, list(_reasons(response)), _quota(response)
    named = f"HTTP {status}" + "".join(f" {each}" for each in dict.fromkeys(reasons))
    if status == 401:
        return StaleError(f"{WHERE}: {named}, the access token is refused; check the credentials")
    if status == 429 and "perday" in quota.lower():
        return HopelessError(f"{WHERE}: {named}, the quota of the day is used up ({quota}); run again tomorrow")
    if status == 429:
        asked = retry_after(response.headers.get("Retry-After"))
        return TransientError(
            f"{WHERE}: {named}; tried again later by itself", MINUTE_SECONDS if asked is None else asked
        )
    if status >= 500 or status == 408:
        return TransientError(f"{WHERE}: {named}; tried again later by itself")
    if cure := next((HOPELESS[each] for each in reasons if each in HOPELESS), None):
        return HopelessError(f"{WHERE}: {named}; {cure}")
    if why := next((SHUT[each] for each in reasons if each in SHUT), None):
        return ShutError(why, status)
    if why := next((CLOSED[each] for each in reasons if each in CLOSED), None):
        return RefusedError(why, status)
    if status in OF_REQUEST:
        return RefusedError(named, status)
    return RefusedKeyError(
        f"{WHERE}: {named}, no right to it; check customer_id, login_customer_id and the credentials"
    )


def _reasons(response: requests.Response) -> Iterator[str]:
    """Give the reasons of the fields that are wrong, or the one of the whole."""
    details = _details(response)
    fields = [each for detail in details for each in detail.get("fieldViolations") or () if isinstance(each, dict)]
    found = [str(each["reason"]) for each in fields if each.get("reason")]
    found = found or [str(each["reason"]) for each in details if each.get("reason")]
    yield from filter(_is_code, found)


def _quota(response: requests.Response) -> str:
    told = [each.get("metadata") for each in _details(response)]
    found = next((each["quota_limit"] for each in told if isinstance(each, dict) and "quota_limit" in each), "")
    return found if _is_code(found) else ""


def _details(response: requests.Response) -> list[dict[str, Any]]:
    try:
        details = response.json()["error"]["details"]
    except (ValueError, KeyError, TypeError):
        return []
    return [each for each in details if isinstance(each, dict)] if isinstance(details, list) else []


def _is_code(text: object) -> bool:
    """Tell whether a text is a name of Google's, and no value of anybody's."""
    return isinstance(text, str) and text.replace("_", "").isalpha()


def _account(number: str) -> dict[str, str]:
    return {"accountType": "GOOGLE_ADS", "accountId": number}


def _digits(value: object) -> str:
    return str(value).replace("-", "")
