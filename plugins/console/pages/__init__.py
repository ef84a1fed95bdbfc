"""The pages, in the order of the menu: a new one is its file, its template, and one line here."""

from __future__ import annotations

from plugins.console.pages import consent, person, plan, quarantine, requests, rules, shop, signing, today
from plugins.console.pages import audiences, person, shop, signing, today
from plugins.console.pages import audiences, experiments, person, shop, signing, today
from plugins.console.pages import audiences, experiments, feeds, person, shop, signing, today
from plugins.console.route import Seen

ROUTES: tuple[Seen, ...] = (
    *signing.ROUTES,
    *today.ROUTES,
    *person.ROUTES,
    *shop.ROUTES,
    *plan.ROUTES,
    *quarantine.ROUTES,
    *consent.ROUTES,
    *requests.ROUTES,
    *rules.ROUTES,
    *audiences.ROUTES,
    *experiments.ROUTES,
    *feeds.ROUTES,
)  # fmt: skip
