"""Run jobs through a pipeline in batches; what goes wrong is a failure in the job's place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image as Pictures

from editenv.failure import Failure
from editenv.models.diffusion.adapters import Adapter
from editenv.models.diffusion.arguments import Choice
from editenv.models.diffusion.fit import Fit, Size, fit
from editenv.models.diffusion.store import Handle, release_memory
from editenv.tools.base import Prompt
from editenv.types import Image, Mask


@dataclass(frozen=True, eq=False)
class Job:
    """One picture to make.

    Attributes:
        image: (H, W, 3) uint8.
        wanted: (H, W) uint8, above 0 where something new is wanted; for pipelines with masks.
        choice: steps and guidance.
        prompt: text, and seed of the picture's own generator.
    """

    image: Image
    wanted: Mask
    choice: Choice
    prompt: Prompt


@dataclass(frozen=True)
class Runner:
    """Runs jobs.

    Attributes:
        component: who a failure names, ``"tool:NAME"``.
        adapter: how the pipeline is called.
        handle: the pipeline.
        size: see ``fit``.
        multiple: both sides of what the pipeline sees are multiples of it.
        negative: the negative prompt, or None.
        strength: for pipelines that take one.
        batch_size: the most pictures in one call.
        extra: further arguments of the pipeline's call.
    """

    component: str
    adapter: Adapter
    handle: Handle
    size: Size
    multiple: int
    negative: str | None
    strength: float | None
    batch_size: int
    extra: Mapping[str, Any]

    def run(self, jobs: Sequence[Job]) -> list[Image | Failure]:
        """Make the pictures, (H, W, 3) uint8 each, as large as the jobs' own.

        Pictures of the same size, steps and guidance go through the pipeline together. A call that
        raises is done again in two halves, down to single pictures, so that one bad picture harms
        no other, and so that a batch that does not fit into memory becomes smaller ones; the
        number that fits is remembered.
        """
        groups: dict[tuple[Choice, Fit], list[int]] = {}
        native = _native_side(self.handle.pipeline())
        for number, job in enumerate(jobs):
            height, width = job.image.shape[:2]
            plan = fit(height, width, self.size, native, self.multiple)
            groups.setdefault((job.choice, plan), []).append(number)
        made: dict[int, Image | Failure] = {}
        for (_, plan), numbers in groups.items():
            while numbers:
                most = self.batch_size if self.adapter.batches else 1
                most = min(most, self.handle.most.get(plan, most))
                now, numbers = numbers[:most], numbers[most:]
                results = self._try([jobs[n] for n in now], plan, attempt=1)
                made.update(zip(now, results, strict=True))
        return [made[number] for number in range(len(jobs))]

    def _try(self, jobs: Sequence[Job], plan: Fit, attempt: int) -> list[Image | Failure]:
        try:
            return self._call(jobs, plan, attempt)
        except Exception as error:
            reason, out_of_memory = f"{type(error).__name__}: {error}"[:300], _out_of_memory(error)
        # Outside the except block: the error's traceback held the tensors of the failed call.
        if out_of_memory:
            release_memory()
        if len(jobs) == 1:
            return [Failure("error", self.component, attempt, reason)]
        half = (len(jobs) + 1) // 2
        if out_of_memory:
            self.handle.most[plan] = half
        first = self._try(jobs[:half], plan, attempt + 1)
        return first + self._try(jobs[half:], plan, attempt + 1)

    def _call(self, jobs: Sequence[Job], plan: Fit, attempt: int) -> list[Image | Failure]:
        import torch

        choice = jobs[0].choice
        request = {
            "image": [Pictures.fromarray(plan.there(job.image)) for job in jobs],
            "mask_image": [Pictures.fromarray(plan.mask_there(job.wanted)) for job in jobs],
            "prompt": [job.prompt.text for job in jobs],
            "negative_prompt": self.negative and [self.negative] * len(jobs),
            # On the CPU whatever the device, so that a seed means the same noise everywhere.
            "generator": [torch.Generator("cpu").manual_seed(job.prompt.seed) for job in jobs],
            "width": plan.wide,
            "height": plan.tall,
            "num_inference_steps": choice.steps,
            "guidance": choice.guidance,
            "strength": self.strength,
        }
        with self.handle.lock:
            output = self.adapter.call(self.handle.pipeline(), request, self.extra)
        flags = getattr(output, "nsfw_content_detected", None) or [False] * len(jobs)
        return [
            self._picture(picture, plan, bool(flagged), attempt)
            for picture, flagged in zip(output.images, flags, strict=True)
        ]

    def _picture(self, made: Any, plan: Fit, flagged: bool, attempt: int) -> Image | Failure:
        """Turn (tall, wide, 3) float in [0, 1] into a picture of the job's size."""
        kind, detail = "error", ""
        if flagged:
            kind, detail = "refusal", "the safety checker objects"
        elif made.shape != (plan.tall, plan.wide, 3):
            detail = f"a picture of shape {made.shape}, not {(plan.tall, plan.wide, 3)}"
        elif not np.isfinite(made).all():
            detail = "not all pixels are finite numbers"
        if detail:
            return Failure(kind, self.component, attempt, detail)
        return plan.back((made * 255).round().astype(np.uint8))


def _native_side(pipeline: Any) -> int:
    """Side in pixels of the square that a pipeline was made for."""
    sample = getattr(pipeline, "default_sample_size", None) or pipeline.unet.config.sample_size
    return int(np.max(sample)) * pipeline.vae_scale_factor


def _out_of_memory(error: Exception) -> bool:
    import torch

    return isinstance(error, (torch.OutOfMemoryError, MemoryError)) or "not enough memory" in str(
        error
    )
