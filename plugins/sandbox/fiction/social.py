"""What people do on Facebook and Instagram, and the forms they fill in there; told from dice of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

from plugins.sandbox.fiction import names
from plugins.sandbox.fiction.people import Person
from plugins.sandbox.fiction.spelling import plain
from plugins.sandbox.retailer import Lead, LeadForm, SocialComment, SocialMention, SocialPost, WebAccount

ENGAGED, FILLS_IN, NEW = 0.12, 0.03, 0.012
DAYS = 365
LEAD_DAYS = 85
NETWORKS = (("facebook",), 45), (("instagram",), 40), (("facebook", "instagram"), 15)
LINKED = {"facebook": ("facebook_id", 0.5), "instagram": ("instagram_username", 0.4)}
"""The field that a plugin for logging in leaves on an account, and how many use it."""
POSTS = (
    "Nieuwe collectie wandelschoenen!", "Welke tocht staat er dit weekend op je lijst?", "Regenjas of zonnehoed?",
    "Vandaag in de winkel: gratis veters bij elk paar schoenen.", "Onze favoriete slaapzak is terug.",
    "Zo onderhoud je een waxjas.", "Win een tent: vertel ons waar je heen gaat.",
)  # fmt: skip
SAID = {
    "NL": (
        "Wat mooi!", "Hebben jullie deze ook in maat 42?", "Gisteren gekocht, zitten heerlijk.", "Naar de Ardennen!",
        "Levering duurde lang, maar de tent is top.", "Is deze ook in Gent te koop?", "Deze wil ik!", "Topservice.",
    ),
    "FR": ("Magnifique !", "Disponible en taille 38 ?", "Très bonne qualité.", "On part dans les Ardennes !"),
}  # fmt: skip
ANSWERS = ("Dank je wel!", "Stuur ons gerust een bericht.", "Ja, ook in die maat.", "Veel plezier!")
MENTIONS = ("Met mijn nieuwe @wandelwind rugzak op de Veluwe", "Dag 3, droog gebleven dankzij @wandelwind")
BOXES = (
    ("newsletter_optin", "Ja, mail mij het nieuws van Wandelwind."),
    ("profiling_optin", "Ja, stem aanbiedingen af op wat ik koop."),
)


@dataclass(frozen=True)
class Profile:
    """Somebody on one network, as the network tells it to the retailer."""

    person: Person
    network: str
    id: str
    name: str


def engaged(person: Person, seed: int) -> tuple[Profile, ...]:
    """Return where somebody follows the retailer; most people do nowhere."""
    dice = Random(f"social {seed} {person.id}")
    if dice.random() >= ENGAGED:
        return ()
    (networks,) = dice.choices([each for each, _ in NETWORKS], [weight for _, weight in NETWORKS])
    return tuple(_profile(person, network, dice) for network in networks)


def _profile(person: Person, network: str, dice: Random) -> Profile:
    if network == "facebook":
        return Profile(person, network, f"7{dice.randrange(10**15):015d}", f"{person.given.called} {person.surname}")
    number = int(person.id.partition("-")[2])
    name = f"{plain(person.given.called)}_{plain(str(person.surname))[:1]}{number}"
    return Profile(person, network, f"1784{dice.randrange(10**13):013d}", name)


class Social:
    """The networks: posts of the retailer, and what people wrote below them, in order of time."""

    def __init__(self, seed: int, everyone: Sequence[Person], anchor: datetime) -> None:
        self.seed, self.everyone, self.anchor = seed, everyone, anchor
        self.posts = self._posts(Random(f"social {seed} posts"))
        self.profiles = [profile for person in everyone for profile in engaged(person, seed)]
        created = anchor - timedelta(days=LEAD_DAYS + 5)
        self.forms = (
            LeadForm("7700000000000001", "Spaarpas aanvragen", created, BOXES),
            LeadForm("7700000000000002", "Win een tent", created, BOXES[:1]),
        )

    def linked(self, accounts: Sequence[WebAccount]) -> tuple[WebAccount, ...]:
        """Return the accounts, some with what a plugin for logging in left on them."""
        left: dict[str, list[tuple[str, str]]] = {}
        for profile in self.profiles:
            field, share = LINKED[profile.network]
            if Random(f"link {profile.id}").random() < share:
                value = profile.id if profile.network == "facebook" else profile.name
                left.setdefault(profile.person.id, []).append((field, value))
        return tuple(
            replace(each, meta=(*each.meta, *left[each.person])) if each.person in left else each for each in accounts
        )

    def _posts(self, dice: Random) -> tuple[SocialPost, ...]:
        posts = []
        for network in ("facebook", "instagram"):
            for number, days in enumerate(range(DAYS, 0, -4)):
                at = self.anchor - timedelta(days=days, seconds=-dice.randrange(30_000, 70_000))
                key = f"99{number:04d}" if network == "facebook" else f"1790000000{number:07d}"
                picture = f"https://www.example.nl/foto/{network}/{number}.jpg"
                likes, shares = dice.randrange(4, 160), dice.randrange(9)
                posts.append(SocialPost(key, network, at, dice.choice(POSTS), picture, likes, shares))
        return tuple(sorted(posts, key=lambda each: (each.at, each.id)))

    def comments(self) -> tuple[SocialComment, ...]:
        """Return what was written, the answers of the retailer among it."""
        written: list[SocialComment] = []
        for profile in self.profiles:
            dice = Random(f"comments {profile.id}")
            posts = [each for each in self.posts if each.network == profile.network]
            for number in range(dice.randrange(1, 6)):
                written += self._thread(profile, dice.choice(posts), number, dice)
        return tuple(sorted(written, key=lambda each: (each.at, each.id)))

    def _thread(self, profile: Profile, post: SocialPost, number: int, dice: Random) -> list[SocialComment]:
        at = min(post.at + timedelta(minutes=dice.randrange(2, 4000)), self.anchor - timedelta(hours=1))
        text = dice.choice(SAID[profile.person.language])
        local = f"{int(profile.person.id.partition('-')[2]):05d}{number}"
        comment = SocialComment(
            f"{post.id}_{local}" if profile.network == "facebook" else f"1780000000{local:0>7}",
            profile.network, post.id, at, text, profile.id, profile.name,
            likes=dice.randrange(4), is_hidden=dice.random() < 0.02, person=profile.person.id,
        )  # fmt: skip
        if dice.random() >= 0.2:
            return [comment]
        later = min(at + timedelta(minutes=dice.randrange(5, 600)), self.anchor)
        key = f"{comment.id}9"
        reply = SocialComment(key, profile.network, post.id, later, dice.choice(ANSWERS), parent_id=comment.id)
        return [comment, reply]

    def mentions(self) -> tuple[SocialMention, ...]:
        """Return the pictures of others that name the retailer."""
        made = []
        for profile in self.profiles:
            dice = Random(f"mention {profile.id}")
            if profile.network == "instagram" and dice.random() < 0.25:
                at = self.anchor - timedelta(minutes=dice.randrange(60, DAYS * 1440))
                key = f"1800{dice.randrange(10**13):013d}"
                text = dice.choice(MENTIONS)
                made.append(SocialMention(key, at, text, profile.id, profile.name, profile.person.id))
        return tuple(sorted(made, key=lambda each: (each.at, each.id)))

    def leads(self) -> tuple[Lead, ...]:
        """Return the forms that known people and new ones filled in."""
        found = []
        for person in self.everyone:
            dice = Random(f"lead {self.seed} {person.id}")
            chance = dice.random()
            if person.email and chance < FILLS_IN:
                found.append(self._of_known(person, dice))
            elif chance > 1 - NEW:
                found.append(self._of_new(dice))
        return tuple(sorted(found, key=lambda each: (each.at, each.id)))

    def _of_known(self, person: Person, dice: Random) -> Lead:
        email = person.email.capitalize() if dice.random() < 0.15 else person.email
        lead = self._lead(f"{person.given.called} {person.surname}", email, person.phone, person.wants_email, dice)
        return replace(lead, person=person.id)

    def _of_new(self, dice: Random) -> Lead:
        given, last = dice.choice(names.DUTCH_GIVEN), dice.choice(names.DUTCH_SURNAMES)
        email = f"{plain(given.called)}.{plain(str(last))}.{dice.randrange(1000, 9999)}@nieuw.example.nl"
        return self._lead(f"{given.called} {last}", email, "", dice.random() < 0.5, dice)

    def _lead(self, name: str, email: str, phone: str, wants_email: bool, dice: Random) -> Lead:
        form = dice.choice(self.forms)
        at = self.anchor - timedelta(minutes=dice.randrange(60, LEAD_DAYS * 1440))
        ticks = {"newsletter_optin": wants_email and dice.random() < 0.85, "profiling_optin": dice.random() < 0.4}
        answers = [("full_name", name), ("email", email)]
        if phone and dice.random() < 0.5:
            answers.append(("phone_number", phone))
        boxes = tuple((key, ticks[key]) for key, _ in form.boxes)
        network = dice.choice(("facebook", "instagram"))
        key = f"33{dice.randrange(10**13):013d}"
        return Lead(key, form.id, at, tuple(answers), boxes, network, "" if dice.random() < 0.2 else "6010000000001")
