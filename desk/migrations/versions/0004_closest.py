"""closest: the known questions nearest to an inquiry, which explain its decision

Revision: 0004, after 0003
"""

import sqlalchemy as sa
from alembic import op

revision = '0004'
down_revision = '0003'


def upgrade() -> None:
    op.add_column('inquiry', sa.Column('closest', sa.JSON(), nullable=False, server_default='[]'))


def downgrade() -> None:
    op.drop_column('inquiry', 'closest')
