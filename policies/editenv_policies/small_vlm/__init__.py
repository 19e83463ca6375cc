"""A small vision-language model of our own, for use without any download: LLaVA, 8 M parameters.

``scripts/make_small_vlm.py`` makes it; ``docs/small_vlm.md`` is its data card.
"""

from editenv_policies.small_vlm.build import Size, build, count_parameters
from editenv_policies.small_vlm.prompt import (
    POINT_PROMPT,
    PROMPTS,
    SHORT_PROMPT,
    chat,
    with_short_prompt,
)
from editenv_policies.small_vlm.tokenizer import make_tokenizer
from editenv_policies.small_vlm.weights import model_folder

__all__ = [
    "POINT_PROMPT",
    "PROMPTS",
    "SHORT_PROMPT",
    "Size",
    "build",
    "chat",
    "count_parameters",
    "make_tokenizer",
    "model_folder",
    "with_short_prompt",
]
