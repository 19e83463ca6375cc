"""The model and its processor: LLaVA with a small CLIP encoder and a small Llama.

LLaVA (Liu et al., 2023, *Visual Instruction Tuning*), because its stock processor needs no
torchvision and every trainer knows it. The classes are those of transformers; only the sizes are
ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from transformers import (
    CLIPVisionConfig,
    LlamaConfig,
    LlavaConfig,
    LlavaForConditionalGeneration,
    LlavaProcessor,
    PreTrainedTokenizerFast,
)
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

from editenv_policies.small_vlm.tokenizer import CHAT_TEMPLATE, IMAGE


@dataclass(frozen=True)
class Size:
    """Sizes of the model. The default has 2.7 M parameters with a vocabulary of 1,536.

    Attributes:
        picture: side of the picture in pixels, a multiple of ``patch``.
        patch: side of a patch; ``(picture / patch)`` squared tokens stand for a picture.
        eye: width of the image encoder, a multiple of 32.
        eye_layers: its layers.
        width: width of the language model, a multiple of 32.
        layers: its layers.
        positions: tokens of prompt, picture and answer together, at most.
    """

    picture: int = 96
    patch: int = 12
    eye: int = 128
    eye_layers: int = 4
    width: int = 160
    layers: int = 5
    positions: int = 512

    def __post_init__(self) -> None:
        """Raise ``ValueError`` for sizes that do not go together."""
        if self.patch < 1 or self.picture % self.patch:
            raise ValueError(f"picture={self.picture} must be a multiple of patch={self.patch}")
        for name in ("eye", "width"):
            if getattr(self, name) < HEAD or getattr(self, name) % HEAD:
                raise ValueError(f"{name}={getattr(self, name)} must be a multiple of {HEAD}")

    @property
    def picture_tokens(self) -> int:
        """Tokens that stand for a picture."""
        return (self.picture // self.patch) ** 2


HEAD = 32
"""Width of an attention head."""


def build(
    tokenizer: PreTrainedTokenizerFast, size: Size | None = None, seed: int = 0
) -> tuple[LlavaForConditionalGeneration, LlavaProcessor]:
    """Build a random model and its processor; ``save_pretrained`` writes both to one folder.

    ``AutoModelForImageTextToText`` and ``AutoProcessor`` load them from there.

    Args:
        tokenizer: of ``train_tokenizer``.
        size: of the model; None for the default.
        seed: of the weights.
    """
    size = size or Size()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = LlavaForConditionalGeneration(_config(tokenizer, size))
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
    eye = CLIPVisionConfig(
        image_size=size.picture,
        patch_size=size.patch,
        hidden_size=size.eye,
        intermediate_size=4 * size.eye,
        num_hidden_layers=size.eye_layers,
        num_attention_heads=size.eye // HEAD,
        projection_dim=size.eye,
    )
    language = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=size.width,
        intermediate_size=3 * size.width,
        num_hidden_layers=size.layers,
        num_attention_heads=size.width // HEAD,
        num_key_value_heads=size.width // HEAD,
        max_position_embeddings=size.positions,
        tie_word_embeddings=True,
        **ids,
    )
    return LlavaConfig(
        vision_config=eye,
        text_config=language,
        image_token_index=tokenizer.vocab[IMAGE],
        image_seq_length=size.picture_tokens,
        vision_feature_layer=-1,
        vision_feature_select_strategy="default",
        tie_word_embeddings=True,
        **ids,
    )


def _processor(tokenizer: PreTrainedTokenizerFast, size: Size) -> LlavaProcessor:
    side = {"height": size.picture, "width": size.picture}
    pictures = CLIPImageProcessorPil(
        size=side,
        do_center_crop=False,
        crop_size=side,
        image_mean=[0.5] * 3,
        image_std=[0.25] * 3,
    )
    return LlavaProcessor(
        image_processor=pictures,
        tokenizer=tokenizer,
        patch_size=size.patch,
        vision_feature_select_strategy="default",
        chat_template=CHAT_TEMPLATE,
        image_token=IMAGE,
        num_additional_image_tokens=1,
    )
