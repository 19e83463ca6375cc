"""Vision-language models of five architectures, with random weights and a few thousand of them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import torch
import transformers
from editenv_policies.grpo_vlm import Problem, VlmPolicy
from editenv_policies.small_vlm import Size, build, make_tokenizer
from transformers.models.gemma3.image_processing_pil_gemma3 import Gemma3ImageProcessorPil
from transformers.models.idefics3.image_processing_pil_idefics3 import Idefics3ImageProcessorPil
from transformers.models.qwen2_5_vl.processing_qwen2_5_vl import Qwen2_5_VLProcessor
from transformers.models.qwen2_vl import Qwen2VLImageProcessorPil

from editenv.models.chat.generation import special_tokens

SIDE = 32

TEMPLATE = (
    "{%% for m in messages %%}{%% for p in m.content %%}"
    "{%% if p.type == 'image' %%}%s{%% else %%}{{ p.text }}{%% endif %%}"
    "{%% endfor %%}{%% endfor %%}"
)

WORDS = ["make the dog red", "remove the left cat, then the other one", "a photo of a house", "hi"]


class PicturesOnly(Qwen2_5_VLProcessor):
    """The stock processor without its video part, which needs torchvision."""

    def __init__(self, image_processor: Any, tokenizer: Any, chat_template: str) -> None:
        self.image_token, self.video_token = "<|image_pad|>", "<|video_pad|>"
        self.image_token_id = tokenizer.convert_tokens_to_ids(self.image_token)
        self.video_token_id = tokenizer.convert_tokens_to_ids(self.video_token)
        self.image_ids, self.video_ids = [self.image_token_id], [self.video_token_id]
        transformers.ProcessorMixin.__init__(
            self, image_processor, tokenizer, chat_template=chat_template
        )

    @classmethod
    def get_attributes(cls) -> list[str]:
        return ["image_processor", "tokenizer"]


def _tokenizer(*special: str) -> Any:
    tokenizer = make_tokenizer(300)
    if special:
        tokenizer.add_special_tokens({"additional_special_tokens": list(special)})
    return tokenizer


def _text(tokenizer: Any) -> dict[str, Any]:
    return {
        "vocab_size": len(tokenizer),
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "num_key_value_heads": 1,
        "pad_token_id": tokenizer.pad_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        "bos_token_id": tokenizer.eos_token_id,
    }


def llava() -> tuple[Any, Any]:
    size = Size(picture=SIDE, eye=32, eye_layers=(1, 1), layers=2, inner=64)
    return build(_tokenizer(), size, meanings=False)


def idefics3() -> tuple[Any, Any]:
    tokenizer = _tokenizer("<image>", "<fake_token_around_image>", "<end_of_utterance>")
    pictures = Idefics3ImageProcessorPil(
        size={"longest_edge": SIDE}, max_image_size={"longest_edge": SIDE}, do_image_splitting=False
    )
    processor = transformers.Idefics3Processor(
        pictures, tokenizer, image_seq_len=4, chat_template=TEMPLATE % "<image>"
    )
    config = transformers.Idefics3Config(
        vision_config={
            "hidden_size": 32,
            "intermediate_size": 32,
            "num_hidden_layers": 1,
            "num_attention_heads": 2,
            "image_size": SIDE,
            "patch_size": 8,
        },
        text_config={"model_type": "llama", **_text(tokenizer)},
        scale_factor=2,
        image_token_id=tokenizer.convert_tokens_to_ids("<image>"),
    )
    return transformers.Idefics3ForConditionalGeneration(config), processor


def gemma3() -> tuple[Any, Any]:
    """Most of its layers remember the last eight tokens only."""
    tokenizer = _tokenizer("<image_soft_token>", "<start_of_image>", "<end_of_image>")
    number = tokenizer.convert_tokens_to_ids
    for name, text in (("image", "image_soft_token"), ("boi", "start_of_image")):
        setattr(tokenizer, f"{name}_token", f"<{text}>")
        setattr(tokenizer, f"{name}_token_id", number(f"<{text}>"))
    tokenizer.eoi_token = "<end_of_image>"
    processor = transformers.Gemma3Processor(
        Gemma3ImageProcessorPil(size={"height": SIDE, "width": SIDE}),
        tokenizer,
        chat_template=TEMPLATE % "<start_of_image>",
        image_seq_length=4,
    )
    config = transformers.Gemma3Config(
        vision_config={
            "hidden_size": 32,
            "intermediate_size": 32,
            "num_hidden_layers": 1,
            "num_attention_heads": 2,
            "image_size": SIDE,
            "patch_size": 8,
        },
        text_config={
            **_text(tokenizer),
            "num_hidden_layers": 6,
            "head_dim": 16,
            "query_pre_attn_scalar": 16,
            "sliding_window": 8,
        },
        mm_tokens_per_image=4,
        image_token_index=tokenizer.image_token_id,
        boi_token_index=tokenizer.boi_token_id,
        eoi_token_index=number("<end_of_image>"),
    )
    return transformers.Gemma3ForConditionalGeneration(config), processor


def _qwen_processor() -> Any:
    tokenizer = _tokenizer("<|image_pad|>", "<|video_pad|>", "<|vision_start|>", "<|vision_end|>")
    pictures = Qwen2VLImageProcessorPil(
        patch_size=8, merge_size=2, temporal_patch_size=1, min_pixels=SIDE**2, max_pixels=SIDE**2
    )
    picture = "<|vision_start|><|image_pad|><|vision_end|>"
    return PicturesOnly(pictures, tokenizer, TEMPLATE % picture)


def _qwen_vision() -> dict[str, Any]:
    return {
        "hidden_size": 32,
        "intermediate_size": 32,
        "num_heads": 2,
        "patch_size": 8,
        "spatial_merge_size": 2,
        "temporal_patch_size": 1,
        "out_hidden_size": 32,
    }


def _qwen_tokens(tokenizer: Any) -> dict[str, int]:
    names = {"image": "image_pad", "video": "video_pad"}
    names |= {"vision_start": "vision_start", "vision_end": "vision_end"}
    number = tokenizer.convert_tokens_to_ids
    return {f"{name}_token_id": number(f"<|{text}|>") for name, text in names.items()}


def qwen3() -> tuple[Any, Any]:
    processor = _qwen_processor()
    rotary = {"rope_type": "default", "mrope_section": [2, 3, 3], "rope_theta": 10_000.0}
    config = transformers.Qwen3VLConfig(
        text_config={**_text(processor.tokenizer), "head_dim": 16, "rope_parameters": rotary},
        vision_config={
            **_qwen_vision(),
            "depth": 2,
            "num_position_embeddings": 16,
            "deepstack_visual_indexes": [0],
        },
        **_qwen_tokens(processor.tokenizer),
    )
    return transformers.Qwen3VLForConditionalGeneration(config), processor


def qwen() -> tuple[Any, Any]:
    processor = _qwen_processor()
    tokenizer = processor.tokenizer
    rotary = {"rope_type": "default", "mrope_section": [2, 3, 3], "rope_theta": 10_000.0}
    config = transformers.Qwen2_5_VLConfig(
        text_config={**_text(tokenizer), "rope_parameters": rotary},
        vision_config={
            **_qwen_vision(),
            "depth": 1,
            "fullatt_block_indexes": [0],
            "window_size": SIDE,
        },
        **_qwen_tokens(tokenizer),
    )
    return transformers.Qwen2_5_VLForConditionalGeneration(config), processor


ARCHITECTURES = {
    "llava": llava,
    "idefics3": idefics3,
    "qwen2.5-vl": qwen,
    "qwen3-vl": qwen3,
    "gemma3": gemma3,
}


@cache
def _built(name: str) -> tuple[Any, Any]:
    torch.manual_seed(0)
    return ARCHITECTURES[name]()


def make_policy(name: str = "llava") -> VlmPolicy:
    """A policy with the same weights every time."""
    from copy import deepcopy

    model, processor = _built(name)
    model = deepcopy(model).eval()
    return VlmPolicy(model, processor, special_tokens(model, processor.tokenizer))


def make_problem(number: int, answer: str = "") -> Problem:
    rng = np.random.default_rng(number)
    content = [{"type": "image"}, {"type": "text", "text": WORDS[number % len(WORDS)]}]
    picture = rng.integers(0, 256, (SIDE, SIDE, 3), np.uint8)
    return Problem(number, [{"role": "user", "content": content}], picture, answer)


class LetterProblems:
    """The reward is the share of a letter in the answer; NaN for the problems in ``unscored``."""

    def __init__(self, letter: str = "e", unscored: Sequence[int] = ()) -> None:
        self._letter, self._unscored = letter, unscored

    def draw(self, rng: np.random.Generator) -> Problem:
        return self[int(rng.integers(4))]

    def __getitem__(self, index: int) -> Problem:
        return make_problem(index, answer=4 * self._letter)

    def score(self, problem: Problem, texts: Sequence[str]) -> list[dict[str, Any]]:
        found = [text.count(self._letter) / max(len(text), 1) for text in texts]
        if problem.index in self._unscored:
            found = [float("nan")] * len(texts)
        return [{"reward": value, "reward_terms": {"letter": value}} for value in found]

    def pictures(self, problem: Problem, text: str) -> tuple[Any, ...]:
        return problem.image, problem.image
