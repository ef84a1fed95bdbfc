"""What the webshop keeps of an opt-in: the answer, and beside it when, by which wording, where, from which IP."""

from __future__ import annotations

from datetime import datetime
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
FIELD, PERSONAL, ADS = "newsletter_optin", "personal_offers_optin", "ads_{}_optin"
WATCHED, WATCHED_SHARE = "behaviour_optin", 0.65
PLATFORMS = {"meta": 0.55, "google": 0.5, "pinterest": 0.3}
"""How many of those who get the newsletter may be looked for on each, when asked."""
WORDINGS = (("2025-09", "webshop-2025-09"), ("2024-03", "webshop-2024-03"), ("", "webshop-2021-05"))
LOSABLE = ("at", "text", "form", "ip", "all")
Meta = tuple[tuple[str, Any], ...]


def ip(dice: Random) -> str:
    """Return an address of the ranges kept for documentation."""
    return f"{dice.choice(('192.0.2', '198.51.100', '203.0.113'))}.{dice.randrange(1, 255)}"


def trace(
    answer: str, at: datetime, form: str, language: str, dice: Random, lost: str = "", field: str = FIELD
) -> Meta:  # fmt: skip
    """Return the meta of an answer; `lost` names the part that was not kept, or `all`."""
    month = at.strftime("%Y-%m")
    wording = next(text for start, text in WORDINGS if month >= start)
    parts = {
        "at": at.astimezone(AMSTERDAM).isoformat(timespec="seconds"),
        "text": wording if language == "NL" else f"{wording}-fr",
        "form": form,
        "ip": ip(dice),
    }
    kept = {} if lost == "all" else {key: value for key, value in parts.items() if key != lost}
    return ((field, answer), *((f"{field}_{key}", value) for key, value in kept.items()))


def personal(email: str, at: datetime, form: str, language: str) -> Meta:
    """Return the meta of what somebody with an account said to offers of their own, beside the newsletter."""
    dice = Random(f"{PERSONAL} {email}")
    return trace("yes" if dice.random() < 0.7 else "no", at, form, language, dice, field=PERSONAL)


def sought(email: str, at: datetime, form: str, language: str) -> Meta:
    """Return the meta of what somebody with an account said to being looked for elsewhere, and watched on the site."""
    found: Meta = ()
    for platform, share in PLATFORMS.items():
        field = ADS.format(platform)
        dice = Random(f"{field} {email}")
        found += trace("yes" if dice.random() < share else "no", at, form, language, dice, field=field)
    dice = Random(f"{WATCHED} {email}")
    said = "yes" if dice.random() < WATCHED_SHARE else "no"
    return found + trace(said, at, form, language, dice, field=WATCHED)
