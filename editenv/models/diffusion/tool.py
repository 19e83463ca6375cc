"""Any diffusers editing pipeline as a tool."""

from __future__ import annotations

import json
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property, partial
from hashlib import blake2b
from importlib.metadata import version as version_of
from pathlib import Path
from typing import Any

import numpy as np

from editenv.failure import Failure, FailureError
from editenv.models.diffusion.adapters import adapter_of
from editenv.models.diffusion.arguments import (
    checked_costs,
    checked_goals,
    checked_size,
    checked_strength,
    choices,
    numbers,
    one_of,
)
from editenv.models.diffusion.fit import OUTSIDES, Size, area_of, paste
from editenv.models.diffusion.measure import measured
from editenv.models.diffusion.runner import Job, Runner
from editenv.models.diffusion.source import source_of
from editenv.models.diffusion.store import STORE
from editenv.models.diffusion.wording import (
    ACTIONS,
    NEGATIVES,
    TEMPLATES,
    checked_templates,
    compose,
)
from editenv.options import checked_number
from editenv.tools.base import Edited, Prompt, Target, Wording
from editenv.tools.cost import Cost
from editenv.types import Image, Mask


class DiffusionTool:
    """An editing pipeline of diffusers: instruction editors and inpainters. A ``PromptedTool``.

    The pipeline is loaded at the first edit, once a process: tools with equal ``where``,
    ``device``, ``dtype``, ``offload`` and ``lora`` share it, whatever else they differ in. The last
    ``close()`` frees it. A closed tool raises ``RuntimeError``; make another one.

    A picture's noise comes from its prompt's seed alone, never from the batch that it is in. Single
    and batched calls give the same picture up to the rounding of matrix products (1/255 a value).

    Args:
        where: a folder with ``model_index.json``, a hub name, or a pipeline object. An object is
            used as it is: ``device``, ``dtype``, ``offload`` and ``lora`` must be left alone.
        name: unique name; default the action and the last part of ``where``.
        action: ``"edit"``, ``"remove"`` or ``"replace"``; default ``"remove"`` for pipelines that
            take a mask, ``"edit"`` for others. Only ``"edit"`` by a pipeline without a mask works
            on the whole image too.
        steps: numbers of denoising steps, each an option; default one, the adapter's.
        guidance: guidance scales, each an option; default one, the adapter's.
        goals: what ``"replace"`` may put in the region's place, each an option. Without goals the
            prompt's words alone say so, and the region keeps its label.
        template: how prompts are composed: one text or several, with fields of
            ``wording.FIELDS``; the first whose fields are all known is taken.
        negative: negative prompt; ``""`` for none where the adapter has a default.
        strength: 0 to 1, how much of the old content goes, for pipelines that ask.
        device: ``"auto"`` (a GPU if there is one), ``"cpu"``, ``"cuda"``, ``"cuda:1"``, ...
        dtype: ``"auto"`` (bfloat16, on a CPU float32), ``"float32"``, ``"bfloat16"`` or
            ``"float16"``.
        offload: ``"model"`` keeps on the device only the part at work, ``"sequential"`` only the
            layer at work.
        lora: folders or safetensors files with LoRA weights.
        lora_scale: how strongly they count.
        size: what the pipeline sees: ``"native"``, the size that it was made for (the picture is
            scaled there and back); ``"picture"``, the picture's own; or the side in pixels of a
            square with the wanted area.
        multiple: both sides that the pipeline sees are multiples of it; default the least that the
            pipeline takes.
        outside: for calls on a region, ``"exact"``: no pixel where the mask is 0 changes, and the
            rim is blended; ``"near"``: only the rim and contact shadow around it may change too;
            ``"free"``: the pipeline's whole picture is taken.
        batch_size: the most pictures in one call of the pipeline.
        cost: what an edit costs, one for all options or one for each; see ``measure_cost``.
        call: further arguments of the pipeline's call, such as ``{"true_cfg_scale": 4.0}``.

    Raises:
        ValueError: an argument is not as above, or there is no such pipeline.
        gymnasium.error.DependencyNotInstalled: diffusers or what it needs is missing.
    """

    expensive = True
    seed = None

    def __init__(
        self,
        where: Any,
        *,
        name: str | None = None,
        action: str | None = None,
        steps: int | Sequence[int] | None = None,
        guidance: float | Sequence[float] | None = None,
        goals: Sequence[str] = (),
        template: str | Sequence[str] | None = None,
        negative: str | None = None,
        strength: float | None = None,
        device: str = "auto",
        dtype: str = "auto",
        offload: str | None = None,
        lora: str | Path | Sequence[str | Path] = (),
        lora_scale: float = 1.0,
        size: Size = "native",
        multiple: int | None = None,
        outside: str = "exact",
        batch_size: int = 8,
        cost: Cost | Sequence[Cost] | None = None,
        call: Mapping[str, Any] | None = None,
    ) -> None:
        arguments = {k: v for k, v in locals().items() if k not in ("self", "where")}
        self._remake = partial(type(self), where, **arguments)
        self._source = source_of(where, device, dtype, offload, lora, lora_scale)
        adapter = adapter_of(self._source.class_names)
        default = "remove" if adapter.inpaints else "edit"
        self.action: str = one_of("action", action or default, ACTIONS)
        self.name: str = name or f"{self.action}_{self._source.slug}"
        whole = self.action == "edit" and not adapter.inpaints
        self.target: Target = "any" if whole else "region"
        self._choices = choices(
            checked_goals(goals, self.action),
            numbers("steps", steps, adapter.steps, int, 1),
            numbers("guidance", guidance, adapter.scale, float, 0.0),
        )
        self.options: tuple[str, ...] = tuple(choice.name for choice in self._choices)
        kind = (adapter.speaks, self.action)
        self._templates = checked_templates(TEMPLATES[kind] if template is None else template)
        self._outside: str = one_of("outside", outside, OUTSIDES)
        self._costs = checked_costs(cost, len(self.options))
        size, multiple = checked_size(size, multiple, adapter)
        if negative is None:
            negative = NEGATIVES.get(kind, adapter.negative)
        strength = checked_strength(strength, adapter, [c.steps for c in self._choices])
        checked_number("batch_size", batch_size, int, 1)
        self._handle = STORE.acquire(self._source.key, self._source.load)
        self._release = weakref.finalize(self, STORE.release, self._source.key)
        self._runner = Runner(
            component=f"tool:{self.name}",
            adapter=adapter,
            handle=self._handle,
            size=size,
            multiple=multiple,
            negative=negative or None,
            strength=strength,
            batch_size=batch_size,
            extra=dict(call or {}),
        )

    def __repr__(self) -> str:
        """Name, class and options."""
        cls = self._source.class_names[0]
        return f"DiffusionTool({self.name!r}, {cls}, options={self.options})"

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle and copy the arguments: every copy is a user of its process's own pipeline."""
        return self._remake, ()

    @cached_property
    def version(self) -> str:
        """What tells its edits from those of another model or other settings, 32 digits.

        Reads the model's files; see ``editenv.models.diffusion.digest``.
        """
        run = self._runner
        settings = {
            "pipeline": self._source.class_names[0],
            "weights": self._source.digest(),
            "libraries": [version_of(name) for name in ("diffusers", "torch")],
            "adapter": repr(run.adapter),
            "options": repr(self._choices),
            "size": [run.size, run.multiple],
            "prompt": [self._templates, run.negative, run.strength],
            "paste": [self.action, self._outside],
            "call": repr(sorted(run.extra.items())),
        }
        text = json.dumps(settings, sort_keys=True).encode()
        return blake2b(text, digest_size=16).hexdigest()

    def compose(self, wording: Wording, option: int) -> str:
        """Return the prompt of a call; see ``template``."""
        return compose(self._templates, wording, self._choices[option].goal)

    def apply(
        self, images: list[Image], masks: list[Mask], options: list[int]
    ) -> list[Edited | Failure]:
        """Edit without words, with seed 0: what an engine does that knows no prompts."""
        nothing = Wording(instruction="", label="")
        prompts = [Prompt(self.compose(nothing, option)) for option in options]
        return self.apply_prompted(images, masks, options, prompts)

    def apply_prompted(
        self, images: list[Image], masks: list[Mask], options: list[int], prompts: list[Prompt]
    ) -> list[Edited | Failure]:
        """Edit a batch.

        Args:
            images: N pictures, (H, W, 3) uint8, of any sizes.
            masks: N masks, (H, W) uint8.
            options: N option indices.
            prompts: N prompts with their seeds.

        Returns:
            For each picture the edit, or a ``Failure``: kind ``"error"`` when the pipeline raised,
            ran out of memory or gave no finite numbers, kind ``"refusal"`` when its safety checker
            objects. A call on an empty mask changes nothing.

        Raises:
            RuntimeError: the tool was closed.
            ValueError, OSError: the pipeline cannot be loaded; no other edit would fare better.
        """
        self._check_open()
        areas = [area_of(mask, self._outside, self.action == "remove") for mask in masks]
        busy = [number for number, area in enumerate(areas) if area.any()]
        jobs = [
            Job(
                images[n],
                masks[n] if self._outside == "free" else areas[n],
                self._choices[options[n]],
                prompts[n],
            )
            for n in busy
        ]
        made = dict(zip(busy, self._runner.run(jobs), strict=True))
        return [
            self._edited(image, mask, area, made.get(number, image))
            for number, (image, mask, area) in enumerate(zip(images, masks, areas, strict=True))
        ]

    def _edited(
        self, image: Image, mask: Mask, area: Mask, made: Image | Failure
    ) -> Edited | Failure:
        if isinstance(made, Failure):
            return made
        after = np.zeros_like(mask) if self.action == "remove" else mask
        return Edited(paste(image, made, area), after)

    def relabel(self, label: str, option: int) -> str:
        """A region that is replaced is called after the goal, where the option has one."""
        return self._choices[option].goal or label

    def adds(self, option: int) -> str | None:
        """Nothing is added."""
        return None

    def cost(self, option: int) -> Cost:
        """Return what was declared or measured; nothing at all where neither was done."""
        return self._costs[option]

    def measure_cost(
        self, height: int = 512, width: int = 512, repeats: int = 3
    ) -> tuple[Cost, ...]:
        """Measure each option on a grey picture of the given size, and use it from now on.

        Seconds are those of the fastest single edit, after a first one that does not count. Memory
        is the peak of the device's tensors, on a CPU the size of the weights. Money stays as
        declared. Measure once and declare the result where runs must repeat exactly.

        Returns:
            A cost for each option.

        Raises:
            FailureError: an edit failed.
        """
        image = np.full((height, width, 3), 128, np.uint8)
        mask = np.full((height, width), 255, np.uint8)
        pipeline = self.pipeline

        def edit(option: int) -> None:
            (result,) = self.apply_prompted([image], [mask], [option], [Prompt("a picture")])
            if isinstance(result, Failure):
                raise FailureError(result)

        found = [measured(partial(edit, n), pipeline, repeats) for n in range(len(self.options))]
        self._costs = tuple(
            replace(new, money=self.cost(option).money) for option, new in enumerate(found)
        )
        return self._costs

    @property
    def pipeline(self) -> Any:
        """The pipeline, loaded now if it is not yet. Others may be using it: leave it as it is.

        Raises:
            RuntimeError: the tool was closed.
            ValueError, OSError: the pipeline cannot be loaded.
        """
        self._check_open()
        return self._handle.pipeline()

    def close(self) -> None:
        """Stop using the pipeline; its last user frees it. May be called more than once."""
        self._release()

    def _check_open(self) -> None:
        if not self._release.alive:
            raise RuntimeError(f"tool {self.name!r} was closed: make another one")
