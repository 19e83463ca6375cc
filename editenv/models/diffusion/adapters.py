"""How each family of diffusers pipelines is called. A new pipeline is a line in ``ADAPTERS``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from editenv.models.diffusion.qwen_sizes import with_own_sizes

Speaks = Literal["instruction", "caption"]


@dataclass(frozen=True)
class Adapter:
    """What a family of pipelines takes.

    Attributes:
        speaks: whether its prompt is an ``"instruction"`` ("make it red") or the ``"caption"`` of
            what shall be seen ("a red kite").
        inpaints: whether it takes a mask.
        strength: the default of its strength, or None where it takes none.
        batches: whether it takes several pictures with a prompt each in one call.
        guidance: name of the argument that says how strongly the prompt is followed.
        scale: default of that argument.
        steps: default number of denoising steps.
        multiple: both sides of a picture must be multiples of it.
        sized: whether it takes ``height`` and ``width`` (or follows the picture by itself).
        negative: default of the negative prompt.
        fixed: further arguments of every call.
    """

    speaks: Speaks = "instruction"
    inpaints: bool = False
    strength: float | None = None
    batches: bool = True
    guidance: str = "guidance_scale"
    scale: float = 7.5
    steps: int = 20
    multiple: int = 8
    sized: bool = True
    negative: str | None = None
    fixed: Mapping[str, Any] = field(default_factory=dict)

    def arguments(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Return the arguments of the pipeline's call.

        Args:
            request: what all pipelines could be told, as diffusers calls it (but for ``guidance``),
                about N pictures of one size: ``prompt``, ``image`` and ``mask_image`` (PIL, L, 255
                where something new is wanted), ``generator``, ``negative_prompt`` and ``strength``
                (None for none), ``height``, ``width``, ``num_inference_steps``.
        """
        found = {name: value for name, value in request.items() if value is not None}
        found[self.guidance] = found.pop("guidance")
        if not self.sized:
            del found["height"], found["width"]
        if not self.inpaints:
            del found["mask_image"]
        return {**found, **self.fixed}

    def call(self, pipeline: Any, request: Mapping[str, Any], extra: Mapping[str, Any]) -> Any:
        """Run the pipeline; ``extra`` overrides any argument. Returns its output, not tensors."""
        return pipeline(**{**self.arguments(request), **extra}, output_type="np")


@dataclass(frozen=True)
class FluxAdapter(Adapter):
    """FLUX.1 Kontext, told to work at the size that it is given and not at about a megapixel."""

    scale: float = 2.5
    steps: int = 28
    multiple: int = 16

    def arguments(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Add the area, which otherwise overrides height and width."""
        area = request["width"] * request["height"]
        return {**super().arguments(request), "max_area": area, "_auto_resize": False}


@dataclass(frozen=True)
class QwenAdapter(Adapter):
    """Qwen-Image-Edit, which without help works at a megapixel; see ``qwen_sizes``."""

    guidance: str = "true_cfg_scale"
    scale: float = 4.0
    steps: int = 40
    multiple: int = 32
    negative: str | None = " "  # without one its guidance has no effect

    def call(self, pipeline: Any, request: Mapping[str, Any], extra: Mapping[str, Any]) -> Any:
        """Run the pipeline's own call with sizes of ours."""
        call = with_own_sizes(type(pipeline), request["width"], request["height"])
        return call(pipeline, **{**self.arguments(request), **extra}, output_type="np")


_PIX2PIX = {"image_guidance_scale": 1.5}

ADAPTERS: dict[str, Adapter] = {
    "StableDiffusionInstructPix2PixPipeline": Adapter(sized=False, fixed=_PIX2PIX),
    "StableDiffusionXLInstructPix2PixPipeline": Adapter(scale=5.0, fixed=_PIX2PIX),
    "StableDiffusionInpaintPipeline": Adapter("caption", inpaints=True, strength=1.0),
    "StableDiffusionXLInpaintPipeline": Adapter("caption", inpaints=True, strength=0.9999),
    "FluxKontextPipeline": FluxAdapter(),
    "FluxKontextInpaintPipeline": FluxAdapter(inpaints=True, strength=1.0),
    "QwenImageEditPipeline": QwenAdapter(),
    "QwenImageEditPlusPipeline": QwenAdapter(batches=False),
    "QwenImageEditInpaintPipeline": QwenAdapter(inpaints=True, strength=1.0),
}
"""By class name of the pipeline."""


def adapter_of(class_names: Sequence[str]) -> Adapter:
    """Find the adapter of a pipeline's class, or of the nearest one that it inherits from.

    Raises:
        ValueError: there is none.
    """
    for name in class_names:
        if name in ADAPTERS:
            return ADAPTERS[name]
    raise ValueError(
        f"pipeline class {class_names[0]!r} is unknown: choose a pipeline from {sorted(ADAPTERS)},"
        " or add a line to editenv.models.diffusion.ADAPTERS"
    )
