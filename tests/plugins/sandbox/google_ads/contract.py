"""The documented behaviour, row by row: what is asked of an account with three lists, and what must come back."""

from __future__ import annotations

import base64
from typing import Any, NamedTuple

from tests.plugins.sandbox.google_ads.stage import (
    ACCEPTED,
    ADDRESS,
    ANN,
    BEN,
    DENIED,
    EVENTS,
    GRANTED,
    INGEST,
    LISTS,
    OWN,
    REMOVE,
    REMOVE_ALL,
    STATUS,
    event,
    joining,
    leaving,
    member,
    sales,
    to,
)

GOLD, PHONES, IDS = "9000000001", "9000000002", "9000000003"
"""Lists for contacts, for mobile ids, and for the retailer's own ids."""
IN_BASE64 = base64.b64encode(bytes.fromhex(ANN)).decode()
MOBILE = {"mobileData": {"mobileIds": ["3f2504e0-4f89-41d3-9a0c-0305e82c3301"]}}
OWN_ID = {"userIdData": {"userId": "C-1"}}
INFO = {"uploadKeyTypes": ["CONTACT_ID"], "contactIdInfo": {"dataSourceType": "DATA_SOURCE_TYPE_FIRST_PARTY"}}
NEW = {"displayName": "New", "ingestedUserListInfo": INFO}
ONE = f"{LISTS}/{GOLD}"


class Row(NamedTuple):
    """One promise of the vendor's page."""

    promise: str
    method: str
    path: str
    body: Any = None
    reason: str = ""
    """Why it is refused; empty where it is done."""
    status: int = 400


def identified(*identifiers: Any, **more: Any) -> dict[str, Any]:
    """Return the body that brings in somebody with these identifiers."""
    return joining(GOLD, {"userData": {"userIdentifiers": list(identifiers)}}, **more)


def without(body: dict[str, Any], *names: str) -> dict[str, Any]:
    """Return a body that lacks something."""
    return {name: value for name, value in body.items() if name not in names}


def at(**more: Any) -> dict[str, Any]:
    """Return a body whose destination is another."""
    return joining(GOLD, member(ANN), destinations=[to(GOLD, **more)])


def address(**more: Any) -> dict[str, Any]:
    """Return a body with an address that is wrong in one part."""
    return identified({"address": {name: value for name, value in {**ADDRESS, **more}.items() if value}})


JOIN = joining(GOLD, member(ANN))
MINIMAL = {"uploadKeyTypes": ["MOBILE_ID"]}

ROWS = [
    Row("lists the lists", "GET", LISTS),
    Row("lowers large pages", "GET", f"{LISTS}?pageSize=5000"),
    Row("reads a filter", "GET", f'{LISTS}?filter=display_name = "Gold" AND membership_status = OPEN'),
    Row("reads a filter in camel case", "GET", f'{LISTS}?filter=IN(displayName, "Gold", "Silver")'),
    Row("refuses other fields in a filter", "GET", f"{LISTS}?filter=size = 3", None, "INVALID_FILTER"),
    Row("refuses two manners in a filter", "GET", f"{LISTS}?filter=display_name = a AND accessReason = OWNED", None,
        "INVALID_FILTER"),
    Row("refuses a foreign page token", "GET", f"{LISTS}?pageToken=abc", None, "INVALID_PAGE_TOKEN"),
    Row("shows a list", "GET", ONE),
    Row("knows no other list", "GET", f"{LISTS}/1", None, "NOT_FOUND", 404),
    Row("knows no other path", "GET", "/v1/nothing", None, "NOT_FOUND", 404),
    Row("shows nobody else's lists", "GET", LISTS.replace("1234567890", "999"), None, "PERMISSION_DENIED", 403),
    Row("makes a list", "POST", LISTS, NEW),
    Row("validates a list only", "POST", f"{LISTS}?validateOnly=true", NEW),
    Row("needs a name", "POST", LISTS, without(NEW, "displayName"), "REQUIRED_FIELD_MISSING"),
    Row("needs another name", "POST", LISTS, {**NEW, "displayName": "Gold"}, "DISPLAY_NAME_ALREADY_USED"),
    Row("needs to know the kind", "POST", LISTS, without(NEW, "ingestedUserListInfo"), "REQUIRED_FIELD_MISSING"),
    Row("needs the app of mobile ids", "POST", LISTS, {**NEW, "ingestedUserListInfo": MINIMAL},
        "REQUIRED_FIELD_MISSING"),
    Row("keeps people for whole days", "POST", LISTS, {**NEW, "membershipDuration": "86401s"}, "INVALID_ARGUMENT"),
    Row("keeps people for 540 days", "POST", LISTS, {**NEW, "membershipDuration": "46656000s"}),
    Row("keeps people no longer", "POST", LISTS, {**NEW, "membershipDuration": "46742400s"},
        "MEMBERSHIP_DURATION_TOO_LONG"),
    Row("knows its enums", "POST", LISTS, {**NEW, "membershipStatus": "SHUT"}, "INVALID_ENUM_VALUE"),
    Row("knows its fields", "POST", LISTS, {**NEW, "colour": "red"}, "INVALID_FORMAT"),
    Row("renames a list", "PATCH", f"{ONE}?updateMask=display_name", {"displayName": "Golden"}),
    Row("renames to no other's name", "PATCH", f"{ONE}?updateMask=displayName", {"displayName": "Phones"},
        "DISPLAY_NAME_ALREADY_USED"),
    Row("keeps the kind of a list", "PATCH", f"{ONE}?updateMask=ingested_user_list_info.upload_key_types",
        {"ingestedUserListInfo": INFO}, "IMMUTABLE_FIELD_FOR_UPDATE"),
    Row("takes no star as mask", "PATCH", f"{ONE}?updateMask=*", {"displayName": "Golden"}, "INVALID_UPDATE_MASK"),
    Row("deletes a list", "DELETE", ONE),
    Row("takes a hash in hex", "POST", INGEST, JOIN),
    Row("takes a hash in base 64", "POST", INGEST, joining(GOLD, member(IN_BASE64), encoding="BASE64")),
    Row("takes a phone number", "POST", INGEST, identified({"phoneNumber": ANN})),
    Row("takes an address of four parts", "POST", INGEST, address()),
    Row("takes mobile ids", "POST", INGEST, without(joining(PHONES, MOBILE), "encoding")),
    Row("takes own ids", "POST", INGEST, without(joining(IDS, OWN_ID), "encoding")),
    Row("only validates when told", "POST", INGEST, {**JOIN, "validateOnly": True}),
    Row("refuses an address in clear", "POST", INGEST, joining(GOLD, member("ann@example.com")),
        "INVALID_HEX_ENCODING"),
    Row("refuses a hash that is too short", "POST", INGEST, joining(GOLD, member(ANN[:32])), "INVALID_SHA256_FORMAT"),
    Row("refuses base 64 that is none", "POST", INGEST, joining(GOLD, member("*"), encoding="BASE64"),
        "INVALID_BASE64_ENCODING"),
    Row("refuses hex as base 64", "POST", INGEST, joining(GOLD, member(ANN), encoding="BASE64"),
        "INVALID_SHA256_FORMAT"),
    Row("needs the encoding", "POST", INGEST, without(JOIN, "encoding"), "REQUIRED_FIELD_MISSING"),
    Row("needs all parts of an address", "POST", INGEST, address(postalCode=""), "REQUIRED_FIELD_MISSING"),
    Row("needs a country in capitals", "POST", INGEST, address(regionCode="nl"), "INVALID_REGION_CODE"),
    Row("wants the postal code in clear", "POST", INGEST, address(postalCode=ANN), "INVALID_POSTAL_CODE"),
    Row("wants names as hashes", "POST", INGEST, address(givenName="ann"), "INVALID_HEX_ENCODING"),
    Row("needs an identifier", "POST", INGEST, identified(), "NO_IDENTIFIERS_PROVIDED"),
    Row("takes ten identifiers", "POST", INGEST, identified(*[{"emailAddress": ANN}] * 10)),
    Row("takes no eleventh", "POST", INGEST, identified(*[{"emailAddress": ANN}] * 11), "TOO_MANY_USER_IDENTIFIERS"),
    Row("needs somebody", "POST", INGEST, joining(GOLD), "REQUIRED_FIELD_MISSING"),
    Row("needs something of everybody", "POST", INGEST, joining(GOLD, {}), "INVALID_AUDIENCE_MEMBER"),
    Row("takes one kind of data for each", "POST", INGEST, joining(GOLD, {**member(ANN), **MOBILE}), "INVALID_FORMAT"),
    Row("takes one kind of data in all", "POST", INGEST, joining(GOLD, member(ANN), OWN_ID),
        "MULTIPLE_DATA_TYPES_NOT_ALLOWED"),
    Row("takes no data of partners", "POST", INGEST, joining(GOLD, {"pairData": {}}), "NOT_ALLOWLISTED"),
    Row("wants mobile ids as they are", "POST", INGEST, joining(PHONES, {"mobileData": {"mobileIds": [ANN]}}),
        "INVALID_MOBILE_ID_FORMAT"),
    Row("takes in a list only what it is for", "POST", INGEST, joining(PHONES, member(ANN)), "INVALID_USER_LIST_TYPE"),
    Row("knows no other list to fill", "POST", INGEST, joining("1", member(ANN)), "INVALID_USER_LIST_ID"),
    Row("needs the terms", "POST", INGEST, without(JOIN, "termsOfService"), "TERMS_AND_CONDITIONS_NOT_SIGNED"),
    Row("needs the terms accepted", "POST", INGEST,
        {**JOIN, "termsOfService": {"customerMatchTermsOfServiceStatus": "REJECTED"}},
        "TERMS_AND_CONDITIONS_NOT_SIGNED"),
    Row("needs no terms for own ids", "POST", INGEST, without(joining(IDS, OWN_ID), "termsOfService")),
    Row("takes what nobody consented to, and drops it later", "POST", INGEST, {**JOIN, "consent": DENIED}),
    Row("knows the words of consent", "POST", INGEST, {**JOIN, "consent": {"adUserData": "GRANTED"}},
        "INVALID_ENUM_VALUE"),
    Row("needs a destination", "POST", INGEST, {**JOIN, "destinations": []}, "REQUIRED_FIELD_MISSING"),
    Row("takes ten destinations", "POST", INGEST, {**JOIN, "destinations": [to(GOLD, str(n)) for n in range(1, 11)]}),
    Row("takes no eleventh destination", "POST", INGEST,
        {**JOIN, "destinations": [to(GOLD, str(n)) for n in range(1, 12)]}, "TOO_MANY_DESTINATIONS"),
    Row("tells destinations apart", "POST", INGEST, {**JOIN, "destinations": [to(GOLD, "a"), to(GOLD, "a")]},
        "DUPLICATE_DESTINATION_REFERENCE"),
    Row("knows what a member means", "POST", INGEST, joining(GOLD, member(ANN, destinationReferences=["b"])),
        "INVALID_DESTINATION"),
    Row("wants numbers without dashes", "POST", INGEST, at(operatingAccount={**OWN, "accountId": "123-456-7890"}),
        "INVALID_NUMBER_FORMAT"),
    Row("wants kinds of accounts to agree", "POST", INGEST, at(operatingAccount={**OWN, "product": "DATA_PARTNER"}),
        "INVALID_DESTINATION"),
    Row("takes the older name of a kind", "POST", INGEST,
        at(operatingAccount={"product": "GOOGLE_ADS", "accountId": "1234567890"})),
    Row("fills nobody else's lists", "POST", INGEST, at(operatingAccount={**OWN, "accountId": "999"}),
        "PERMISSION_DENIED", 403),
    Row("needs to know through whom one comes", "POST", INGEST, at(loginAccount=None), "PERMISSION_DENIED", 403),
    Row("comes through no other account", "POST", INGEST, at(loginAccount={**OWN, "accountId": "999"}),
        "OPERATING_ACCOUNT_LOGIN_ACCOUNT_MISMATCH"),
    Row("takes out", "POST", REMOVE, leaving(GOLD, member(BEN))),
    Row("takes no consent when taking out", "POST", REMOVE, leaving(GOLD, member(BEN), consent=GRANTED),
        "INVALID_FORMAT"),
    Row("takes no terms when taking out", "POST", REMOVE, leaving(GOLD, member(BEN), termsOfService=ACCEPTED),
        "INVALID_FORMAT"),
    Row("needs the encoding when taking out", "POST", REMOVE, without(leaving(GOLD, member(BEN)), "encoding"),
        "REQUIRED_FIELD_MISSING"),
    Row("empties a list", "POST", REMOVE_ALL, {"destinations": [to(GOLD)]}),
    Row("empties no list of tomorrow", "POST", REMOVE_ALL,
        {"destinations": [to(GOLD)], "removeAsOfTime": "2026-11-02T00:00:00Z"}, "INVALID_REMOVE_AS_OF_TIME"),
    Row("names nobody when emptying", "POST", REMOVE_ALL, leaving(GOLD, member(ANN)), "INVALID_FORMAT"),
    Row("takes a sale", "POST", EVENTS, sales(event())),
    Row("needs the moment of a sale", "POST", EVENTS, sales(event(eventTimestamp="")), "REQUIRED_FIELD_MISSING"),
    Row("sells nothing tomorrow", "POST", EVENTS, sales(event(eventTimestamp="2026-11-02T00:00:00Z")),
        "EVENT_TIME_INVALID"),
    Row("needs the store", "POST", EVENTS, sales(event(eventLocation={})), "REQUIRED_FIELD_MISSING"),
    Row("knows sources of sales", "POST", EVENTS, sales(event(eventSource="STORE")), "INVALID_ENUM_VALUE"),
    Row("knows currencies by three capitals", "POST", EVENTS, sales(event(currency="euro")), "INVALID_CURRENCY_CODE"),
    Row("needs to know whose sale", "POST", EVENTS, sales(event(userData=None)), "NO_IDENTIFIERS_PROVIDED"),
    Row("takes whole numbers as text", "POST", EVENTS, sales(event(cartData={"items": [{"quantity": "2"}]}))),
    Row("knows no other action", "POST", EVENTS, sales(event(), destinations=[to(GOLD)]),
        "INVALID_CONVERSION_ACTION_ID"),
    Row("takes 2,000 sales", "POST", EVENTS, sales(*[event()] * 2000)),
    Row("takes no more sales", "POST", EVENTS, sales(*[event()] * 2001), "TOO_MANY_EVENTS"),
    Row("knows no other request", "GET", f"{STATUS}?requestId=1", None, "INVALID_REQUEST_ID"),
]  # fmt: skip
