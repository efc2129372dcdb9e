"""One resident base model with several trained adapters on it, one of them active at a time. Not for two threads."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from peft import PeftModel

from shared.engine.model import Base, quiet_peft


class AdapterShelf:
    """Attaches adapters on demand and forgets the one unused for longest once `capacity` are attached."""

    def __init__(self, base: Base, *, capacity: int) -> None:
        self.base = base
        self._capacity = capacity
        self._network: Any = base.network
        """peft's wrapper as soon as an adapter was attached."""
        self._names: dict[str, str] = {}
        """Key to peft's name, least recently used first. peft's names must not hold dots, so they are numbers."""
        self._next_number = 0

    @property
    def attached(self) -> list[str]:
        """Keys of the adapters in memory, least recently used first."""
        return list(self._names)

    @contextmanager
    def without_adapter(self) -> Iterator[Any]:
        """The network as the base model alone."""
        if not self._is_wrapped:
            yield self._network
            return
        with self._network.disable_adapter():
            yield self._network

    @contextmanager
    def with_adapter(self, key: str, folder: Path) -> Iterator[Any]:
        """The network under the adapter `key`, which is read from `folder` unless it is attached already."""
        name = self._names.pop(key, None)
        if name is None:
            self._make_room()
            name = self._attach(folder)
        self._names[key] = name
        self._network.set_adapter(name, inference_mode=True)
        yield self._network

    @property
    def _is_wrapped(self) -> bool:
        return isinstance(self._network, PeftModel)

    def _make_room(self) -> None:
        while len(self._names) >= self._capacity:
            oldest = next(iter(self._names))
            self._network.delete_adapter(self._names.pop(oldest))

    def _attach(self, folder: Path) -> str:
        name = f"adapter{self._next_number}"
        self._next_number += 1
        # In the base's own number type: generation runs without autocast.
        options = {"adapter_name": name, "is_trainable": False, "autocast_adapter_dtype": False}
        with quiet_peft():
            if self._is_wrapped:
                self._network.load_adapter(folder, **options)
            else:
                self._network = PeftModel.from_pretrained(self._network, folder, **options)
        self._network.eval()
        return name
