"""The page where a person says what they want to hear, behind a link of theirs; each answer is an act of consent."""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, select
from werkzeug.wrappers import Request

from mappers.loyalty.holders import settle
from plugins.api import finding
from plugins.api.answers import Answer, Page
from plugins.api.asked import Link, LinkFor, Named
from plugins.api.pages import dead, page, spoken
from plugins.api.people import NOBODY, Known, People, States
from plugins.api.routes import Call, Route
from plugins.api.wording import QUESTIONS, WORDS, Language, Topic, version_of
from plugins.hub.links import DeadLink, Links, days_of, ends
from plugins.hub.meaning import BY_HAND
from plugins.hub.rights.lifting import came_back
from plugins.store.engine import StoreError
from plugins.store.keeper import Keeper
from plugins.store.loyalty_tables import loyalty_subject
from plugins.store.times import utc_text

LINK_DAYS = "ROTONDE_PREFERENCES_DAYS"
DAYS = 60
"""A mail is opened long after it was sent, and its unsubscribe must still work."""
FIELD = "preferences."
PLACE = "preferences page"
ONE_CLICK = ("List-Unsubscribe", "One-Click")
Value = Literal["yes", "no"]


@dataclass(frozen=True, slots=True)
class Asked:
    """One question on the page."""

    name: str
    title: str
    wording: str
    is_on: bool
    is_shut: bool
    said: str
    """How it stands, in words."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A link that was opened: whose it is, by which record."""

    known: Known
    record: Mapping[str, Any]
    states: States


class Preferences:
    """Makes links, shows the page, and keeps what is said on it."""

    def __init__(self, people: People) -> None:
        self.people, self.links = people, Links(people.store)
        self.days = days_of(os.environ.get(LINK_DAYS, ""), LINK_DAYS, DAYS, StoreError)
        declared = {(each.channel, each.purpose) for each in people.meaning.declarations
                    if each.source == BY_HAND and each.field.startswith(FIELD)}  # fmt: skip
        self.topics: list[Topic] = [each for each in QUESTIONS if each in declared]

    def link(self, call: Call, connection: Connection, now: datetime) -> Answer:
        """Make a link for a customer's record; it names the record by its pseudonym alone."""
        named = call.asked.customer
        profile_id = finding.of_record(connection, named)
        if profile_id is None:
            return NOBODY
        record = (named.source, named.id)
        subject = settle(connection, {record: profile_id})[record].subject
        until = ends(now, self.days)
        word = self.links.make(connection, "preferences", bytes.fromhex(subject[1:]), until)
        self.people.write(connection, call, profile_id, "preferences link", now)
        return Answer(201, _told(f"{call.base}/preferences/{word}", utc_text(until)))

    def show(self, request: Request, named: Mapping[str, str]) -> Page:
        """Show how it stands; looking changes nothing, since mail programs look too."""
        try:
            return self._page(request, self._open(named["token"]))
        except DeadLink as link:
            return dead(request, is_over=link.is_over)

    def say(self, request: Request, named: Mapping[str, str]) -> Page:
        """Keep what a person says: in the form, or by one click in their mail program (RFC 8058)."""
        try:
            opened = self._open(named["token"])
            language = spoken(request)
            answers = dict(self._answers(request, opened))
            self._keep(opened, answers, language, "one click" if _is_one_click(request) else "form")
            return self._page(request, self._open(named["token"]), answers)
        except DeadLink as link:
            return dead(request, is_over=link.is_over)

    def _open(self, word: str) -> Opened:
        """Return whose link it is; it lives as long as the record and its person do."""
        with self.people.store.reading() as connection:
            now = self.people.clock(connection)
            subject = f"s{self.links.read(connection, 'preferences', word, now).hex()}"
            table = loyalty_subject.c
            row = connection.execute(
                select(table.source, table.source_id).where(table.subject == subject)
            ).one_or_none()
            if row is None:
                raise DeadLink
            profile_id = finding.of_record(connection, Named(source=row.source, id=row.source_id))
            if profile_id is None:
                raise DeadLink
            known = self.people.known(connection, profile_id)
            mine = [each for each in known.fields if (each["source"], each["source_id"]) == tuple(row)]
            if not mine:
                raise DeadLink
            return Opened(known, mine[0], self.people.states(connection, known, now))

    def _page(self, request: Request, opened: Opened, answers: Mapping[Topic, Value] | None = None) -> Page:
        language = spoken(request)
        topics = [self._asked(each, opened, language, (answers or {}).get(each)) for each in self.topics]
        note = "" if answers is None else WORDS[language]["saved" if answers else "as_is"]
        return page(request, 200, "title", "lead", topics=topics, note=note)

    def _asked(self, topic: Topic, opened: Opened, language: Language, answer: Value | None) -> Asked:
        state, words = opened.states.get(topic), WORDS[language]
        title, wording = QUESTIONS[topic][language]
        is_on, has_address = state == "granted", bool(opened.record["email"])
        said = words["yes" if is_on else "no"]
        if not is_on and not has_address:
            said = words["lacking"]
        elif state in ("vetoed", "minor") or (state == "refused" and answer == "yes"):
            said = words[state]
        return Asked(".".join(topic), title, wording, is_on, not is_on and not has_address, said)

    def _answers(self, request: Request, opened: Opened) -> Iterator[tuple[Topic, Value]]:
        """Give what a person changed; a box that is as it was says nothing."""
        form = request.form
        if _is_one_click(request):
            yield ("email", "marketing"), "no"
            return
        for topic in self.topics:
            name = ".".join(topic)
            if form.get("do") == "none":
                yield topic, "no"
            elif (value := _changed(form, name)) == "no" or (value and opened.record["email"]):
                yield topic, value

    def _keep(self, opened: Opened, answers: Mapping[Topic, Value], language: Language, way: str) -> None:
        """Write an act for each answer: a withdrawal is read by the next batch that is fixed."""
        store = self.people.store
        with store.reading() as connection:
            now = self.people.clock(connection)
        keeper = Keeper(store, uuid.uuid4().hex, lambda: now, grants=came_back)
        for topic, value in answers.items():
            keeper.record(
                "consent", json.dumps(_act(opened.record, topic, value, language, way, utc_text(now))).encode()
            )
        keeper.commit()


def _act(
    record: Mapping[str, Any], topic: Topic, value: Value, language: Language, way: str, at: str
) -> dict[str, Any]:
    """Return the act with its proof: the exact words, their version and language, where, when and how."""
    _, wording = QUESTIONS[topic][language]
    facts = {"at": at, "place": PLACE, "way": way, "language": language, "wording": wording,
             "wording_version": version_of(wording)}  # fmt: skip
    return {
        "source": BY_HAND, "source_id": uuid.uuid4().hex, "stream": "preferences", "changed_at": at, "seen_at": at,
        "customer_id": f"{record['source']}:{record['source_id']}", "email": record["email"], "phone": record["phone"],
        "field": FIELD + ".".join(topic), "value": value, "facts": facts,
    }  # fmt: skip


def _changed(form: Mapping[str, str], name: str) -> Value | None:
    """Return what a box says now, None where it is as it was shown, or was not shown."""
    value: Value = "yes" if form.get(name) == "yes" else "no"
    return None if form.get(f"was.{name}", value) == value else value


def _is_one_click(request: Request) -> bool:
    name, value = ONE_CLICK
    return request.form.get(name) == value


def _told(url: str, until: str) -> dict[str, Any]:
    headers = {"List-Unsubscribe": f"<{url}>", "List-Unsubscribe-Post": "=".join(ONE_CLICK)}
    return {"url": url, "expires_at": until, "headers": headers}


def preference_routes(people: People) -> tuple[Route, ...]:
    """Return the routes over the page of preferences."""
    made = Preferences(people)
    gone = {404: "no such link", 410: "the link has ended"}
    return (
        Route("POST", "/preferences/links", "Make the link to a customer's own page of preferences.", "preferences",
              LinkFor, Link, 201, {404: "not one person that the hub knows"}, once=made.link),
        Route("GET", "/preferences/{token}", "Show a person what they agreed to.", refuses=gone, show=made.show),
        Route("POST", "/preferences/{token}", "Keep what a person says, or their one click to unsubscribe.",
              refuses=gone, show=made.say),
    )  # fmt: skip
