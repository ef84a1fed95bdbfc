"""The demonstration: a sandbox, every job against it, and what moved."""

from __future__ import annotations

import os
from pathlib import Path

from plugins.hub.sandboxes import Running, start

FOLDER = Path(".rotonde")
MARK = "# Written by `rotonde demo`: every system is the sandbox. Put your own addresses and keys here."
LIST_ID = "57afe96172"


def folder_of(retailer: str) -> Path:
    """Return where a demonstration keeps its store and the sandbox's memory."""
    return FOLDER / f"demo-{retailer}"


def settings(running: Running, retailer: str) -> dict[str, str]:
    """Return the environment that points every connector at the sandbox."""
    folder = folder_of(retailer)
    mailchimp = {"API_KEY": "sandbox0sandbox0sandbox0sandbox0-us6", "LIST_ID": LIST_ID,
                 "API_URL": f"{running.url}/mailchimp/3.0"}  # fmt: skip
    return {
        "ROTONDE_DATABASE_URL": f"sqlite:///{folder}/store.db",
        "MELTANO_DATABASE_URI": f"sqlite:///{folder}/meltano.db",
        "TAP_TILROY_API_URL": f"{running.url}/tilroy",
        "TAP_TILROY_TENANT_KEY": "sandbox-tenant-key",
        "TAP_TILROY_GATEWAY_KEY": "sandbox-gateway-key",
        "TAP_TILROY_BEARER_TOKEN": "sandbox-service-bearer",
        "TAP_WOOCOMMERCE_API_URL": f"{running.url}/woocommerce",
        "TAP_WOOCOMMERCE_CONSUMER_KEY": "ck_" + "a1" * 20,
        "TAP_WOOCOMMERCE_CONSUMER_SECRET": "cs_" + "b2" * 20,
        **{
            f"{plugin}_{name}": value
            for plugin in ("TAP_MAILCHIMP", "TARGET_MAILCHIMP")
            for name, value in mailchimp.items()
        },
    }


def prepare(retailer: str) -> Running:
    """Start the sandbox and write `.env`, unless somebody else wrote it; the environment is set for this process."""
    running = start(folder_of(retailer), retailer, 8700)
    lines = [MARK, *(f"{name}={value}" for name, value in settings(running, retailer).items())]
    path = Path(".env")
    if not path.exists() or path.read_text("utf-8").startswith(MARK):
        path.touch(mode=0o600)
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    os.environ.update(settings(running, retailer))
    return running


def load_env(path: Path = Path(".env")) -> None:
    """Take the settings of `.env` into the environment; what is set already wins."""
    if not path.exists():
        return
    for line in path.read_text("utf-8").splitlines():
        name, separator, value = line.partition("=")
        if separator and not name.startswith("#"):
            os.environ.setdefault(name.strip(), value.strip().strip("\"'"))
