"""What a user of `implicit` would write: purchases into a matrix, an item-item model, and lists for everybody.

It reads one question a line: `["read", file]`, then `["tell", "TFIDF:counts:100", file]`, which is answered with the
seconds from the arrays in memory to the arrays of the answer.
"""

from __future__ import annotations

import json
import sys
import time
import warnings

import numpy as np
from implicit import nearest_neighbours
from scipy.sparse import csr_matrix

TOLD = 10
THREADS = 2


def matrices(known: dict[str, np.ndarray], weight: str) -> tuple[csr_matrix, csr_matrix, np.ndarray, np.ndarray]:
    """Return what is learnt from and what everybody had, with the households and products of their rows and columns.

    What a model may not learn from stands in the second as a zero: it leads to nothing, and is still not told again.
    """
    households, rows = np.unique(known["p"], return_inverse=True)
    products, columns = np.unique(known["product"], return_inverse=True)
    shape, counts = (len(households), len(products)), known["counts"]
    had = csr_matrix((counts.astype(np.float32), (rows, columns)), shape)
    if weight == "once":
        had.data = np.minimum(had.data, 1)
    learnt = had.copy()
    learnt.eliminate_zeros()
    return learnt, had, households, products


def tell(known: dict[str, np.ndarray], model: str) -> dict[str, np.ndarray]:
    """Return household and product of every list."""
    name, weight, k = model.split(":")
    learnt, had, households, products = matrices(known, weight)
    recommender = getattr(nearest_neighbours, f"{name}Recommender")(K=int(k), num_threads=THREADS)
    recommender.fit(learnt, show_progress=False)
    ids, scores = recommender.recommend(np.arange(len(households)), had, N=TOLD, filter_already_liked_items=True)
    good = (ids >= 0) & (scores > 0)
    return {"p": np.repeat(households, TOLD)[good.ravel()], "product": products[ids[good]]}


def main() -> None:
    """Answer until nothing more is asked."""
    warnings.simplefilter("ignore")
    known: dict[str, np.ndarray] = {}
    for line in sys.stdin:
        word, *rest = json.loads(line)
        if word == "read":
            with np.load(rest[0]) as file:
                known = dict(file)
            print("ready", flush=True)
            continue
        started = time.perf_counter()
        told = tell(known, rest[0])
        seconds = time.perf_counter() - started
        np.savez(rest[1], **told)
        print(seconds, flush=True)


if __name__ == "__main__":
    main()
