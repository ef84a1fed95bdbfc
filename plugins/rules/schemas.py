"""The shapes of rule files as JSON Schema, so that an editor helps while a rule is written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from plugins.rules.amiss import SCHEMAS
from plugins.rules.experiments import Experiment
from plugins.rules.feeds import Feed, FeedRules
from plugins.rules.models import RULE_FILES, Audience
from plugins.rules.notes import Note
from plugins.rules.offers import Offer
from plugins.rules.sales import Sales
from plugins.rules.strict import Strict
from plugins.rules.texts import Message
from plugins.rules.traits import TraitRule


def editor_schemas() -> dict[str, dict[str, Any]]:
    """Return the JSON Schema of each kind of rule file, by the kind."""
    kinds: dict[str, type[Strict]] = {
        "audience": Audience,
        "trait": TraitRule,
        "feed": Feed,
        "feed_rules": FeedRules,
        "offer": Offer,
        "experiment": Experiment,
        "sale": Sales,
        "text": Message,
        "note": Note,
        **{file.removesuffix(".yml"): model for file, model in RULE_FILES.items()},
    }
    return {kind: model.model_json_schema() for kind, model in kinds.items()}


def write_schemas(folder: Path) -> list[Path]:
    """Write every schema beside the rules of a folder; returns the files that were not as they are now."""
    target = folder / SCHEMAS
    target.mkdir(exist_ok=True)
    changed = []
    for kind, schema in editor_schemas().items():
        path, text = target / f"{kind}.json", json.dumps(schema, indent=1, sort_keys=True) + "\n"
        if not path.exists() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")
            changed.append(path)
    return changed
