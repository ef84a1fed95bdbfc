"""What the webshop knows: accounts, orders of accounts, guests and a marketplace, and opt-ins as meta."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from plugins.sandbox.fiction.baskets import Basket, filled
from plugins.sandbox.fiction.catalogue import SHOPS, Catalogue
from plugins.sandbox.fiction.opt_in import LOSABLE, Meta, personal, sought, trace
from plugins.sandbox.fiction.people import Person
from plugins.sandbox.fiction.spelling import mistyped, plain, typed_phone
from plugins.sandbox.retailer import WebAccount, WebOrder

MASK = "verkopen.bol.com"
WEB_SHARE = 0.45
FIRST_ACCOUNT, FIRST_ORDER, FIRST_LINE = 1001, 20_001, 50_001
ORDER_STEP = 3
"""WordPress numbers everything in one row, refunds too, so order numbers have gaps."""


@dataclass
class AccountDraft:
    """An account before it has its number."""

    person: Person
    registered_at: datetime
    modified_at: datetime
    meta: Meta = ()


@dataclass
class OrderDraft:
    """An order before it has its number."""

    person: Person
    at: datetime
    basket: Basket
    owner: Person | None
    email: str
    meta: Meta = ()


class Webshop:
    """Lets people register and order; `seal` numbers what they did in order of time."""

    def __init__(self, catalogue: Catalogue, anchor: datetime) -> None:
        self.catalogue, self.anchor = catalogue, anchor
        self.online = [article for article in catalogue.articles if article.is_online]
        self.drafts: dict[str, AccountDraft] = {}
        """By e-mail address: a family that shares one shares the account."""
        self.order_drafts: list[OrderDraft] = []
        self.accounts: tuple[WebAccount, ...] = ()
        self.orders: tuple[WebOrder, ...] = ()
        self.coupon_uses: Counter[str] = Counter()

    def visit(self, person: Person) -> None:
        """Let one person do all they ever do in the webshop, or through the marketplace."""
        if "w" in person.systems:
            self._shop(person)
        if person.is_on_marketplace:
            self._buy_elsewhere(person)

    def _shop(self, person: Person) -> None:
        moments = person.visits(self.anchor, WEB_SHARE)
        registered_at = self._registration(person, moments)
        account = self.drafts.get(person.email)
        if account is None and registered_at:
            account = self.drafts[person.email] = AccountDraft(person, registered_at, registered_at, self._card(person))
        orders = [self._order(person, at, account) for at in moments]
        self.order_drafts += orders
        if account and account.person is person:
            self._answer_on_account(person, account, orders)
        else:
            self._answer_on_orders(person, orders)

    def _registration(self, person: Person, moments: list[datetime]) -> datetime | None:
        """Say when the account was made: long ago, at the first order, after orders as a guest, or never."""
        chance = person.dice.random()
        if chance < 0.30:
            return None
        if chance < 0.45:
            return moments[0] - timedelta(days=person.dice.randrange(1, 900))
        if chance < 0.78:
            return moments[0] - timedelta(minutes=3)
        return min(moments[len(moments) // 2] + timedelta(days=1), self.anchor - timedelta(minutes=20))

    def _card(self, person: Person) -> Meta:
        has_linked = "t" in person.systems and person.dice.random() < 0.3
        return (("loyalty_card", person.card),) if has_linked else ()

    def _order(self, person: Person, at: datetime, account: AccountDraft | None) -> OrderDraft:
        dice = person.dice
        is_guest = account is None or at < account.registered_at or dice.random() < 0.06
        email, chance = person.email, dice.random()
        if is_guest and chance < 0.04:
            email = f"{mistyped(email.partition('@')[0], dice)}@{email.partition('@')[2]}"
        elif chance < 0.12:
            email = email.upper() if chance < 0.07 else email.capitalize()
        meta: Meta = ()
        if collects := dice.random() < 0.12:
            shop = dice.choice(SHOPS[:-1])
            meta = (("collect_method", "click_and_collect"), ("collect_shop", str(shop.number)))
        basket = filled(self.online, self.catalogue, person, at, self.anchor, ships=not collects)
        return OrderDraft(person, at, basket, None if is_guest or account is None else account.person, email, meta)

    def _buy_elsewhere(self, person: Person) -> None:
        for at in person.visits(self.anchor, 0.2)[:3]:
            alias = f"{person.dice.randrange(16**12):012x}@{MASK}"
            basket = filled(self.online, self.catalogue, person, at, self.anchor, ships=False)
            number = f"C{person.dice.randrange(10**10):010d}"
            meta: Meta = (("_marketplace", "bol.com"), ("_marketplace_order", number))
            self.order_drafts.append(OrderDraft(person, at, basket, None, alias, meta))

    def _answer_on_account(self, person: Person, account: AccountDraft, orders: list[OrderDraft]) -> None:
        """Keep the last answer on the account, as the plugin does; a later one overwrites it."""
        answer, lost = self._answer(person)
        if not answer:
            return
        at = account.registered_at if person.dice.random() < 0.7 else self._later(person, account.registered_at)
        at = self._said(person, at, answer)
        form = "checkout" if orders and abs(at - orders[0].at) < timedelta(hours=1) else "account"
        if answer == "changed":
            orders[0].meta += trace("yes", orders[0].at, "checkout", person.language, person.dice)
            at = max(at, orders[0].at + timedelta(minutes=5))
        account.meta += trace("no" if answer == "changed" else answer, at, form, person.language, person.dice, lost)
        if answer == "yes":
            account.meta += personal(person.email, at, form, person.language)
            account.meta += sought(person.email, at, form, person.language)
        account.modified_at = max(account.modified_at, at)

    def _answer_on_orders(self, person: Person, orders: list[OrderDraft]) -> None:
        """Keep the answer on an order, where guests give it."""
        answer, lost = self._answer(person)
        if not answer:
            return
        latest = -1 if person.story == "came_back" else 0
        first = orders[latest]
        self._said(person, first.at, answer)
        said = "yes" if answer == "changed" and len(orders) > 1 else "no" if answer == "changed" else answer
        first.meta += trace(said, first.at, "checkout", person.language, person.dice, lost)
        if answer == "changed" and len(orders) > 1:
            orders[-1].meta += trace("no", orders[-1].at, "checkout", person.language, person.dice)

    def _answer(self, person: Person) -> tuple[str, str]:
        """Return what the webshop was told (yes, no, changed from yes to no, or nothing), and the part it lost."""
        dice, also_letter = person.dice, "n" in person.systems
        if person.story == "refused":
            return "no", ""
        if person.story == "unproved":
            return ("yes", dice.choice(LOSABLE)) if not also_letter or dice.random() < 0.7 else ("", "")
        if person.story == "withdrew" and not also_letter:
            return "changed", ""
        if person.story == "came_back" or (person.story in ("consents", "till_denies", "withdrew") and not also_letter):
            return "yes", ""
        return ("yes", "") if person.story in ("consents", "withdrew") and dice.random() < 0.6 else ("", "")

    def _said(self, person: Person, at: datetime, answer: str) -> datetime:
        if answer == "yes" and person.story != "unproved":
            person.agreed_at = at
        return at

    def _later(self, person: Person, moment: datetime) -> datetime:
        minutes = int((self.anchor - moment).total_seconds() // 60)
        return moment + timedelta(minutes=person.dice.randrange(max(1, minutes - 10)))

    def seal(self) -> None:
        """Number the accounts by registration and the orders by creation."""
        drafts = sorted(self.drafts.values(), key=lambda draft: (draft.registered_at, draft.person.id))
        for number, draft in enumerate(drafts, FIRST_ACCOUNT):
            draft.person.account_id = number
        self.accounts = tuple(self._account(draft) for draft in drafts)
        line = FIRST_LINE
        orders: list[WebOrder] = []
        for placed in sorted(self.order_drafts, key=lambda each: (each.at, each.person.id)):
            orders.append(self._sealed(placed, FIRST_ORDER + ORDER_STEP * len(orders), line))
            line += len(placed.basket.lines)
        self.orders = tuple(orders)

    def _account(self, draft: AccountDraft) -> WebAccount:
        person = draft.person
        return WebAccount(
            id=person.account_id,
            email=person.email,
            registered_at=draft.registered_at,
            modified_at=draft.modified_at,
            first_name=person.given.called,
            last_name=str(person.surname),
            username=f"{plain(person.given.called)}{person.account_id}",
            phone=typed_phone(person.phone, person.home.country, person.dice) if person.phone else "",
            address=person.home_at(draft.modified_at),
            meta=draft.meta,
            person=person.id,
        )

    def _sealed(self, draft: OrderDraft, number: int, first_line: int) -> WebOrder:
        person, basket = draft.person, draft.basket
        self.coupon_uses.update(basket.coupons)
        is_masked = draft.email.endswith(MASK)
        has_phone = person.phone and not is_masked
        return WebOrder(
            id=number,
            account_id=draft.owner.account_id if draft.owner else 0,
            created_at=draft.at,
            modified_at=basket.modified_at,
            status=basket.status,
            email=draft.email,
            first_name=person.given.called if person.dice.random() < 0.85 else person.given.official,
            last_name=str(person.surname),
            address=person.home_at(draft.at),
            lines=basket.numbered(first_line),
            phone=typed_phone(person.phone, person.home.country, person.dice) if has_phone else "",
            coupon_codes=basket.coupons,
            shipping_cents=basket.shipping_cents,
            refunds=basket.refunds(number + 1, first_line),
            meta=draft.meta,
            person=person.id,
        )
