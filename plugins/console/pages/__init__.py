"""The pages, in the order of the menu: a new one is its file, its template, and one line here."""

from __future__ import annotations

from plugins.console.pages import (
    audiences,
    consent,
    experiments,
    feeds,
    person,
    plan,
    quarantine,
    requests,
    rules,
    shop,
    signing,
    today,
)
from plugins.console.route import Seen

ROUTES: tuple[Seen, ...] = (
    *signing.ROUTES,
    *today.ROUTES,
    *person.ROUTES,
    *shop.ROUTES,
    *audiences.ROUTES,
    *plan.ROUTES,
    *feeds.ROUTES,
    *experiments.ROUTES,
    *consent.ROUTES,
    *requests.ROUTES,
    *quarantine.ROUTES,
    *rules.ROUTES,
)  # fmt: skip
