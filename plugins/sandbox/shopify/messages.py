"""What a webhook says of a record: enough to know what to read again."""

from __future__ import annotations

from functools import singledispatch
from typing import Any

from plugins.sandbox.shopify.bulk import BulkOperation
from plugins.sandbox.shopify.checkout import AbandonedCheckout
from plugins.sandbox.shopify.customer import Consent, Customer
from plugins.sandbox.shopify.names import amount, stamp
from plugins.sandbox.shopify.order import Order

Body = dict[str, Any]


def header_of(topic: str) -> str:
    """Return a topic as the header has it."""
    subject, _, event = topic.lower().rpartition("_")
    return f"{subject}/{event}"


def message(topic: str, record: Any) -> Body:
    """Return the body of a message; a topic of consent says nothing else."""
    if "EMAIL_MARKETING" in topic:
        said = {"email_address": record.email, "email_marketing_consent": _said(record.by_email)}
        return {"customer_id": record.serial, **said}
    if "MARKETING" in topic:
        return {"customer_id": record.serial, "phone": record.phone, "sms_marketing_consent": _said(record.by_sms)}
    return about(record)


@singledispatch
def about(record: Any) -> Body:
    """Return what is said of any record."""
    when = {"created_at": stamp(record.created_at), "updated_at": stamp(record.updated_at)}
    return {"id": record.serial, "admin_graphql_api_id": record.id, **when}


@about.register
def _(record: Customer) -> Body:
    return {**about.dispatch(object)(record), "email": record.email, "phone": record.phone}


@about.register
def _(record: Order) -> Body:
    customer = {"id": record.customer.serial} if record.customer else None
    total = {"total_price": amount(record.total_cents), "current_total_price": amount(record.current_cents)}
    told = {"name": record.name, "email": record.email, "customer": customer}
    return {**about.dispatch(object)(record), **told, **total}


@about.register
def _(record: AbandonedCheckout) -> Body:
    done = stamp(record.completed_at) if record.completed_at else None
    told = {"email": record.customer.email if record.customer else None, "completed_at": done}
    return {**about.dispatch(object)(record), **told, "total_price": amount(record.total_cents)}


@about.register
def _(record: BulkOperation) -> Body:
    done = stamp(record.completed_at) if record.completed_at else None
    when = {"created_at": stamp(record.created_at), "completed_at": done}
    how = {"status": record.status.lower(), "error_code": record.error_code, "type": record.type.lower()}
    return {"admin_graphql_api_id": record.id, **when, **how}


def _said(consent: Consent) -> Body:
    told = {"state": consent.state.lower(), "opt_in_level": (consent.level or "unknown").lower()}
    return {**told, "consent_updated_at": stamp(consent.at) if consent.at else None}
