"""A critic that asks a chat model."""

from __future__ import annotations

from typing import Any

from editenv.agents.roles import VERDICTS, RoundView, Verdict
from editenv.models.chat import ChatModel
from editenv.models.chat.base import Message
from editenv.models.members.asking import Asker, Unreadable, says
from editenv.workspace import Workspace

SYSTEM = """\
You check the work of a team that edits photos step by step. You see what the user wants, the \
photo before the last step and the photo after it. Answer with exactly one word:
accept - the step was right, but not everything is done yet
undo - the step was wrong: take it back
submit - everything the user wants is done, and nothing else was changed"""
"""The default system prompt."""

_THINK, _THOUGHT = "<think>", "</think>"


class ChatCritic:
    """Shows a chat model the canvas before and after the step and asks for one word.

    The whole answer must be ``accept``, ``undo`` or ``submit``; letter case, white space around it
    and thoughts in ``<think>`` before it do not count. Nothing else is taken for a verdict.

    Args:
        model: as in ``editenv.models.chat.make_chat_model``.
        system: the system prompt; None is ``SYSTEM``, ``""`` is none.
        max_tokens: the longest answer, thoughts included.
        retries: how often an unreadable answer is shown to the model.

    Raises:
        ValueError: a bad argument.
    """

    def __init__(
        self,
        model: str | ChatModel,
        *,
        system: str | None = None,
        max_tokens: int = 512,
        retries: int = 1,
    ) -> None:
        self._asker = Asker(model, "agent:critic", max_tokens=max_tokens, retries=retries)
        self._system = SYSTEM if system is None else system

    def reset(self, workspace: Workspace) -> None:
        """Nothing to forget."""

    def judge(self, view: RoundView) -> Verdict:
        """Return the model's verdict.

        Raises:
            FailureError: the model fails, or gives no verdict.
        """
        return self._asker.ask(self._question(view), read_verdict)

    def _question(self, view: RoundView) -> list[Message]:
        asked = says(
            "user",
            f"The user wants: {view.instruction}\nThe last step: {_step(view)}\nBefore it:",
            view.before,
            "After it:",
            view.canvas,
            "accept, undo or submit?",
        )
        return [says("system", self._system), asked] if self._system else [asked]

    def close(self) -> None:
        """Free the model, where this member built it."""
        self._asker.close()

    def __deepcopy__(self, memo: dict[int, Any]) -> ChatCritic:
        """A critic has no memory, so copies share it."""
        return self


def _step(view: RoundView) -> str:
    """The round in words, as far as it is decided."""
    if view.canvas is view.before:
        left = "" if view.intent else "; the team sees nothing left to do"
        return f"nothing was changed{left}"
    intent = view.intent
    if intent is None:
        return "a change that nobody asked for"
    goal = f", {intent.goal}" if intent.goal else ""
    return f"{intent.action}, {intent.subject}{goal}"


def read_verdict(text: str) -> Verdict:
    """Read an answer.

    Raises:
        Unreadable: it is no verdict.
    """
    rest = text.strip()
    if rest.startswith(_THINK):
        _, closed, rest = rest.partition(_THOUGHT)
        if not closed:
            raise Unreadable(f"{_THINK} is never closed")
    word = rest.strip().lower()
    for verdict in VERDICTS:
        if word == verdict:
            return verdict  # type: ignore[return-value]
    raise Unreadable(f"{rest.strip()[:100]!r} is not one of the words {', '.join(VERDICTS)}")
