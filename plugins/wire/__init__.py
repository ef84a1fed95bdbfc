"""How we speak HTTP politely, and the outbox port."""
