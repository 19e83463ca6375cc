"""From conversations and pictures to what the model takes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from transformers import ProcessorMixin

from editenv.types import Image
from editenv_policies.small_vlm.prompt import Messages


def model_inputs(
    processor: ProcessorMixin,
    conversations: Sequence[Messages],
    pictures: Sequence[Image],
    *,
    to_be_answered: bool = False,
) -> dict[str, Any]:
    """Make a batch, padded on the left.

    Args:
        processor: of the model.
        conversations: chat messages, one list a record.
        pictures: (H, W, 3) uint8, one a record; empty where no conversation has a place for one.
        to_be_answered: begin the assistant's next message.

    Returns:
        ``input_ids`` and ``attention_mask``, (records, tokens) int64, and with pictures
        ``pixel_values``, (records, 3, side, side) float32.
    """
    texts = [
        processor.apply_chat_template(messages, add_generation_prompt=to_be_answered)
        for messages in conversations
    ]
    call: Any = processor  # its declared arguments leave out those that all processors take
    return {**call(images=pictures or None, text=texts, padding=True, return_tensors="pt")}
