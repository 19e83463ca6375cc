"""A tool whose edits an actor of a Ray cluster makes, the same actor for all who name it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from editenv.failure import Failure
from editenv.models.ray_tools.actor import check_connected, find_actor, ray
from editenv.models.ray_tools.batching import Job, Result
from editenv.models.ray_tools.settings import Settings, split_name
from editenv.tools import make_tool
from editenv.tools.base import Edited, Prompt, PromptedTool, Tool, Wording
from editenv.tools.run import is_prompted
from editenv.tools.wrapper import ToolWrapper
from editenv.types import Image, Mask

_POLL_SECONDS = 0.1
"""How often an actor that starts again is asked whether it is there."""


class RayTool(ToolWrapper):
    """A tool that takes no words, in an actor; in all but its edits it is the tool that it holds.

    The tool is here too, for its options, prices and version, but makes no edit. It must pickle,
    and load what is expensive at its first edit only, as the tools of editenv do.

    Args:
        tool: is pickled to the actor, if the actor does not run yet.
        key: what makes two tools the same: they share an actor.
        settings: of the actor; None takes the defaults.
        address: of the cluster, for a process that belongs to none yet; see ``check_connected``.

    Raises:
        ValueError: a tool that takes words, which is for ``RayPromptedTool``.
    """

    def __init__(
        self, tool: Tool, key: str, settings: Settings | None = None, address: str | None = None
    ) -> None:
        if is_prompted(tool) != hasattr(self, "apply_prompted"):
            raise ValueError(
                f"tool={tool.name!r} in a {type(self).__name__}: RayTool is for tools that take no "
                "words, RayPromptedTool for those that do"
            )
        super().__init__(tool)
        self.key = key
        self.settings = settings or Settings()
        self._address = address
        self._handle: Any = None
        self._last_call = 0.0

    def apply(
        self, images: list[Image], masks: list[Mask], options: list[int]
    ) -> Sequence[Edited | Failure]:
        """Edit a batch; see ``Tool.apply``.

        Returns:
            N edits, whose pictures are read-only. A ``Failure``: ``"timeout"``; ``"connection"``
            where the actor died; ``"rate_limit"`` where its queue was full; ``"error"``.
        """
        return self._edit(list(map(Job, images, masks, options)))

    def start(self) -> None:
        """Find the actor or start it, and wait until it answers.

        Raises:
            ValueError: it runs with other settings.
            RuntimeError: there is no cluster, or the tool cannot be unpickled where the actor runs.
            TimeoutError: it does not start in time, such as where the cluster has no GPU left.
        """
        try:
            self._ready(time.monotonic() + self.settings.timeout)
        except ray.exceptions.RayActorError as error:
            raise RuntimeError(f"tool {self.name!r} did not start in its actor: {error}") from error

    def stop(self) -> None:
        """End the actor, for all who use it; the next call starts another."""
        check_connected(self._address)
        ray.kill(find_actor(self.key, self.tool, self.settings), no_restart=True)
        self._handle = None

    def counts(self) -> dict[str, int]:
        """Return what the actor did for all who use it; see ``ToolActor.counts``."""
        return ray.get(self._ready(time.monotonic() + self.settings.timeout).counts.remote())

    def close(self) -> None:
        """Close what is here; the actor is others' too, and ends when nobody has called it."""
        getattr(self.tool, "close", lambda: None)()

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the arguments, and where the cluster is."""
        address = self._address
        if ray.is_initialized():
            address = ray.get_runtime_context().gcs_address
        return type(self), (self.tool, self.key, self.settings, address)

    def _edit(self, jobs: list[Job]) -> list[Edited | Failure]:
        end = time.monotonic() + self.settings.timeout
        results = self._ask(jobs, end)
        self._last_call = time.monotonic()
        if isinstance(results, Failure):
            return [results] * len(jobs)
        return [
            result if isinstance(result, Failure) else result.onto(job.mask)
            for job, result in zip(jobs, results, strict=True)
        ]

    def _ask(self, jobs: list[Job], end: float) -> list[Result] | Failure:
        call = None
        try:
            call = self._ready(end).edit.remote(jobs)
            return ray.get(call, timeout=_left(end))
        except TimeoutError as error:
            if call is not None:
                ray.cancel(call)
            self._handle = None
            return self._failure("timeout", error)
        except ray.exceptions.RayActorError as error:
            self._handle = None
            return self._failure("connection", error)
        except ray.exceptions.RayError as error:
            return self._failure("error", error)

    def _ready(self, end: float) -> Any:
        """The handle of an actor that answers."""
        # One that nobody called for long may have ended.
        stale = time.monotonic() - self._last_call > self.settings.idle / 2
        if self._handle is None or stale:
            check_connected(self._address)
            self._handle = self._found(end)
            self._last_call = time.monotonic()
        return self._handle

    def _found(self, end: float) -> Any:
        while True:
            handle = find_actor(self.key, self.tool, self.settings)
            try:
                settings, options = ray.get(handle.facts.remote(), timeout=_left(end))
            except ray.exceptions.ActorUnavailableError:
                # It starts again; nothing was asked of it yet.
                time.sleep(min(_POLL_SECONDS, _left(end)))
                continue
            if not self.settings.same_actor(settings) or options != tuple(self.options):
                raise ValueError(
                    f"tool {self.name!r} runs in this cluster with {settings} and the options "
                    f"{options}, not with {self.settings} and {tuple(self.options)}"
                )
            return handle

    def _failure(self, kind: str, error: Exception) -> Failure:
        detail = f"{type(error).__name__}: {str(error).strip().partition(chr(10))[0]}"[:300]
        return Failure(kind, f"tool:{self.name}", 1, detail)


class RayPromptedTool(RayTool):
    """The same for a tool that takes words."""

    tool: PromptedTool

    def compose(self, wording: Wording, option: int) -> str:
        """What the tool says."""
        return self.tool.compose(wording, option)

    def apply_prompted(
        self, images: list[Image], masks: list[Mask], options: list[int], prompts: list[Prompt]
    ) -> Sequence[Edited | Failure]:
        """Edit a batch; see ``RayTool.apply``."""
        return self._edit(list(map(Job, images, masks, options, prompts)))


def _left(end: float) -> float:
    left = end - time.monotonic()
    if left <= 0:
        raise TimeoutError("no time is left")
    return left


def make_ray_tool(where: str) -> RayTool:
    """Build the tool of ``"ray:WHERE"``, and start its actor where it does not run yet.

    Args:
        where: what ``tools`` takes, ``"NAME"`` or ``"KIND:WHERE"``. Options behind its ``?`` that
            begin with ``ray.`` are those of ``Settings``; the others are the tool's.

    Raises:
        ValueError: an unknown tool, a wrong option, or the actor runs with other settings.
        RuntimeError: there is no cluster, or the actor cannot be built.
        TimeoutError: the actor does not start in time.
        gymnasium.error.DependencyNotInstalled: ray, or what the tool needs, is missing.
    """
    name, settings = split_name(where)
    tool = make_tool(name)
    made = (RayPromptedTool if is_prompted(tool) else RayTool)(tool, name, settings)
    made.start()
    return made
