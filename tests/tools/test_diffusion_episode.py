"""Diffusion tools in episodes: words and seeds that the engine gives, costs, failures, closing."""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
import pytest
from diffusers import FluxKontextPipeline
from diffusion_edits import FLUX, SIDE, Folders
from tiny_pipelines import build

import editenv  # noqa: F401 (registers the ids)
from editenv.models.diffusion import DiffusionTool
from editenv.models.diffusion.store import STORE
from editenv.tools import Cost
from editenv.tools.cache import EditCache
from editenv.types import ToolCall


class Listening(FluxKontextPipeline):
    """A real pipeline that remembers what it was told."""

    told: list[tuple[str, int]] = []  # noqa: RUF012
    broken = False

    def __call__(self, **arguments: Any) -> Any:
        if self.broken:
            raise RuntimeError("it broke")
        seeds = (generator.initial_seed() for generator in arguments["generator"])
        self.told.extend(zip(arguments["prompt"], seeds, strict=True))
        return super().__call__(**arguments)


@pytest.fixture
def tool() -> Any:
    pipeline = build(FLUX)
    pipeline.__class__ = Listening
    Listening.told, Listening.broken = [], False
    found = DiffusionTool(
        pipeline, name="editor", size="picture", steps=1, cost=Cost(2.0, 0.1, 300.0)
    )
    yield found
    found.close()


def make(tools: list[Any], **arguments: Any) -> Any:
    env = gymnasium.make("ImageEdit-Direct-v0", tools=tools, image_size=SIDE, **arguments)
    env.reset(seed=0)
    return env


def a_region(env: Any) -> int:
    slots = env.unwrapped.workspace.regions
    return next(n for n, found in enumerate(slots) if n and found is not None)


def test_the_engine_gives_words_and_the_episodes_seed(tool: DiffusionTool) -> None:
    env = make([tool, "recolour"], edit_cache="off")
    slot = a_region(env)
    workspace = env.unwrapped.workspace
    instruction = workspace.task.instruction
    # Nobody has named the regions: a tool is told what they look like at that moment.
    labels = [workspace.named_regions[slot].label]
    env.step(np.array([0, slot, 0]))
    env.step(np.array([0, 0, 0]))
    labels.append(workspace.named_regions[slot].label)
    assert all(labels) and not workspace.regions[slot].label
    env.unwrapped.apply_call(ToolCall("editor", slot, 0, words="recolour the kite teal"))
    texts, seeds = zip(*Listening.told, strict=True)
    assert texts == (
        f"{instruction} Change only the {labels[0]}.",
        instruction,
        f"recolour the kite teal Change only the {labels[1]}.",
    )
    assert set(seeds) == {workspace.seed} and workspace.seed > 0
    env.reset(seed=1)
    assert env.unwrapped.workspace.seed != seeds[0]
    env.close()
    assert tool.pipeline is not None  # given as an object, so the environment leaves it open


def test_the_cache_counts_words(tool: DiffusionTool) -> None:
    env = make([tool, "recolour"], edit_cache=EditCache())
    slot = a_region(env)
    start = env.unwrapped.workspace.snapshot()
    canvases = []
    for words in ("make it teal", "make it pink", "make it teal"):
        env.unwrapped.workspace.restore(start)
        env.unwrapped.apply_call(ToolCall("editor", slot, 0, words=words))
        canvases.append(env.unwrapped.workspace.canvas.tobytes())
    assert canvases[0] == canvases[2] != canvases[1]
    assert len(Listening.told) == 2
    env.close()


def test_cost_is_in_info_and_counts_against_the_budget(tool: DiffusionTool) -> None:
    env = make([tool, "recolour"], budget={"seconds": 3.0}, edit_cache="off")
    action = np.array([0, a_region(env), 0])
    *_, info = env.step(action)
    assert info["cost"] == {"seconds": 2.0, "money": 0.1, "memory": 300.0}
    *_, info = env.step(action)
    assert info["cost"]["seconds"] == 2.0 and len(Listening.told) == 1
    env.close()


def test_a_failed_edit_truncates_and_is_not_scored(tool: DiffusionTool) -> None:
    env = make([tool, "recolour"], edit_cache="off")
    Listening.broken = True
    _, reward, terminated, truncated, info = env.step(np.array([0, a_region(env), 0]))
    assert (reward, terminated, truncated) == (0.0, False, True)
    assert info["failure"] == {"kind": "error", "component": "tool:editor", "attempts": 1}
    assert info["reward_terms"] == {}
    env.close()


def test_environments_share_a_pipeline_by_name_and_free_it(tiny_folder: Folders) -> None:
    users = len(STORE)
    name = f"diffusers:{tiny_folder(FLUX)}?size=picture&steps=1&device=cpu"
    first, second = make([name, "recolour"]), make([name, "recolour"], edit_cache="off")
    assert first.spec.to_json()
    assert len(STORE) == users + 1
    observed = [env.step(np.array([0, a_region(env), 0]))[0]["image"] for env in (first, second)]
    assert np.array_equal(*observed)
    first.close()
    second.step(np.array([0, a_region(second), 0]))
    second.close()
    assert len(STORE) == users
