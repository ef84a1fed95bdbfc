"""How fast reading and keeping is, against dlt and against the stock SDK; see README.md."""
