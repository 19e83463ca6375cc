"""The environment class of TRL's ``environment_factory``: its methods are the tools."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PIL import Image as Pillow

from editenv.answers import AnswerReward
from editenv.closing import Closers
from editenv.encoders import TextEncoder
from editenv.envs.text.keys import EnvsByKey
from editenv.envs.text.sources import tasks_and_tools
from editenv.envs.tool_use.session import EditSession, EditSessions
from editenv.envs.tool_use.signatures import Signature, signatures_of
from editenv.failure import ComponentDown
from editenv.grounders import Grounder
from editenv.judges import Judge
from editenv.tools import Tool, make_tools
from editenv.tools.cost import CostLimit

MAX_CALLS = 16
"""Edits of an episode; the last one hands the picture in."""

Blocks = list[dict[str, Any]]
"""Content of a chat message: a picture and a text."""


class ImageEditTools:
    """Makes environments whose methods are the tools of an id.

    An instance is what ``trl.GRPOTrainer`` takes as ``environment_factory``; it can be pickled.
    Every call makes an environment of the same class, with ``reset``, ``get_reward``, ``hand_in``
    and a method for each action: typed and documented, so that TRL can describe it to a model. A
    method returns the edited picture as an image block, and what was done as a text block. An edit
    that cannot be made changes nothing, and the text says why.

    The reward is that of ``ImageEditTextEnv`` for the same edits in as many answers. 0 where the
    model called nothing; None, which TRL takes for "not applicable", where a tool or a judge
    failed.

    All environments of a factory share tasks, tools, and every edit that members of a group have
    in common.

    Args:
        tasks: a registered id or a task source by name; the rows must be of the same.
        reward: preset or weights by term.
        judge: scores what is handed in: ``editenv.judges``.
        budget: most `seconds`, `money`, `memory` of an episode's edits.
        tools: None for those of the id.
        max_calls: edits of an episode, 1 to 1000.
        grounder: as in ``ImageEditEnv``.
        encoder: finds synonyms.

    >>> from editenv.text import ImageEditTools, rows
    >>> (row,) = rows("ImageEdit-Direct-v0", indices=[3], image_size=64)
    >>> environment = ImageEditTools("ImageEdit-Direct-v0")()
    >>> picture, instruction = environment.reset(**row)
    >>> instruction["text"]
    'Pull the kiwi a good way right.'
    >>> picture, said = environment.move(subject="kiwi", goal="right")
    >>> said["text"], picture["image"].size
    ('move kiwi -> right: done', (64, 64))
    >>> environment.get_reward()
    1.0

    Raises:
        ValueError: wrong tools. What else is wrong is said by the first ``reset``.
    """

    def __init__(
        self,
        tasks: str = "ImageEdit-v0",
        *,
        reward: str | Mapping[str, float] | AnswerReward | None = None,
        judge: str | Mapping[str, float] | Judge | None = None,
        budget: Mapping[str, float] | CostLimit | None = None,
        tools: str | Sequence[str | Tool] | None = None,
        max_calls: int = MAX_CALLS,
        grounder: str | Grounder = "scene",
        encoder: str | TextEncoder = "static",
    ) -> None:
        self._tasks = tasks
        self._arguments: dict[str, Any] = {
            "reward": reward,
            "judge": judge,
            "budget": budget,
            "tools": tools,
            "max_turns": max_calls,
            "grounder": grounder,
            "encoder": encoder,
        }
        self._prepare()

    def _prepare(self) -> None:
        named = tasks_and_tools(self._tasks, self._arguments["tools"])[1]
        self._closers = Closers()
        tools = self._closers.tools(named, make_tools(named))
        with self._closers.on_error():
            self._class = _environment_class(self._tasks, signatures_of(tools))
        self._envs = EnvsByKey(**{**self._arguments, "tools": tools})
        self._sessions: dict[int, EditSessions] = {}

    def __call__(self) -> ToolEnvironment:
        """Make an environment; reset it before anything else."""
        return self._class(self)

    def __getstate__(self) -> dict[str, Any]:
        """The arguments: environments and what they share do not travel."""
        return {"_tasks": self._tasks, "_arguments": self._arguments}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Make all else anew."""
        self.__dict__.update(state)
        self._prepare()

    def start(self, key: Mapping[str, Any]) -> EditSession:
        """Start a session from the key of a row.

        Raises:
            ValueError: a key of other tasks.
            IndexError: a task that the source does not have.
        """
        if key["tasks"] != self._tasks:
            raise ValueError(
                f"task={key!r} is of other tasks: this environment was made for {self._tasks!r}"
            )
        env = self._envs.find(key)
        sessions = self._sessions.setdefault(id(env), EditSessions(env))
        return sessions.start(int(key["index"]))

    def close(self) -> None:
        """Close what was built from names: models and connections."""
        self._sessions.clear()
        self._envs.close()
        self._closers.close()


class ToolEnvironment:
    """An episode at a time; public methods but ``reset`` and ``get_reward`` are tools.

    Args:
        factory: starts the sessions.
    """

    def __init__(self, factory: ImageEditTools) -> None:
        self._factory = factory
        self._session: EditSession | None = None
        self._down: ComponentDown | None = None

    def reset(self, **row: Any) -> Blocks:
        """Start the task of a row.

        Args:
            row: of ``editenv.text.rows``; only its ``task`` is read.

        Returns:
            The picture and the instruction, for the user's message.

        Raises:
            ValueError: a row without a task, or of other tasks.
        """
        if "task" not in row:
            raise ValueError(f"row={sorted(row)} must hold 'task', as editenv.text.rows writes it")
        self._session, self._down = self._factory.start(row["task"]), None
        return _blocks(self._session, self._session.instruction)

    def get_reward(self) -> float | None:
        """Return the reward of the episode; work that was not handed in is handed in first.

        Raises:
            ComponentDown: a tool or the judge failed too often in a row.
        """
        session = self._running()
        if self._down is not None:
            raise self._down
        session.finish()
        return session.reward

    def hand_in(self) -> Blocks:
        """Hand the picture in, when nothing is left to do.

        Returns:
            The picture as it was handed in.
        """
        return self._called(lambda session: session.hand_in())

    def _running(self) -> EditSession:
        if self._session is None:
            raise RuntimeError("call reset() first: there is no task yet")
        return self._session

    def _edit(self, action: str, subject: str, goal: str) -> Blocks:
        return self._called(lambda session: session.edit(action, subject, goal))

    def _called(self, call: Callable[[EditSession], str]) -> Blocks:
        session = self._running()
        try:
            return _blocks(session, call(session))
        except ComponentDown as down:
            # A trainer tells the model what its tools raise, and goes on.
            self._down = down
            raise


def _blocks(session: EditSession, text: str) -> Blocks:
    picture = Pillow.fromarray(session.image.copy())
    return [{"type": "image", "image": picture}, {"type": "text", "text": text}]


def _environment_class(tasks: str, signatures: Sequence[Signature]) -> type[ToolEnvironment]:
    """A class with a method for each action. TRL logs the reward by the name of the class."""
    methods = {signature.name: _method(signature) for signature in signatures}
    return type(re.sub(r"\W", "", tasks) + "Tools", (ToolEnvironment,), methods)


def _method(signature: Signature) -> Callable[..., Blocks]:
    """The method of an action, with its own parameters: TRL reads them to describe the tool."""
    action, fixed = signature.action, signature.fixed_subject

    def with_both(self: ToolEnvironment, subject: str, goal: str) -> Blocks:
        return self._edit(action, subject, goal)

    def with_subject(self: ToolEnvironment, subject: str) -> Blocks:
        return self._edit(action, subject, "")

    def with_goal(self: ToolEnvironment, goal: str) -> Blocks:
        return self._edit(action, fixed, goal)

    def with_nothing(self: ToolEnvironment) -> Blocks:
        return self._edit(action, fixed, "")

    if fixed:
        method = with_goal if signature.takes_goal else with_nothing
    else:
        method = with_both if signature.takes_goal else with_subject
    method.__name__ = method.__qualname__ = signature.name
    method.__doc__ = signature.docstring
    method.__annotations__ = {**signature.annotations, "return": list}
    return method
