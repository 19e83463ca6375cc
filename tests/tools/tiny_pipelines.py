"""Every diffusers pipeline that is a tool, with random weights: tiny for tests, or in real sizes.

    build("FluxKontextPipeline")                                # a pipeline object, 0.1 M weights
    save("FluxKontextPipeline", folder)                         # the same as a folder
    build("FluxKontextPipeline", "real", device="cuda", dtype=torch.bfloat16)   # 12 B weights

``"real"`` takes the published dimensions of Stable Diffusion 1.5, SDXL, FLUX.1-Kontext-dev and
Qwen-Image-Edit for denoiser and VAE, and for the text encoders too unless ``text="tiny"``. Such a
text encoder keeps the width that the denoiser expects, and has one layer.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import diffusers
import torch
import transformers
from tokenizers import pre_tokenizers

_BYTES = sorted(pre_tokenizers.ByteLevel.alphabet())

SIZES: dict[str, dict[str, dict[str, Any]]] = {
    "tiny": {
        "sd_unet": {
            "block_out_channels": (16, 32),
            "layers_per_block": 1,
            "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D"),
            "up_block_types": ("CrossAttnUpBlock2D", "UpBlock2D"),
            "cross_attention_dim": 32,
            "attention_head_dim": 2,
            "norm_num_groups": 8,
            "sample_size": 16,
        },
        "sdxl_unet": {
            "block_out_channels": (16, 32),
            "layers_per_block": 1,
            "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D"),
            "up_block_types": ("CrossAttnUpBlock2D", "UpBlock2D"),
            "cross_attention_dim": 64,
            "attention_head_dim": (2, 4),
            "norm_num_groups": 8,
            "sample_size": 16,
            "use_linear_projection": True,
            "addition_embed_type": "text_time",
            "addition_time_embed_dim": 8,
            "transformer_layers_per_block": (1, 1),
        },
        "vae": {"block_out_channels": (8, 16), "norm_num_groups": 4},
        "flux": {
            "num_layers": 1,
            "num_single_layers": 1,
            "attention_head_dim": 16,
            "num_attention_heads": 2,
            "joint_attention_dim": 32,
            "pooled_projection_dim": 32,
            "axes_dims_rope": (4, 4, 8),
            "in_channels": 16,
        },
        "flux_vae": {"block_out_channels": (8, 16), "norm_num_groups": 4, "latent_channels": 4},
        "qwen": {
            "num_layers": 1,
            "attention_head_dim": 16,
            "num_attention_heads": 2,
            "joint_attention_dim": 32,
            "axes_dims_rope": (4, 4, 8),
            "in_channels": 64,
            "out_channels": 16,
        },
        "qwen_vae": {"base_dim": 8, "num_res_blocks": 1, "dim_mult": [1, 1, 1, 1]},
        "clip": {"hidden_size": 32, "intermediate_size": 32, "heads": 2, "layers": 1},
        "clip_2": {"hidden_size": 32, "intermediate_size": 32, "heads": 2, "layers": 1},
        "t5": {"d_model": 32, "d_ff": 32, "d_kv": 16, "num_heads": 2, "num_layers": 1},
        "qwen_text": {"hidden_size": 32, "intermediate_size": 32, "heads": 2, "layers": 1},
        "qwen_eye": {"hidden_size": 32, "intermediate_size": 32, "num_heads": 2, "depth": 1},
    },
    "real": {
        "sd_unet": {
            "block_out_channels": (320, 640, 1280, 1280),
            "cross_attention_dim": 768,
            "attention_head_dim": 8,
            "sample_size": 64,
        },
        "sdxl_unet": {
            "block_out_channels": (320, 640, 1280),
            "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
            "up_block_types": ("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
            "cross_attention_dim": 2048,
            "attention_head_dim": (5, 10, 20),
            "sample_size": 128,
            "use_linear_projection": True,
            "addition_embed_type": "text_time",
            "addition_time_embed_dim": 256,
            "transformer_layers_per_block": (1, 2, 10),
        },
        "vae": {"block_out_channels": (128, 256, 512, 512), "layers_per_block": 2},
        "flux": {},
        "flux_vae": {
            "block_out_channels": (128, 256, 512, 512),
            "layers_per_block": 2,
            "latent_channels": 16,
        },
        "qwen": {},
        "qwen_vae": {},
        "clip": {"hidden_size": 768, "intermediate_size": 3072, "heads": 12, "layers": 12},
        "clip_2": {"hidden_size": 1280, "intermediate_size": 5120, "heads": 20, "layers": 32},
        "t5": {"d_model": 4096, "d_ff": 10240, "d_kv": 64, "num_heads": 64, "num_layers": 24},
        "qwen_text": {"hidden_size": 3584, "intermediate_size": 18944, "heads": 28, "layers": 28},
        "qwen_eye": {"hidden_size": 1280, "intermediate_size": 3420, "num_heads": 16, "depth": 32},
    },
}
"""Arguments of each part by scale; what is not named has the published model's default."""


@contextmanager
def _made_on(device: str, dtype: torch.dtype, seed: int) -> Iterator[None]:
    """Create weights where and as they shall be, without a float32 copy on the way."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        with torch.random.fork_rng(), torch.device(device):
            torch.manual_seed(seed)
            yield
    finally:
        torch.set_default_dtype(before)


def _sizes(scale: str, part: str, text: str = "real") -> dict[str, Any]:
    sizes = dict(SIZES[scale][part])
    if scale == "real" and text == "tiny":
        sizes |= {name: 1 for name in ("layers", "num_layers", "depth") if name in sizes}
    return sizes


def _clip_tokenizer() -> Any:
    words = [*_BYTES, *(f"{letter}</w>" for letter in _BYTES)]
    vocab = {word: number for number, word in enumerate(words)}
    vocab |= {"<|startoftext|>": len(vocab), "<|endoftext|>": len(vocab) + 1}
    return transformers.CLIPTokenizer(vocab=vocab, merges=[], model_max_length=77)


def _t5_tokenizer() -> Any:
    pieces = ["<pad>", "</s>", "<unk>", "▁", *map(chr, range(33, 127))]
    scores = [(piece, 0.0 if number < 3 else -2.0) for number, piece in enumerate(pieces)]
    return transformers.T5TokenizerFast(vocab=scores, extra_ids=0, model_max_length=512)


def _qwen_tokenizer() -> Any:
    special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|vision_start|>"]
    special += ["<|vision_end|>", "<|image_pad|>", "<|video_pad|>"]
    vocab = {word: number for number, word in enumerate(_BYTES)}
    tokenizer = transformers.Qwen2Tokenizer(
        vocab={**vocab, special[0]: len(vocab)}, merges=[], model_max_length=4096
    )
    tokenizer.add_special_tokens({"additional_special_tokens": special[1:]})
    return tokenizer


def _clip(scale: str, text: str, tokenizer: Any, *, second: bool = False) -> Any:
    sizes = _sizes(scale, "clip_2" if second else "clip", text)
    number = tokenizer.convert_tokens_to_ids
    config = transformers.CLIPTextConfig(
        vocab_size=len(tokenizer),
        hidden_size=sizes["hidden_size"],
        projection_dim=sizes["hidden_size"],
        intermediate_size=sizes["intermediate_size"],
        num_attention_heads=sizes["heads"],
        num_hidden_layers=sizes["layers"] + (sizes["layers"] == 1),
        bos_token_id=number("<|startoftext|>"),
        eos_token_id=number("<|endoftext|>"),
        pad_token_id=number("<|endoftext|>"),
    )
    kind = transformers.CLIPTextModelWithProjection if second else transformers.CLIPTextModel
    return kind(config)


def _t5(scale: str, text: str, tokenizer: Any) -> Any:
    config = transformers.T5Config(
        vocab_size=len(tokenizer),
        feed_forward_proj="gated-gelu",
        pad_token_id=0,
        eos_token_id=1,
        decoder_start_token_id=0,
        **_sizes(scale, "t5", text),
    )
    return transformers.T5EncoderModel(config)


def _vae(scale: str, part: str = "vae") -> Any:
    sizes = _sizes(scale, part)
    blocks = len(sizes["block_out_channels"])
    flux = {"shift_factor": 0.1159, "scaling_factor": 0.3611, "use_quant_conv": False}
    return diffusers.AutoencoderKL(
        down_block_types=("DownEncoderBlock2D",) * blocks,
        up_block_types=("UpDecoderBlock2D",) * blocks,
        **({**flux, "use_post_quant_conv": False} if part == "flux_vae" else {}),
        **sizes,
    )


def _scheduler(kind: Any, **settings: Any) -> Any:
    with torch.device("cpu"):  # schedulers turn tensors into arrays
        return kind(
            beta_start=0.00085,
            beta_end=0.012,
            beta_schedule="scaled_linear",
            steps_offset=1,
            **settings,
        )


def _flow_scheduler() -> Any:
    with torch.device("cpu"):
        return diffusers.FlowMatchEulerDiscreteScheduler(
            use_dynamic_shifting=True, shift=3.0, base_shift=0.5, max_shift=1.15
        )


def _stable_diffusion(cls: Any, in_channels: int, scale: str, text: str) -> Any:
    tokenizer = _clip_tokenizer()
    ancestral = diffusers.EulerAncestralDiscreteScheduler
    return cls(
        vae=_vae(scale),
        text_encoder=_clip(scale, text, tokenizer),
        tokenizer=tokenizer,
        unet=diffusers.UNet2DConditionModel(in_channels=in_channels, **_sizes(scale, "sd_unet")),
        scheduler=_scheduler(ancestral)
        if in_channels == 8
        else _scheduler(diffusers.PNDMScheduler, skip_prk_steps=True),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )


def _sdxl(cls: Any, in_channels: int, scale: str, text: str) -> Any:
    tokenizer = _clip_tokenizer()
    second = _clip(scale, text, tokenizer, second=True)
    sizes = _sizes(scale, "sdxl_unet")
    embedded = second.config.projection_dim + 6 * sizes["addition_time_embed_dim"]
    return cls(
        vae=_vae(scale),
        text_encoder=_clip(scale, text, tokenizer),
        text_encoder_2=second,
        tokenizer=tokenizer,
        tokenizer_2=_clip_tokenizer(),
        unet=diffusers.UNet2DConditionModel(
            in_channels=in_channels, projection_class_embeddings_input_dim=embedded, **sizes
        ),
        scheduler=_scheduler(diffusers.EulerDiscreteScheduler),
        add_watermarker=False,
    )


def _flux(cls: Any, scale: str, text: str) -> Any:
    clip, t5 = _clip_tokenizer(), _t5_tokenizer()
    return cls(
        scheduler=_flow_scheduler(),
        vae=_vae(scale, "flux_vae"),
        text_encoder=_clip(scale, text, clip),
        tokenizer=clip,
        text_encoder_2=_t5(scale, text, t5),
        tokenizer_2=t5,
        transformer=diffusers.FluxTransformer2DModel(guidance_embeds=True, **_sizes(scale, "flux")),
    )


def _qwen_text_encoder(scale: str, text: str, tokenizer: Any) -> Any:
    sizes, eye = _sizes(scale, "qwen_text", text), _sizes(scale, "qwen_eye", text)
    half = sizes["hidden_size"] // sizes["heads"] // 2
    number = tokenizer.convert_tokens_to_ids
    config = transformers.Qwen2_5_VLConfig(
        text_config={
            "vocab_size": len(tokenizer),
            "hidden_size": sizes["hidden_size"],
            "intermediate_size": sizes["intermediate_size"],
            "num_hidden_layers": sizes["layers"],
            "num_attention_heads": sizes["heads"],
            "num_key_value_heads": max(sizes["heads"] // 7, 1),
            "bos_token_id": number("<|endoftext|>"),
            "eos_token_id": number("<|endoftext|>"),
            "pad_token_id": number("<|endoftext|>"),
            "rope_parameters": {
                "rope_type": "default",
                "mrope_section": [half - 2 * (3 * half // 8), 3 * half // 8, 3 * half // 8],
                "rope_theta": 10_000.0,
            },
        },
        vision_config={
            **eye,
            "out_hidden_size": sizes["hidden_size"],
            "patch_size": 14,
            "fullatt_block_indexes": [eye["depth"] - 1],
            "window_size": 112,
        },
        **{
            f"{name}_token_id": number(f"<|{token}|>")
            for name, token in (
                ("image", "image_pad"),
                ("video", "video_pad"),
                ("vision_start", "vision_start"),
                ("vision_end", "vision_end"),
            )
        },
    )
    return transformers.Qwen2_5_VLForConditionalGeneration(config)


def _qwen(cls: Any, scale: str, text: str) -> Any:
    from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil

    from editenv.models.diffusion.qwen_processor import PicturesOnly

    tokenizer = _qwen_tokenizer()
    pictures = Qwen2VLImageProcessorPil(
        patch_size=14, merge_size=2, min_pixels=56 * 56, max_pixels=28 * 28 * 1280
    )
    return cls(
        scheduler=_flow_scheduler(),
        vae=diffusers.AutoencoderKLQwenImage(**_sizes(scale, "qwen_vae")),
        text_encoder=_qwen_text_encoder(scale, text, tokenizer),
        tokenizer=tokenizer,
        processor=PicturesOnly(pictures, tokenizer),
        transformer=diffusers.QwenImageTransformer2DModel(**_sizes(scale, "qwen")),
    )


def _of(make: Callable[..., Any], *arguments: Any) -> Callable[[str, str, str], Any]:
    return lambda name, scale, text: make(getattr(diffusers, name), *arguments, scale, text)


PIPELINES: dict[str, Callable[[str, str, str], Any]] = {
    "StableDiffusionInstructPix2PixPipeline": _of(_stable_diffusion, 8),
    "StableDiffusionInpaintPipeline": _of(_stable_diffusion, 9),
    "StableDiffusionXLInstructPix2PixPipeline": _of(_sdxl, 8),
    "StableDiffusionXLInpaintPipeline": _of(_sdxl, 9),
    "FluxKontextPipeline": _of(_flux),
    "FluxKontextInpaintPipeline": _of(_flux),
    "QwenImageEditPipeline": _of(_qwen),
    "QwenImageEditInpaintPipeline": _of(_qwen),
    "QwenImageEditPlusPipeline": _of(_qwen),
}
"""By class name: ``(name, scale, text)`` to a pipeline."""


def build(
    name: str,
    scale: str = "tiny",
    *,
    text: str = "real",
    device: str = "cpu",
    dtype: torch.dtype = torch.float32,
    seed: int = 0,
) -> Any:
    """Build a pipeline with random weights.

    Args:
        name: a key of ``PIPELINES``.
        scale: ``"tiny"`` or ``"real"``.
        text: of a real one, whether the text encoders have all their layers (``"real"``) or one
            (``"tiny"``).
        device: where the weights are made.
        dtype: of the weights.
        seed: of the weights.
    """
    with _made_on(device, dtype, seed):
        pipeline = PIPELINES[name](name, scale, text)
    for part in pipeline.components.values():
        if isinstance(part, torch.nn.Module):
            part.eval()
    return pipeline


def save(name: str, folder: Path | str, **arguments: Any) -> Path:
    """Build a pipeline and save it as one from a hub looks: safetensors, stock class names."""
    folder = Path(folder)
    build(name, **arguments).save_pretrained(folder, safe_serialization=True)
    index = folder / "model_index.json"
    parts = json.loads(index.read_text())
    if "processor" in parts:
        # Published folders name the stock class, which needs torchvision for its video part.
        parts["processor"] = ["transformers", "Qwen2VLProcessor"]
        index.write_text(json.dumps(parts, indent=2))
    return folder
