"""Made-up names, so that the model learns to copy a name and not only to recall it.

Held-out pictures show things that the train split never names. Whoever has only ever copied the
same three hundred names has learnt to choose among them.
"""

from __future__ import annotations

import re

import numpy as np

from editenv.answers import parse_answer
from editenv.material import load_sprites
from policies.small_vlm.scenes import SPLIT


def made_up(rng: np.random.Generator) -> str:
    """The beginning of one name of the train split and the end of another: ``"bangoat"``."""
    sprites = load_sprites(SPLIT)
    first, last = (sprites[int(rng.integers(len(sprites)))].name for _ in range(2))
    head = first[: int(rng.integers(2, 6))]
    tail = last[int(rng.integers(0, max(len(last) - 2, 1))) :]
    return (head + tail).strip()


def rename(rng: np.random.Generator, instruction: str, answer: str) -> tuple[str, str]:
    """Give made-up names to the subjects that the instruction names.

    Subjects that the instruction only describes keep their names, since the picture shows them;
    so do things that an edit puts in, since the tools have them by these names only.

    Args:
        rng: source of all randomness.
        instruction: the user's words.
        answer: the right answer to it.

    Returns:
        Instruction and answer with the same names in both.
    """
    parsed = parse_answer(answer)
    put_in = {edit.goal for edit in parsed.edits}
    known = {sprite.name for sprite in load_sprites(SPLIT)}
    for name in dict.fromkeys(edit.subject for edit in parsed.edits):
        whole = rf"\b{re.escape(name)}\b"
        if name in known and name not in put_in and re.search(whole, instruction):
            new = made_up(rng)
            instruction = re.sub(whole, new, instruction)
            answer = re.sub(whole, new, answer)
    return instruction, answer
