"""What goes wrong in a pipeline is a failure in its place."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import FluxKontextPipeline
from diffusion_edits import FLUX, SIDE, edit, picture, region
from tiny_pipelines import build

from editenv.failure import Failure
from editenv.models.diffusion import DiffusionTool
from editenv.tools import Edited, Prompt


class Troubled(FluxKontextPipeline):
    """A real pipeline that also has accidents."""

    most = 99
    calls: list[int] = []  # noqa: RUF012

    def __call__(self, **arguments: Any) -> Any:
        prompts = arguments["prompt"]
        self.calls.append(len(prompts))
        if len(prompts) > self.most:
            raise torch.OutOfMemoryError("CUDA out of memory")
        if "raise" in prompts:
            raise RuntimeError("it broke")
        output = super().__call__(**arguments)
        images = output.images
        for image, prompt in zip(images, prompts, strict=True):
            if prompt == "nan":
                image[0, 0, 0] = np.nan
        flags = [prompt == "naughty" for prompt in prompts]
        return SimpleNamespace(images=images, nsfw_content_detected=flags)


@pytest.fixture
def troubled() -> Any:
    pipeline = build(FLUX)
    pipeline.__class__ = Troubled
    Troubled.calls = []
    Troubled.most = 99
    tool = DiffusionTool(pipeline, size="picture", steps=1, name="troubled")
    yield tool
    tool.close()


@pytest.mark.parametrize(
    ("trouble", "kind"), [("raise", "error"), ("nan", "error"), ("naughty", "refusal")]
)
def test_trouble_is_a_failure_in_its_place(troubled: Any, trouble: str, kind: str) -> None:
    expected = edit(troubled, ["red", "blue", "snow"])
    found = edit(troubled, ["red", trouble, "snow"])
    assert isinstance(found[1], Failure)
    assert (found[1].kind, found[1].component) == (kind, "tool:troubled")
    for number in (0, 2):
        assert np.abs(found[number].image.astype(int) - expected[number].image).max() <= 1


def test_a_batch_too_large_for_memory_is_halved_and_that_is_remembered(troubled: Any) -> None:
    Troubled.most = 2
    found = edit(troubled, ["red"] * 5)
    assert all(isinstance(edited, Edited) for edited in found)
    assert Troubled.calls == [5, 3, 2, 1, 2]
    Troubled.calls = []
    edit(troubled, ["red"] * 4)
    assert Troubled.calls == [2, 2]


def test_a_picture_too_large_for_memory_is_a_failure(troubled: Any) -> None:
    Troubled.most = 0
    found = edit(troubled, ["red", "blue"])
    assert [failure.kind for failure in found] == ["error", "error"]
    assert [failure.attempts for failure in found] == [2, 2]
    assert "out of memory" in found[0].detail


def test_a_call_on_an_empty_mask_changes_nothing(troubled: Any) -> None:
    (found,) = edit(troubled, ["red"], np.zeros((SIDE, SIDE), np.uint8))
    assert np.array_equal(found.image, picture()) and not Troubled.calls


def test_a_batch_is_cut_to_batch_size() -> None:
    pipeline = build(FLUX)
    pipeline.__class__ = Troubled
    Troubled.calls, Troubled.most = [], 99
    tool = DiffusionTool(pipeline, size="picture", steps=(1, 2), batch_size=2)
    images, masks = [picture()] * 5, [region()] * 5
    tool.apply_prompted(images, masks, [0, 1, 0, 0, 1], [Prompt("red")] * 5)
    assert Troubled.calls == [2, 1, 2]  # three at one step, two at two steps
