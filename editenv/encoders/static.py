"""The default encoder: a static table of token embeddings, no torch, no network."""

from __future__ import annotations

import functools
import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from editenv.encoders.base import Vectors, mean_pooled
from editenv.optional import import_optional

_TABLE = "weights/l2_supercat_256.safetensors"
_TOKENIZER = "tokenizers/l2_supercat_tokenizer_config.json"
_PIP = "wordllama"


class StaticTextEncoder:
    """WordLlama's table: 32,000 tokens, 256 numbers each, read from the installed package.

    A token's vector is scaled by the table's median length and then cut to length 1. So a word
    with content has length about 1, while a function word ("the", "of") stays short, which is what
    makes the mean of a sentence say what the sentence is about. The vectors know no context.

    The table is loaded with the first text and shared by the whole process; pickled encoders
    carry none of it.
    """

    dimension: int = 256

    def tokens(self, text: str) -> Vectors:
        """Return (n, 256) float32, each of length at most 1; one row of zeros for no token."""
        tokenizer, table, divisors = _load()
        ids: list[int] = (
            tokenizer.encode(text, add_special_tokens=False).ids if text.strip() else []
        )
        if not ids:
            return np.zeros((1, self.dimension), np.float32)
        return table[ids].astype(np.float32) / divisors[ids]

    def vocabulary(self) -> Vectors:
        """Return (32000, 256) float32: the vector of every token, as ``tokens`` gives it."""
        _, table, divisors = _load()
        return table.astype(np.float32) / divisors

    def pooled(self, text: str) -> Vectors:
        """Return (256,) float32: the mean of the tokens, scaled to length 1."""
        return mean_pooled(self.tokens(text))


@functools.cache
def _load() -> tuple[Any, NDArray[np.float16], NDArray[np.float32]]:
    """Return the tokenizer, the (32000, 256) float16 table and what to divide each row by.

    The divisors, (32000, 1) float32, are the rows' lengths, but at least the median length.
    """
    safetensors = import_optional("safetensors.numpy", "safetensors", "the static text encoder")
    tokenizers = import_optional("tokenizers", "tokenizers", "the static text encoder")
    table = safetensors.load_file(_package_folder() / _TABLE)["embedding.weight"]
    table.flags.writeable = False
    lengths = np.linalg.norm(table.astype(np.float32), axis=1, keepdims=True)
    divisors = np.maximum(lengths, float(np.median(lengths)))
    return tokenizers.Tokenizer.from_file(str(tokenizer_file())), table, divisors


def tokenizer_file() -> Path:
    """Return where the tokenizer's JSON file is, in the format of the package tokenizers.

    Raises:
        gymnasium.error.DependencyNotInstalled: wordllama is missing, or ships other files.
    """
    return _package_folder() / _TOKENIZER


def _package_folder() -> Path:
    """Find wordllama's files without importing it (its import is slow and its loader goes online).

    Raises:
        gymnasium.error.DependencyNotInstalled: wordllama is missing, or ships other files.
    """
    spec = importlib.util.find_spec("wordllama")
    for location in (spec.submodule_search_locations or ()) if spec else ():
        if all((Path(location) / name).is_file() for name in (_TABLE, _TOKENIZER)):
            return Path(location)
    from gymnasium.error import DependencyNotInstalled

    reason = "is missing" if spec is None else f"has no {_TABLE} and {_TOKENIZER}"
    raise DependencyNotInstalled(
        f"the static text encoder needs the package 'wordllama', which {reason}; "
        f"run `pip install {_PIP}`"
    )
