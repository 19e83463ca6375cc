"""Which token ids end a completion, and which must never be in one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from editenv.models.chat.generation import unwritten


@dataclass(frozen=True)
class SpecialTokens:
    """Token ids with a meaning of their own.

    Attributes:
        eos: any of them ends a completion.
        end: the one that is written at the end of a completion to imitate.
        pad: fills up completions that have ended.
        suppressed: are never sampled. A placeholder of an image in a completion would break the
            next forward pass, which looks for as many image features; padding and the marks of a
            chat's turns are no answer either.
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
    eos = _ids(getattr(model.generation_config, "eos_token_id", None))
    eos |= _ids(tokenizer.eos_token_id)
    if not eos:
        raise ValueError(
            "tokenizer.eos_token_id=None must be the id of the token that ends a completion"
        )
    end = tokenizer.eos_token_id
    end = min(eos) if end is None else int(end)
    pad = end if tokenizer.pad_token_id is None else int(tokenizer.pad_token_id)
    suppressed = {*unwritten(model, tokenizer), *tokenizer.all_special_ids}
    size = model.config.get_text_config().vocab_size
    allowed = sorted(token for token in suppressed - eos if 0 <= token < size)
    return SpecialTokens(tuple(sorted(eos)), end, pad, tuple(allowed))


def _ids(value: Any) -> set[int]:
    if value is None:
        return set()
    return {int(token) for token in value} if isinstance(value, (list, tuple)) else {int(value)}
