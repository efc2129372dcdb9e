"""The demo's webhook receiver."""

import http.client
from urllib.parse import urlsplit

from cli.demo.receiver import WebhookReceiver


class TestReceiver:
    def test_a_delivery_is_kept_as_it_came(self) -> None:
        """A webhook is answered with 200, and its bytes and headers are kept unchanged."""
        with WebhookReceiver().listening() as receiver:
            connection = http.client.HTTPConnection(urlsplit(receiver.url).netloc)
            connection.request("POST", "/webhooks", body=b'{ "a":1 }', headers={"webhook-id": "wh_1"})
            status = connection.getresponse().status
            connection.close()

            delivery = receiver.find_delivery(within_seconds=5)

        assert status == 200
        assert delivery is not None
        assert (delivery.body, delivery.headers["webhook-id"]) == (b'{ "a":1 }', "wh_1")

    def test_no_delivery_is_told(self) -> None:
        """Waiting for a webhook that does not come ends without one."""
        with WebhookReceiver().listening() as receiver:
            assert receiver.find_delivery(within_seconds=0.01) is None
