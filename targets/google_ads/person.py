"""How somebody is written for Google: by which identifiers, hashed here, and what they allowed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from plugins.identifiers.wire_form import FORMS

FORM = FORMS["google"]
ALONE = {"email": "emailAddress", "phone": "phoneNumber"}
ADDRESS = {"first_name": "givenName", "last_name": "familyName", "country": "regionCode", "postcode": "postalCode"}
"""An address finds nobody, and spoils its whole request, unless all four parts are there."""
COUNTRY = re.compile("[A-Z]{2}")
# Who is sent has a permit for this purpose, and it covers both: nobody goes out with one of them.
GRANTED = {"adUserData": "CONSENT_GRANTED", "adPersonalization": "CONSENT_GRANTED"}


def identifiers(email: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return by what somebody is found, under Google's names; empty where nothing is left of it."""
    said = {"email": email, **fields}
    written = {name: _hashed(name, said.get(name)) for name in (*ALONE, *ADDRESS)}
    found: dict[str, Any] = {ALONE[name]: written[name] for name in ALONE if written[name]}
    if all(written[name] for name in ADDRESS) and COUNTRY.fullmatch(written["country"] or ""):
        found["address"] = {part: written[name] for name, part in ADDRESS.items()}
    return found


def user_data(found: Mapping[str, Any]) -> dict[str, Any]:
    """Return the identifiers of somebody as a request holds them."""
    return {"userIdentifiers": [{name: found[name]} for name in (*ALONE.values(), "address") if name in found]}


def _hashed(name: str, value: object) -> str | None:
    return FORM.wire(name, str(value)) if value else None
