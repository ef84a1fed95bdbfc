"""What the page of preferences asks, in the words that are kept with each answer."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

Topic = tuple[str, str]
"""Channel and purpose."""
Language = str
LANGUAGES = ("nl", "en")

QUESTIONS: Mapping[Topic, Mapping[Language, tuple[str, str]]] = {
    ("email", "marketing"): {
        "nl": ("E-mail", "Ja, mail mij over aanbiedingen, nieuwe producten en acties."),
        "en": ("E-mail", "Yes, e-mail me about offers, new products and campaigns."),
    },
    ("sms", "marketing"): {
        "nl": ("Sms", "Ja, stuur mij sms'jes over aanbiedingen en acties."),
        "en": ("Text messages", "Yes, text me about offers and campaigns."),
    },
    ("phone", "marketing"): {
        "nl": ("Telefoon", "Ja, bel mij over aanbiedingen en acties."),
        "en": ("Telephone", "Yes, call me about offers and campaigns."),
    },
    ("post", "marketing"): {
        "nl": ("Post", "Ja, stuur mij post over aanbiedingen en acties."),
        "en": ("Post", "Yes, send me post about offers and campaigns."),
    },
    ("site", "personalisation"): {
        "nl": ("Aanbiedingen voor mij", "Ja, gebruik wat ik koop om mij aanbiedingen te doen die bij mij passen."),
        "en": ("Offers of my own", "Yes, use what I buy to make me offers that suit me."),
    },
    ("site", "behaviour"): {
        "nl": ("Wat ik bekijk", "Ja, bewaar wat ik op de website en in de app bekijk bij mijn klantgegevens."),
        "en": ("What I look at", "Yes, keep what I look at on the website and in the app with my customer record."),
    },
    ("ads", "ads_match_meta"): {
        "nl": ("Facebook en Instagram", "Ja, deel mijn versleutelde e-mailadres met Meta voor advertenties aan mij."),
        "en": ("Facebook and Instagram", "Yes, share my hashed e-mail address with Meta to advertise to me."),
    },
    ("ads", "ads_match_google"): {
        "nl": ("Google", "Ja, deel mijn versleutelde e-mailadres met Google voor advertenties aan mij."),
        "en": ("Google", "Yes, share my hashed e-mail address with Google to advertise to me."),
    },
    ("ads", "ads_match_pinterest"): {
        "nl": ("Pinterest", "Ja, deel mijn versleutelde e-mailadres met Pinterest voor advertenties aan mij."),
        "en": ("Pinterest", "Yes, share my hashed e-mail address with Pinterest to advertise to me."),
    },
}
WORDS: Mapping[Language, Mapping[str, str]] = {
    "nl": {
        "title": "Uw voorkeuren", "other": "English", "save": "Bewaren", "none": "Niets meer sturen",
        "lead": "Een vinkje is ja. U kunt alles hier op elk moment weer veranderen.",
        "saved": "Bewaard. Een nee geldt vanaf nu.", "as_is": "Er is niets veranderd.",
        "vetoed": "Nu nee: u hebt zich afgemeld bij de dienst zelf. Meld u daar weer aan.",
        "minor": "Nu nee: onder de 16 is toestemming van een ouder nodig.",
        "refused": "Nu nee: op een ander adres van u is nee gezegd.",
        "lacking": "Kan niet: wij kennen geen e-mailadres van u.",
        "yes": "nu ja", "no": "nu nee", "dead": "Deze link werkt niet meer",
        "dead_lead": "De link is verlopen of niet volledig. Open de link in een nieuwere mail.",
        "claim": "Zet deze bon op uw naam",
        "claim_lead": "Log in bij de winkel. Daarna staat de aankoop bij uw klantgegevens en krijgt u de punten. "
                      "Een bon kan één keer op naam worden gezet.",
        "claim_on": "Verder naar inloggen", "claim_where": "Toon deze bon aan de kassa om hem op naam te zetten.",
    },
    "en": {
        "title": "Your preferences", "other": "Nederlands", "save": "Save", "none": "Send me nothing any more",
        "lead": "A tick is yes. You can change everything here again at any time.",
        "saved": "Saved. A no counts from now on.", "as_is": "Nothing was changed.",
        "vetoed": "Now no: you left at the service itself. Sign up there again.",
        "minor": "Now no: under 16 a parent has to agree.",
        "refused": "Now no: another address of yours said no.",
        "lacking": "Not possible: we know no e-mail address of yours.",
        "yes": "now yes", "no": "now no", "dead": "This link does not work any more",
        "dead_lead": "The link has ended, or is not complete. Open the link in a newer mail.",
        "claim": "Put this receipt in your name",
        "claim_lead": "Sign in with the shop. The purchase is then with your customer record, and you get its points. "
                      "A receipt can be claimed once.",
        "claim_on": "Go on to sign in", "claim_where": "Show this receipt at the till to put it in your name.",
    },
}  # fmt: skip


def version_of(text: str) -> str:
    """Return the version of a wording: it changes with every letter."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def language_of(asked: str | None, accepted: str | None) -> Language:
    """Return the language that was asked for, else the first that the browser takes; Dutch without either."""
    if asked in LANGUAGES:
        return asked
    for each in (accepted or "").split(","):
        if (word := each.strip()[:2].lower()) in LANGUAGES:
            return word
    return LANGUAGES[0]
