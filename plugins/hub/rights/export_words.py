"""What the page of an export says, in the two languages people get it in."""

from __future__ import annotations

from typing import Literal

Language = Literal["nl", "en"]

WORDS: dict[Language, dict[str, str]] = {
    "nl": {
        "title": "Uw gegevens",
        "intro": "Alles wat wij over u bewaren, waar het vandaan komt, en met wie wij het deelden. Gemaakt op",
        "nothing": "Niets.",
    },
    "en": {
        "title": "Your data",
        "intro": "Everything we hold on you, where it came from, and whom we shared it with. Made on",
        "nothing": "Nothing.",
    },
}

TITLES: dict[str, dict[Language, str]] = {
    "profile": {"nl": "Wie u bent, met bron en tijd", "en": "Who you are, with source and time"},
    "identifiers": {"nl": "Waaraan wij u herkennen", "en": "What we know you by"},
    "sources": {"nl": "Waar uw gegevens vandaan komen", "en": "Where your data came from"},
    "customer": {"nl": "Klantrecords per systeem", "en": "Customer records of each system"},
    "consent_state": {"nl": "Toestemming nu", "en": "Consent as it stands"},
    "consent_acts": {"nl": "Wat u zei, waar, en wat u toen las", "en": "What you said, where, and what you read"},
    "consent_records": {"nl": "Toestemming zoals gemeld", "en": "Consent as it was reported"},
    "recipients": {"nl": "Wat wij naar wie stuurden", "en": "What we sent to whom"},
    "order": {"nl": "Aankopen", "en": "Purchases"},
    "order_line": {"nl": "Regels van uw aankopen", "en": "Lines of your purchases"},
    "delivery": {"nl": "Hoe ver de bezorging is", "en": "How far the delivery is"},
    "basket": {"nl": "Winkelmandjes", "en": "Baskets"},
    "event": {"nl": "Wat u deed", "en": "What you did"},
    "service_case": {"nl": "Vragen en klachten", "en": "Questions and complaints"},
    "voucher": {"nl": "Bonnen", "en": "Vouchers"},
    "loyalty_balance": {"nl": "Puntensaldo zoals gemeld", "en": "Points as reported"},
    "loyalty_movement": {"nl": "Punten zoals gemeld", "en": "Movements of points as reported"},
    "ledger": {"nl": "Puntenboek", "en": "Points in our own books"},
    "traits": {"nl": "Wat wij hebben berekend", "en": "What we worked out"},
    "audiences": {"nl": "Groepen waar u in valt, en de regel", "en": "Groups you are in, and the rule"},
    "offers": {"nl": "Aanbiedingen met een code", "en": "Offers with a code"},
    "experiments": {"nl": "Metingen waarin u bent ingedeeld", "en": "Measurements you were part of"},
    "field_locks": {"nl": "Met de hand verbeterd", "en": "Corrected by hand"},
    "decisions": {"nl": "Besluiten over wie u bent", "en": "Decisions about who you are"},
    "unreadable": {"nl": "Records die wij niet konden lezen", "en": "Records that we could not read"},
    "terms": {"nl": "Hoe lang wij bewaren", "en": "How long we keep it"},
}
