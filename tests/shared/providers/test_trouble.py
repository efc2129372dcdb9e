"""What is made of answers that no provider should give."""

import msgspec
import pytest

from shared.providers.shapes import Identified
from shared.providers.trouble import TroubleKind, UpstreamTroubleError, naming_trouble


class TestNaming:
    @pytest.mark.parametrize("answer", [b"", b"\xff", b"<html>", b'{"id": 1}', b'{"x":' + b"[" * 100_000])
    def test_of_an_answer_that_is_none(self, answer: bytes) -> None:
        """An answer that cannot be read is trouble with the upstream, however it is broken, and no fault of ours."""
        with pytest.raises(UpstreamTroubleError) as caught, naming_trouble():
            msgspec.json.decode(answer, type=Identified)

        assert caught.value.kind is TroubleKind.UNKNOWN
