"""Which tokens a model may and must not write, and sampling that does not depend on a batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

_MODALITIES = ("image", "video", "audio", "vision_start", "vision_end", "boi", "eoi", "boa", "eoa")


@dataclass(frozen=True)
class SpecialTokens:
    """Token ids with a meaning of their own, for a policy that is trained.

    Attributes:
        eos: any of them ends a completion.
        end: the one that is written at the end of a completion to imitate.
        pad: fills up completions that have ended.
        suppressed: are never sampled: what is ``unwritten``, and the marks of a chat's turns.
    """

    eos: tuple[int, ...]
    end: int
    pad: int
    suppressed: tuple[int, ...]


def special_tokens(model: Any, tokenizer: Any) -> SpecialTokens:
    """Collect the special tokens of a model and its tokenizer.

    Args:
        model: with ``config`` and ``generation_config``.
        tokenizer: with an end-of-sequence token.

    Raises:
        ValueError: no token ends a completion.
    """
    eos = _ends(model, tokenizer)
    if not eos:
        raise ValueError(
            "tokenizer.eos_token_id=None must be the id of the token that ends a completion"
        )
    end = min(eos) if tokenizer.eos_token_id is None else int(tokenizer.eos_token_id)
    pad = end if tokenizer.pad_token_id is None else int(tokenizer.pad_token_id)
    suppressed = {*unwritten(model, tokenizer), *tokenizer.all_special_ids} - eos
    size = model.config.get_text_config().vocab_size
    allowed = sorted(token for token in suppressed if 0 <= token < size)
    return SpecialTokens(tuple(sorted(eos)), end, pad, tuple(allowed))


def unwritten(model: Any, tokenizer: Any) -> list[int]:
    """Token ids that an answer must not have.

    These are what the model's folder suppresses, what stands for pictures, videos and sounds, and
    padding, but nothing that ends an answer. A model that writes a placeholder of a picture breaks
    its own next forward pass, which looks for as many pictures.

    Args:
        model: with ``config`` and ``generation_config``.
        tokenizer: of the model.
    """
    found = _ids(tokenizer.pad_token_id) | _ids(model.generation_config.suppress_tokens)
    for holder in (model.config, model.config.get_text_config(), tokenizer):
        for name in _MODALITIES:
            for suffix in ("token_id", "token_index"):
                found |= _ids(getattr(holder, f"{name}_{suffix}", None))
    return sorted(token for token in found - _ends(model, tokenizer) if token >= 0)


def _ends(model: Any, tokenizer: Any) -> set[int]:
    return _ids(tokenizer.eos_token_id) | _ids(model.generation_config.eos_token_id)


def _ids(value: Any) -> set[int]:
    if isinstance(value, (list, tuple)):
        return {number for item in value for number in _ids(item)}
    return {value} if isinstance(value, int) and not isinstance(value, bool) else set()


class SeededSampling:
    """Turns the most probable token into a sampled one: a logits processor of ``generate``.

    The largest of logits / temperature + Gumbel noise is a sample of the softmax (Gumbel, 1954;
    Maddison, Tarlow and Minka, 2014, *A-star Sampling*). Every answer has a generator of its own,
    so that it does not depend on what else is in the batch, and the noise is drawn on the CPU, so
    that it is the same on every device.

    Args:
        temperature: above 0.
        seed: of all answers.
        numbers: by row of the batch, the number of the answer.
    """

    def __init__(self, temperature: float, seed: int, numbers: Sequence[int]) -> None:
        self._temperature = temperature
        self._generators = []
        for number in numbers:
            state = np.random.SeedSequence([seed % 2**64, number]).generate_state(1, np.uint64)
            self._generators.append(torch.Generator().manual_seed(int(state[0] >> np.uint64(1))))

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        """Shift (rows, vocabulary) scores."""
        waits = [torch.empty(scores.shape[1]).exponential_(generator=g) for g in self._generators]
        noise = -torch.stack(waits).clamp_min(torch.finfo(torch.float32).tiny).log()
        return scores.float() / self._temperature + noise.to(scores.device)
