"""outbox: messages to staff and visitors

Revision: 0006, after 0005
"""

import sqlalchemy as sa
from alembic import op

import desk.models

revision = '0006'
down_revision = '0005'


def upgrade() -> None:
    op.create_table('outbox_message',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('event_key', sa.String(length=80), nullable=False),
    sa.Column('event', sa.String(length=32), nullable=False),
    sa.Column('channel', sa.String(length=16), nullable=False),
    sa.Column('appointment_id', sa.Integer(), nullable=True),
    sa.Column('facts', sa.JSON(), nullable=False),
    sa.Column('state', sa.String(length=8), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('created_at', desk.models.UtcDateTime(), nullable=False),
    sa.Column('due_at', desk.models.UtcDateTime(), nullable=False),
    sa.Column('expires_at', desk.models.UtcDateTime(), nullable=True),
    sa.Column('claimed_until', desk.models.UtcDateTime(), nullable=True),
    sa.Column('sent_at', desk.models.UtcDateTime(), nullable=True),
    sa.Column('reason', sa.String(length=40), nullable=True),
    sa.ForeignKeyConstraint(['appointment_id'], ['appointment.id'], name=op.f('fk_outbox_message_appointment_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_outbox_message')),
    sa.UniqueConstraint('event_key', 'channel', name=op.f('uq_outbox_message_event_key_channel'))
    )
    op.create_index('ix_outbox_message_due', 'outbox_message', ['channel', 'state', 'due_at'], unique=False)
    op.create_index(op.f('ix_outbox_message_appointment_id'), 'outbox_message', ['appointment_id'], unique=False)


def downgrade() -> None:
    op.drop_table('outbox_message')
