"""Who answers for which rule files."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from pydantic import Field

from plugins.rules.complaint import Complaint, did_you_mean
from plugins.rules.strict import Strict, Word
from plugins.rules.yaml_file import Places


class Owners(Strict):
    """A rule file, or a folder of them, and who is asked before it changes."""

    owners: dict[Word, Word] = Field(default_factory=dict, description="file or folder: who answers for it")

    def of(self, file: str) -> str | None:
        """Return who answers for a file (`audiences/gone_quiet.yml`): itself named, or else its folder."""
        return self.owners.get(file) or self.owners.get(Path(file).parent.as_posix())


def ownerless(owners: Owners, folder: Path, kinds: Collection[str], places: Places) -> Iterator[Complaint]:
    """Find owners of what is not there."""
    known = {*kinds, *(path.relative_to(folder).as_posix() for path in folder.rglob("*.yml"))}
    for name in owners.owners:
        if name not in known:
            at = places.key(("owners", name))
            yield places.complaint(at, f"{name}: no such rule file or folder", did_you_mean(name, known))
