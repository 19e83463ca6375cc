"""A byte-level BPE of our own, trained on what the model reads and writes.

Byte-level, so that no text is unknown (Radford et al., 2019). The tags of an answer are tokens of
their own, but no special ones: decoding keeps them.
"""

from __future__ import annotations

from collections.abc import Iterable

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

from editenv.answers.format import LISTS

PAD, END, IMAGE = "<|pad|>", "<|end|>", "<|image|>"
ROLES = ("<|system|>", "<|user|>", "<|assistant|>")
SPECIAL = (PAD, END, IMAGE, *ROLES)
"""The first ids, in this order."""

TAGS = tuple(f"<{slash}{name}>" for name in LISTS for slash in ("", "/"))

LEAST_SIZE = len(SPECIAL) + len(TAGS) + 256
"""All bytes and no merges."""

CHAT_TEMPLATE = (
    "{%- for message in messages -%}"
    "{{- '<|' + message.role + '|>' -}}"
    "{%- if message.content is string -%}{{- message.content -}}"
    "{%- else -%}"
    "{%- for part in message.content -%}"
    "{%- if part.type == 'image' -%}{{- '" + IMAGE + "' -}}"
    "{%- else -%}{{- part.text -}}{%- endif -%}"
    "{%- endfor -%}"
    "{%- endif -%}"
    "{{- '" + END + "' -}}"
    "{%- endfor -%}"
    "{%- if add_generation_prompt -%}{{- '<|assistant|>' -}}{%- endif -%}"
)
"""Every message is its role, its content and an end; content is text, or a list of parts."""


def train_tokenizer(texts: Iterable[str], vocab_size: int = 1024) -> PreTrainedTokenizerFast:
    """Train a tokenizer.

    Args:
        texts: instructions, prompts and answers, of the train split only.
        vocab_size: number of tokens at most, at least ``LEAST_SIZE``.

    Raises:
        ValueError: ``vocab_size`` has no room for all bytes.
    """
    if vocab_size < LEAST_SIZE:
        raise ValueError(f"vocab_size={vocab_size} must be at least {LEAST_SIZE}")
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size - len(TAGS),
        special_tokens=list(SPECIAL),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(map(_untagged, texts), trainer)
    tokenizer.add_tokens(list(TAGS))
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token=PAD,
        eos_token=END,
        additional_special_tokens=[IMAGE, *ROLES],
        extra_special_tokens={"image_token": IMAGE},
        padding_side="left",
        clean_up_tokenization_spaces=False,
        chat_template=CHAT_TEMPLATE,
    )


def _untagged(text: str) -> str:
    """The text as its merges see it: tags are split off before."""
    for tag in TAGS:
        text = text.replace(tag, "\n")
    return text
