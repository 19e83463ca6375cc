"""A tiny, randomly initialised Qwen3-VL whose every token is a whole tool call.

A random model never writes JSON. This one can say nothing but a few calls and the end of its turn,
each a token, so that a few steps of training go through calls, pictures and rewards.
"""

import json

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import (
    PreTrainedTokenizerFast,
    Qwen3VLConfig,
    Qwen3VLForConditionalGeneration,
    Qwen3VLProcessor,
)
from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil
from trl.chat_template_utils import qwen3_vl_chat_template

PAD, END, PICTURE = "<|endoftext|>", "<|im_end|>", "<|image_pad|>"
START_VISION, END_VISION, VIDEO = "<|vision_start|>", "<|vision_end|>", "<|video_pad|>"
SPECIAL = [PAD, "<|im_start|>", END, START_VISION, END_VISION, PICTURE, VIDEO]
PATCH, WIDTH, POSITIONS = 16, 32, 16_384


class PictureProcessor(Qwen3VLProcessor):
    """Qwen3-VL's processor without videos, whose own processor needs torchvision."""

    def __init__(self, image_processor=None, tokenizer=None, chat_template=None):
        super().__init__(image_processor, tokenizer, None, chat_template)


def call_text(name, **arguments):
    """A call as Qwen3-VL writes it."""
    said = json.dumps({"name": name, "arguments": arguments})
    return f"<tool_call>\n{said}\n</tool_call>"


def tiny_qwen(calls, texts, side=64, seed=0):
    """Return model and processor.

    calls: what the model can say, of ``call_text``; texts: to train the tokenizer on.
    """
    tokenizer = make_tokenizer(calls, texts)
    sizes = {"shortest_edge": side * side, "longest_edge": side * side}
    pictures = Qwen2VLImageProcessorPil(patch_size=PATCH, merge_size=2, size=sizes)
    processor = PictureProcessor(pictures, tokenizer, qwen3_vl_chat_template)
    torch.manual_seed(seed)
    model = Qwen3VLForConditionalGeneration(make_config(tokenizer))
    # A call ends its turn, as a real model's does.
    model.generation_config.eos_token_id = sayable(tokenizer, calls)
    model.generation_config.pad_token_id = tokenizer.pad_token_id
    return model, processor


def sayable(tokenizer, calls):
    """The tokens that the model may sample; all others are to be suppressed."""
    return tokenizer.convert_tokens_to_ids([END, *calls])


def make_tokenizer(calls, texts):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=600,
        special_tokens=SPECIAL,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.add_tokens(list(calls))
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token=PAD, eos_token=END, padding_side="left"
    )


def make_config(tokenizer):
    ids = tokenizer.convert_tokens_to_ids
    width = {"hidden_size": WIDTH, "intermediate_size": 2 * WIDTH}
    rope = {"rope_type": "default", "rope_theta": 1e4, "mrope_section": [4, 2, 2]}
    text = {
        **width,
        "vocab_size": len(tokenizer),
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "num_key_value_heads": 2,
        "head_dim": WIDTH // 2,
        "max_position_embeddings": POSITIONS,
        "rope_parameters": {**rope, "mrope_interleaved": True},
        "pad_token_id": tokenizer.pad_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        "bos_token_id": None,
    }
    vision = {
        **width,
        "depth": 2,
        "num_heads": 2,
        "patch_size": PATCH,
        "spatial_merge_size": 2,
        "out_hidden_size": WIDTH,
        "num_position_embeddings": 64,
        "deepstack_visual_indexes": [0],
    }
    return Qwen3VLConfig(
        text_config=text,
        vision_config=vision,
        image_token_id=ids(PICTURE),
        video_token_id=ids(VIDEO),
        vision_start_token_id=ids(START_VISION),
        vision_end_token_id=ids(END_VISION),
        tie_word_embeddings=True,
    )
