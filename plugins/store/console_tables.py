"""Who may look at the console, who is signed in, who has guessed; and the rules that somebody there proposes."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Table, Text

from plugins.store.tables import metadata

console_account = Table(
    "console_account",
    metadata,
    Column("name", Text, primary_key=True),
    Column("password", Text, nullable=False, comment="argon2id"),
    Column("role", Text, nullable=False),
    Column("language", Text, comment="null where the browser's holds"),
    Column("is_disabled", Boolean(create_constraint=False), nullable=False),
    Column("made_at", Text, nullable=False),
    Column("changed_at", Text, nullable=False, comment="when role, password or state changed last"),
    comment="who may sign in to the console",
)

console_session = Table(
    "console_session",
    metadata,
    Column("key", Text, primary_key=True, comment="HMAC of the token that the browser holds"),
    Column("account", Text, ForeignKey("console_account.name"), nullable=False, index=True),
    Column("began_at", Text, nullable=False),
    Column("used_at", Text, nullable=False, comment="to the minute"),
    comment="who is signed in; a row goes when it has lapsed",
)

console_attempt = Table(
    "console_attempt",
    metadata,
    Column("key", Text, primary_key=True, comment="HMAC of an account's name or of a caller's address"),
    Column("tries", BigInteger, nullable=False, comment="since somebody last signed in"),
    Column("waits_until", Text, nullable=False),
    Column("tried_at", Text, nullable=False),
    comment="sign-ins that did not succeed; forgotten after a day",
)

rule_proposal = Table(
    "rule_proposal",
    metadata,
    Column("id", Text, primary_key=True),
    Column("file", Text, nullable=False, comment="of sync_rules/, as in audiences/gone_quiet.yml"),
    Column("author", Text, nullable=False, comment="the account"),
    Column("at", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("before", Text, comment="SHA-256 of the file it changes; null for a new one"),
    Column("text", Text, nullable=False, comment="of the file as it is proposed"),
    Column("patch", Text, nullable=False, comment="for git apply"),
    Column("checked", Text, nullable=False, comment="JSON: complaints, and how many examples hold"),
    Column("state", Text, nullable=False, comment="open or withdrawn"),
    Column("preview_state", Text, comment="running, done or failed; null where nobody asked"),
    Column("preview", Text, comment="JSON of counts: what it would change; nobody is named"),
    comment="changes of rules that somebody proposed in the console; files stay the truth",
)
Index("ix_rule_proposal_at", rule_proposal.c.state, rule_proposal.c.at)
