"""A customer in Tilroy's two forms: nested with text ids, and flat as exported, with consent in both polarities."""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from plugins.sandbox.retailer import Address, Shop
from plugins.sandbox.tilroy.answers import Json, bad_request, flag, utc, within, words
from plugins.sandbox.tilroy.customer_book import Member

LANGUAGES = {"NL": "2", "FR": "3", "EN": "1", "DE": "4"}
GENDERS = {"M", "V", "X", "C"}
BUSINESS_UNIT = 2820
TEXTS = {
    "sourceId": "source_id",
    "code": "code",
    "email": "email",
    "firstName": "first_name",
    "surName": "surname",
    "mobileNumber": "mobile",
}


def group_id(code: str) -> str:
    """Return the id of a customer group."""
    return str(zlib.crc32(code.encode()) % 90_000 + 10_000)


def birth(day: date | None) -> str:
    """Write a day of birth as Tilroy does."""
    return day.strftime("%d/%m/%Y") if day else ""


def _groups(member: Member) -> list[Json]:
    return [
        {"tilroyId": group_id(code), "code": code, "isDefault": code == member.till.group} for code in member.groups
    ]


def nested(member: Member, shops: Mapping[int, Shop]) -> Json:
    """Return the form of searches and of `/customers/{id}`: ids are texts, consent stands in `notifications`."""
    till = member.till
    form: Json = {
        "tilroyId": str(till.id),
        "sourceId": till.source_id,
        "code": till.code,
        "language": {"tilroyId": LANGUAGES.get(till.language, "2"), "code": till.language},
        "email": till.email,
        "checkEmail": False,
        "firstName": till.first_name,
        "middleName": "",
        "surName": till.surname,
        "dateOfBirth": birth(till.birth_date),
        "mobileNumber": till.mobile,
        "company": {"name": "", "vatNumber": ""},
        "addresses": [_address(till.id, till.address)] if till.address else [],
        "notifications": {
            "newsletter": till.newsletter,
            "sms": till.sms,
            "mail": till.post,
            "review": member.reviews,
            "eTicket": member.e_ticket,
        },
        "groups": _groups(member),
        "comments": member.comments,
        "customFields": [{"field1": "", "field2": ""}],
        "versionInfo": {"dateUpdated": utc(member.updated_at or till.exported_at)},
    }
    if till.gender:
        form["gender"] = {"code": till.gender}
    if till.group:
        form["group"] = form["groups"][0]
    if shop := shops.get(till.shop_id):
        form["shopCreated"] = {"tilroyId": str(shop.id), "number": shop.number, "sourceId": f"S{shop.number}"}
    return form


def _address(customer_id: int, address: Address) -> Json:
    return {
        "tilroyId": str(5_000_000 + customer_id),
        "customer": {"tilroyId": str(customer_id)},
        "address1": address.street,
        "houseNumber": address.house_number,
        "box": address.box,
        "postalCode": address.postcode,
        "city": address.city,
        "country": {"code": address.country},
        "mainAddress": True,
        "defaultBillingAddress": True,
        "defaultDeliveryAddress": True,
    }


def exported(member: Member, shops: Mapping[int, Shop]) -> Json:
    """Return the form of `/export/customers`: flat, the id a number, `doNotEmail` beside `bu[].doEmail`."""
    till = member.till
    address = till.address or Address("", "", "", "", "")
    created = _shop(shops.get(till.shop_id))
    return {
        "tilroyId": till.id,
        "customerCode": till.code,
        "sourceId": till.source_id or None,
        "firstName": till.first_name,
        "middleName": "",
        "surName": till.surname,
        "companyName": "",
        "email": till.email,
        "language": till.language,
        "address1": address.street,
        "houseNumber": address.house_number,
        "box": address.box,
        "postalCode": address.postcode,
        "city": address.city,
        "country": address.country,
        "mobileNumber": till.mobile,
        "phoneNumberHome": till.phone_home,
        "phoneNumberWork": None,
        "dateOfBirth": birth(till.birth_date),
        "active": till.is_active,
        "mergedId": str(till.merged_into) if till.merged_into else None,
        "source": None,
        "cardNumber": till.card or None,
        "barcode": till.card or None,
        "cards": [{"card": card, "isDefault": card == till.card} for card in member.cards],
        "doNotEmail": not till.newsletter,
        "doNotCall": not till.sms,
        "doNotMail": not till.post,
        "eticket": member.e_ticket,
        "bu": [_business_unit(member, created)],
        "gender": {"code": till.gender, "description": ""} if till.gender else {},
        "customerGroup": {"code": till.group, "description": "", "expiryDate": None} if till.group else {},
        "extraCustomerGroups": list(member.more_groups),
        "customerType": {"code": "Consument", "description": ""},
        "customField1": "",
        "comments": member.comments,
        "commentsPopup": "",
        "VATNumber": None,
        "shopCreated": created,
        "dateCreated": utc(till.created_at),
        "dateUpdated": utc(member.updated_at),
        "dateDeleted": "",
        "dateExported": utc(till.exported_at),
    }


def _shop(shop: Shop | None) -> Json:
    return {"tilroyId": shop.id, "sourceId": None, "name": shop.name, "number": shop.number} if shop else {}


def _business_unit(member: Member, created: Json) -> Json:
    till = member.till
    return {
        "id": BUSINESS_UNIT,
        "idSource": None,
        "doMail": till.post,
        "doEmail": till.newsletter,
        "doSms": till.sms,
        "doReview": member.reviews,
        "cards": list(member.cards),
        "memberFrom": utc(till.created_at),
        "shopCreated": created,
    }


def merged(member: Member, body: Json, shops: Mapping[int, Shop]) -> Member:
    """Return the customer with the given fields in place; all others stay."""
    changes: dict[str, Any] = {ours: words(body[theirs], theirs) for theirs, ours in TEXTS.items() if theirs in body}
    if "dateOfBirth" in body:
        changes["birth_date"] = _read_birth(words(body["dateOfBirth"], "dateOfBirth"))
    if "language" in body:
        changes["language"] = _code(body, "language", LANGUAGES)
    if "gender" in body:
        changes["gender"] = _code(body, "gender", GENDERS)
    if "group" in body:
        changes["group"] = _code(body, "group")
    if "shopCreated" in body:
        changes["shop_id"] = find_shop(within(body, "shopCreated"), shops).id
    if "lifeStatus" in body:
        changes["is_active"] = body["lifeStatus"] == "active"
    if body.get("addresses"):
        changes["address"] = _read_address(body["addresses"])
    notes = within(body, "notifications")
    for theirs, ours in {"newsletter": "newsletter", "sms": "sms", "mail": "post"}.items():
        if theirs in notes:
            changes[ours] = flag(notes[theirs], f"notifications.{theirs}")
    if changes.get("email") and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", changes["email"]):
        raise bad_request("email is not valid")
    return replace(
        member,
        till=replace(member.till, **changes),
        comments=words(body.get("comments", member.comments), "comments"),
        reviews=flag(notes.get("review", member.reviews), "notifications.review"),
        e_ticket=flag(notes.get("eTicket", member.e_ticket), "notifications.eTicket"),
    )


def find_shop(given: Json, shops: Mapping[int, Shop]) -> Shop:
    """Return the shop that `{tilroyId}`, `{number}` or `{sourceId}` names."""
    for shop in shops.values():
        names = {"tilroyId": str(shop.id), "number": str(shop.number), "sourceId": f"S{shop.number}"}
        if any(str(given[key]) == name for key, name in names.items() if given.get(key) not in (None, "")):
            return shop
    raise bad_request("shop not found")


def _code(body: Json, name: str, known: object = None) -> str:
    code = words(within(body, name).get("code"), f"{name}.code")
    if known is not None and code not in known:  # type: ignore[operator]
        raise bad_request(f"{name}.code is not valid")
    return code


def _read_birth(text: str) -> date | None:
    if not text:
        return None
    try:
        return datetime.strptime(text, "%d/%m/%Y").date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        raise bad_request("dateOfBirth should have the format dd/MM/yyyy") from None


def _read_address(given: Any) -> Address:
    if not isinstance(given, list) or not isinstance(given[0], dict):
        raise bad_request("addresses should be an array")
    first = given[0]
    names = ("address1", "houseNumber", "postalCode", "city")
    street, number, postcode, city = (words(first.get(name, ""), name) for name in names)
    country = str(within(first, "country").get("code", ""))
    return Address(street, number, postcode, city, country, words(first.get("box", ""), "box"))
