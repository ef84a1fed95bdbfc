"""What the newsletter tool knows: contacts and how they came there, campaigns, and what people did with them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from plugins.sandbox.fiction.opt_in import ip
from plugins.sandbox.fiction.people import Person
from plugins.sandbox.retailer import Activity, Campaign, Contact

MONTHS = (
    "januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september", "oktober", "november",
    "december",
)  # fmt: skip
FORM, MIRRORS = "Embed Form", ("API - Generic", "Import")
LEAVING = ("NORMAL", "NORMAL", "NO_INTEREST", "SPAM_COMPLAINT", "DID_NOT_SIGN_UP", "")
PERMISSIONS = ("Email", "Customized online advertising")
OTHERS_TAGS = ("vip-antwerpen", "agency-xmas", "beurs-2024", "jarig")
CAMPAIGNS = 24


def monthly(anchor: datetime) -> tuple[Campaign, ...]:
    """Return two years of campaigns, oldest first."""
    sent = [anchor - timedelta(days=30 * back, hours=14) for back in range(CAMPAIGNS, 0, -1)]
    return tuple(
        Campaign(f"{0x5EED0000 + at:010x}", f"Nieuwsbrief {MONTHS[moment.month - 1]} {moment.year}", moment)
        for at, moment in enumerate(sent, 1)
    )


@dataclass
class Enrolment:
    """How and when a contact came on the list, and left it."""

    status: str
    joined_at: datetime
    last_changed: datetime
    has_proof: bool
    source: str
    reason: str = ""
    campaign: Campaign | None = None
    """The one that made them leave."""


class Newsletter:
    """The audience: one contact per address, whoever shares it."""

    def __init__(self, anchor: datetime) -> None:
        self.anchor = anchor
        self.campaigns = monthly(anchor)
        self._contacts: dict[str, Contact] = {}
        self._activities: list[Activity] = []

    def visit(self, person: Person) -> None:
        """Put someone on the list as their story says, and let them read."""
        if "n" not in person.systems:
            is_known = person.story in ("refused", "silent") and person.dice.random() < 0.15
            if not is_known:
                return
            joined = self._earlier(person.dice, 300)
            enrolment = Enrolment("transactional", joined, joined, False, "API - Generic")
        else:
            enrolment = self._enrolment(person)
        if person.email not in self._contacts:
            self._contacts[person.email] = self._contact(person, enrolment)
            self._read(person, enrolment)

    def contacts(self) -> tuple[Contact, ...]:
        """Return the audience in order of change."""
        return tuple(sorted(self._contacts.values(), key=lambda each: (each.last_changed, each.email)))

    def activities(self) -> tuple[Activity, ...]:
        """Return what was done with the campaigns, in order of time."""
        return tuple(sorted(self._activities, key=lambda each: (each.at, each.email, each.action, each.url)))

    def _enrolment(self, person: Person) -> Enrolment:
        dice, agreed_at = person.dice, person.agreed_at
        by_form = agreed_at is None or dice.random() < 0.3
        joined = agreed_at + timedelta(minutes=10) if agreed_at else self._earlier(dice, 800)
        source = FORM if by_form else "API - Generic"
        if person.story == "came_back" and agreed_at:
            left = agreed_at - timedelta(days=dice.randrange(20, 200))
            joined = left - timedelta(days=dice.randrange(30, 300))
            return Enrolment("unsubscribed", joined, left, True, FORM, dice.choice(LEAVING))
        if person.story == "unproved":
            joined = self._earlier(dice, 900)
            return Enrolment("subscribed", joined, joined, False, dice.choice(MIRRORS))
        if person.story == "pending":
            joined = self._earlier(dice, 40)
            return Enrolment("pending", joined, joined, False, FORM)
        joined = min(joined, self.anchor)
        stay = Enrolment("subscribed", joined, joined, by_form, source)
        return self._left(person, stay) if person.story in ("withdrew", "bounced", "archived") else stay

    def _left(self, person: Person, stay: Enrolment) -> Enrolment:
        """Let someone go: mostly through the link in a campaign, some from the preference page."""
        dice = person.dice
        later = [campaign for campaign in self.campaigns if campaign.sent_at > stay.joined_at]
        if later and (person.story != "withdrew" or dice.random() < 0.75):
            stay.campaign = dice.choice(later)
            at = stay.campaign.sent_at + timedelta(minutes=dice.randrange(3, 600))
        else:
            minutes = int((self.anchor - stay.joined_at).total_seconds() // 60)
            at = stay.joined_at + timedelta(minutes=dice.randrange(max(1, minutes)))
        stay.last_changed = min(at, self.anchor)
        stay.status = {"withdrew": "unsubscribed", "bounced": "cleaned", "archived": "archived"}[person.story]
        stay.reason = dice.choice(LEAVING) if stay.status == "unsubscribed" else ""
        return stay

    def _contact(self, person: Person, enrolment: Enrolment) -> Contact:
        dice = person.dice
        fields: list[tuple[str, Any]] = []
        if dice.random() < 0.2:
            fields.append(("BIRTHDAY", person.birth_date.strftime("%m/%d")))
        is_named = dice.random() < 0.8
        return Contact(
            email=person.email,
            status=enrolment.status,
            last_changed=enrolment.last_changed,
            first_name=person.given.called if is_named else "",
            last_name=str(person.surname) if is_named and dice.random() < 0.8 else "",
            opted_in_at=enrolment.joined_at if enrolment.has_proof else None,
            ip_opt=ip(dice) if enrolment.has_proof else "",
            source=enrolment.source,
            tags=tuple(tag for tag in OTHERS_TAGS if dice.random() < 0.06),
            merge_fields=tuple(fields),
            permissions=self._permissions(enrolment, dice),
            language=person.language.lower(),
            unsubscribe_reason=enrolment.reason,
            person=person.id,
        )

    def _permissions(self, enrolment: Enrolment, dice: Random) -> tuple[tuple[str, bool], ...]:
        if not enrolment.has_proof:
            return ()
        return ((PERMISSIONS[0], True), (PERMISSIONS[1], dice.random() < 0.4))

    def _read(self, person: Person, enrolment: Enrolment) -> None:
        if enrolment.status in ("pending", "transactional"):
            return
        dice, eagerness = person.dice, person.dice.choice((0.02, 0.2, 0.4, 0.7))
        ended = self.anchor if enrolment.status == "subscribed" else enrolment.last_changed
        for campaign in self.campaigns:
            if enrolment.joined_at < campaign.sent_at < ended and campaign is not enrolment.campaign:
                self._open(person.email, campaign, eagerness, ended, dice)
        if enrolment.campaign and enrolment.status in ("unsubscribed", "cleaned"):
            self._leave(person.email, enrolment, enrolment.campaign)

    def _open(self, email: str, campaign: Campaign, eagerness: float, ended: datetime, dice: Random) -> None:
        if dice.random() > eagerness:
            return
        at = min(campaign.sent_at + timedelta(minutes=dice.randrange(1, 4000)), ended)
        self._activities.append(Activity(campaign.id, email, "open", at))
        if dice.random() < 0.2:
            url = f"https://www.example.nl/actie/{dice.choice(('jassen', 'schoenen', 'tenten', 'gidsen'))}"
            self._activities.append(Activity(campaign.id, email, "click", min(at + timedelta(seconds=40), ended), url))

    def _leave(self, email: str, enrolment: Enrolment, campaign: Campaign) -> None:
        at = enrolment.last_changed
        if enrolment.status == "cleaned":
            self._activities.append(Activity(campaign.id, email, "bounce", at, bounce="hard"))
            return
        self._activities.append(Activity(campaign.id, email, "open", at - timedelta(seconds=30)))
        self._activities.append(Activity(campaign.id, email, "unsubscribe", at))

    def _earlier(self, dice: Random, days: int) -> datetime:
        return self.anchor - timedelta(minutes=dice.randrange(60, days * 1440))
