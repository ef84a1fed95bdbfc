"""One form for e-mail, phone, card, name and address, and the forms that platforms want on the wire."""

from plugins.identifiers.address import Address, address, house, postcode
from plugins.identifiers.card import card, has_check_digit
from plugins.identifiers.contact import VERSION, Identifier, Quality, email, looks_hashed, match_key, phone, phone_near
from plugins.identifiers.name import Name, folded, name, name_key
from plugins.identifiers.wire_form import FORMS, WireForm, lookup_key, subscriber_hash

__all__ = [
    "FORMS",
    "VERSION",
    "Address",
    "Identifier",
    "Name",
    "Quality",
    "WireForm",
    "address",
    "card",
    "email",
    "folded",
    "has_check_digit",
    "house",
    "looks_hashed",
    "lookup_key",
    "match_key",
    "name",
    "name_key",
    "phone",
    "phone_near",
    "postcode",
    "subscriber_hash",
]
