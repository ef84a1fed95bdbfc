"""Who speaks of the shop on Facebook and Instagram, and buys there: from the network to the audience."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typing_extensions import override

from plugins.sandbox.fiction import Fiction
from plugins.sandbox.mailchimp import Mailchimp
from plugins.sandbox.meta import Meta
from plugins.sandbox.server import Sandbox, running
from plugins.sandbox.tilroy import Tilroy
from plugins.sandbox.woocommerce import WooCommerce
from tests.road.world import POLITE, ROOT, Vendors, World


@dataclass
class Networked(Vendors):
    """The vendors, and the networks beside them."""

    meta: Meta

    @override
    def settings(self, program: str) -> dict[str, Any]:
        if not program.endswith("-meta"):
            return super().settings(program)
        page = {"access_token": self.meta.access_token, "page_id": self.meta.page_id}
        return {"api_url": f"{self.url}/meta", **page, **POLITE}


@contextmanager
def opened(fiction: Fiction) -> Iterator[Networked]:
    tilroy, woocommerce, mailchimp, meta = (kind(retailer=fiction) for kind in (Tilroy, WooCommerce, Mailchimp, Meta))
    known = {"tilroy": tilroy, "woocommerce": woocommerce, "mailchimp": mailchimp, "meta": meta}
    with running(Sandbox(known)) as url:
        yield Networked(url, tilroy, woocommerce, mailchimp, meta)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], Fiction, World]:
    """Read the webshop and the networks of 300 people, and plan; gives what the plan says."""
    folder, fiction = tmp_path_factory.mktemp("networked"), Fiction(people=300)
    with opened(fiction) as vendors:
        world = World(folder, f"sqlite:///{folder}/store.db", vendors)
        runs = [*world.ingest("woocommerce", "mailchimp", "meta"), world.resolve()]
        assert all(run.is_well for run in runs), [run.errors[-500:] for run in runs]
        plan = subprocess.run(
            [sys.executable, "-m", "plugins.hub.cli", "plan", "mailchimp", "--json"], cwd=ROOT,
            env=world.environment(), capture_output=True, text=True, timeout=120,
        )  # fmt: skip
    assert plan.returncode in (0, 3), plan.stderr[-800:]
    return json.loads(plan.stdout), fiction, world


def test_who_speaks_of_us_and_buys_is_found(told: Any) -> None:
    plan, _, _ = told
    print(json.dumps(plan, indent=1)[:6000])
    assert 0
