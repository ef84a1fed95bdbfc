"""The messages of the API: a field that none of them has, or of another kind, spoils the whole request."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from plugins.sandbox.google_ads.refusals import Refusal, unreadable, wrong

Kind = Any
"""A type, the name of a message, a set of words, or one of these in a list."""
CONSENT_STATES = {"CONSENT_STATUS_UNSPECIFIED", "CONSENT_GRANTED", "CONSENT_DENIED"}
ACCOUNT_TYPES = {
    "ACCOUNT_TYPE_UNSPECIFIED", "GOOGLE_ADS", "DISPLAY_VIDEO_PARTNER", "DISPLAY_VIDEO_ADVERTISER", "DATA_PARTNER",
    "GOOGLE_ANALYTICS_PROPERTY", "GOOGLE_AD_MANAGER_AUDIENCE_LINK", "FLOODLIGHT_CONFIG",
}  # fmt: skip
PRODUCTS = {
    "PRODUCT_UNSPECIFIED", "GOOGLE_ADS", "DISPLAY_VIDEO_PARTNER", "DISPLAY_VIDEO_ADVERTISER", "DATA_PARTNER",
}  # fmt: skip
ENCODINGS = {"ENCODING_UNSPECIFIED", "HEX", "BASE64"}
EVENT_SOURCES = {"EVENT_SOURCE_UNSPECIFIED", "WEB", "APP", "IN_STORE", "PHONE", "MESSAGE", "OTHER"}
SOURCE_TYPES = {
    f"DATA_SOURCE_TYPE_{each}" for each in
    ("UNSPECIFIED", "FIRST_PARTY", "THIRD_PARTY_CREDIT_BUREAU", "THIRD_PARTY_VOTER_FILE", "THIRD_PARTY_PARTNER_DATA")
}  # fmt: skip
UPLOAD_KEY_TYPES = {
    "UPLOAD_KEY_TYPE_UNSPECIFIED", "CONTACT_ID", "MOBILE_ID", "USER_ID", "PAIR_ID", "PSEUDONYMOUS_ID",
}  # fmt: skip
PARTNER_KINDS = ("pairData", "ppidData", "googleUserIdData", "partnerProvidedIdData")
REQUEST = {"destinations": ["Destination"], "validateOnly": bool}
UPLOAD = {**REQUEST, "encoding": ENCODINGS, "encryptionInfo": dict}
IDS = dict.fromkeys(("sessionAttributes", "gclid", "gbraid", "wbraid", "mobileDeviceId", "dclid", "matchId"), str)
MESSAGES: Mapping[str, Mapping[str, Kind]] = {
    "Ingest": {**UPLOAD, "audienceMembers": ["AudienceMember"], "consent": "Consent", "termsOfService": "Terms"},
    "Remove": {**UPLOAD, "audienceMembers": ["AudienceMember"]},
    "RemoveAll": {**REQUEST, "removeAsOfTime": str},
    "IngestEvents": {**UPLOAD, "events": ["Event"], "consent": "Consent"},
    "Consent": {"adUserData": CONSENT_STATES, "adPersonalization": CONSENT_STATES},
    "Terms": {
        "customerMatchTermsOfServiceStatus": {"TERMS_OF_SERVICE_STATUS_UNSPECIFIED", "ACCEPTED", "REJECTED"},
    },
    "Destination": {
        "reference": str, "loginAccount": "Account", "linkedAccount": "Account", "operatingAccount": "Account",
        "productDestinationId": str,
    },
    "Account": {"product": PRODUCTS, "accountId": str, "accountType": ACCOUNT_TYPES},
    "AudienceMember": {
        "destinationReferences": [str], "consent": "Consent", "userData": "UserData",
        "mobileData": "MobileData", "userIdData": "UserIdData", "compositeData": "CompositeData",
        **dict.fromkeys(PARTNER_KINDS, dict),
    },
    "UserData": {"userIdentifiers": ["UserIdentifier"]},
    "UserIdentifier": {"emailAddress": str, "phoneNumber": str, "address": "Address"},
    "Address": dict.fromkeys(
        ("givenName", "familyName", "regionCode", "postalCode", "addressLine", "city", "administrativeArea"), str
    ),
    "MobileData": {"mobileIds": [str]},
    "UserIdData": {"userId": str},
    "CompositeData": {"userData": "UserData", "ipData": [dict]},
    "Event": {
        "destinationReferences": [str], "transactionId": str, "eventTimestamp": str, "lastUpdatedTimestamp": str,
        "userData": "UserData", "consent": "Consent", "adIdentifiers": "AdIdentifiers", "currency": str,
        "conversionValue": float, "conversionCount": float, "eventSource": EVENT_SOURCES, "eventDeviceInfo": dict,
        "cartData": "Cart", "customVariables": [dict], "experimentalFields": [dict], "userProperties": "Properties",
        "eventName": str, "clientId": str, "userId": str, "additionalEventParameters": [dict],
        "thirdPartyUserData": "UserData", "eventLocation": "Location", "appInstanceId": str,
    },
    "AdIdentifiers": {**IDS, "landingPageDeviceInfo": dict, "impressionId": str, "encryptedUserIds": [dict]},
    "Cart": {
        "merchantId": str, "merchantFeedLabel": str, "merchantFeedLanguageCode": str, "transactionDiscount": float,
        "items": ["Item"], "couponCodes": [str],
    },
    "Item": {
        "merchantProductId": str, "quantity": int, "unitPrice": float, "itemId": str,
        "additionalItemParameters": [dict],
        "merchantId": str, "merchantFeedLabel": str, "merchantFeedLanguageCode": str, "conversionValue": float,
        "customVariables": [dict],
    },
    "Properties": {
        "customerType": {"CUSTOMER_TYPE_UNSPECIFIED", "NEW", "RETURNING", "REENGAGED"},
        "customerValueBucket": {"CUSTOMER_VALUE_BUCKET_UNSPECIFIED", "LOW", "MEDIUM", "HIGH"},
        "additionalUserProperties": [dict],
    },
    "Location": dict.fromkeys(
        ("storeId", "city", "subdivisionCode", "regionCode", "subcontinentCode", "continentCode"), str
    ),
    "UserList": {
        "name": str, "id": int, "readOnly": bool, "displayName": str, "description": str,
        "membershipStatus": {"MEMBERSHIP_STATUS_UNSPECIFIED", "OPEN", "CLOSED"}, "integrationCode": str,
        "membershipDuration": str, "closingReason": {"CLOSING_REASON_UNSPECIFIED", "UNUSED"},
        "accessReason": {"ACCESS_REASON_UNSPECIFIED", "OWNED", "SHARED", "LICENSED", "SUBSCRIBED", "AFFILIATED"},
        "accountAccessStatus": {"ACCESS_STATUS_UNSPECIFIED", "ENABLED", "DISABLED"}, "sizeInfo": dict,
        "targetNetworkInfo": dict, "ingestedUserListInfo": "UploadInfo",
    },
    "UploadInfo": {
        "uploadKeyTypes": [UPLOAD_KEY_TYPES], "contactIdInfo": "Source", "mobileIdInfo": "MobileSource",
        "userIdInfo": "Source", "pairIdInfo": dict, "pseudonymousIdInfo": dict, "partnerAudienceInfo": dict,
    },
    "Source": {"dataSourceType": SOURCE_TYPES, "matchRatePercentage": int},
    "MobileSource": {
        "dataSourceType": SOURCE_TYPES, "keySpace": {"KEY_SPACE_UNSPECIFIED", "IOS", "ANDROID"}, "appId": str,
    },
}  # fmt: skip
NUMBERS = {int: r"-?\d+", float: r"-?\d+(\.\d+)?([eE][-+]?\d+)?"}


def checked(value: Any, kind: Kind, path: str = "") -> Any:
    """Return a value that is of its kind, or refuse the request that holds it."""
    if isinstance(kind, str):
        return _message(value, kind, path)
    if isinstance(kind, list):
        return _list(value, kind[0], path)
    if isinstance(kind, set):
        if value in kind:
            return value
        raise wrong(path, "INVALID_ENUM_VALUE")
    return _plain(value, kind, path)


def _message(value: Any, kind: str, path: str) -> Any:
    shape = MESSAGES[kind]
    if not isinstance(value, dict):
        raise unreadable(f"Unknown value at '{path}'", path)
    for name, inner in value.items():
        if name not in shape:
            raise unknown_name(name, path)
        if inner is not None:
            checked(inner, shape[name], within(path, name))
    return value


def unknown_name(name: str, path: str) -> Refusal:
    """Return what Google says of a field that a message does not have."""
    return unreadable(f"Unknown name \"{name}\" at '{path}': Cannot find field.", path)


def _list(value: Any, kind: Kind, path: str) -> Any:
    if not isinstance(value, list):
        raise unreadable(f"Value at '{path}' is not a list", path)
    for place, each in enumerate(value):
        checked(each, kind, f"{path}[{place}]")
    return value


def _plain(value: Any, kind: type, path: str) -> Any:
    is_number = kind in NUMBERS and not isinstance(value, bool)
    if is_number and re.fullmatch(NUMBERS[kind], str(value)):  # int64 travels as text
        return value
    if isinstance(value, kind) and not is_number:
        return value
    raise unreadable(f"Invalid value at '{path}'", path)


def within(path: str, name: str) -> str:
    """Return the path of a field, as Google writes it: in snake case."""
    snake = re.sub(r"[A-Z]", lambda found: f"_{found[0].lower()}", name)
    return f"{path}.{snake}" if path else snake
