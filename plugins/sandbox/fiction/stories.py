"""What people said about advertising by e-mail, as stories; each system tells its own part of one."""

from __future__ import annotations

from random import Random

# consents      said yes with proof, and no system says otherwise
# unproved      said yes, or was put on the list, and nobody can prove it
# withdrew      said yes with proof, then no
# came_back     unsubscribed, and later said yes again in the webshop
# refused       was asked in the webshop and said no
# silent        was never asked, or did not answer
# pending       filled in a form and never clicked the link in the mail
# bounced       said yes with proof, and the address died
# till_denies   said yes with proof, and the till says no
# archived      was taken off the list by the retailer
# spoken        said yes to a clerk
# nothing_said  said nothing, or no to a clerk
Weights = tuple[tuple[str, int], ...]

BOTH: Weights = (
    ("consents", 38), ("unproved", 22), ("withdrew", 17), ("came_back", 6), ("pending", 5), ("bounced", 4),
    ("till_denies", 5), ("archived", 3),
)  # fmt: skip
LETTER: Weights = (
    ("consents", 38), ("unproved", 29), ("withdrew", 17), ("pending", 5), ("bounced", 4), ("till_denies", 4),
    ("archived", 3),
)  # fmt: skip
WEB: Weights = (
    ("consents", 31), ("unproved", 24), ("withdrew", 7), ("refused", 19), ("silent", 15), ("till_denies", 4),
)  # fmt: skip

WANTS = {"consents": 1.0, "unproved": 0.65, "came_back": 1.0, "bounced": 1.0, "till_denies": 0.5, "spoken": 1.0}
"""How many of those with a story want mail in truth; the stories not named here end with a no."""

TILL_FLAG = {
    "consents": 1.0, "unproved": 0.9, "withdrew": 0.4, "came_back": 0.7, "pending": 0.3, "refused": 0.04,
    "silent": 0.1, "bounced": 0.9, "archived": 0.5, "spoken": 0.95, "till_denies": 0.0, "nothing_said": 0.02,
}  # fmt: skip
"""How often the clerk has ticked the newsletter box in each story."""

PROVED = {"consents", "withdrew", "bounced", "till_denies", "archived"}


def story_of(systems: str, has_email: bool, dice: Random) -> tuple[str, bool]:
    """Return a story that someone known to these systems (t, w, n) may have, and whether they want mail."""
    story = _story(systems, has_email, dice)
    return story, dice.random() < WANTS.get(story, 0.0)


def _story(systems: str, has_email: bool, dice: Random) -> str:
    if systems == "t":
        return "spoken" if dice.random() < (0.5 if has_email else 0.08) else "nothing_said"
    weights = BOTH if "w" in systems and "n" in systems else LETTER if "n" in systems else WEB
    names = [name for name, _ in weights if name != "till_denies" or "t" in systems]
    return dice.choices(names, [weight for name, weight in weights if name in names])[0]


def till_flag(story: str, dice: Random) -> bool:
    """Return what the till holds: a flag without a time."""
    return dice.random() < TILL_FLAG[story]
