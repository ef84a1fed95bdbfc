"""Every text of the console: one catalogue for each language."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from ruamel.yaml import YAML

FOLDER = Path(__file__).parent
LANGUAGES = {"en": "English", "nl": "Nederlands"}
"""The first one holds where nothing else is asked for."""


@lru_cache(maxsize=len(LANGUAGES))
def catalogue(language: str) -> Mapping[str, str]:
    """Return the texts of a language by key."""
    read: dict[str, str] = YAML(typ="safe").load(FOLDER / f"{language}.yml")
    return read


def chosen(accepted: str | None) -> str:
    """Return the language of ours that a browser prefers, by its Accept-Language."""
    wanted = [_weighed(each) for each in (accepted or "").split(",")[:20]]
    known = [(weight, -place, name) for place, (name, weight) in enumerate(wanted) if name in LANGUAGES and weight > 0]
    return max(known)[2] if known else next(iter(LANGUAGES))


def _weighed(said: str) -> tuple[str, float]:
    tag, _, rest = said.partition(";")
    weight = re.fullmatch(r"\s*q=([01](?:\.\d{0,3})?)\s*", rest)
    return tag.strip().lower().partition("-")[0], float(weight[1]) if weight else 1.0


class Words:
    """Says a text of the catalogue in one language; called in templates as `t`."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._texts = catalogue(language)

    def __call__(self, key: str, **values: object) -> str:
        text = self._texts[key]
        return text.format_map({name: str(value) for name, value in values.items()}) if values else text

    def of(self, kind: str, word: object) -> str:
        """Say a word of ours, such as a state; one that no catalogue has is said as it is."""
        return self._texts.get(f"{kind}.{word}", str(word))
