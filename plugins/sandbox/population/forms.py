"""What each source asks, how often it is filled in, and how badly."""

from __future__ import annotations

from typing import NamedTuple

PARTS, WITH_INFIX, WHOLE, GIVEN_ONLY, DISPLAY = range(5)


class Form(NamedTuple):
    """One kind of record: its sources, which fields are filled how often, and how often something goes wrong."""

    sources: tuple[str, ...]
    layout: int = PARTS
    name: float = 0
    official: float = 0.1
    """How often the official first name is given instead of the call name."""
    initials: float = 0
    slip: float = 0.01
    """How often a name or street is misspelt."""
    capitals: float = 0.02
    swapped: float = 0
    """How often first and last name stand in each other's field."""
    title: float = 0
    email: float = 0
    email_slip: float = 0.006
    phone: float = 0
    birth: float = 0
    address: float = 0
    joined_address: float = 0
    """How often the number stands in the street's field."""
    consent: float = 0
    typed_by_clerk: float = 0
    """How often somebody of the shop fills it in, who types anything if the customer says nothing."""


FORMS = (
    Form(
        ("woocommerce",), PARTS, name=0.97, official=0.12, initials=0.03, slip=0.010, capitals=0.05, swapped=0.006,
        email=1.0, email_slip=0.004, phone=0.55, birth=0.35, address=0.72, joined_address=0.45, consent=0.9,
    ),
    Form(
        ("woocommerce",), PARTS, name=0.995, official=0.10, initials=0.06, slip=0.013, capitals=0.07, swapped=0.008,
        title=0.004, email=1.0, email_slip=0.009, phone=0.68, address=0.97, joined_address=0.45, consent=0.6,
    ),
    Form(
        ("tilroy",), WITH_INFIX, name=0.96, official=0.20, initials=0.24, slip=0.035, capitals=0.14, swapped=0.02,
        title=0.02, email=0.58, email_slip=0.022, phone=0.56, birth=0.38, address=0.66, joined_address=0.10,
        consent=0.8, typed_by_clerk=1.0,
    ),
    Form(("tilroy",)),
    Form(("qr",), GIVEN_ONLY, name=0.15, email=1.0, email_slip=0.012, phone=0.04, consent=0.7),
    Form(
        ("loyalty",), WITH_INFIX, name=0.985, official=0.25, initials=0.13, slip=0.022, capitals=0.07, swapped=0.01,
        title=0.01, email=0.80, email_slip=0.014, phone=0.62, birth=0.72, address=0.76, joined_address=0.15,
        consent=0.95, typed_by_clerk=0.6,
    ),
    Form(
        ("mailchimp",), GIVEN_ONLY, name=0.55, official=0.06, initials=0.02, slip=0.012, capitals=0.04, swapped=0.0,
        email=1.0, email_slip=0.007, phone=0.02, birth=0.03, consent=0.97,
    ),
    Form(("ga4",)),
    Form(("facebook", "instagram"), DISPLAY, name=1.0, official=0.04, slip=0.004, email=0.78, birth=0.03),
    Form(
        ("bol", "amazon"), WHOLE, name=1.0, official=0.12, initials=0.17, slip=0.008, capitals=0.06, title=0.03,
        email=1.0, phone=0.22, address=1.0, joined_address=0.25,
    ),
)  # fmt: skip
"""By kind, in the order of `KINDS`."""
