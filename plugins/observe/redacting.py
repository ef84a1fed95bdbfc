"""What must not stand in a log or a trace, whoever wrote it there: persons, keys, and what follows a `?` in an address.

The rule is that nobody logs it; this is the net below. It knows forms, and the values of the settings that are secret.
A name alone has no form.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping

SECRET_NAME = re.compile(r"KEY|SECRET|TOKEN|PASSWORD|CREDENTIAL|DATABASE_UR[IL]|ALERT|WEBHOOK|OTLP_HEADERS")
SHORTEST_SECRET = 6
LONGEST_SAID = 4000
KEPT = (
    r"(?P<uuid>\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|\b[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}\b(?!-))"
    r"|(?P<moment>\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?(?![\d-]))"
)
LOOKS: dict[str, str] = {
    "query": r"(?<=[\w/.})])\?[^\s\"'<>?]+",
    "login": r"(?<=://)[^\s/@\"']+@",
    "address": r"[^\s@<>\"',;:=()\[\]{}/]+(?:@|%40)[^\s@<>\"',;:=()\[\]{}/]+",
    "key": r"(?i:\b(?:bearer|basic)\s+[\w.~+/=:-]{6,})"
    r"|(?i:\b[\w-]*(?:api_?key|secret|token|password|passwd|authorization|signature)\w*[\"']?\s*[=:]\s*[\"']?(?:bearer\s+|basic\s+)?[^\s\"',;}]+)"
    r"|\beyJ[\w-]{8,}(?:\.[\w-]+)*|-----BEGIN [A-Z ]+-----(?:[\s\S]*?-----END [A-Z ]+-----)?"
    r"|\b(?:c[ks]|shp[a-z]{2}|[sp]k|pina|gh[a-z]|xox[a-z])_?-?[A-Za-z0-9_]{16,}|\bya29\.[\w-]+|\bAKIA[0-9A-Z]{12,}"
    r"|\b[0-9a-f]{32}-us\d+\b|\b(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[A-Za-z0-9_-]{24,}",
    "number": r"(?<![\w.-])(?:\+|00)\d(?:[ ().\-/]{0,2}\d){6,16}|(?<![\w.-])\(?0[1-9](?:[ ().\-/]{0,2}\d){7,9}(?!\w)"
    r"|(?<![\w.])\d(?:[ -]?\d){8,22}(?![\w-])",
}
FORMS = re.compile("|".join((KEPT, *(f"(?P<{name}>{form})" for name, form in LOOKS.items()))))


class Redactor:
    """Takes out of a text what looks like a person or a key."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        found = sorted({each for name, value in environment.items() if SECRET_NAME.search(name)
                        for each in _parts(value)}, key=len, reverse=True)  # fmt: skip
        self._secrets = re.compile("|".join(map(re.escape, found))) if found else None

    def __call__(self, text: str) -> str:
        """Return the text with `[address]`, `[number]`, `[key]`, `[login]` or `?[query]` where one stood."""
        said = text[:LONGEST_SAID]
        if self._secrets is not None:
            said = self._secrets.sub("[key]", said)
        return FORMS.sub(_word, said)


def _word(found: re.Match[str]) -> str:
    kind = found.lastgroup
    if kind in ("uuid", "moment"):
        return found.group()
    return "?[query]" if kind == "query" else f"[{kind}]{'@' if kind == 'login' else ''}"


def _parts(value: str) -> Iterator[str]:
    """Give a secret, and what it is made of: `name=key,name=key`, or the password in an address."""
    password = re.search(r"://[^/@:]*:([^/@]+)@", value)
    listed = [pair.partition("=")[2] for pair in value.split(",")]
    whole = [] if "://" in value else [value.strip()]
    parts = (*whole, *listed, *([password.group(1)] if password else ()))
    yield from (each.strip() for each in parts if len(each.strip()) >= SHORTEST_SECRET)


def redactor() -> Redactor:
    """Return one that knows the secrets of this process's environment."""
    return Redactor(os.environ)
