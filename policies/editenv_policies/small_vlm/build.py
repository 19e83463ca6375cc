"""The model and its processor: LLaVA with a small Swin encoder and a small Llama.

LLaVA (Liu et al., 2023, *Visual Instruction Tuning*), because its stock processor needs no
torchvision and every trainer knows it. The classes are those of transformers; only the sizes are
ours. Swin (Liu et al., 2021, *Swin Transformer*), because its windows let a small encoder learn
from few pictures.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from transformers import (
    LlamaConfig,
    LlavaConfig,
    LlavaForConditionalGeneration,
    LlavaProcessor,
    PreTrainedTokenizerFast,
    SwinConfig,
)
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

from editenv_policies.small_vlm.tokenizer import CHAT_TEMPLATE, IMAGE, embeddings_of


@dataclass(frozen=True)
class Size:
    """Sizes of the model.

    Attributes:
        picture: side of the picture in pixels, a multiple of ``16``.
        eye: width of the image encoder's first stage, a multiple of 32; the second is twice it.
        eye_layers: layers of its two stages.
        layers: of the language model, whose width is the text encoder's, 256.
        inner: width of its MLPs.
        positions: tokens of prompt, picture and answer together, at most.
    """

    picture: int = 128
    eye: int = 96
    eye_layers: tuple[int, int] = (2, 4)
    layers: int = 5
    inner: int = 640
    positions: int = 512

    def __post_init__(self) -> None:
        """Raise ``ValueError`` for sizes that do not go together."""
        if self.picture < PATCH or self.picture % PATCH:
            raise ValueError(f"picture={self.picture} must be a multiple of {PATCH}")
        if self.eye < HEAD or self.eye % HEAD:
            raise ValueError(f"eye={self.eye} must be a multiple of {HEAD}")

    @property
    def grid(self) -> int:
        """Tokens along a picture's side."""
        return self.picture // PATCH


WIDTH = 256
"""Width of the language model: that of the text encoder's vectors."""

PATCH = 16
"""Pixels along the side of what a token of the picture stands for."""

HEAD = 32
"""Width of an attention head."""


def build(
    tokenizer: PreTrainedTokenizerFast,
    size: Size | None = None,
    seed: int = 0,
    *,
    meanings: bool = True,
) -> tuple[LlavaForConditionalGeneration, LlavaProcessor]:
    """Build a model and its processor; ``save_pretrained`` writes both to one folder.

    ``AutoModelForImageTextToText`` and ``AutoProcessor`` load them from there. The embeddings of
    words are the text encoder's; all else is random.

    Args:
        tokenizer: of ``make_tokenizer``.
        size: of the model; None for the default.
        seed: of the weights.
        meanings: False makes the embeddings of words random too: the model then writes anything,
            and not the word that it has just read.
    """
    size = size or Size()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = LlavaForConditionalGeneration(_config(tokenizer, size))
    if meanings:
        table: Any = model.get_input_embeddings()
        with torch.no_grad():
            table.weight.copy_(embeddings_of(tokenizer))
    # A sampled placeholder would ask for a picture that is not there.
    model.generation_config.suppress_tokens = [tokenizer.convert_tokens_to_ids(IMAGE)]
    model.generation_config.eos_token_id = tokenizer.eos_token_id
    model.generation_config.pad_token_id = tokenizer.pad_token_id
    return model, _processor(tokenizer, size)


def count_parameters(model: torch.nn.Module) -> int:
    """Number of weights; tied ones count once."""
    return sum(weight.numel() for weight in model.parameters())


def _config(tokenizer: PreTrainedTokenizerFast, size: Size) -> LlavaConfig:
    ids: dict[str, Any] = {
        "bos_token_id": None,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
    }
    heads = size.eye // HEAD
    eye = SwinConfig(
        image_size=size.picture,
        patch_size=PATCH // 2,
        embed_dim=size.eye,
        depths=list(size.eye_layers),
        num_heads=[heads, 2 * heads],
        window_size=min(8, size.grid),
        drop_path_rate=0.0,
    )
    language = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=WIDTH,
        intermediate_size=size.inner,
        num_hidden_layers=size.layers,
        num_attention_heads=WIDTH // HEAD,
        num_key_value_heads=WIDTH // HEAD,
        max_position_embeddings=size.positions,
        tie_word_embeddings=True,
        **ids,
    )
    return LlavaConfig(
        vision_config=eye,
        text_config=language,
        image_token_index=tokenizer.vocab[IMAGE],
        image_seq_length=size.grid**2,
        vision_feature_layer=-1,
        vision_feature_select_strategy="full",
        tie_word_embeddings=True,
        **ids,
    )


def _processor(tokenizer: PreTrainedTokenizerFast, size: Size) -> LlavaProcessor:
    side = {"height": size.picture, "width": size.picture}
    pictures = CLIPImageProcessorPil(
        size=side,
        do_center_crop=False,
        crop_size=side,
        image_mean=MEAN,
        image_std=STD,
    )
    return LlavaProcessor(
        image_processor=pictures,
        tokenizer=tokenizer,
        patch_size=PATCH,
        vision_feature_select_strategy="full",
        chat_template=CHAT_TEMPLATE,
        image_token=IMAGE,
        num_additional_image_tokens=0,
    )


MEAN, STD = [0.5] * 3, [0.25] * 3
"""Pixels, from 0 to 1, are shifted and scaled by these."""
