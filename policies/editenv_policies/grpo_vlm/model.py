"""A vision-language model as a policy: loaded without pickle and without code from elsewhere."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from copy import deepcopy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import nn

from editenv.models.chat.generation import SpecialTokens, special_tokens
from editenv.optional import import_optional
from editenv_policies.grpo_vlm.settings import LoraSettings

PRECISIONS: dict[str, torch.dtype] = {"float32": torch.float32, "bfloat16": torch.bfloat16}


@dataclass(frozen=True, eq=False)
class VlmPolicy:
    """A model, its processor, and how to compute with them.

    Attributes:
        model: an image-text-to-text model of transformers, perhaps inside a ``PeftModel``.
        processor: makes its inputs.
        special: token ids that end a completion or are suppressed.
        precision: what matrix products are computed in; weights keep their own dtype.
    """

    model: Any
    processor: Any
    special: SpecialTokens
    precision: torch.dtype = torch.float32

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return next(self.model.parameters()).device

    @property
    def has_adapters(self) -> bool:
        """Whether low-rank adapters are trained, not the weights themselves."""
        return hasattr(self.model, "disable_adapter")

    @property
    def image_side(self) -> int:
        """Side in pixels of the square pictures that the model looks at; 224 where any will do."""
        processor = self.processor.image_processor
        for name in ("crop_size", "size"):
            size = getattr(processor, name, None)
            height, width = (getattr(size, side, None) for side in ("height", "width"))
            if height is not None and height == width:
                return int(height)
        return 224

    def trainable(self) -> dict[str, nn.Parameter]:
        """Return what is trained, by name; tied weights have one name."""
        return {name: p for name, p in self.model.named_parameters() if p.requires_grad}

    def autocast(self) -> AbstractContextManager[Any]:
        """Compute in ``precision`` inside."""
        if self.precision == torch.float32:
            return nullcontext()
        return torch.autocast(self.device.type, self.precision)

    def decode(self, tokens: torch.Tensor, mask: torch.Tensor) -> list[str]:
        """Turn (N, T) tokens into texts; special tokens and what is masked out are left out."""
        rows = [row[kept].tolist() for row, kept in zip(tokens, mask, strict=True)]
        return self.processor.tokenizer.batch_decode(rows, skip_special_tokens=True)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle configuration and weights: the hooks of a model of transformers do not survive."""
        base = self.model.get_base_model() if self.has_adapters else self.model
        adapters = self.model.peft_config["default"] if self.has_adapters else None
        weights = {name: value.cpu() for name, value in self.model.state_dict().items()}
        parts = self.processor, self.special, self.precision
        return _rebuild, (base.config, base.dtype, adapters, weights, str(self.device), parts)

    def save(self, folder: str | Path) -> None:
        """Save model and processor as a folder that ``load_policy`` reads.

        Adapters are merged into a copy of the weights, so that the folder needs no peft.
        """
        model = self.model
        if self.has_adapters:
            model = deepcopy(model).merge_and_unload()
        model.save_pretrained(folder)
        self.processor.save_pretrained(folder)


def load_policy(
    model: str | Path,
    *,
    lora: LoraSettings | None = None,
    precision: str = "float32",
    device: torch.device | str = "cpu",
    seed: int = 0,
) -> VlmPolicy:
    """Load an image-text-to-text model of transformers and its processor.

    Only safetensors are read and no code of the model's folder is run. Dropout is off, in training
    too: the importance ratio compares two policies, not two random networks.

    Args:
        model: a folder, or a name on the Hugging Face hub.
        lora: adapters to train; None trains all weights.
        precision: ``"float32"`` or ``"bfloat16"``. With bfloat16, matrix products are; trained
            weights are float32, and with ``lora`` the frozen ones are bfloat16.
        device: ``"cpu"``, ``"cuda"``, ...
        seed: of the adapters' first weights.

    Raises:
        ValueError: an unknown precision.
        OSError: no such model, or none in safetensors.
        gymnasium.error.DependencyNotInstalled: transformers, or peft for ``lora``, is missing.
    """
    if precision not in PRECISIONS:
        raise ValueError(f"precision={precision!r} is unknown: choose from {sorted(PRECISIONS)}")
    transformers = import_optional("transformers", "transformers torch", "a vision-language model")
    safe: dict[str, Any] = {
        "trust_remote_code": False,
        "local_files_only": Path(model).is_dir(),
    }
    weights = PRECISIONS[precision] if lora is not None else torch.float32
    network = transformers.AutoModelForImageTextToText.from_pretrained(
        str(model), dtype=weights, use_safetensors=True, **safe
    )
    processor = transformers.AutoProcessor.from_pretrained(str(model), **safe)
    special = special_tokens(network, processor.tokenizer)
    if lora is not None:
        network = _with_adapters(network, lora, seed)
    network = network.to(device).eval()
    return VlmPolicy(network, processor, special, PRECISIONS[precision])


def with_new_adapters(policy: VlmPolicy, lora: LoraSettings, seed: int = 0) -> VlmPolicy:
    """Merge adapters into the weights and begin new ones.

    After a supervised start by adapters, the model with them is what GRPO starts from and what its
    KL term refers to; without this the reference would be the model before the supervised start.

    Args:
        policy: whose adapters are merged; it must not be used any more.
        lora: the new adapters.
        seed: of their first weights.
    """
    merged = policy.model.merge_and_unload() if policy.has_adapters else policy.model
    return replace(policy, model=_with_adapters(merged, lora, seed).to(policy.device).eval())


def _rebuild(
    config: Any,
    dtype: torch.dtype,
    adapters: Any,
    weights: dict[str, torch.Tensor],
    device: str,
    parts: tuple[Any, SpecialTokens, torch.dtype],
) -> VlmPolicy:
    """Undo ``VlmPolicy.__reduce__``."""
    transformers = import_optional("transformers", "transformers torch", "a vision-language model")
    with torch.random.fork_rng():
        network = transformers.AutoModelForImageTextToText.from_config(config, dtype=dtype)
        if adapters is not None:
            peft = import_optional("peft", "peft", "training by low-rank adapters")
            network = peft.get_peft_model(network, adapters)
    network.load_state_dict(weights)
    return VlmPolicy(network.to(device).eval(), *parts)


def _with_adapters(network: Any, lora: LoraSettings, seed: int) -> Any:
    peft = import_optional("peft", "peft", "training by low-rank adapters")
    config = peft.LoraConfig(
        r=lora.rank,
        lora_alpha=lora.alpha,
        target_modules=lora.targets if isinstance(lora.targets, str) else list(lora.targets),
        exclude_modules=lora.exclude
        if lora.exclude is None or isinstance(lora.exclude, str)
        else list(lora.exclude),
    )
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return peft.get_peft_model(network, config)
