"""Greedy answers of the model to a batch of tasks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from transformers import LlavaForConditionalGeneration, LlavaProcessor

from editenv.types import EditTask, Image
from policies.small_vlm.prompt import chat

GREY = 128
"""What a picture is filled with that is not to be seen."""

MOST_TOKENS = 96
"""The longest reference answers, of five edits, have about 80."""


def answer_tasks(
    model: LlavaForConditionalGeneration,
    processor: LlavaProcessor,
    tasks: Sequence[EditTask],
    *,
    blank: bool = False,
    batch: int = 50,
    max_new_tokens: int = MOST_TOKENS,
) -> list[str]:
    """Answer every task, taking the most probable token each time.

    Args:
        model: the small model, or any other that ``processor`` fits.
        processor: of the model.
        tasks: with an instruction and a picture of any size.
        blank: show grey instead of the picture, to learn how much is known without looking.
        batch: tasks at once.
        max_new_tokens: an answer ends there.
    """
    answers: list[str] = []
    for part in _batches(tasks, batch):
        pictures = [blanked(task.source) if blank else task.source for task in part]
        texts = [
            processor.apply_chat_template(chat(task.instruction), add_generation_prompt=True)
            for task in part
        ]
        inputs = processor(images=pictures, text=texts, padding=True, return_tensors="pt")
        with torch.inference_mode():
            ids = model.generate(**inputs, do_sample=False, max_new_tokens=max_new_tokens)
        written = ids[:, inputs["input_ids"].shape[1] :]
        answers += processor.batch_decode(written, skip_special_tokens=True)
    return answers


def blanked(picture: Image) -> Image:
    """A grey picture of the same size, (H, W, 3) uint8."""
    return np.full_like(picture, GREY)


def _batches(tasks: Sequence[EditTask], size: int) -> Iterator[Sequence[EditTask]]:
    for start in range(0, len(tasks), size):
        yield tasks[start : start + size]
