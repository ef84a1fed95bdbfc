"""A change of rules, the way operations make one: see what it would do, seal that, do exactly that, take it back."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from plugins.hub import show
from plugins.hub.plans import rules_folder
from plugins.store.engine import StoreError

RULE, WAS, IS = "audiences/after_the_shop.yml", "ago('7 days')", "ago('14 days')"


def tell() -> None:
    """Show it by the commands themselves; raises StoreError where one fails."""
    show.console.rule("A rule changes", align="left")
    show.console.print(f"{RULE}: {WAS} is to be {IS}.\n", markup=False)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        changed = _changed(folder / "sync_rules")
        _said("What would it do?", "plan", "--against", str(changed))
        _said("Write that plan down.", "plan", "mailchimp", "--seal", str(folder / "plan.json"), rules=changed)
        _said("Do exactly that, or nothing.", "apply", str(folder / "plan.json"), rules=changed)
        show.console.print("And back again, to leave the retailer as it was.", markup=False)
        _said("", "plan", "mailchimp", "--json", "--seal", str(folder / "back.json"))
        _said("", "apply", str(folder / "back.json"))


def _changed(folder: Path) -> Path:
    shutil.copytree(rules_folder(), folder)
    path = folder / RULE
    text = path.read_text("utf-8").replace(WAS, IS)
    path.write_text(text.replace("was there an hour ago", "came an hour ago"), "utf-8")
    return folder


def _said(title: str, *words: str, rules: Path | None = None) -> None:
    """Run a command, and show it with what it printed."""
    shown = " ".join(Path(word).name if os.sep in word else word for word in words)
    show.console.print(f"[bold]{title}[/]\n$ rotonde {shown}" if title else f"$ rotonde {shown}")
    environment = {**os.environ, **({"ROTONDE_RULES": str(rules)} if rules else {})}
    out = subprocess.DEVNULL if "--json" in words else None
    command = [sys.executable, "-m", "plugins.hub", *words]
    done = subprocess.run(command, env=environment, stdout=out, check=False)  # noqa: S603
    if done.returncode:
        raise StoreError(f"demo: 'rotonde {words[0]}' ended with {done.returncode}")
