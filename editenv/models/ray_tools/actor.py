"""The actor that holds a tool, and how it is found in the cluster."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

from editenv.models.ray_tools.batching import Batcher, Job, Result
from editenv.models.ray_tools.settings import Settings
from editenv.optional import import_optional
from editenv.tools.base import Tool

ray: Any = import_optional("ray", "'editenv[ray]'", "tools=['ray:...']")

NAMESPACE = "editenv"
"""Of the actors, so that all jobs of a cluster find them."""

_forked = False


def _note_fork() -> None:
    global _forked
    _forked = ray.is_initialized()


os.register_at_fork(after_in_child=_note_fork)


class ToolActor:
    """Holds one tool and its queue; Ray runs one of it for the whole cluster.

    Args:
        tool: arrives pickled, and loads its model at its first edit.
        settings: see ``Settings``.
    """

    def __init__(self, tool: Tool, settings: Settings) -> None:
        self._batcher = Batcher(tool, settings)
        self._settings = settings
        self._facts = (settings, tuple(tool.options))
        self._open_calls = 0
        self._last_call = time.monotonic()
        self._idling: asyncio.Task[None] | None = None

    async def facts(self) -> tuple[Settings, tuple[str, ...]]:
        """Return the settings and the names of the tool's options."""
        self._idling = self._idling or asyncio.create_task(self._end_when_idle())
        self._last_call = time.monotonic()
        return self._facts

    async def edit(self, jobs: Sequence[Job]) -> list[Result]:
        """Make some edits; see ``Batcher.edit``."""
        self._open_calls += 1
        try:
            return await self._batcher.edit(jobs)
        finally:
            self._open_calls -= 1
            self._last_call = time.monotonic()

    async def counts(self) -> dict[str, int]:
        """Return ``Batcher.counts`` and ``pid``, the process of the actor."""
        return {**self._batcher.counts, "pid": os.getpid()}

    async def _end_when_idle(self) -> None:
        while self._open_calls or time.monotonic() - self._last_call < self._settings.idle:
            await asyncio.sleep(self._settings.idle / 10)
        ray.kill(ray.get_runtime_context().current_actor, no_restart=True)


def check_connected(address: str | None) -> None:
    """Make sure that this process belongs to a cluster.

    Args:
        address: to connect to where it does not yet; None for ``RAY_ADDRESS``, or the cluster that
            runs on this machine.

    Raises:
        RuntimeError: there is no cluster, or this process was forked from one that belongs to it.
    """
    if _forked:
        raise RuntimeError(
            "tools=['ray:...'] in a process that was forked after ray.init(): Ray does not work "
            "there; start processes with the method 'spawn' or 'forkserver'"
        )
    if ray.is_initialized():
        return
    try:
        ray.init(address=address or "auto", log_to_driver=False)
    except ConnectionError as error:
        raise RuntimeError(
            "tools=['ray:...'] found no Ray cluster: call ray.init() first, run "
            "`ray start --head`, or set RAY_ADDRESS"
        ) from error


def find_actor(key: str, tool: Tool, settings: Settings) -> Any:
    """Return the handle of the actor of a tool, which is started where it does not run yet.

    Args:
        key: what makes two tools the same; only its digest is part of the actor's name.
        tool: what the actor gets, if it is started.
        settings: likewise.
    """
    options: dict[str, Any] = {
        "name": actor_name(key),
        "namespace": NAMESPACE,
        "get_if_exists": True,
        # It outlives the environment that was the first to ask for it.
        "lifetime": "detached",
        # A dead one starts again, and the calls that it had are not repeated.
        "max_restarts": -1,
        "max_task_retries": 0,
        # Calls wait in the bounded queue, and not before it.
        "max_concurrency": settings.queue + settings.batch_size + 100,
        "num_cpus": settings.num_cpus,
        "num_gpus": settings.num_gpus,
    }
    return ray.remote(ToolActor).options(**options).remote(tool, settings)


def actor_name(key: str) -> str:
    """Return what the actor of a tool is called in the cluster."""
    return f"editenv tool {blake2b(key.encode(), digest_size=16).hexdigest()}"
