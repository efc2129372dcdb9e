"""The engine behind the server: one thread, one resident base model, a shelf of adapters. Knows no HTTP.

Requests take turns in that thread. One that nobody waits for any more ends at its next token, or before its first.
"""

import asyncio
import gc
import secrets
import threading
from collections.abc import AsyncGenerator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import structlog

from shared.errors import InvalidInputError, NotFoundError, ServiceError, UnavailableError
from shared.settings import Settings
from worker.inference.adapter_cache import AdapterCache
from worker.inference.wire import CompletionRequest

if TYPE_CHECKING:
    from shared.engine.adapters import AdapterShelf
    from shared.engine.sample import Piece

log = structlog.get_logger(__name__)

_ADAPTERS_IN_MEMORY = 8
_MAX_SEED = 2**63 - 1
_DEFAULT_MAX_TOKENS = 2048
"""Tokens of an answer whose length was left open: small models at times never end a turn by themselves."""


@dataclass(frozen=True)
class Generated:
    """A piece of choice `index`, with what the prompt took."""

    index: int
    text: str
    finish_reason: str | None
    prompt_tokens: int
    completion_tokens: int


class ModelHost:
    """Answers requests one after the other."""

    def __init__(self, settings: Settings, adapters: AdapterCache) -> None:
        self._settings = settings
        self._adapters = adapters
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="engine")
        self._resident: tuple[str, AdapterShelf] | None = None
        self._closing = threading.Event()

    async def answer(self, request: CompletionRequest) -> AsyncGenerator[Generated]:
        """Pieces as they are generated, choice after choice. Raises ServiceError, at the latest before the first."""
        loop = asyncio.get_running_loop()
        pieces: asyncio.Queue[Generated | BaseException | None] = asyncio.Queue()
        abandoned = threading.Event()

        def put(item: Generated | BaseException | None) -> None:
            loop.call_soon_threadsafe(pieces.put_nowait, item)

        future = self._thread.submit(self._work, request, abandoned, put)
        try:
            while (item := await pieces.get()) is not None:
                if isinstance(item, BaseException):
                    raise item
                yield item
        finally:
            abandoned.set()
            future.cancel()

    def preload(self, model: str) -> None:
        """Load a base before anybody asks."""
        self._thread.submit(self._shelf_of, model)

    def close(self) -> None:
        """End what is being generated at its next token."""
        self._closing.set()
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _work(
        self,
        request: CompletionRequest,
        abandoned: threading.Event,
        put: Callable[[Generated | BaseException | None], None],
    ) -> None:
        try:
            for piece in self._generate(request):
                if abandoned.is_set():
                    return
                if self._closing.is_set():
                    raise UnavailableError("The model server is shutting down. Ask again.", code="shutting_down")  # noqa: TRY301
                put(piece)
            put(None)
        except ServiceError as error:
            put(error)
        except Exception as error:
            log.exception("inference.failed", model=request.model)
            put(_translate(error))

    def _generate(self, request: CompletionRequest) -> Iterator[Generated]:
        # Seconds of imports, and not installed where nothing is served: only the thread that generates pays for them.
        from shared.engine.render import render_prompt  # noqa: PLC0415
        from shared.engine.sample import generate  # noqa: PLC0415

        shelf = self._shelf_of(request.model)
        prompt = render_prompt(shelf.base.tokenizer, request.messages, tools=request.offered_tools)
        with self._network(shelf, request.adapter) as network:
            for index in range(request.choices):
                for piece in generate(shelf.base, network, prompt, _sampling(request, index)):
                    yield _generated(index, piece, len(prompt))

    def _network(self, shelf: "AdapterShelf", adapter: str | None) -> Any:
        if adapter is None:
            return shelf.without_adapter()
        return shelf.with_adapter(adapter, self._adapters.folder_of(adapter))

    def _shelf_of(self, model: str) -> "AdapterShelf":
        """The shelf of a base model, which takes the place of another one's: memory holds one."""
        if self._resident is not None and self._resident[0] == model:
            return self._resident[1]
        if model not in self._settings.base_models:
            raise NotFoundError(
                f"This model server has no base model {model[:120]!r}.", param="model", code="model_not_found"
            )
        self._resident = None
        gc.collect()
        self._resident = (model, _load(self._settings, model))
        log.info("inference.base_loaded", model=model)
        return self._resident[1]


def _load(settings: Settings, model: str) -> "AdapterShelf":
    from shared.engine.adapters import AdapterShelf  # noqa: PLC0415
    from shared.engine.convert import prepare_base  # noqa: PLC0415
    from shared.engine.model import choose_device, choose_dtype, load_base  # noqa: PLC0415

    folder = prepare_base(settings.base_models[model], settings.data_dir.absolute() / "models")
    device = choose_device(settings.train_device)
    return AdapterShelf(load_base(folder, device=device, dtype=choose_dtype(device)), capacity=_ADAPTERS_IN_MEMORY)


def _sampling(request: CompletionRequest, index: int) -> Any:
    from shared.engine.sample import Sampling  # noqa: PLC0415

    seed = secrets.randbelow(_MAX_SEED) if request.seed is None else (request.seed + index) % _MAX_SEED
    return Sampling(
        max_tokens=request.most_tokens or _DEFAULT_MAX_TOKENS,
        temperature=1.0 if request.temperature is None else request.temperature,
        top_p=1.0 if request.top_p is None else request.top_p,
        seed=seed,
        stop=request.stops,
    )


def _generated(index: int, piece: "Piece", prompt_tokens: int) -> Generated:
    return Generated(index, piece.text, piece.finish_reason, prompt_tokens, piece.completion_tokens)


def _translate(error: Exception) -> ServiceError:
    """The engine's own refusals are about the request or the model; anything else is a defect and stays unexplained."""
    from shared.engine.errors import BaseModelUnavailableError, EngineError  # noqa: PLC0415

    if isinstance(error, BaseModelUnavailableError):
        return UnavailableError(error.message, code=error.code)
    if isinstance(error, EngineError):
        return InvalidInputError(error.message, code=error.code, param="messages")
    return UnavailableError("The model could not answer.", code="inference_failed")
