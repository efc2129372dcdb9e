"""How many recordings a project may have under way."""

import pytest

from shared.db.session import Database
from shared.recordings.errors import TooManyRecordingsError
from shared.recordings.service import MOST_UNDER_WAY, RecordingRequest, cancel_recording, create_recording
from tests.fixtures.database import Tenant
from tests.fixtures.settings import on_sqlite

IMPORT = "imp_0000000000000000000000"


@on_sqlite
def test_ended_ones_make_room(database: Database, tenant: Tenant) -> None:
    """A project with its fill of recordings under way is asked to wait until one has ended."""
    request = RecordingRequest(model="ft:tiny:acme::AbCdEfGh")
    with database.transaction() as session:
        made = [
            create_recording(session, tenant.project_id, import_id=IMPORT, request=request)
            for _ in range(MOST_UNDER_WAY)
        ]
        session.flush()

        with pytest.raises(TooManyRecordingsError):
            create_recording(session, tenant.project_id, import_id=IMPORT, request=request)

        cancel_recording(session, tenant.project_id, made[0].id)
        session.flush()
        create_recording(session, tenant.project_id, import_id=IMPORT, request=request)
