"""The people of a request: one pass over many, and every one that breaks a rule is named."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from plugins.sandbox.google_ads.refusals import MOST_VIOLATIONS, Violation, missing, unreadable, wrong
from plugins.sandbox.google_ads.shapes import MESSAGES, PARTNER_KINDS, checked
from plugins.sandbox.google_ads.user_list import Mark

MOST_MEMBERS, MOST_IDENTIFIERS = 10_000, 10
KEY_TYPES = {
    "userData": "CONTACT_ID", "compositeData": "CONTACT_ID", "mobileData": "MOBILE_ID", "userIdData": "USER_ID",
}  # fmt: skip
"""A kind of data, and what a list must take for it."""
KINDS = frozenset((*KEY_TYPES, *PARTNER_KINDS))
MEMBER = frozenset(MESSAGES["AudienceMember"])
ADDRESS = ("givenName", "familyName", "regionCode", "postalCode")
PARTS = frozenset(ADDRESS)
HEX = re.compile(r"(?:[0-9a-fA-F]{2})+")
SHA256_HEX = re.compile(r"[0-9a-f]{64}|[0-9A-F]{64}")
SHA256_BYTES = 32
REGION, POSTAL = re.compile(r"[A-Z]{2}"), re.compile(r"[^\n]{1,20}")
# iOS and Android write theirs as UUIDs
MOBILE_ID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
DENIED, NONE, UNKNOWN = (f"PROCESSING_ERROR_REASON_{each}_CONSENT" for each in ("DENIED", "NO", "UNKNOWN"))
BOTH = ("adUserData", "adPersonalization")


class Person(NamedTuple):
    """One member: by which values it is found, where it goes, and why it will be dropped, if it will."""

    marks: list[Mark]
    references: Sequence[str]
    lacks: str


class SpoiltError(ValueError):
    """A value that is no SHA-256; the text is the vendor's reason."""


def consent_lacks(consent: Mapping[str, str] | None) -> str:
    """Return why a record is dropped; the retailer's people live where both must be granted."""
    if not consent:
        return NONE
    states = [consent.get(name) for name in BOTH]
    if "CONSENT_DENIED" in states:
        return DENIED
    if None in states:
        return NONE
    return "" if states == ["CONSENT_GRANTED"] * 2 else UNKNOWN


def hex_hash(value: str) -> Mark:
    """Return a SHA-256 that came as hexadecimal digits."""
    if SHA256_HEX.fullmatch(value):
        return value.lower()
    raise SpoiltError("INVALID_SHA256_FORMAT" if HEX.fullmatch(value) else "INVALID_HEX_ENCODING")


def base64_hash(value: str) -> Mark:
    """Return a SHA-256 that came in base 64, as hexadecimal digits."""
    try:
        found = base64.b64decode(value, validate=True)
    except binascii.Error:
        raise SpoiltError("INVALID_BASE64_ENCODING") from None
    if len(found) != SHA256_BYTES:
        raise SpoiltError("INVALID_SHA256_FORMAT")
    return found.hex()


ENCODED: Mapping[str, Callable[[str], Mark]] = {"HEX": hex_hash, "BASE64": base64_hash}


@dataclass
class Reader:
    """Reads the people of one request."""

    body: Mapping[str, Any]
    references: frozenset[str]
    violations: list[Violation] = field(default_factory=list)
    kinds: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.decode = ENCODED.get(self.body.get("encoding") or "")
        self.lacks = consent_lacks(self.body.get("consent"))

    def members(self) -> list[Person]:
        """Return everybody; what is wrong with them is in `violations`."""
        rows = self.body.get("audienceMembers")
        if not rows:
            raise missing("audience_members")
        if not isinstance(rows, list):
            raise unreadable("Value at 'audience_members' is not a list", "audience_members")
        if len(rows) > MOST_MEMBERS:
            raise wrong("audience_members", "TOO_MANY_AUDIENCE_MEMBERS")
        people = list(self._read(rows))
        if len(self.kinds) > 1:
            raise wrong("audience_members", "MULTIPLE_DATA_TYPES_NOT_ALLOWED")
        return people

    def _read(self, rows: Sequence[Any]) -> Iterator[Person]:
        for place, row in enumerate(rows):
            path = f"audience_members.audience_members[{place}]"
            try:
                yield self._person(row, path)
            except (AttributeError, KeyError, TypeError, ValueError):
                checked(row, "AudienceMember", path)
                self.violate(path, "INVALID_AUDIENCE_MEMBER")
            if len(self.violations) >= MOST_VIOLATIONS:
                return

    def _person(self, row: Mapping[str, Any], path: str) -> Person:
        found = row.keys() & KINDS
        if not row.keys() <= MEMBER or len(found) > 1:
            checked(row, "AudienceMember", path)
            raise unreadable(f"Proto field at '{path}': oneof 'data' is already set.", path)
        (kind,) = found
        self.kinds.add(kind)
        marks = self._marks(kind, row[kind], path)
        references = row.get("destinationReferences") or ()
        if not self.references.issuperset(references):
            self.violate(f"{path}.destination_references", "INVALID_DESTINATION")
        consent = row.get("consent")
        return Person(marks, references, self.lacks if consent is None else _own(consent, path))

    def _marks(self, kind: str, value: Mapping[str, Any], path: str) -> list[Mark]:
        if kind == "userData":
            return self.user_data(value, f"{path}.user_data")
        if kind == "mobileData":
            return self._mobile_ids(value["mobileIds"], f"{path}.mobile_data.mobile_ids")
        if kind == "compositeData":
            return self.user_data(value["userData"], f"{path}.composite_data.user_data")
        if kind == "userIdData":
            checked(value, "UserIdData", path)
            return [value["userId"]]
        self.violate(path, "NOT_ALLOWLISTED")
        return []

    def user_data(self, value: Mapping[str, Any], path: str) -> list[Mark]:
        """Return the values of contact data, each of which finds somebody."""
        identifiers, path = value.get("userIdentifiers") or [], f"{path}.user_identifiers"
        if not identifiers or len(value) > 1:
            checked(value, "UserData", path)
            self.violate(path, "NO_IDENTIFIERS_PROVIDED")
        if len(identifiers) > MOST_IDENTIFIERS:
            self.violate(path, "TOO_MANY_USER_IDENTIFIERS")
        if self.decode is None:
            raise missing("encoding")
        return [self._mark(each, path) for each in identifiers]

    def _mark(self, identifier: Mapping[str, Any], path: str) -> Mark:
        ((kind, value),) = identifier.items()
        if kind == "address":
            return self._address(value, f"{path}.address")
        if kind not in ("emailAddress", "phoneNumber"):
            checked(identifier, "UserIdentifier", path)
        return self._hashed(value, path)

    def _hashed(self, value: str, path: str) -> Mark:
        try:
            return self.decode(value) if self.decode else ""
        except SpoiltError as spoilt:
            self.violate(path, str(spoilt))
            return ""

    def _address(self, value: Mapping[str, str], path: str) -> Mark:
        if value.keys() != PARTS:
            checked(value, "Address", path)
        lacking = [name for name in ADDRESS if not value.get(name)]
        if lacking:
            self.violate(path, "REQUIRED_FIELD_MISSING", f"An address needs {', '.join(lacking)} too.")
            return ""
        given, family, region, postal = (value[name] for name in ADDRESS)
        if not REGION.fullmatch(region):
            self.violate(f"{path}.region_code", "INVALID_REGION_CODE")
        if not POSTAL.fullmatch(postal) or postal != postal.strip():  # it travels as it is, not hashed
            self.violate(f"{path}.postal_code", "INVALID_POSTAL_CODE")
        return f"{self._hashed(given, path)} {self._hashed(family, path)} {region} {postal}"

    def _mobile_ids(self, ids: Sequence[str], path: str) -> list[Mark]:
        if not ids:
            self.violate(path, "NO_IDENTIFIERS_PROVIDED")
        if len(ids) > MOST_IDENTIFIERS:
            self.violate(path, "TOO_MANY_ELEMENTS")
        if not all(MOBILE_ID.fullmatch(each) for each in ids):
            self.violate(path, "INVALID_MOBILE_ID_FORMAT")
        return list(ids)

    def violate(self, path: str, reason: str, description: str = "") -> None:
        """Note what is wrong; all that is wrong is said at once."""
        text = description or reason.replace("_", " ").capitalize()
        self.violations.append(Violation(path, reason, text))


def _own(consent: Mapping[str, str], path: str) -> str:
    checked(consent, "Consent", f"{path}.consent")
    return consent_lacks(consent)
