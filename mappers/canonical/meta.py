"""What people do at a Page on Facebook and its account on Instagram: they comment, name it, and fill in forms."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from mappers.canonical.person import email_of, person_fields, phone_of
from mappers.canonical.reading import Maps, Reading
from mappers.canonical.vendor_record import (
    Unreadable,
    VendorRecord,
    flag,
    instant,
    part,
    parts,
    required,
    rest,
    text,
)
from plugins.store.codec import unchecked
from plugins.store.entities import Consent, Customer, Event, Record

FACEBOOK, INSTAGRAM = "facebook", "instagram"
UNDERSTOOD = frozenset({"full_name", "first_name", "last_name", "email", "phone_number"})
LEAD_KNOWS = (
    "id", "created_time", "form_id", "form_name", "field_data", "custom_disclaimer_responses", "checkboxes",
)  # fmt: skip
NOT_FREE = ".not_free"
"""Ends the field of a box that was ticked beforehand, or without which the form cannot be sent: no answer at all."""


def read_comment(record: VendorRecord, reading: Reading) -> Iterator[Record]:
    """Give what somebody wrote on the Page, and who; what the Page wrote itself, and what names nobody, is left out."""
    author = text(part(record, "from"), "id")
    if author and author != text(record, "page_id"):
        about = {"post_id": text(record, "post_id"), "answers": text(part(record, "parent"), "id")}
        is_hidden = flag(record, "is_hidden") or False
        yield from _act(record, reading, FACEBOOK, author, "created_time", "social_comment", about, is_hidden)


def read_media_comment(record: VendorRecord, reading: Reading) -> Iterator[Record]:
    """Give what somebody wrote below media, and who; what the account wrote itself is left out."""
    author = _other(record)
    if author:
        about = {"media_id": text(record, "media_id"), "answers": text(record, "parent_id")}
        is_hidden = flag(record, "hidden") or False
        yield from _act(record, reading, INSTAGRAM, author, "timestamp", "social_comment", about, is_hidden)


def read_tagged_post(record: VendorRecord, reading: Reading) -> Iterator[Record]:
    """Give the post of somebody that names the Page."""
    author = text(part(record, "from"), "id")
    if author and author != text(record, "page_id"):
        yield from _act(record, reading, FACEBOOK, author, "created_time", "tagged_post", {})


def read_tagged_media(record: VendorRecord, reading: Reading) -> Iterator[Record]:
    """Give the media of somebody that name the account."""
    if author := _other(record):
        yield from _act(record, reading, INSTAGRAM, author, "timestamp", "tagged_post", {})


def read_lead(record: VendorRecord, reading: Reading) -> Iterator[Record]:
    """Give who filled in a form, and each box for consent as it was left."""
    key, at = f"lead:{required(record, 'id')}", _when(record, "created_time")
    answers = {name: said for each in parts(record, "field_data") if (name := text(each, "name"))
               and (said := _first(each))}  # fmt: skip
    email, phone = answers.get("email"), answers.get("phone_number")
    others = {name: said for name, said in answers.items() if name not in UNDERSTOOD}
    person = person_fields(country=reading.country, email=email, phone=phone, **_name(answers))
    raw = rest({**rest(record, LEAD_KNOWS), "answers": others}, ())
    yield unchecked(Customer)(**_origin(reading, key, at), **person, registered_at=at, is_guest=True, raw=raw)
    who = {"customer_id": key, "email": email_of(email), "phone": phone_of(phone, reading.country)}
    yield from _boxes(record, reading, key, at, who)


def read_nothing(_record: VendorRecord, _reading: Reading) -> Iterator[Record]:
    """Filter it out: no entity of ours is made of it."""
    return iter(())


def _other(record: VendorRecord) -> str | None:
    """Return the user name of whose it is, unless that is the account itself."""
    author, own = text(record, "username"), text(record, "account")
    return author if author and author.lower() != (own or "").lower() else None


def _act(
    record: VendorRecord,
    reading: Reading,
    network: str,
    author: str,
    when: str,
    kind: str,
    about: dict[str, str | None],
    is_hidden: bool = False,
) -> Iterator[Record]:
    """Give the act and its author, of whom Meta tells an id or a user name and nothing that leads elsewhere."""
    account, at = f"{network}:{author.lower()}", _when(record, when)
    if not is_hidden:
        who = _origin(reading, account, at)
        yield unchecked(Customer)(**who, **person_fields(country=reading.country), social_id=account, is_guest=True)
    yield unchecked(Event)(
        **_origin(reading, f"{network}:{required(record, 'id')}", at),
        customer_id=account,
        kind=kind,
        occurred_at=at,
        channel=network,
        url=text(record, "permalink_url") or text(record, "permalink"),
        strength=None if is_hidden else "found",
        facts={name: value for name, value in {**about, "hidden": "true" if is_hidden else None}.items() if value},
    )


def _boxes(
    record: VendorRecord, reading: Reading, key: str, at: datetime, who: dict[str, str | None]
) -> Iterator[Consent]:
    boxes = {text(each, "key"): each for each in parts(record, "checkboxes")}
    for each in parts(record, "custom_disclaimer_responses"):
        name = required(each, "checkbox_key")
        box = boxes.get(name, {})
        is_free = not (flag(box, "is_checked_by_default") or flag(box, "is_required"))
        beside = {"created_time": text(record, "created_time"), "form_id": text(record, "form_id"),
                  "form_name": text(record, "form_name"), "text": text(box, "text")}  # fmt: skip
        yield unchecked(Consent)(
            **_origin(reading, f"{key}:{name}", at),
            **who,
            field=f"lead.{name}" if is_free else f"lead.{name}{NOT_FREE}",
            value=text(each, "is_checked") or "",
            facts={fact: said for fact, said in beside.items() if said},
        )


def _name(answers: dict[str, str]) -> dict[str, str | None]:
    """Return first name and surname; of a whole name of two words each is one, of a longer one a prefix must tell."""
    if "first_name" in answers or "last_name" in answers:
        return {"first_name": answers.get("first_name"), "last_name": answers.get("last_name")}
    words = answers.get("full_name", "").split()
    if len(words) == 2:
        return {"first_name": words[0], "last_name": words[1]}
    return {"first_name": " ".join(words) or None, "last_name": None}


def _first(answer: VendorRecord) -> str | None:
    values = answer.get("values")
    return text({"value": values[0]}, "value") if isinstance(values, list) and values else None


def _when(record: VendorRecord, field: str) -> datetime:
    at = instant(record, field)
    if at is None:
        raise Unreadable("missing_key", field)
    return at


def _origin(reading: Reading, source_id: str, changed_at: datetime) -> dict[str, Any]:
    return {
        "source": reading.source,
        "source_id": source_id,
        "stream": reading.stream,
        "seen_at": reading.seen_at,
        "changed_at": changed_at,
    }


STREAMS: dict[str, Maps] = {
    "comments": Maps(read_comment, (Customer, Event)),
    "media_comments": Maps(read_media_comment, (Customer, Event)),
    "tagged_posts": Maps(read_tagged_post, (Customer, Event)),
    "tagged_media": Maps(read_tagged_media, (Customer, Event)),
    "leads": Maps(read_lead, (Customer, Consent)),
    "posts": Maps(read_nothing, ()),
    "media": Maps(read_nothing, ()),
    "lead_forms": Maps(read_nothing, ()),
}
