"""The size of an engine model, read from its folder without torch: what time and memory of a training depend on."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shared.engine.errors import BaseModelUnavailableError

_BYTES_OF = {"float64": 8, "float32": 4, "bfloat16": 2, "float16": 2}


@dataclass(frozen=True)
class EngineModel:
    n_parameters: int
    n_layers: int
    hidden_size: int
    attention_width: int
    "Of queries: heads times the size of each."
    key_width: int
    "Of keys, and of values."
    inner_size: int
    vocabulary_size: int
    context_tokens: int

    def adapter_parameters(self, rank: int) -> int:
        """Of LoRA on every linear layer of a Llama-like block: `rank * (inputs + outputs)` for each of the seven."""
        hidden, queries, keys, inner = self.hidden_size, self.attention_width, self.key_width, self.inner_size
        widths = 2 * (hidden + queries) + 2 * (hidden + keys) + 3 * (hidden + inner)
        return rank * self.n_layers * widths


def read_engine_model(folder: Path) -> EngineModel:
    """Raises BaseModelUnavailableError when the folder has no usable config.json."""
    try:
        config = json.loads((folder / "config.json").read_bytes())
        return _read(config.get("text_config", config), folder)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, ZeroDivisionError) as error:
        raise BaseModelUnavailableError(f"The base model in {folder.name!r} does not say how large it is.") from error


def _read(config: dict[str, Any], folder: Path) -> EngineModel:
    hidden, heads = int(config["hidden_size"]), int(config["num_attention_heads"])
    head_size = int(config.get("head_dim") or hidden // heads)
    n_bytes = sum(file.stat().st_size for file in folder.glob("*.safetensors"))
    return EngineModel(
        n_parameters=n_bytes // _BYTES_OF.get(str(config.get("dtype") or config.get("torch_dtype")), 2),
        n_layers=int(config["num_hidden_layers"]),
        hidden_size=hidden,
        attention_width=heads * head_size,
        key_width=int(config.get("num_key_value_heads") or heads) * head_size,
        inner_size=int(config["intermediate_size"]),
        vocabulary_size=int(config["vocab_size"]),
        context_tokens=int(config["max_position_embeddings"]),
    )
