"""How many operations a project may have under way."""

import pytest

from shared.datasets.operations.errors import TooManyOperationsError
from shared.datasets.operations.service import MOST_UNDER_WAY, create_operation
from shared.datasets.tables import DerivationKind
from shared.db.session import Database
from tests.factories.rows import add_file
from tests.fixtures.database import Tenant


def test_others_are_not_held_up(database: Database, tenant: Tenant, other_tenant: Tenant) -> None:
    """A project with its fill of operations under way is asked to wait, and another one is not."""
    with database.transaction() as session:
        mine, theirs = add_file(session, tenant.project_id).id, add_file(session, other_tenant.project_id).id
        for _ in range(MOST_UNDER_WAY):
            create_operation(session, tenant.project_id, kind=DerivationKind.SAMPLE, file_ids=[mine], params={})

        with pytest.raises(TooManyOperationsError):
            create_operation(session, tenant.project_id, kind=DerivationKind.SAMPLE, file_ids=[mine], params={})

        create_operation(session, other_tenant.project_id, kind=DerivationKind.SAMPLE, file_ids=[theirs], params={})
