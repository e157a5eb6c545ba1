"""closest: the known questions nearest to an inquiry, which explain its decision

Revision: 0005, after 0004
"""

import sqlalchemy as sa
from alembic import op

revision = '0005'
down_revision = '0004'


def upgrade() -> None:
    op.add_column('inquiry', sa.Column('closest', sa.JSON(), nullable=False, server_default='[]'))


def downgrade() -> None:
    op.drop_column('inquiry', 'closest')
