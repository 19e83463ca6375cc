"""Greedy answers of the model to a batch of tasks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from transformers import PreTrainedModel, ProcessorMixin

from editenv.types import EditTask, Image
from policies.small_vlm.inputs import model_inputs
from policies.small_vlm.prompt import chat

GREY = 128
"""What a picture is filled with that is not to be seen."""

MOST_TOKENS = 96
"""Room for the longest answers, of five edits."""


def answer_tasks(
    model: PreTrainedModel,
    processor: ProcessorMixin,
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
        said = [chat(task.instruction) for task in part]
        inputs = model_inputs(processor, said, pictures, to_be_answered=True)
        generate: Any = model.generate  # the declared type holds for models of text only
        with torch.inference_mode():
            ids = generate(**inputs, do_sample=False, max_new_tokens=max_new_tokens)
        written = ids[:, inputs["input_ids"].shape[1] :]
        answers += processor.batch_decode(written, skip_special_tokens=True)
    return answers


def blanked(picture: Image) -> Image:
    """A grey picture of the same size, (H, W, 3) uint8."""
    return np.full_like(picture, GREY)


def _batches(tasks: Sequence[EditTask], size: int) -> Iterator[Sequence[EditTask]]:
    for start in range(0, len(tasks), size):
        yield tasks[start : start + size]
