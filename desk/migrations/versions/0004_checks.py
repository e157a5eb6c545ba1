"""runs of self-checks and their verdicts

Revision: 0004, after 0003
"""

import sqlalchemy as sa
from alembic import op

import desk.models

revision = '0004'
down_revision = '0003'


def upgrade() -> None:
    op.create_table('check_run',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('conversation_id', sa.String(length=64), nullable=False),
    sa.Column('check', sa.String(length=32), nullable=False),
    sa.Column('version', sa.String(length=32), nullable=False),
    sa.Column('answers', sa.JSON(), nullable=False),
    sa.Column('asking', sa.String(length=32), nullable=True),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('last_key', sa.String(length=64), nullable=True),
    sa.Column('started_at', desk.models.UtcDateTime(), nullable=False),
    sa.Column('updated_at', desk.models.UtcDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_check_run'))
    )
    with op.batch_alter_table('check_run', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_check_run_conversation_id'), ['conversation_id'], unique=False)

    op.create_table('verdict',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=16), nullable=False),
    sa.Column('key', sa.String(length=64), nullable=False),
    sa.Column('run_id', sa.Integer(), nullable=False),
    sa.Column('conversation_id', sa.String(length=64), nullable=False),
    sa.Column('check', sa.String(length=32), nullable=False),
    sa.Column('version', sa.String(length=32), nullable=False),
    sa.Column('outcome', sa.String(length=16), nullable=False),
    sa.Column('card', sa.JSON(), nullable=False),
    sa.Column('inquiry', sa.String(length=16), nullable=True),
    sa.Column('created_at', desk.models.UtcDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['run_id'], ['check_run.id'], name=op.f('fk_verdict_run_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_verdict')),
    sa.UniqueConstraint('code', name=op.f('uq_verdict_code')),
    sa.UniqueConstraint('key', name=op.f('uq_verdict_key'))
    )
    with op.batch_alter_table('verdict', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_verdict_conversation_id'), ['conversation_id'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('verdict', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_verdict_conversation_id'))

    op.drop_table('verdict')
    with op.batch_alter_table('check_run', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_check_run_conversation_id'))

    op.drop_table('check_run')
