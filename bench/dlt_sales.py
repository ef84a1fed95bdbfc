"""What a user of dlt would write: read `/sales` by `lastId`, and merge the lines into SQLite by their id."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import dlt
from dlt.sources.helpers import requests

PAGE = 100


@dlt.resource(name="sale_lines", write_disposition="merge", primary_key="idTilroySaleLine")
def sale_lines(address: str) -> Iterator[list[dict[str, Any]]]:
    """Give the lines of each page, with the number of their sale."""
    last = "0"
    while True:
        params = {"lastId": last, "count": PAGE, "dateFrom": "2000-01-01", "dateTo": "2100-01-01"}
        sales = requests.get(f"{address}/saleapi/production/sales", params=params).json()
        if not sales:
            return
        yield [{**line, "idTilroySale": sale["idTilroySale"]} for sale in sales for line in sale["lines"]]
        last = sales[-1]["idTilroySale"]


def main(address: str, database: str, folder: str) -> None:
    """Run the pipeline once."""
    destination = dlt.destinations.sqlalchemy(f"sqlite:///{database}")
    pipeline = dlt.pipeline("sales", destination=destination, dataset_name="main", pipelines_dir=folder)
    pipeline.run(sale_lines(address)).raise_on_failed_jobs()


if __name__ == "__main__":
    main(*sys.argv[1:])
