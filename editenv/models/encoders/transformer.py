"""Contextual encoders: any Hugging Face text model, or a sentence-transformers model."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from editenv.encoders.base import Vectors, mean_pooled, normalised
from editenv.optional import import_optional

_TRANSFORMERS = "transformers torch"
_SENTENCE_TRANSFORMERS = "sentence-transformers"


class TransformersTextEncoder:
    """The last hidden states of a local Hugging Face model, each scaled to length 1.

    Special tokens ([CLS], </s>, ...) take part in the forward pass and are left out of the result.
    Of an encoder-decoder only the encoder is used, of a text-image model only the text half (in its
    own space; `TowerTextEncoder` gives the one it shares with pictures).
    Nothing is ever downloaded. The model runs on the CPU in float32 and is shared by the process.

    Args:
        folder: a folder written by ``save_pretrained`` (model and tokenizer), or the id of a model
            that is already in the local hub cache.

    Raises:
        ValueError: there is no such model.
        gymnasium.error.DependencyNotInstalled: transformers or torch is missing.
    """

    def __init__(self, folder: str) -> None:
        self.folder = str(folder)
        _, model = _load_text_model(self.folder)
        self.dimension: int = int(model.config.hidden_size)

    def tokens(self, text: str) -> Vectors:
        """Return (n, D) float32 vectors of length 1; texts beyond the model's limit are cut."""
        import torch

        tokenizer, model = _load_text_model(self.folder)
        inputs = tokenizer(
            text, return_tensors="pt", truncation=True, return_special_tokens_mask=True
        )
        special = inputs.pop("special_tokens_mask")[0].numpy().astype(bool)
        if special.all():
            return np.zeros((1, self.dimension), np.float32)
        with torch.inference_mode():
            hidden = model(**inputs).last_hidden_state[0].float().numpy()
        return normalised(hidden[~special])

    def pooled(self, text: str) -> Vectors:
        """Return (D,) float32: the mean of the tokens, scaled to length 1."""
        return mean_pooled(self.tokens(text))


class SentenceTransformerEncoder:
    """A local sentence-transformers model: its token embeddings and its own sentence vector.

    Args:
        folder: a folder with ``modules.json``, or the id of a model in the local hub cache.

    Raises:
        ValueError: there is no such model.
        gymnasium.error.DependencyNotInstalled: sentence-transformers is missing.
    """

    def __init__(self, folder: str) -> None:
        self.folder = str(folder)
        model = _load_sentence_transformer(self.folder)
        self.dimension: int = int(model.get_sentence_embedding_dimension())

    def tokens(self, text: str) -> Vectors:
        """Return (n, D) float32 vectors of length 1, the model's special tokens included."""
        model = _load_sentence_transformer(self.folder)
        rows = model.encode(text, output_value="token_embeddings", show_progress_bar=False)
        return normalised(np.asarray(rows, np.float32).reshape(-1, self.dimension))

    def pooled(self, text: str) -> Vectors:
        """Return (D,) float32, the model's sentence embedding scaled to length 1."""
        model = _load_sentence_transformer(self.folder)
        return normalised(np.asarray(model.encode(text, show_progress_bar=False), np.float32))


@functools.cache
def load_transformers(folder: str) -> tuple[Any, Any]:
    """Return (tokenizer, model) of a local folder, in evaluation mode.

    Raises:
        ValueError: there is no such model.
        gymnasium.error.DependencyNotInstalled: transformers or torch is missing.
    """
    purpose = "TransformersTextEncoder"
    import_optional("torch", _TRANSFORMERS, purpose)
    transformers = import_optional("transformers", _TRANSFORMERS, purpose)
    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True)
        model = transformers.AutoModel.from_pretrained(folder, local_files_only=True)
    except (OSError, ValueError) as error:
        raise _no_model(folder, error) from error
    return tokenizer, model.float().eval()


def _load_text_model(folder: str) -> tuple[Any, Any]:
    """Return (tokenizer, what of the model reads texts)."""
    tokenizer, model = load_transformers(folder)
    if model.config.is_encoder_decoder:
        model = model.get_encoder()
    return tokenizer, getattr(model, "text_model", model)


@functools.cache
def _load_sentence_transformer(folder: str) -> Any:
    """Return the sentence-transformers model of a local folder, on the CPU."""
    package = import_optional(
        "sentence_transformers", _SENTENCE_TRANSFORMERS, "SentenceTransformerEncoder"
    )
    try:
        return package.SentenceTransformer(folder, device="cpu", local_files_only=True)
    except (OSError, ValueError) as error:
        raise _no_model(folder, error) from error


def _no_model(folder: str, error: Exception) -> ValueError:
    reason = str(error).strip().split("\n", 1)[0]
    return ValueError(
        f"folder={folder!r}: no text model could be read ({reason}); accepted: a folder with a "
        "saved model and tokenizer, or the id of a model in the local hub cache"
    )
