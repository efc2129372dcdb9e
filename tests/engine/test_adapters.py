"""Several adapters on one base."""

from pathlib import Path

import pytest
import torch

from shared.engine.adapters import AdapterShelf
from shared.engine.hooks import SilentHooks
from shared.engine.model import Base
from shared.engine.run import run
from tests.engine.conftest import MakeConfig

IDS = torch.tensor([[1, 80, 90, 100]])


@pytest.fixture
def adapters(make_config: MakeConfig) -> list[Path]:
    """Three adapters trained on the tiny model, each with another seed."""
    results = [run(make_config(run=f"run-{seed}", seed=seed, n_epochs=1), SilentHooks()) for seed in range(3)]
    return [result.final_checkpoint / "adapter" for result in results if result.final_checkpoint]


class TestShelf:
    def test_base_is_untouched(self, base: Base, adapters: list[Path]) -> None:
        """Before, between and after adapters, the base alone answers as if there were none."""
        shelf = AdapterShelf(base, capacity=8)
        with torch.no_grad(), shelf.without_adapter() as network:
            before = network(IDS).logits
        with torch.no_grad(), shelf.with_adapter("one", adapters[0]) as network:
            tuned = network(IDS).logits
        with torch.no_grad(), shelf.without_adapter() as network:
            after = network(IDS).logits

        assert torch.equal(before, after)
        assert not torch.allclose(before, tuned)

    def test_each_key_its_adapter(self, base: Base, adapters: list[Path]) -> None:
        """Going from one adapter to another and back gives the first one's answers again."""
        shelf = AdapterShelf(base, capacity=8)
        logits = []
        for key in (0, 1, 0):
            with torch.no_grad(), shelf.with_adapter(str(key), adapters[key]) as network:
                logits.append(network(IDS).logits)

        assert torch.equal(logits[0], logits[2])
        assert not torch.allclose(logits[0], logits[1])

    def test_forgets_the_least_recently_used(self, base: Base, adapters: list[Path]) -> None:
        """A full shelf makes room by dropping what was not asked for longest."""
        shelf = AdapterShelf(base, capacity=2)
        for key in (0, 1, 0, 2):
            with shelf.with_adapter(str(key), adapters[key]):
                pass

        assert shelf.attached == ["0", "2"]

    def test_single_place(self, base: Base, adapters: list[Path]) -> None:
        """A shelf for one adapter serves several in turn, each as it was trained."""
        shelf = AdapterShelf(base, capacity=1)
        logits = []
        for key in (0, 1, 0):
            with torch.no_grad(), shelf.with_adapter(str(key), adapters[key]) as network:
                logits.append(network(IDS).logits)

        assert torch.equal(logits[0], logits[2])
        assert not torch.allclose(logits[0], logits[1])
