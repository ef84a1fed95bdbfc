"""Who comes back after an erasure: a grant of their own, complete by the rules, that was acted since."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from plugins.hub.meaning import RULES_FOLDER
from plugins.rules.complaint import RulesError
from plugins.rules.consent import ConsentField, ConsentRules
from plugins.rules.load import load_rules
from plugins.store.times import now, utc_text

SLACK = timedelta(minutes=5)
"""How far a clock of another system may be ahead of ours."""


def came_back(record: Mapping[str, Any]) -> str | None:
    """Return when a consent record was acted, None unless it is a grant with its whole proof by the rules."""
    rules = _rules(os.environ.get("ROTONDE_RULES", str(RULES_FOLDER)))
    declared = [each for each in rules.sources.get(record["source"], ()) if each.field == record["field"]]
    return next((at for each in declared if (at := _acted(each, record, now()))), None)


@cache
def _rules(folder: str) -> ConsentRules:
    """Return the rules of consent; where they cannot be read, nothing is a grant."""
    try:
        return load_rules(Path(folder)).consent
    except RulesError:
        return ConsentRules()


def _acted(declared: ConsentField, record: Mapping[str, Any], at_most: datetime) -> str | None:
    facts: dict[str, str] = json.loads(record["facts"])
    is_grant = declared.role == "origin" and declared.meaning(record["value"]) == "granted" and record["email"]
    proof = (declared.wording, declared.place)
    if not is_grant or not all(each and each.said(facts) for each in proof):
        return None
    if not all(str(facts.get(need) or "").strip() for need in declared.needs):
        return None
    moment = _moment(facts.get(declared.time_fact("granted") or ""))
    return utc_text(moment) if moment and moment <= at_most + SLACK else None


def _moment(said: str | None) -> datetime | None:
    """Return a time that has an offset; without one it is not known when it was."""
    try:
        moment = datetime.fromisoformat((said or "").strip())
    except ValueError:
        return None
    return moment if moment.tzinfo else None
