"""An interpreter that asks a chat model for the paper's decomposition."""

from __future__ import annotations

from copy import copy
from typing import Any

from editenv.agents.roles import Intent, RoundView
from editenv.answers import NameFinder, parse_answer, system_prompt
from editenv.answers.execute import as_tools_say
from editenv.answers.words import exact
from editenv.encoders import TextEncoder, make_encoder
from editenv.models.chat import ChatModel
from editenv.models.chat.base import Message
from editenv.models.members.asking import Asker, Unreadable, says
from editenv.workspace import Workspace


class ChatInterpreter:
    """Asks once an episode for the list of edits and hands out one a round.

    The answer is in the format of ``editenv.answers``, the paper's lists of actions, subjects and
    goals (*ImageEdit-R1*), read by the same strict parser. Actions and goals are handed out as the
    tools call them, synonyms included; what no tool knows is handed out as it was said, so that the
    others find nothing that fits and the round changes nothing. Three empty lists say that nothing
    is to be done.

    Args:
        model: as in ``editenv.models.chat.make_chat_model``.
        system: the system prompt; None explains the format, and the tools with their goals
            (``editenv.answers.system_prompt``); ``""`` for none.
        max_tokens: the longest answer.
        retries: how often a malformed answer is shown to the model with what is wrong with it.
        encoder: finds synonyms of goals.

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
        encoder: str | TextEncoder = "static",
    ) -> None:
        self._asker = Asker(model, "agent:interpreter", max_tokens=max_tokens, retries=retries)
        self._system = system
        self._names = NameFinder(make_encoder(encoder))
        self._plan: tuple[Intent, ...] | None = None

    def reset(self, workspace: Workspace) -> None:
        """Forget the last plan."""
        self._plan = None

    def interpret(self, view: RoundView) -> Intent | None:
        """Return the next edit, or None when nothing is left.

        Raises:
            FailureError: the model fails, or gives no answer in the format.
        """
        if self._plan is None:
            self._plan = self._asker.ask(self._question(view), _edits_of)
        if not self._plan:
            return None
        edit, *rest = self._plan
        self._plan = tuple(rest)
        return self._as_tools_say(edit, view)

    def _question(self, view: RoundView) -> list[Message]:
        system = self._system
        if system is None:
            system = system_prompt(list(view.tools.values()))
        asked = [says("user", view.canvas, view.instruction)]
        return [says("system", system), *asked] if system else asked

    def _as_tools_say(self, edit: Intent, view: RoundView) -> Intent:
        tools = view.tools.values()
        action = exact(edit.action, [tool.action for tool in tools])
        if action is None:
            return edit
        goal = as_tools_say(edit.goal, action, tools, self._names)
        return Intent(action, edit.subject, edit.goal if goal is None else goal)

    def close(self) -> None:
        """Free the model, where this member built it."""
        self._asker.close()

    def __deepcopy__(self, memo: dict[int, Any]) -> ChatInterpreter:
        """A copy has the rest of the plan; everything else is shared."""
        return copy(self)


def _edits_of(text: str) -> tuple[Intent, ...]:
    answer = parse_answer(text)
    if answer.problem:
        raise Unreadable(answer.problem)
    return answer.edits
