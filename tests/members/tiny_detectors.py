"""Zero-shot detectors and a SAM, with random weights and a few thousand of them."""

from __future__ import annotations

import json
from pathlib import Path
from string import ascii_lowercase
from typing import Any

import torch
import transformers
from tokenizers import BertWordPieceTokenizer, Tokenizer, models, pre_tokenizers, trainers
from transformers.models.grounding_dino.image_processing_pil_grounding_dino import (
    GroundingDinoImageProcessorPil,
)
from transformers.models.owlv2.image_processing_pil_owlv2 import Owlv2ImageProcessorPil
from transformers.models.owlvit.image_processing_pil_owlvit import OwlViTImageProcessorPil
from transformers.models.sam.image_processing_pil_sam import SamImageProcessorPil

WORDS = ["a red kite and a blue apple", "the green leaf", "remove the dog, then the cat"]
SIDE, PATCH = 64, 8


def clip_tokenizer() -> Any:
    """A byte-pair encoding like CLIP's: the end has the highest id, as the models expect."""
    trained = Tokenizer(models.BPE(end_of_word_suffix="</w>", unk_token="<|endoftext|>"))
    trained.pre_tokenizer = pre_tokenizers.Whitespace()
    trained.train_from_iterator(
        WORDS,
        trainers.BpeTrainer(
            vocab_size=200,
            special_tokens=["!"],
            initial_alphabet=list(ascii_lowercase),
            end_of_word_suffix="</w>",
            show_progress=False,
        ),
    )
    model = json.loads(trained.to_str())["model"]
    vocab = dict(model["vocab"])
    for letter in ascii_lowercase:
        vocab.setdefault(f"{letter}</w>", len(vocab))
    for token in ("<|startoftext|>", "<|endoftext|>"):
        vocab[token] = len(vocab)
    merges = [tuple(pair) for pair in model["merges"]]
    return transformers.CLIPTokenizer(
        vocab=vocab, merges=merges, pad_token="!", model_max_length=16
    )


def _owl(name: str) -> tuple[Any, Any]:
    tokenizer = clip_tokenizer()
    small = {"hidden_size": 32, "intermediate_size": 64, "num_attention_heads": 2}
    config = getattr(transformers, f"{name}Config")(
        text_config={
            **small,
            "num_hidden_layers": 1,
            "vocab_size": len(tokenizer),
            "pad_token_id": 0,
            "bos_token_id": tokenizer.bos_token_id,
            "eos_token_id": tokenizer.eos_token_id,
        },
        vision_config={
            **small,
            "num_hidden_layers": 1,
            "image_size": SIDE,
            "patch_size": PATCH,
        },
        projection_dim=32,
    )
    model = getattr(transformers, f"{name}ForObjectDetection")(config)
    side = {"height": SIDE, "width": SIDE}
    pictures = {"OwlViT": OwlViTImageProcessorPil, "Owlv2": Owlv2ImageProcessorPil}[name]
    processor = getattr(transformers, f"{name}Processor")(pictures(size=side), tokenizer)
    return model, processor


def owlvit() -> tuple[Any, Any]:
    return _owl("OwlViT")


def owlv2() -> tuple[Any, Any]:
    return _owl("Owlv2")


def _dino(name: str) -> tuple[Any, Any]:
    words = BertWordPieceTokenizer()
    words.train_from_iterator(WORDS, vocab_size=200, show_progress=False)
    tokenizer = transformers.BertTokenizer(vocab=words.get_vocab(), model_max_length=64)
    config = getattr(transformers, f"{name}Config")(
        backbone_config=transformers.SwinConfig(
            image_size=SIDE,
            patch_size=4,
            embed_dim=8,
            depths=[1, 1],
            num_heads=[1, 2],
            window_size=4,
            out_indices=[1, 2],
        ),
        text_config=transformers.BertConfig(
            vocab_size=len(tokenizer),
            hidden_size=16,
            num_hidden_layers=1,
            num_attention_heads=2,
            intermediate_size=32,
            max_position_embeddings=64,
        ),
        d_model=32,
        num_queries=20,
        num_feature_levels=3,
        encoder_layers=1,
        encoder_ffn_dim=32,
        encoder_attention_heads=2,
        decoder_layers=2,
        decoder_ffn_dim=32,
        decoder_attention_heads=2,
        max_text_len=64,
    )
    model = getattr(transformers, f"{name}ForObjectDetection")(config)
    pictures = GroundingDinoImageProcessorPil(
        size={"shortest_edge": SIDE, "longest_edge": 2 * SIDE}
    )
    return model, transformers.GroundingDinoProcessor(pictures, tokenizer)


def grounding_dino() -> tuple[Any, Any]:
    return _dino("GroundingDino")


def mm_grounding_dino() -> tuple[Any, Any]:
    return _dino("MMGroundingDino")


def sam() -> tuple[Any, Any]:
    config = transformers.SamConfig(
        vision_config={
            "hidden_size": 16,
            "mlp_dim": 32,
            "output_channels": 16,
            "num_hidden_layers": 1,
            "num_attention_heads": 2,
            "image_size": SIDE,
            "patch_size": PATCH,
            "num_pos_feats": 8,
            "global_attn_indexes": [0],
        },
        prompt_encoder_config={
            "hidden_size": 16,
            "image_size": SIDE,
            "patch_size": PATCH,
            "mask_input_channels": 4,
        },
        mask_decoder_config={
            "hidden_size": 16,
            "mlp_dim": 32,
            "num_hidden_layers": 1,
            "num_attention_heads": 2,
            "iou_head_hidden_dim": 16,
        },
    )
    pictures = SamImageProcessorPil(
        size={"longest_edge": SIDE}, pad_size={"height": SIDE, "width": SIDE}
    )
    return transformers.SamModel(config), transformers.SamProcessor(pictures)


DETECTORS = {
    "owlvit": owlvit,
    "owlv2": owlv2,
    "grounding-dino": grounding_dino,
    "mm-grounding-dino": mm_grounding_dino,
}


def save(build: Any, folder: Path, seed: int = 0) -> Path:
    """Build a model with its processor and save both."""
    torch.manual_seed(seed)
    for part in build():
        part.save_pretrained(folder)
    return folder
