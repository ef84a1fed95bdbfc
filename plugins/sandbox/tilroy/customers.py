"""Tilroy's customer service, and what clerks do to customers."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from werkzeug.wrappers import Request, Response

from plugins.sandbox.retailer import TillCustomer
from plugins.sandbox.stand_in import route
from plugins.sandbox.tilroy.answers import (
    Json,
    answer,
    bad_request,
    body_of,
    exported_since,
    flag,
    need,
    not_found,
    page,
    utc,
    words,
)
from plugins.sandbox.tilroy.customer_book import Export, Member
from plugins.sandbox.tilroy.customer_forms import exported, group_id, merged, nested
from plugins.sandbox.tilroy.gateway import Gateway, personal

ROOT = "/customerapi/production"
ONE = f"{ROOT}/customers/<customer>"
LOOKUPS = ("email", "card", "sourceId", "code", "facebookId", "googleId")


class Customers(Gateway):
    """Looks up, changes, merges, deletes and exports customers; a mirror of consent, without time or proof."""

    def member(self, customer_id: str) -> Member:
        """Return a customer, or say as Tilroy that there is none."""
        member = self.customers.get(int(customer_id)) if customer_id.isascii() and customer_id.isdecimal() else None
        if member is None:
            raise not_found("Customer")
        return member

    def by_reference(self, customer_id: str | None, source_id: str | None) -> Member:
        """Return the customer that a `customerId` or `customerSourceId` names."""
        if customer_id:
            return self.member(customer_id)
        found = self.customers.find("sourceId", source_id or "")
        if not found:
            raise not_found("Customer")
        return found[0]

    @route(f"{ROOT}/customers")
    def answer_search(self, request: Request) -> Response:
        """Find customers by one of their keys; nothing found is an empty array."""
        given = {name: request.args[name] for name in LOOKUPS if request.args.get(name)}
        if not given:
            raise bad_request(f"one of {', '.join(LOOKUPS)} is required")
        kind, value = next(iter(given.items()))
        found = self.customers.find(kind, value)
        for kind, value in given.items():
            found = [member for member in found if member in self.customers.find(kind, value)]
        return page(request, found, lambda member: nested(member, self.shops))

    @route(f"{ROOT}/customers", "POST")
    def answer_create(self, request: Request) -> Response:
        """Create a customer; a sourceId names one customer only."""
        body = body_of(request)
        if body.get("sourceId") and self.customers.find("sourceId", words(body["sourceId"], "sourceId")):
            raise bad_request("sourceId is already in use")
        present, number = self.present(), self.customers.highest_id() + 1
        blank = Member(TillCustomer(number, f"C{number}", created_at=present, exported_at=present))
        created = self.customers.put(merged(blank, body, self.shops), present)
        return answer(request, nested(created, self.shops), 201)

    @route(ONE)
    @personal
    def answer_customer(self, request: Request, customer: str) -> Response:
        """Return everything about one customer."""
        return answer(request, nested(self.member(customer), self.shops))

    @route(ONE, "PUT")
    @personal
    def answer_update(self, request: Request, customer: str) -> Response:
        """Merge the given fields into one customer."""
        changed = merged(self.member(customer), body_of(request), self.shops)
        return answer(request, nested(self.customers.put(changed, self.present()), self.shops))

    @route(ONE, "DELETE")
    @personal
    def answer_delete(self, request: Request, customer: str) -> Response:
        """Delete one customer for good."""
        self.customers.delete(self.member(customer).till.id, self.present())
        return Response(status=204)

    @route(f"{ONE}/merge", "POST")
    def answer_merge(self, request: Request, customer: str) -> Response:
        """Merge others into this customer."""
        losers = body_of(request).get("customersToMerge")
        if not isinstance(losers, list) or not losers:
            raise bad_request("customersToMerge is required")
        keep = self.member(customer)
        found = [self.member(str(loser.get("tilroyId", ""))) for loser in losers if isinstance(loser, dict)]
        if any(member.till.id == keep.till.id for member in found):
            raise bad_request("a customer cannot be merged with itself")
        for member in found:
            self.merge(keep.till.id, member)
        return Response(status=200)

    def merge(self, keep_id: int, loser: Member) -> None:
        """Let one customer take over another's cards and points; the loser stays, inactive, and names the winner."""
        keep, present = self.member(str(keep_id)), self.present()
        cards = tuple(card for card in loser.cards if card not in keep.cards)
        points = keep.till.points + loser.till.points
        winner = replace(keep, more_cards=keep.more_cards + cards, till=replace(keep.till, points=points))
        lost = replace(loser.till, merged_into=keep_id, is_active=False, points=0)
        self.customers.put(replace(loser, till=lost), present)
        self.customers.put(winner, present)

    @route(f"{ONE}/cards")
    @personal
    def answer_cards(self, request: Request, customer: str) -> Response:
        """List a customer's cards."""
        member = self.member(customer)
        return answer(request, [{"card": card, "isDefault": card == member.till.card} for card in member.cards])

    @route(f"{ONE}/cards", "POST")
    @personal
    def answer_new_card(self, request: Request, customer: str) -> Response:
        """Give a customer one more card, or a new default one."""
        body = body_of(request)
        need(body, ["card"])
        is_default = flag(body.get("isDefault", False), "isDefault")
        self.give_card(self.member(customer), words(body["card"], "card"), is_default=is_default)
        return answer(request, {"card": body["card"], "isDefault": is_default}, 201)

    def give_card(self, member: Member, card: str, *, is_default: bool) -> None:
        """Add a card that nobody has yet."""
        if self.customers.find("card", card):
            raise bad_request("card is already in use")
        if is_default or not member.till.card:
            former = (member.till.card,) if member.till.card else ()
            changed = replace(member, till=replace(member.till, card=card), more_cards=former + member.more_cards)
        else:
            changed = replace(member, more_cards=(*member.more_cards, card))
        self.customers.put(changed, self.present())

    @route(f"{ONE}/groups")
    @personal
    def answer_groups(self, request: Request, customer: str) -> Response:
        """List a customer's groups, the main one first."""
        return answer(request, nested(self.member(customer), self.shops)["groups"])

    @route(f"{ONE}/groups", "POST")
    @personal
    def answer_new_group(self, request: Request, customer: str) -> Response:
        """Add a group, or replace the main one; to add it twice changes nothing."""
        member, body = self.member(customer), body_of(request)
        need(body, ["code"])
        code = words(body["code"], "code")
        others = tuple(each for each in member.more_groups if each != code)
        if flag(body.get("isDefault", False), "isDefault"):
            changed = replace(member, till=replace(member.till, group=code), more_groups=others)
        else:
            changed = member if code in member.groups else replace(member, more_groups=(*others, code))
        if changed != member:
            self.customers.put(changed, self.present())
        return Response(status=200)

    @route(f"{ONE}/groups/<group>", "DELETE")
    @personal
    def answer_less_group(self, request: Request, customer: str, group: str) -> Response:
        """Remove a group by its tilroyId; never the main one."""
        member = self.member(customer)
        if group == group_id(member.till.group):
            raise bad_request("the main group cannot be removed")
        left = tuple(code for code in member.more_groups if group_id(code) != group)
        if left == member.more_groups:
            raise not_found("Group")
        self.customers.put(replace(member, more_groups=left), self.present())
        return Response(status=200)

    @route(f"{ONE}/interests")
    @personal
    def answer_interests(self, request: Request, customer: str) -> Response:
        """List a customer's interests, ticked or not."""
        member = self.member(customer)
        form = [_interest(member, name, checked) for name, checked in member.interests]
        return answer(request, form)

    @route(f"{ONE}/interests/<interest>", "PUT")
    @personal
    def answer_interest(self, request: Request, customer: str, interest: str) -> Response:
        """Tick or untick one interest."""
        member = self.member(customer)
        checked = flag(body_of(request).get("checked"), "checked")
        interests = tuple(sorted({**dict(member.interests), interest: checked}.items()))
        self.customers.put(replace(member, interests=interests), self.present())
        return Response(status=200)

    @route(f"{ROOT}/subscriptions", "POST")
    def answer_subscribe(self, request: Request) -> Response:
        """Tick the newsletter; to tick it twice changes nothing."""
        self._subscribe(request, is_wanted=True)
        return Response(status=201)

    @route(f"{ROOT}/subscriptions", "DELETE")
    def answer_unsubscribe(self, request: Request) -> Response:
        """Untick the newsletter; to untick it twice changes nothing."""
        self._subscribe(request, is_wanted=False)
        return Response(status=200)

    def _subscribe(self, request: Request, *, is_wanted: bool) -> None:
        tilroy_id, source_id = request.args.get("tilroyId"), request.args.get("sourceId")
        if not (tilroy_id or source_id or request.args.get("hash")):
            raise bad_request("hash, sourceId or tilroyId is required")
        member = self.customers.get(int(tilroy_id)) if tilroy_id and tilroy_id.isdecimal() else None
        found = [member] if member else self.customers.find("sourceId", source_id or "")
        if not found:
            raise bad_request("customer not found")  # the service documents no 404 here
        if found[0].till.newsletter != is_wanted:
            self.change(found[0], newsletter=is_wanted)

    def change(self, member: Member, **facts: object) -> None:
        """Change facts of a customer; they are exported anew."""
        self.customers.put(replace(member, till=replace(member.till, **facts)), self.present())  # type: ignore[arg-type]

    @route(f"{ROOT}/export/customers")
    @personal
    def answer_customer_export(self, request: Request) -> Response:
        """Export customers from a moment on, in the order in which they were exported."""

        def form(export: Export) -> Json:
            return exported(self.customers.as_exported(export), self.shops)

        return page(request, self.customers.exports_since(exported_since(request)), form)

    @route(f"{ROOT}/export/deletedCustomers")
    @personal
    def answer_deleted(self, request: Request) -> Response:
        """Export who was deleted: the only place that says so."""

        def form(deletion: tuple[datetime, int]) -> Json:
            at, customer_id = deletion
            gone = self.customers.row(customer_id)
            facts = {"tilroyId": customer_id, "sourceId": gone.source_id, "customerCode": gone.code}
            return {**facts, "dateExported": utc(at)}

        return page(request, self.customers.deletions_since(exported_since(request)), form)


def _interest(member: Member, name: str, checked: bool) -> Json:
    return {
        "customer": {"tilroyId": str(member.till.id)},
        "interest": {"tilroyId": group_id(name), "code": name},
        "checked": checked,
    }
