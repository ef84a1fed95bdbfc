"""Changes of rules that somebody proposes, and what persons ask for by their rights."""

import sqlalchemy as sa
from alembic import op

revision: str = "0015"
down_revision: str | None = "0014"


def upgrade() -> None:
    """Bring the store to this revision."""
    op.create_table(
        "rule_proposal",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False, comment="of sync_rules/, as in audiences/gone_quiet.yml"),
        sa.Column("author", sa.Text(), nullable=False, comment="the account"),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), comment="SHA-256 of the file it changes; null for a new one"),
        sa.Column("text", sa.Text(), nullable=False, comment="of the file as it is proposed"),
        sa.Column("patch", sa.Text(), nullable=False, comment="for git apply"),
        sa.Column("checked", sa.Text(), nullable=False, comment="JSON: complaints, and how many examples hold"),
        sa.Column("state", sa.Text(), nullable=False, comment="open or withdrawn"),
        sa.Column("preview_state", sa.Text(), comment="running, done or failed; null where nobody asked"),
        sa.Column("preview", sa.Text(), comment="JSON of counts: what it would change; nobody is named"),
        sa.PrimaryKeyConstraint("id"),
        comment="changes of rules that somebody proposed in the console; files stay the truth",
    )
    op.create_index("ix_rule_proposal_at", "rule_proposal", ["state", "at"])
    op.create_table(
        "rights_request",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False, comment="access, erasure or objection"),
        sa.Column("profile_id", sa.Text(), comment="null once the person is erased"),
        sa.Column("asked_on", sa.Text(), nullable=False, comment="the day on which the person asked"),
        sa.Column("until", sa.Text(), nullable=False, comment="a month later: by then there must be an answer"),
        sa.Column("opened_at", sa.Text(), nullable=False),
        sa.Column("opened_by", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False, comment="open, running, ready, failed, done or refused"),
        sa.Column("erasure", sa.Text(), comment="its number, once it is carried out"),
        sa.Column("said", sa.Text(), comment="why it failed or was refused; it names nobody"),
        sa.Column("done_at", sa.Text()),
        sa.Column("done_by", sa.Text()),
        sa.PrimaryKeyConstraint("id"),
        comment="what persons asked for by their rights, and how far it is",
    )
    op.create_index("ix_rights_request_profile_id", "rights_request", ["profile_id"])
    op.create_index("ix_rights_request_state", "rights_request", ["state", "until"])
