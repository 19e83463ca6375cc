"""Every pipeline that is named: built tiny, saved, loaded by folder, used as a tool."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import gymnasium
import numpy as np
import pytest
from tiny_pipelines import PIPELINES, build

import editenv  # noqa: F401 (registers the ids)
from editenv.models.diffusion import ADAPTERS, DiffusionTool
from editenv.tools import Edited, Prompt, PromptedTool, Tool, make_tool
from editenv.types import Image, Mask

SIDE = 32
TEXTS = ["make it red", "remove the cat", "a much longer text, with a goal"]
QUICK = "size=picture&steps=2&device=cpu"


def pictures(count: int, side: int = SIDE) -> list[Image]:
    rng = np.random.default_rng(0)
    return [rng.integers(0, 256, (side, side, 3), np.uint8) for _ in range(count)]


def region(side: int = SIDE) -> Mask:
    mask = np.zeros((side, side), np.uint8)
    mask[8:20, 10:24] = 255
    mask[7, 10:24] = 90
    return mask


@pytest.fixture(scope="module", params=list(PIPELINES))
def tool(request: pytest.FixtureRequest, tiny_folder: Callable[[str], Path]) -> Iterator[Tool]:
    made = make_tool(f"diffusers:{tiny_folder(request.param)}?{QUICK}")
    yield made
    made.close()


def edit(tool: DiffusionTool, seeds: list[int], texts: list[str] | None = None) -> list[Edited]:
    count = len(seeds)
    texts = texts or TEXTS[:count]
    prompts = [Prompt(text, seed) for text, seed in zip(texts, seeds, strict=True)]
    return tool.apply_prompted(pictures(count), [region()] * count, [0] * count, prompts)


def test_every_adapter_has_a_tiny_pipeline() -> None:
    assert set(ADAPTERS) == set(PIPELINES)


def test_batched_and_single_edits_are_equal(tool: DiffusionTool) -> None:
    """Equal up to the rounding of matrix products, which depends on the batch's size."""
    assert isinstance(tool, PromptedTool)
    batched = edit(tool, [5, 6, 7])
    assert all(isinstance(edited, Edited) for edited in batched), batched
    for number, together in enumerate(batched):
        prompt = Prompt(TEXTS[number], 5 + number)
        (alone,) = tool.apply_prompted([pictures(3)[number]], [region()], [0], [prompt])
        assert alone.image.dtype == np.uint8
        assert np.abs(alone.image.astype(int) - together.image).max() <= 1


def test_equal_seeds_give_equal_bytes_and_others_do_not(tool: DiffusionTool) -> None:
    first, again, other = (edit(tool, [seed])[0].image for seed in (1, 1, 2))
    assert first.tobytes() == again.tobytes()
    assert first.tobytes() != other.tobytes()


def test_the_prompt_matters(tool: DiffusionTool) -> None:
    one, other = (edit(tool, [1], [text])[0].image for text in ("make it red", "snow"))
    assert one.tobytes() != other.tobytes()


def test_pixels_outside_the_region_are_exact(tool: DiffusionTool) -> None:
    (edited,) = edit(tool, [3])
    changed = (edited.image != pictures(1)[0]).any(axis=-1)
    assert changed.any()
    assert not changed[region() == 0].any()


def test_a_picture_of_odd_size_stays_so(tool: DiffusionTool) -> None:
    rng = np.random.default_rng(1)
    image = rng.integers(0, 256, (37, 51, 3), np.uint8)
    mask = np.zeros((37, 51), np.uint8)
    mask[5:20, 30:] = 255
    (edited,) = tool.apply_prompted([image], [mask], [0], [Prompt("blue", 0)])
    assert isinstance(edited, Edited), edited
    assert edited.image.shape == image.shape
    assert np.array_equal(edited.image[mask == 0], image[mask == 0])


def first_region(env: gymnasium.Env) -> int:
    slots = env.unwrapped.workspace.regions  # type: ignore[attr-defined]
    return next(n for n, found in enumerate(slots) if n and found is not None)


def test_a_tool_in_an_episode(tool: DiffusionTool) -> None:
    """The same seed and actions give the same bytes, with the edit cache and without."""
    canvases = []
    for cache in ("auto", "off"):
        env = gymnasium.make(
            "ImageEdit-Direct-v0", tools=[tool, "recolour"], image_size=SIDE, edit_cache=cache
        )
        before, _ = env.reset(seed=0)
        slot = first_region(env)
        after, _, terminated, truncated, info = env.step(np.array([0, slot, 0]))
        assert not info["invalid"] and not terminated and not truncated
        assert (after["image"] != before["image"]).any()
        after, _, _, _, info = env.step(np.array([1, first_region(env), 0]))
        assert not info["invalid"]
        canvases.append(after["image"].tobytes())
        env.close()
    assert canvases[0] == canvases[1]


def test_a_tool_in_a_vector_environment(tool: DiffusionTool) -> None:
    """Four environments, whose pictures go through the pipeline together."""
    arguments = {"tools": [tool, "recolour"], "image_size": SIDE, "edit_cache": "off"}
    singles = [gymnasium.make("ImageEdit-Direct-v0", **arguments) for _ in range(3)]
    for seed, env in enumerate(singles):
        env.reset(seed=seed)
    actions = np.array([[0, first_region(env), 0] for env in singles])
    together = gymnasium.make_vec("ImageEdit-Direct-v0", num_envs=3, **arguments)
    together.reset(seed=0)
    images = together.step(actions)[0]["image"]
    for env, action, image in zip(singles, actions, images, strict=True):
        alone = env.step(action)[0]["image"]
        assert np.abs(alone.astype(int) - image).max() <= 1
        env.close()
    together.close()


def test_a_pipeline_object_is_a_tool() -> None:
    pipeline = build("FluxKontextPipeline")
    tool = DiffusionTool(pipeline, size="picture", steps=1)
    (edited,) = edit(tool, [0])
    assert edited.image.shape == (SIDE, SIDE, 3)
    tool.close()
