"""Who may call, and what for: a key for each client, given in the environment and compared in constant time."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from plugins.store.engine import StoreError

SETTING = "ROTONDE_API_KEYS"
SHORTEST = 16
CLIENT = re.compile(r"[a-z][a-z0-9_]{0,62}")
Scope = Literal["loyalty", "person", "offers", "preferences", "claims", "events"]
SCOPES: tuple[Scope, ...] = get_args(Scope)
UNSAID: frozenset[str] = frozenset({"loyalty"})
"""What a key without scopes is for."""


@dataclass(frozen=True, slots=True)
class Caller:
    """A client whose key fits."""

    name: str
    scopes: frozenset[str] = UNSAID


class Keys:
    """The clients, their keys and scopes; of a key only a digest is kept."""

    def __init__(self, given: Mapping[str, str], scopes: Mapping[str, frozenset[str]] | None = None) -> None:
        self._digests = {
            Caller(client, (scopes or {}).get(client, UNSAID)): _digest(key) for client, key in given.items()
        }

    @classmethod
    def of(cls, said: str) -> Keys:
        """Read `till=key,webshop:person+offers=key`; raises StoreError, which repeats no key."""
        given: dict[str, str] = {}
        scopes: dict[str, frozenset[str]] = {}
        for number, part in enumerate(filter(None, (each.strip() for each in said.split(","))), 1):
            named, separator, key = part.partition("=")
            client, colon, listed = named.partition(":")
            if not separator or not CLIENT.fullmatch(client) or len(key) < SHORTEST:
                raise StoreError(f"{SETTING}: number {number} is not name=key with a key of {SHORTEST} signs or more")
            if client in given:
                raise StoreError(f"{SETTING}: client '{client}' stands there twice; give each client one key")
            given[client] = key
            scopes[client] = _scopes(number, listed) if colon else UNSAID
        if not given:
            raise StoreError(f"{SETTING}: nobody may call; set it to name=key, with commas between several")
        return cls(given, scopes)

    def having(self, scope: str) -> list[str]:
        """Return the clients whose key is for something."""
        return sorted(caller.name for caller in self._digests if scope in caller.scopes)

    def client(self, header: str | None) -> Caller | None:
        """Return whose key an Authorization header has; every key is compared, whichever fits."""
        scheme, _, key = (header or "").partition(" ")
        digest = _digest(key if scheme.lower() == "bearer" else "")
        found = [caller for caller, known in self._digests.items() if hmac.compare_digest(known, digest)]
        return found[0] if found else None


def _scopes(number: int, listed: str) -> frozenset[str]:
    scopes = frozenset(listed.split("+"))
    if not scopes <= {*SCOPES}:
        raise StoreError(f"{SETTING}: number {number} has a scope that is not there; known: {', '.join(SCOPES)}")
    return scopes


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()
