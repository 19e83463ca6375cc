"""From calls of many environments to batches of one tool. Nothing here needs Ray."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from editenv.failure import Failure
from editenv.models.ray_tools.settings import Settings
from editenv.tools.base import Prompt, Tool
from editenv.tools.cache.edits import CachedEdit
from editenv.tools.run import is_prompted
from editenv.types import Image, Mask


@dataclass(frozen=True, eq=False)
class Job:
    """One edit to make.

    Attributes:
        image: (H, W, 3) uint8.
        mask: (H, W) uint8.
        option: an index.
        prompt: what a tool that takes words is told, else None.
    """

    image: Image
    mask: Mask
    option: int
    prompt: Prompt | None = None


Result = CachedEdit | Failure
"""An edit without the mask that it was made for, so that it can travel; or why there is none."""


class Batcher:
    """Collects jobs and gives them to a tool, some at once, one batch after the other.

    A job whose caller has given up is left out. Used within one running event loop.

    Args:
        tool: works in a thread, so that jobs are taken meanwhile.
        settings: ``batch_size``, ``wait`` and ``queue``.

    Attributes:
        counts: of ``edits``, ``batches`` and ``refused`` jobs so far.
    """

    def __init__(self, tool: Tool, settings: Settings) -> None:
        self._tool = tool
        self._settings = settings
        self._waiting: deque[tuple[Job, asyncio.Future[Result]]] = deque()
        self._arrived = asyncio.Event()
        self._worker: asyncio.Task[None] | None = None
        self.counts = {"edits": 0, "batches": 0, "refused": 0}

    async def edit(self, jobs: Sequence[Job]) -> list[Result]:
        """Make some edits.

        Returns:
            One result a job; a ``Failure`` of kind ``"rate_limit"`` where the queue was full.
        """
        loop = asyncio.get_running_loop()
        if self._worker is None:
            self._worker = loop.create_task(self._work())
        self._waiting = deque(entry for entry in self._waiting if not entry[1].done())
        free = max(self._settings.queue - len(self._waiting), 0)
        entries = [(job, loop.create_future()) for job in jobs[:free]]
        self._waiting += entries
        self._arrived.set()
        refused = len(jobs) - len(entries)
        self.counts["refused"] += refused
        results = await asyncio.gather(*(future for _, future in entries))
        return [*results, *[self._failure("rate_limit", "the queue is full")] * refused]

    async def _work(self) -> None:
        while True:
            await self._arrived.wait()
            await self._fill()
            batch = self._take()
            results = await asyncio.to_thread(self._make, [job for job, _ in batch])
            for (_, future), result in zip(batch, results, strict=True):
                if not future.done():
                    future.set_result(result)

    async def _fill(self) -> None:
        """Wait until the batch is full, or its first picture has waited long enough."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._settings.wait):
                while len(self._waiting) < self._settings.batch_size:
                    self._arrived.clear()
                    await self._arrived.wait()

    def _take(self) -> list[tuple[Job, asyncio.Future[Result]]]:
        batch: list[tuple[Job, asyncio.Future[Result]]] = []
        while self._waiting and len(batch) < self._settings.batch_size:
            entry = self._waiting.popleft()
            if not entry[1].done():
                batch.append(entry)
        if self._waiting:
            self._arrived.set()
        else:
            self._arrived.clear()
        return batch

    def _make(self, jobs: list[Job]) -> list[Result]:
        if not jobs:
            return []
        try:
            results = self._apply(jobs)
        except Exception as error:
            # One bad picture must not harm those of other environments.
            if len(jobs) > 1:
                return [result for job in jobs for result in self._make([job])]
            return [self._failure("error", f"{type(error).__name__}: {error}"[:300])]
        self.counts["batches"] += 1
        self.counts["edits"] += len(jobs)
        return results

    def _apply(self, jobs: list[Job]) -> list[Result]:
        images, masks = [job.image for job in jobs], [job.mask for job in jobs]
        options = [job.option for job in jobs]
        if is_prompted(self._tool):
            prompts = [job.prompt or Prompt("") for job in jobs]
            edited = self._tool.apply_prompted(images, masks, options, prompts)
        else:
            edited = self._tool.apply(images, masks, options)
        return [
            edit if isinstance(edit, Failure) else CachedEdit.of(edit, mask)
            for mask, edit in zip(masks, edited, strict=True)
        ]

    def _failure(self, kind: str, detail: str) -> Failure:
        return Failure(kind, f"tool:{self._tool.name}", 1, detail)
