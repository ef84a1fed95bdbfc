"""What happens at Mailchimp without the API: people sign up and leave, mail bounces, clerks edit."""

from __future__ import annotations

from plugins.sandbox.mailchimp.campaigns import CampaignPaths
from plugins.sandbox.mailchimp.member import Member, subscriber_hash
from plugins.sandbox.mailchimp.webhooks import WebhookPaths, about
from plugins.sandbox.retailer import Activity
from plugins.sandbox.stand_in import act

FAKE = "looks fake or invalid, please enter a real email address."
THROTTLED = "has signed up to a lot of lists very recently; we're not allowing more signups for now"
VISITOR_IP = "203.0.113.7"


class Happenings(WebhookPaths, CampaignPaths):
    """The acts of the sandbox."""

    @act
    def unsubscribe(self, email: str, reason: str = "") -> None:
        """The contact uses the link in a mail."""
        member = self._leave(email, "unsubscribe", reason or "None given")
        self.tell("unsubscribe", "user", {**about(member), "action": "unsub", "reason": "manual"})

    @act
    def complain(self, email: str) -> None:
        """The contact calls a mail spam."""
        member = self._leave(email, "unsubscribe", "Spam complaint")
        self._react(member, "complain")
        self.tell("unsubscribe", "user", {**about(member), "action": "unsub", "reason": "abuse"})

    @act
    def bounce(self, email: str) -> None:
        """A mail comes back for good."""
        member = self._known(email)
        member.status, member.lock = "cleaned", "bounce"
        self._react(member, "bounce", bounce="hard")
        self.audience.touch(member, self.clock())
        self.tell("cleaned", "admin", {"reason": "hard", "email": member.email})

    @act
    def subscribe(self, email: str, first_name: str = "", last_name: str = "") -> None:
        """The person signs up through the embedded form, whatever was before, or confirms an opt-in mail."""
        self.audience.forgotten.discard(subscriber_hash(email))
        member = self.audience.find(email) or self.audience.enter(email, "subscribed", self.clock())
        member.status, member.lock, member.source = "subscribed", "", "Embed Form"
        member.opted_in_at, member.ip_opt = self.clock(), VISITOR_IP
        member.unsubscribe_reason, member.left_at = "", None
        names = {"FNAME": first_name, "LNAME": last_name}
        member.merge_fields |= {tag: name for tag, name in names.items() if name}
        self.audience.touch(member, self.clock())
        self.tell("subscribe", "user", about(member))

    @act
    def delete(self, email: str) -> None:
        """A clerk removes the contact for good."""
        member = self._known(email)
        self.audience.remove(member)
        self.tell("unsubscribe", "admin", {**about(member), "action": "delete", "reason": "manual"})

    @act
    def archive(self, email: str) -> None:
        """A clerk archives the contact."""
        member = self._known(email)
        member.status = "archived"
        self.audience.touch(member, self.clock())
        self.tell("unsubscribe", "admin", {**about(member), "action": "delete", "reason": "manual"})

    @act
    def tag(self, email: str, name: str) -> None:
        """A clerk or another tool tags the contact."""
        segment = self.audience.named(name) or self.audience.make_segment(name, self.clock())
        self.audience.tag(self._known(email), segment, self.clock())

    @act
    def untag(self, email: str, name: str) -> None:
        """A clerk or another tool takes a tag away."""
        if segment := self.audience.named(name):
            self.audience.untag(self._known(email), segment, self.clock())

    @act
    def edit(self, email: str, merge_tag: str, value: str) -> None:
        """A clerk changes a merge field of the contact."""
        member = self._known(email)
        if merge_tag not in self.audience.merge_fields:
            raise LookupError(f"mailchimp: no merge field '{merge_tag}'; make it first")
        member.merge_fields[merge_tag] = self.audience.merge_fields[merge_tag].stored(value)
        self.audience.touch(member, self.clock())
        self.tell("profile", "admin", about(member))

    @act
    def review(self, email: str) -> None:
        """Mailchimp's compliance people take the contact out."""
        member = self._known(email)
        member.status, member.lock = "unsubscribed", "review"
        member.left_at = self.clock()
        self.audience.touch(member, self.clock())

    @act
    def refuse(self, email: str) -> None:
        """Mailchimp takes the address for a fake from now on."""
        self.audience.refused[subscriber_hash(email)] = FAKE

    @act
    def suspect(self, email: str) -> None:
        """Mailchimp throttles the address, because it signed up everywhere."""
        self.audience.refused[subscriber_hash(email)] = THROTTLED

    @act
    def accept(self, email: str) -> None:
        """Mailchimp takes the address again."""
        self.audience.refused.pop(subscriber_hash(email), None)

    def _known(self, email: str) -> Member:
        if member := self.audience.find(email):
            return member
        raise LookupError("mailchimp: no such contact; it must be in the audience")

    def _leave(self, email: str, lock: str, reason: str) -> Member:
        member = self._known(email)
        member.status, member.lock, member.unsubscribe_reason = "unsubscribed", lock, reason
        member.left_at = self.clock()
        self._react(member, "unsubscribe")
        self.audience.touch(member, self.clock())
        return member

    def _react(self, member: Member, action: str, bounce: str = "") -> None:
        at = self.clock()
        last = max(
            (each for each in self.retailer.campaigns if each.sent_at <= at),
            key=lambda each: each.sent_at,
            default=None,
        )
        if last:
            self.activities[last.id].append(Activity(last.id, member.email, action, at, bounce=bounce))
