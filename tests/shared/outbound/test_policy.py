"""What settings permit of outgoing connections."""

import pytest
from pydantic import ValidationError

from shared.outbound.policy import outbound_policy
from shared.settings import Settings


class TestPolicy:
    def test_denies_by_default(self) -> None:
        """Without a setting nothing private and no plain http is permitted."""
        policy = outbound_policy(Settings())

        assert (policy.allowed_networks, policy.allow_http) == ((), False)

    def test_knows_our_own_parts(self) -> None:
        """Host and port of database, broker, bucket and model server are read from their addresses."""
        settings = Settings(
            database_url="postgresql+psycopg://u:p@db.internal/name",
            redis_url="rediss://:p@cache.internal:6380/0",
            s3_endpoint_url="https://s3.internal",
            inference_url="http://127.0.0.1:8100",
        )

        assert outbound_policy(settings).own_parts == {
            ("db.internal", 5432),
            ("cache.internal", 6380),
            ("s3.internal", 443),
            ("127.0.0.1", 8100),
        }

    @pytest.mark.parametrize("url", ["unix:///run/redis.sock", "", "redis://h:port"])
    def test_addresses_without_a_host_are_no_part(self, url: str) -> None:
        """A socket file is not something that a connection could reach."""
        assert outbound_policy(Settings(redis_url=url)).own_parts == frozenset()

    @pytest.mark.parametrize("text", ["10.0.0.0/33", "10.0.0.1/8", "internal", ""])
    def test_a_network_that_is_none_is_refused(self, text: str) -> None:
        """A mistyped network stops the start, rather than opening something else."""
        with pytest.raises(ValidationError):
            Settings(outbound_allowed_networks=[text])
