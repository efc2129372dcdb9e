"""How many examples a test with hypothesis tries: few in the suite, more for who asks for more."""

from hypothesis import HealthCheck, settings

from shared.settings import process_environment

_TIMES = int(process_environment().get("TEST_FUZZ_TIMES", "1"))


def tries(examples: int) -> settings:
    """So many examples, TEST_FUZZ_TIMES over. A machine that is busy with other work fails no example."""
    return settings(max_examples=examples * _TIMES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
