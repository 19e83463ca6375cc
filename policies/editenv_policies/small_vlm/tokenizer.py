"""The tokenizer: that of the environment's text encoder, cut to its most frequent tokens.

The environment's default text encoder (``editenv.encoders.StaticTextEncoder``) is a table of 32,000
tokens with their vectors, from the package wordllama. The small model begins with that table, so
that a word that no training text has lies where its meaning is. Byte-pair merges are numbered by
their frequency, and so the first tokens are a tokenizer of their own. What answers consist of,
names, actions, goals and the numbers of points, are single tokens: so answers are short.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from tokenizers import AddedToken, Tokenizer
from transformers import PreTrainedTokenizerFast

from editenv.answers.format import LISTS
from editenv.encoders.static import StaticTextEncoder, tokenizer_file

PAD, END, IMAGE = "<|pad|>", "<|end|>", "<|image|>"
ROLES = ("<|system|>", "<|user|>", "<|assistant|>")
SPECIAL = (PAD, END, IMAGE, *ROLES)

TAGS = tuple(f"<{slash}{name}>" for name in LISTS for slash in ("", "/"))
"""Tokens of their own, but no special ones: decoding keeps them."""

VOCABULARY = 8_000
"""Tokens of the text encoder that are kept, besides single letters."""

LEAST_VOCABULARY = 300
"""All bytes and a few merges."""

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


def make_tokenizer(size: int = VOCABULARY, phrases: Sequence[str] = ()) -> PreTrainedTokenizerFast:
    """Cut the text encoder's tokenizer down.

    Args:
        size: tokens that are kept, at least ``LEAST_VOCABULARY``; single ASCII letters, the tags
            of an answer and the special tokens come on top.
        phrases: words and numbers that become tokens of their own.

    Raises:
        ValueError: ``size`` has no room for all bytes.
        gymnasium.error.DependencyNotInstalled: the package wordllama is missing.
    """
    if size < LEAST_VOCABULARY:
        raise ValueError(f"size={size} must be at least {LEAST_VOCABULARY}")
    whole = json.loads(Path(tokenizer_file()).read_text())
    cut = _cut(whole, size)
    for phrase in phrases:
        _join(cut, phrase)
    tokenizer = Tokenizer.from_str(json.dumps(cut))
    tokenizer.add_special_tokens([AddedToken(token, special=True) for token in SPECIAL])
    tokenizer.add_tokens([AddedToken(tag, special=False, normalized=False) for tag in TAGS])
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


def _cut(whole: dict[str, Any], size: int) -> dict[str, Any]:
    """Keep the first tokens and the letters, numbered anew, and the merges among them."""
    vocabulary: dict[str, int] = whole["model"]["vocab"]
    kept = [token for token, number in vocabulary.items() if number < size or _is_letter(token)]
    kept.sort(key=vocabulary.__getitem__)
    numbers = {token: number for number, token in enumerate(kept)}
    merges = [
        pair
        for pair in (_pair(merge) for merge in whole["model"]["merges"])
        if all(part in numbers for part in (*pair, "".join(pair)))
    ]
    model = {**whole["model"], "vocab": numbers, "merges": merges}
    return {**whole, "model": model, "post_processor": None}


def _join(cut: dict[str, Any], phrase: str) -> None:
    """Add the merges, after all others, by which a phrase becomes one token."""
    model = cut["model"]
    parts = Tokenizer.from_str(json.dumps(cut)).encode(phrase, add_special_tokens=False).tokens
    whole = parts[0]
    for part in parts[1:]:
        model["merges"].append([whole, part])
        whole += part
        model["vocab"].setdefault(whole, len(model["vocab"]))


def _is_letter(token: str) -> bool:
    return len(token) == 1 and (token.isascii() or token == "▁")


def _pair(merge: str | list[str]) -> list[str]:
    return merge.split(" ") if isinstance(merge, str) else merge


def embeddings_of(tokenizer: PreTrainedTokenizerFast) -> torch.Tensor:
    """Return (tokens, 256) float32: what the text encoder says of each token.

    A phrase, which it does not know as a token, gets the mean of its tokens. Numbers, tags and
    special tokens get random vectors of length 1: means of digits would be alike.
    """
    vectors = torch.from_numpy(StaticTextEncoder().vocabulary())
    known: dict[str, int] = json.loads(Path(tokenizer_file()).read_text())["model"]["vocab"]
    unit = torch.randn(len(tokenizer), vectors.shape[1], generator=torch.Generator().manual_seed(0))
    table = unit / unit.norm(dim=1, keepdim=True)
    pooled = StaticTextEncoder().pooled
    for token, number in tokenizer.get_vocab().items():
        if token in known and not _is_number(token):
            table[number] = vectors[known[token]]
        elif token.startswith("▁") and not _is_number(token):
            table[number] = torch.from_numpy(pooled(token.replace("▁", " ").strip()))
    return table


def _is_number(token: str) -> bool:
    return token.strip("▁").isdigit()
