"""How calls become batches, and what the name of a shared tool says: what needs no Ray."""

import asyncio
import sys

import numpy as np
import pytest
from gymnasium.error import DependencyNotInstalled
from slow_tools import SlowPainter, SlowTool

from editenv.failure import Failure
from editenv.models.ray_tools.batching import Batcher, Job
from editenv.models.ray_tools.settings import Settings, split_name
from editenv.tools import Prompt, make_tools

MASK = np.full((4, 4), 255, np.uint8)


def job(level=100, option=0, prompt=None):
    return Job(np.full((4, 4, 3), level, np.uint8), MASK, option, prompt)


def kinds(results):
    return [result.kind if isinstance(result, Failure) else None for result in results]


def test_calls_that_come_together_share_a_batch():
    tool = SlowTool()
    batcher = Batcher(tool, Settings(batch_size=4, wait=0.2))

    async def calls():
        return await asyncio.gather(*(batcher.edit([job(level)]) for level in range(20, 26)))

    results = asyncio.run(calls())
    assert [int(edit.image[0, 0, 0]) for (edit,) in results] == [255 - x for x in range(20, 26)]
    # The first batch is full; the second waits for a third picture in vain.
    assert tool.sizes == [4, 2]
    assert batcher.counts == {"edits": 6, "batches": 2, "refused": 0}


def test_a_region_that_stayed_travels_without_its_mask():
    (edit,) = asyncio.run(Batcher(SlowTool(), Settings()).edit([job()]))
    assert edit.mask is None and edit.onto(MASK).mask is MASK


def test_words_reach_a_tool_that_takes_them():
    prompts = [Prompt("a" * 7), Prompt("b" * 9)]
    jobs = [job(prompt=prompt) for prompt in prompts]
    edits = asyncio.run(Batcher(SlowPainter(), Settings()).edit(jobs))
    assert [int(edit.image[0, 0, 0]) for edit in edits] == [7, 9]


def test_what_does_not_fit_into_the_queue_fails():
    batcher = Batcher(SlowTool(0.05), Settings(batch_size=2, queue=3, wait=0.0))

    async def calls():
        return await asyncio.gather(*(batcher.edit([job(), job()]) for _ in range(3)))

    first, second, third = asyncio.run(calls())
    assert kinds(first) == [None, None]
    assert kinds(second) == [None, "rate_limit"]
    assert kinds(third) == ["rate_limit", "rate_limit"]
    assert batcher.counts["refused"] == 3


def test_one_bad_picture_harms_no_other():
    jobs = [job(), job(SlowTool.BAD), job(SlowTool.FAILING), job()]
    results = asyncio.run(Batcher(SlowTool(), Settings()).edit(jobs))
    assert kinds(results) == [None, "error", "refusal", None]
    assert results[1].component == "tool:slow" and "a bad picture" in results[1].detail


def test_a_tool_that_returns_too_little_fails_and_goes_on():
    class Short(SlowTool):
        def apply(self, images, masks, options):
            return super().apply(images, masks, options)[: self.kept]

    tool = Short()
    batcher = Batcher(tool, Settings())

    async def calls():
        tool.kept = 0
        broken = await batcher.edit([job()])
        tool.kept = 1
        return broken, await batcher.edit([job()])

    broken, whole = asyncio.run(calls())
    assert kinds(broken) == ["error"] and kinds(whole) == [None]


def test_who_has_given_up_takes_no_place():
    tool = SlowTool(0.1)
    batcher = Batcher(tool, Settings(batch_size=1, queue=1, wait=0.0))

    async def calls():
        first = asyncio.create_task(batcher.edit([job(1)]))
        await asyncio.sleep(0.03)
        second = asyncio.create_task(batcher.edit([job(2)]))
        await asyncio.sleep(0)
        second.cancel()
        await asyncio.sleep(0)
        return await batcher.edit([job(3)]), await first

    third, first = asyncio.run(calls())
    assert kinds(third) == kinds(first) == [None]
    assert tool.sizes == [1, 1]


@pytest.mark.parametrize(
    ("where", "name", "settings"),
    [
        ("blur", "blur", Settings()),
        ("blur?ray.queue=8", "blur", Settings(queue=8)),
        (
            "diffusers:F?steps=4&ray.num_gpus=0.5&size=64",
            "diffusers:F?steps=4&size=64",
            Settings(num_gpus=0.5),
        ),
        ("json:http://h/?a=1#m?money=2", "json:http://h/?a=1#m?money=2", Settings()),
        ("json:http://h/?a=1", "json:http://h/?a=1", Settings()),
    ],
)
def test_options_of_the_actor_are_told_from_those_of_the_tool(where, name, settings):
    assert split_name(where) == (name, settings)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("ray.que=1", "'que' is none of"),
        ("ray.queue=0", "queue=0 must be an integer of at least 1"),
        ("ray.batch_size=x", "batch_size='x' cannot be read"),
        ("ray.timeout=0", "timeout=0.0 must be a finite number above 0"),
        ("ray.num_gpus=-1", "num_gpus=-1.0 must be"),
        ("ray.queue=1&ray.queue=2", "'queue' is given twice"),
    ],
)
def test_wrong_options_are_named(query, said):
    with pytest.raises(ValueError) as caught:
        split_name(f"blur?{query}")
    assert said in str(caught.value)


def test_callers_may_have_their_own_patience_but_not_their_own_queue():
    assert Settings(timeout=1).same_actor(Settings(timeout=2))
    assert not Settings(queue=1).same_actor(Settings(queue=2))


def test_without_ray_the_extra_is_named(monkeypatch):
    for name in ("ray", "editenv.models.ray_tools.tool", "editenv.models.ray_tools.actor"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(DependencyNotInstalled, match=r"pip install 'editenv\[ray\]'"):
        make_tools(["ray:blur"])
