"""What people told the second webshop about mail and text messages: their story, seen from there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from plugins.sandbox.fiction.people import Person

ASKED_AT_CHECKOUT, TAKEN_OVER, SMS_YES, SMS_NO_LATER = 0.6, 0.5, 0.08, 0.2


@dataclass
class Answer:
    """What the shop holds of it."""

    email_state: str = "NOT_SUBSCRIBED"
    email_level: str = ""
    email_at: datetime | None = None
    sms_state: str = "NOT_SUBSCRIBED"
    sms_at: datetime | None = None

    def agreed_by(self, at: datetime) -> bool:
        """Tell whether the box for mail was ticked when they ordered."""
        return self.email_state == "SUBSCRIBED" and self.email_at is not None and self.email_at <= at


def answered(person: Person, email: str, since: datetime, opened: datetime, anchor: datetime) -> Answer:
    """Return what someone said here, true to what they want."""
    answer = Answer()
    _about_mail(answer, person, email == person.email, since, opened, anchor)
    _about_messages(answer, person, since, anchor)
    return answer


def _about_mail(
    answer: Answer, person: Person, is_usual: bool, since: datetime, opened: datetime, anchor: datetime
) -> None:  # fmt: skip
    dice = person.dice
    if person.story == "unproved" and is_usual and dice.random() < TAKEN_OVER:
        # a list that was taken over on the opening day: nobody knows who said what, and when
        answer.email_state, answer.email_level = "SUBSCRIBED", "UNKNOWN"
    elif person.story == "bounced" and is_usual:
        answer.email_state = "INVALID" if dice.random() < TAKEN_OVER else "NOT_SUBSCRIBED"
    elif person.story == "withdrew" and dice.random() < TAKEN_OVER:
        answer.email_state, answer.email_at = "UNSUBSCRIBED", _later(person, since, anchor)
        answer.email_level = "SINGLE_OPT_IN"
    elif person.story == "pending" and dice.random() < TAKEN_OVER:
        answer.email_state, answer.email_level, answer.email_at = "PENDING", "CONFIRMED_OPT_IN", since
    elif person.wants_email and dice.random() < ASKED_AT_CHECKOUT:
        answer.email_state, answer.email_at = "SUBSCRIBED", since
        answer.email_level = "CONFIRMED_OPT_IN" if dice.random() < 0.3 else "SINGLE_OPT_IN"


def _about_messages(answer: Answer, person: Person, since: datetime, anchor: datetime) -> None:
    if not person.phone or person.dice.random() > SMS_YES:
        return
    answer.sms_state, answer.sms_at = "SUBSCRIBED", since
    if person.dice.random() < SMS_NO_LATER:
        answer.sms_state, answer.sms_at = "UNSUBSCRIBED", _later(person, since, anchor)


def _later(person: Person, moment: datetime, anchor: datetime) -> datetime:
    minutes = int((anchor - moment).total_seconds() // 60)
    return moment + timedelta(minutes=person.dice.randrange(max(1, minutes)))
