"""Loads a base model and hangs LoRA on it; device and number type are chosen here, aloud. Knows nothing about data."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, get_peft_model
from peft.tuners.lora import LoraLayer
from torch.nn.attention import SDPBackend, sdpa_kernel
from transformers import AutoModelForCausalLM, AutoTokenizer

from shared.engine.config import Device
from shared.engine.errors import BaseModelUnavailableError, InvalidConfigurationError

_CPU_INFO = Path("/proc/cpuinfo")
_NATIVE_BFLOAT16 = {"avx512_bf16", "amx_bf16", "bf16"}
"""Flags of x86 and Arm processors that multiply bfloat16 matrices, at about four times the speed of float32."""

_SHORT_POSITIONS = 256
"""Up to here plain attention beats the CPU's flash kernel, whose backward pass took 8 % of a step of short chats."""


@dataclass(frozen=True)
class Base:
    """A loaded base model with its tokenizer. `network` may carry adapters."""

    network: Any
    tokenizer: Any
    device: torch.device
    dtype: torch.dtype
    """Of the base's weights and of all matrix products."""

    @property
    def context_tokens(self) -> int:
        return int(self.network.config.get_text_config().max_position_embeddings)

    @property
    def hidden_size(self) -> int:
        return int(self.network.config.get_text_config().hidden_size)

    @property
    def family(self) -> str:
        """`llama`, `qwen2` and so on."""
        return str(self.network.config.model_type)

    @contextmanager
    def computing(self, n_positions: int) -> Iterator[None]:
        """Around a forward pass under a float32 adapter: products in `dtype`, losses in float32."""
        is_short = self.device.type == "cpu" and n_positions <= _SHORT_POSITIONS
        attention = sdpa_kernel(SDPBackend.MATH) if is_short else nullcontext()
        with torch.autocast(self.device.type, dtype=self.dtype, enabled=self.dtype != torch.float32), attention:
            yield


def choose_device(wanted: Device) -> torch.device:
    """CUDA, then Apple's GPU, then the CPU for "auto". Raises InvalidConfigurationError where `wanted` is absent."""
    present = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if wanted == "auto":
        return torch.device(next(name for name, is_present in present.items() if is_present))
    if not present[wanted]:
        raise InvalidConfigurationError(f"This machine has no {wanted} device; set the training device to auto or cpu.")
    return torch.device(wanted)


def choose_dtype(device: torch.device) -> torch.dtype:
    """bfloat16 where the hardware multiplies it natively; elsewhere emulation would be slower than float32."""
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported(including_emulation=False) else torch.float32
    if device.type == "cpu" and _NATIVE_BFLOAT16 & _cpu_flags():
        return torch.bfloat16
    return torch.float32


def _cpu_flags() -> set[str]:
    if not _CPU_INFO.is_file():
        return set()
    lines = (line for line in _CPU_INFO.read_text().splitlines() if line.lower().startswith(("flags", "features")))
    return set(next(lines, "").split())


def load_tokenizer(folder: Path) -> Any:
    """The model's tokenizer. Raises BaseModelUnavailableError when it has no chat template."""
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    if not tokenizer.chat_template:
        raise BaseModelUnavailableError("This base model has no chat template; choose an instruct model.")
    return tokenizer


def load_base(folder: Path, *, device: torch.device, dtype: torch.dtype) -> Base:
    """The base model in evaluation mode, frozen. Raises BaseModelUnavailableError when the folder cannot be read."""
    try:
        network = AutoModelForCausalLM.from_pretrained(folder, local_files_only=True, dtype=dtype)
    except (OSError, ValueError) as error:
        # The library's own words name the server's paths, and tenants read this message; the log has them.
        raise BaseModelUnavailableError(
            f"The base model in {folder.name!r} cannot be loaded ({type(error).__name__}): its files are broken or "
            "incomplete. The operator has to put it right."
        ) from error
    network.requires_grad_(requires_grad=False)
    network.to(device).eval()
    return Base(network=network, tokenizer=load_tokenizer(folder), device=device, dtype=dtype)


@contextmanager
def quiet_peft() -> Iterator[None]:
    """Around calls that wrap a network: peft 0.21 asks it by a name that transformers 5.23 has renamed."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*is_gradient_checkpointing.*", category=FutureWarning)
        yield


def attach_lora(base: Base, *, rank: int, alpha: int, dropout: float, seed: int) -> Any:
    """A fresh adapter on every linear layer but the output head, in float32; the base stays frozen."""
    torch.manual_seed(seed)
    config = LoraConfig(
        r=rank, lora_alpha=alpha, lora_dropout=dropout, target_modules="all-linear", task_type="CAUSAL_LM"
    )
    with quiet_peft():
        network = get_peft_model(base.network, config)
    for module in network.modules():
        if isinstance(module, LoraLayer):
            # Autocast decides what the products are made in; peft's own cast to float32 would only be undone by it.
            module.cast_input_dtype_enabled = False
    return network
