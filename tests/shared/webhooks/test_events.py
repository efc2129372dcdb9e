"""Events as receivers read them."""

import json

import pytest

from shared.ids import Prefix, new_id
from shared.webhooks.events import EventType, render_event


class TestRendering:
    @pytest.mark.parametrize("event_type", EventType)
    def test_has_the_wire_form(self, event_type: EventType) -> None:
        """An event carries its id, type and time, and of its subject only the id."""
        body = render_event(event_id="evt_1", event_type=event_type, created_at=7, data_id="ftjob-1")

        assert json.loads(body) == {
            "id": "evt_1",
            "object": "event",
            "created_at": 7,
            "type": str(event_type),
            "data": {"id": "ftjob-1"},
        }

    def test_an_event_id_can_be_signed(self) -> None:
        """Event ids hold no dot, which separates what is signed."""
        assert "." not in new_id(Prefix.EVENT)


class TestTypes:
    def test_are_those_of_the_wire(self) -> None:
        """The event types are the fine-tuning events that clients of the wire know, and one of our own."""
        assert {str(event_type) for event_type in EventType} == {
            "fine_tuning.job.succeeded",
            "fine_tuning.job.failed",
            "fine_tuning.job.cancelled",
            "model.retiring",
        }
