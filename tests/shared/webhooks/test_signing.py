"""Signatures, judged by the libraries that receivers use."""

import base64
import json

import openai
import pytest
import standardwebhooks

from shared import clock
from shared.webhooks.events import EventType, render_event
from shared.webhooks.signing import make_secret, secret_hint, signed_headers

BODY = render_event(
    event_id="evt_1", event_type=EventType.JOB_SUCCEEDED, created_at=1_795_000_000, data_id="ftjob-1"
).encode()


@pytest.fixture
def secret() -> str:
    return make_secret()


@pytest.fixture
def headers(secret: str) -> dict[str, str]:
    return signed_headers(secret, webhook_id="evt_1", timestamp=clock.now_seconds(), body=BODY)


class TestSecrets:
    def test_have_the_standard_form(self, secret: str) -> None:
        """A signing secret is `whsec_` and 32 random bytes in base64, as Standard Webhooks asks."""
        assert secret.startswith("whsec_")
        assert len(base64.b64decode(secret.removeprefix("whsec_"), validate=True)) == 32

    def test_differ(self, secret: str) -> None:
        """No two endpoints share a secret."""
        assert secret != make_secret()

    def test_a_hint_shows_the_last_four_characters(self, secret: str) -> None:
        """A hint tells secrets apart and shows four characters of one."""
        assert secret_hint(secret) == f"whsec_...{secret[-4:]}"


class TestSignatures:
    def test_match_the_published_vector(self) -> None:
        """The signature of the vector that every Standard Webhooks library is tested with comes out byte for byte."""
        signed = signed_headers(
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            webhook_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
            timestamp=1_614_265_330,
            body=b'{"test": 2432232314}',
        )

        assert signed == {
            "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
            "webhook-timestamp": "1614265330",
            "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        }

    def test_verify_with_standardwebhooks(self, secret: str, headers: dict[str, str]) -> None:
        """The reference library accepts our deliveries."""
        assert standardwebhooks.Webhook(secret).verify(BODY, headers) == json.loads(BODY)

    def test_verify_with_openai(self, secret: str, headers: dict[str, str]) -> None:
        """`client.webhooks.unwrap` accepts our deliveries and knows the event."""
        with openai.OpenAI(api_key="none") as client:
            event = client.webhooks.unwrap(BODY, headers, secret=secret)

        assert event.type == "fine_tuning.job.succeeded"
        assert event.data.id == "ftjob-1"

    def test_a_changed_body_does_not_verify(self, secret: str, headers: dict[str, str]) -> None:
        """A body that was changed on its way is refused by the reference library."""
        with pytest.raises(standardwebhooks.WebhookVerificationError):
            standardwebhooks.Webhook(secret).verify(BODY.replace(b"succeeded", b"failed"), headers)

    def test_another_secret_does_not_verify(self, headers: dict[str, str]) -> None:
        """A delivery for one endpoint does not verify with the secret of another."""
        with pytest.raises(standardwebhooks.WebhookVerificationError):
            standardwebhooks.Webhook(make_secret()).verify(BODY, headers)
