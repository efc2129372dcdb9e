"""A delivery to an address that is denied when it is sent, whatever it was when it was saved."""

from dataclasses import replace

from sqlmodel import select

from shared.resources import Resources
from shared.webhooks import service
from shared.webhooks.events import EventType
from shared.webhooks.tables import DeliveryAttempt
from tests.fixtures.database import Tenant
from tests.fixtures.drain import Drain
from tests.fixtures.receiver import Receiver
from tests.fixtures.settings import on_sqlite
from tests.shared.webhooks.acting import POLICY

pytestmark = on_sqlite


def test_is_not_connected_to(resources: Resources, tenant: Tenant, receiver: Receiver) -> None:
    """Nothing reaches the denied address, and the attempt reads as for one that is silent."""
    with resources.database.transaction() as session:
        service.create_endpoint(
            session,
            tenant.project_id,
            name="hook",
            url=receiver.url,
            event_types=[EventType.JOB_FAILED],
            secret_key=resources.secret_key,
            policy=POLICY,
        )
        service.tell(session, tenant.project_id, event_type=EventType.JOB_FAILED, data_id="ftjob-1")
    strict = resources.settings.model_copy(update={"outbound_allowed_networks": []})

    Drain(replace(resources, settings=strict))()

    with resources.database.reading() as session:
        attempt = session.exec(select(DeliveryAttempt)).one()
    assert (attempt.status_code, attempt.error) == (None, "ConnectError")
    assert receiver.requests == []
