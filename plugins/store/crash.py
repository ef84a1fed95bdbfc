"""Named points at which a test may end the process; nothing happens in production."""

from __future__ import annotations

import os
import signal

POINTS = (
    "after read before store",
    "before COMMIT of store",
    "after store before cursor",
    "after plan before journal",
    "before COMMIT of journal",
    "after journal before call",
    "after answer before mark",
    "after mark before next",
    "in ledger after events",
    "in ledger after entries",
    "before merge",
    "in merge",
    "after merge",
    "after suppression of erasure",
    "in erasure",
    "after tables of erasure",
    "after files of erasure",
    "in publishing of feed",
    "before switch of feed",
    "after switch of feed",
)


def crashpoint(name: str) -> None:
    """End the process here if `ROTONDE_CRASH` says `NAME`, `NAME:exception` or `NAME:sigterm`."""
    wanted, _, manner = os.environ.get("ROTONDE_CRASH", "").partition(":")
    if wanted != name:
        return
    if manner == "exception":
        raise RuntimeError(f"crash point: {name}")
    if manner == "sigterm":
        os.kill(os.getpid(), signal.SIGTERM)
        return
    os._exit(137)
