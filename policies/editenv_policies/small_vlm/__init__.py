"""A small vision-language model of our own, for use without any download: LLaVA, 2.7 M parameters.

It was trained on scenes of ``MATERIAL``, emoji, and means little on others.
``scripts/make_small_vlm.py`` makes it; ``docs/small_vlm.md`` is its data card.
"""

from editenv_policies.small_vlm.build import Size, build, count_parameters
from editenv_policies.small_vlm.prompt import SHORT_PROMPT, chat, with_short_prompt
from editenv_policies.small_vlm.scenes import MATERIAL
from editenv_policies.small_vlm.tokenizer import train_tokenizer
from editenv_policies.small_vlm.weights import model_folder

__all__ = [
    "MATERIAL",
    "SHORT_PROMPT",
    "Size",
    "build",
    "chat",
    "count_parameters",
    "model_folder",
    "train_tokenizer",
    "with_short_prompt",
]
