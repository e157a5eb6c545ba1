"""attendance: who came, the outcome, the follow-up

Revision: 0003, after 0002
"""

import sqlalchemy as sa
from alembic import op

import desk.models

revision = '0003'
down_revision = '0002'


def upgrade() -> None:
    op.create_table('attendance',
    sa.Column('appointment_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('state', sa.String(length=8), nullable=False),
    sa.Column('noted_at', desk.models.UtcDateTime(), nullable=False),
    sa.Column('outcome', sa.Text(), nullable=True),
    sa.Column('follow_up_on', sa.Date(), nullable=True),
    sa.Column('followed_up_at', desk.models.UtcDateTime(), nullable=True),
    sa.Column('followed_up_by', sa.String(length=64), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("state IN ('arrived', 'absent')", name=op.f('ck_attendance_state_known')),
    sa.ForeignKeyConstraint(['appointment_id'], ['appointment.id'], name=op.f('fk_attendance_appointment_id')),
    sa.PrimaryKeyConstraint('appointment_id', name=op.f('pk_attendance'))
    )
    op.create_index(op.f('ix_attendance_follow_up_on'), 'attendance', ['follow_up_on'], unique=False)


def downgrade() -> None:
    op.drop_table('attendance')
