"""How the small model is spoken to: a system prompt of a few words.

``editenv.answers.system_prompt`` explains every action and option. A model of this size cannot
read that; it learns the vocabulary from examples, and its prompts stay short.
"""

from __future__ import annotations

from typing import Any

SHORT_PROMPT = "List the edits."
"""Asks for subjects by name."""

POINT_PROMPT = "List the edits and point."
"""Asks for subjects by place, ``ImageEditTextEnv(subjects="points")``."""

NEXT_PROMPT = "Make the next edit."
"""Asks for one edit a turn, ``ImageEditTextEnv(max_turns=...)``; empty lists when all are made."""

PROMPTS = {"names": SHORT_PROMPT, "points": POINT_PROMPT}
"""By the environment's ``subjects``."""

Messages = list[dict[str, Any]]


def chat(instruction: str, system: str = SHORT_PROMPT) -> Messages:
    """Return chat messages with one place for the picture.

    Args:
        instruction: the user's words.
        system: the system prompt; ``""`` for none.
    """
    user = [{"type": "image"}, {"type": "text", "text": instruction}]
    messages = [{"role": "user", "content": user}]
    if system:
        messages.insert(0, {"role": "system", "content": [{"type": "text", "text": system}]})
    return messages


def with_short_prompt(record: dict[str, Any], system: str = SHORT_PROMPT) -> dict[str, Any]:
    """Return a record of ``editenv.envs.text.to_dataset`` with another system prompt.

    Args:
        record: its ``prompt`` is a system and a user message.
        system: the system prompt; ``""`` for none.
    """
    spoken = [message for message in record["prompt"] if message["role"] != "system"]
    told = [{"role": "system", "content": [{"type": "text", "text": system}]}] if system else []
    return {**record, "prompt": told + spoken}
