"""Who may call: a key for each client, given in the environment and compared in constant time."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping

from plugins.store.engine import StoreError

SETTING = "ROTONDE_API_KEYS"
SHORTEST = 16
CLIENT = re.compile(r"[a-z][a-z0-9_]{0,62}")


class Keys:
    """The clients and their keys; of a key only a digest is kept."""

    def __init__(self, given: Mapping[str, str]) -> None:
        self._digests = {client: _digest(key) for client, key in given.items()}

    @classmethod
    def of(cls, said: str) -> Keys:
        """Read `till=key,webshop=key`; raises StoreError, which repeats no key."""
        given: dict[str, str] = {}
        for number, part in enumerate(filter(None, (each.strip() for each in said.split(","))), 1):
            client, separator, key = part.partition("=")
            if not separator or not CLIENT.fullmatch(client) or len(key) < SHORTEST:
                raise StoreError(f"{SETTING}: number {number} is not name=key with a key of {SHORTEST} signs or more")
            if client in given:
                raise StoreError(f"{SETTING}: client '{client}' stands there twice; give each client one key")
            given[client] = key
        if not given:
            raise StoreError(f"{SETTING}: nobody may call; set it to name=key, with commas between several")
        return cls(given)

    def client(self, header: str | None) -> str | None:
        """Return whose key an Authorization header has; every key is compared, whichever fits."""
        scheme, _, key = (header or "").partition(" ")
        digest = _digest(key if scheme.lower() == "bearer" else "")
        found = [client for client, known in self._digests.items() if hmac.compare_digest(known, digest)]
        return found[0] if found else None


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()
