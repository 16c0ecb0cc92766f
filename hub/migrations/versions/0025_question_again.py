"""A question to the Ministry's operations may go back to what it said before: the last one under its number counts.

That two callers register the same at once is decided by the lock that `questions.latest` takes.
"""

from alembic import op

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    op.execute("ALTER TABLE hub.ministry_question DROP CONSTRAINT ministry_question_once")
    op.execute("CREATE INDEX ministry_question_reference ON hub.ministry_question (unit, reference)")


def downgrade() -> None:
    # Fails where a question went back: such rows cannot be told from a repetition, and none is thrown away.
    op.execute(
        "ALTER TABLE hub.ministry_question ADD CONSTRAINT ministry_question_once UNIQUE (unit, reference, content_lookup)"
    )
    op.execute("DROP INDEX hub.ministry_question_reference")
