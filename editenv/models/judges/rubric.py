"""What a model is asked about an edited picture, and the one form of answer that counts."""

from __future__ import annotations

import json
import re
from typing import Any

from editenv.judges.base import BEST, Case
from editenv.models.chat import Message

QUESTIONS = ("instruction", "preserved", "quality")
"""The sub-scores, integers from 0 to 10."""

FORM = '{"instruction": 0, "preserved": 0, "quality": 0}'

WORDINGS: tuple[str, ...] = (
    "You are a strict judge of image editing. You see a picture before and after an edit. "
    "The user asked for this:\n{instruction}\n\n"
    "Give three whole numbers from 0 to 10.\n"
    "instruction: how far the edited picture does what the user asked "
    "(0: not at all, 10: all of it, exactly).\n"
    "preserved: how far everything that the user did not ask to change is as it was "
    "(0: another picture, 10: untouched).\n"
    "quality: how natural the edited picture looks, whatever was asked "
    "(0: broken, 10: no artefact, no distortion).",
    "Two versions of one picture follow: the original, and what an editor made of it on this "
    "request:\n{instruction}\n\n"
    "Rate the editor's work by three integers between 0 and 10.\n"
    "instruction - was the request carried out? 0 means nothing of it, 10 means everything.\n"
    "preserved - was the rest left alone? 0 means all of it changed, 10 means none of it did.\n"
    "quality - is the result clean and believable? 0 means ruined, 10 means flawless.",
    "Compare an original picture with its edited version. The request was:\n{instruction}\n\n"
    "Answer three questions with a whole number each, 0 the worst and 10 the best.\n"
    "quality: are there artefacts, seams, smears or distortions in the edited version?\n"
    "preserved: is what the request does not mention the same in both?\n"
    "instruction: does the edited version show what was requested, neither less nor more?",
)
"""The same three questions, worded differently, so that votes are not copies of one another."""

ORDER = (
    f"\n\nAnswer with one JSON object in exactly this form, and nothing else:\n{FORM}\n"
    "with your numbers in place of the zeros."
)

AGAIN = (
    "That was not the form asked for: %s. Answer with one JSON object and nothing else, "
    f"three whole numbers from 0 to 10:\n{FORM}"
)

_FENCE = re.compile(r"```(?:json)?\s*\n(.*)\n\s*```", re.DOTALL)


class BadAnswer(ValueError):
    """An answer that is not of the form asked for; the message says why."""


def ask(case: Case, wording: int, edited_first: bool) -> list[Message]:
    """Word the questions about one case.

    Args:
        case: what is judged.
        wording: index into ``WORDINGS``.
        edited_first: whether the edited picture is shown before the original one.
    """
    pictures = [
        [_text("Original picture:"), {"type": "image", "image": case.task.source}],
        [_text("Edited picture:"), {"type": "image", "image": case.canvas}],
    ]
    if edited_first:
        pictures.reverse()
    # The last word belongs to the form: the instruction is the user's and may say anything.
    question = WORDINGS[wording].format(
        instruction=json.dumps(case.task.instruction, ensure_ascii=False)
    )
    content = [_text(question), *pictures[0], *pictures[1], _text(ORDER.strip())]
    return [{"role": "user", "content": content}]


def ask_again(chat: list[Message], answer: str, reason: str) -> list[Message]:
    """Go on with a conversation whose answer was not of the form asked for."""
    return [
        *chat,
        {"role": "assistant", "content": [_text(answer[:500] or "(no answer)")]},
        {"role": "user", "content": [_text(AGAIN % reason)]},
    ]


def read_answer(answer: str) -> dict[str, int]:
    """Read the three numbers.

    Accepted is one JSON object with exactly the keys of ``QUESTIONS``, each an integer from 0 to
    10; white space around it and a Markdown code fence around all of it do not matter.

    Raises:
        BadAnswer: anything else; nothing is guessed.
    """
    found = read_object(answer)
    if set(found) != set(QUESTIONS):
        raise BadAnswer(f"its keys are not {', '.join(QUESTIONS)}")
    for name in QUESTIONS:
        value = found[name]
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= BEST:
            raise BadAnswer(f"{name} is not a whole number from 0 to 10")
    return {name: found[name] for name in QUESTIONS}


def read_object(answer: str) -> dict[str, Any]:
    """Read one JSON object; white space and a Markdown code fence around it do not matter.

    Raises:
        BadAnswer: anything else, also a key that comes twice.
    """
    text = answer.strip()
    fenced = _FENCE.fullmatch(text)
    try:
        found = json.loads(fenced[1] if fenced else text, object_pairs_hook=_no_key_twice)
    except (ValueError, RecursionError) as error:
        if isinstance(error, BadAnswer):
            raise
        raise BadAnswer("it is not one JSON object") from None
    if not isinstance(found, dict):
        raise BadAnswer("it is not one JSON object")
    return found


def _no_key_twice(pairs: list[tuple[str, object]]) -> dict[str, object]:
    if len({key for key, _ in pairs}) < len(pairs):
        raise BadAnswer("it has a key twice")
    return dict(pairs)


def _text(text: str) -> Message:
    return {"type": "text", "text": text}
