"""reception days: moved openings, exceptions, the waiting list, seats within capacity by schema

Revision: 0002, after 0001
"""

import sqlalchemy as sa
from alembic import op

import desk.models
from desk.contacts import company_key

revision = '0002'
down_revision = '0001'


def upgrade() -> None:
    op.create_table('schedule_exception',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=8), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('rule', sa.String(length=64), nullable=True),
    sa.Column('starts_at', desk.models.UtcDateTime(), nullable=True),
    sa.Column('details', sa.JSON(), nullable=False),
    sa.Column('note', sa.String(length=200), nullable=False),
    sa.Column('created_at', desk.models.UtcDateTime(), nullable=False),
    sa.Column('created_by', sa.String(length=64), nullable=False),
    sa.Column('undone_at', desk.models.UtcDateTime(), nullable=True),
    sa.Column('undone_by', sa.String(length=64), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_schedule_exception'))
    )
    op.create_index(op.f('ix_schedule_exception_day'), 'schedule_exception', ['day'], unique=False)

    # What the new columns are for rows that exist; the constraints come afterwards.
    with op.batch_alter_table('opening', schema=None) as batch_op:
        batch_op.add_column(sa.Column('planned_at', desk.models.UtcDateTime(), nullable=True))
        batch_op.add_column(sa.Column('decided', sa.JSON(), nullable=True))
    op.execute("UPDATE opening SET planned_at = starts_at, decided = '[]'")
    with op.batch_alter_table('opening', schema=None) as batch_op:
        batch_op.alter_column('planned_at', existing_type=desk.models.UtcDateTime(), nullable=False)
        batch_op.alter_column('decided', existing_type=sa.JSON(), nullable=False)
        batch_op.drop_constraint(op.f('uq_opening_rule_starts_at'), type_='unique')
        batch_op.create_unique_constraint(op.f('uq_opening_rule_planned_at'), ['rule', 'planned_at'])
        batch_op.create_unique_constraint(op.f('uq_opening_id_capacity'), ['id', 'capacity'])

    with op.batch_alter_table('appointment', schema=None) as batch_op:
        batch_op.add_column(sa.Column('opening_capacity', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('company_key', sa.String(length=200), nullable=True))
        batch_op.add_column(sa.Column('goal', sa.Text(), nullable=True))
        batch_op.add_column(sa.Column('waiting_since', desk.models.UtcDateTime(), nullable=True))
        batch_op.add_column(sa.Column('held_until', desk.models.UtcDateTime(), nullable=True))
        batch_op.add_column(sa.Column('changes', sa.Integer(), nullable=True))
    op.execute(
        "UPDATE appointment SET changes = 0, opening_capacity ="
        " (SELECT capacity FROM opening WHERE opening.id = appointment.opening_id)"
    )
    table = sa.table('appointment', sa.column('id', sa.Integer), sa.column('company', sa.String),
                     sa.column('company_key', sa.String))
    connection = op.get_bind()
    for id_, company in connection.execute(sa.select(table.c.id, table.c.company)).all():
        connection.execute(
            table.update().where(table.c.id == id_).values(company_key=company_key(company))
        )
    with op.batch_alter_table('appointment', schema=None) as batch_op:
        batch_op.alter_column('opening_capacity', existing_type=sa.Integer(), nullable=False)
        batch_op.alter_column('company_key', existing_type=sa.String(length=200), nullable=False)
        batch_op.alter_column('changes', existing_type=sa.Integer(), nullable=False)
        batch_op.drop_constraint(op.f('fk_appointment_opening_id'), type_='foreignkey')
        batch_op.drop_constraint(op.f('ck_appointment_seat_positive'), type_='check')
        batch_op.drop_constraint(op.f('ck_appointment_seat_while_booked'), type_='check')
        batch_op.create_foreign_key(op.f('fk_appointment_opening'), 'opening',
                                    ['opening_id', 'opening_capacity'], ['id', 'capacity'],
                                    onupdate='CASCADE')
        batch_op.create_check_constraint(op.f('ck_appointment_seat_within_capacity'),
                                         'seat >= 1 AND seat <= opening_capacity')
        batch_op.create_check_constraint(op.f('ck_appointment_seat_while_booked'),
                                         "(status IN ('booked', 'held')) = (seat IS NOT NULL)")
        batch_op.create_check_constraint(op.f('ck_appointment_held_until_when'),
                                         "(status = 'held') = (held_until IS NOT NULL)")
        batch_op.create_index('ix_appointment_company_key', ['company_key'], unique=False)
        batch_op.create_index('ix_appointment_status', ['status'], unique=False)

    op.create_table('notice',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('at', desk.models.UtcDateTime(), nullable=False),
    sa.Column('event', sa.String(length=64), nullable=False),
    sa.Column('appointment_id', sa.Integer(), nullable=False),
    sa.Column('facts', sa.JSON(), nullable=False),
    sa.Column('told_at', desk.models.UtcDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['appointment_id'], ['appointment.id'], name=op.f('fk_notice_appointment_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_notice'))
    )
    op.create_index(op.f('ix_notice_told_at'), 'notice', ['told_at'], unique=False)


def downgrade() -> None:
    op.drop_table('notice')
    op.execute("DELETE FROM appointment WHERE status NOT IN ('booked', 'cancelled')")
    with op.batch_alter_table('appointment', schema=None) as batch_op:
        batch_op.drop_index('ix_appointment_status')
        batch_op.drop_index('ix_appointment_company_key')
        batch_op.drop_constraint(op.f('ck_appointment_held_until_when'), type_='check')
        batch_op.drop_constraint(op.f('ck_appointment_seat_while_booked'), type_='check')
        batch_op.drop_constraint(op.f('ck_appointment_seat_within_capacity'), type_='check')
        batch_op.drop_constraint(op.f('fk_appointment_opening'), type_='foreignkey')
        for column in ('changes', 'held_until', 'waiting_since', 'goal', 'company_key', 'opening_capacity'):
            batch_op.drop_column(column)
        batch_op.create_foreign_key(op.f('fk_appointment_opening_id'), 'opening', ['opening_id'], ['id'])
        batch_op.create_check_constraint(op.f('ck_appointment_seat_positive'), 'seat >= 1')
        batch_op.create_check_constraint(op.f('ck_appointment_seat_while_booked'),
                                         "(status = 'booked') = (seat IS NOT NULL)")
    with op.batch_alter_table('opening', schema=None) as batch_op:
        batch_op.drop_constraint(op.f('uq_opening_id_capacity'), type_='unique')
        batch_op.drop_constraint(op.f('uq_opening_rule_planned_at'), type_='unique')
        batch_op.create_unique_constraint(op.f('uq_opening_rule_starts_at'), ['rule', 'starts_at'])
        batch_op.drop_column('decided')
        batch_op.drop_column('planned_at')
    op.drop_table('schedule_exception')
