"""Secrets that the hub makes for itself: a file in the store's home that only its owner reads, or a variable."""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path


def kept_secret(variable: str, path: Path, *, make: bool = False) -> bytes | None:
    """Return what the variable says, or else the file; `make` writes the file once."""
    if said := os.environ.get(variable):
        return said.encode()
    if not path.exists() and make:
        _write_once(path)
    return path.read_bytes().strip() if path.exists() else None


def _write_once(path: Path) -> None:
    """Make the file whole or not at all: of two processes that try, both read the same one."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=stat.S_IRWXU)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(f"{secrets.token_hex(32)}\n")
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
