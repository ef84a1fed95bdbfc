"""Write pseudopeople's sample census and its W-2 and 1099 forms of the same year, to be linked, as our tables."""

from __future__ import annotations

import pandas as pd
from pseudopeople import generate_decennial_census, generate_taxes_w2_and_1099

from bench.identity.tables import folder_asked_for, hidden, written

SEED = 1  # 10,224 people in the census, 9,923 forms
YEAR = 2020

# Age, sex, state and the employer have no column of ours. The census has no social security number, a form no birth
# date: neither helps across the two. A person with two jobs has two forms.
CENSUS = {
    "date_of_birth": "birth_date",  # mm/dd/yyyy
    "street_name": "street",
    "street_number": "house_number",
    "unit_number": "house_addition",
    "zipcode": "postcode",
}
FORMS = {
    "ssn": "social_id",
    "mailing_address_street_name": "street",
    "mailing_address_street_number": "house_number",
    "mailing_address_unit_number": "house_addition",
    "mailing_address_zipcode": "postcode",
    "mailing_address_city": "city",
}


def as_ours(source: str, table: pd.DataFrame, names: dict[str, str]) -> pd.DataFrame:
    """Return the records under our columns; the middle initial, for which we have none, stands in the full name."""
    parts = table[["first_name", "middle_initial", "last_name"]].astype("string").fillna("")
    full = parts.agg(" ".join, axis=1).str.split().str.join(" ")
    return table.rename(columns=names).assign(
        record_id=[hidden(source, row) for row in range(len(table))],
        source=source,
        kind="person",
        country="US",
        full_name=full.where(full != ""),
        person_id=table["simulant_id"],
    )


def main() -> None:
    """Write both sides."""
    folder = folder_asked_for(__doc__)
    census = as_ours("census", generate_decennial_census(seed=SEED, year=YEAR), CENSUS)
    forms = as_ours("w2", generate_taxes_w2_and_1099(seed=SEED, year=YEAR), FORMS)
    written(folder, "census", pd.concat([census, forms]))


if __name__ == "__main__":
    main()
