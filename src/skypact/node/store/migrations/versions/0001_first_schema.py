"""First schema: every table of version 0.1.

Revision ID: 0001
"""

from __future__ import annotations

from alembic import op

from skypact.node.store.schema import metadata

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make every table."""
    metadata.create_all(op.get_bind())
