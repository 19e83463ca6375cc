"""Where a pipeline comes from: a folder, a hub name, or the caller, who has it already."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from editenv.models.diffusion.arguments import one_of
from editenv.models.diffusion.digest import folder_digest, object_digest
from editenv.optional import import_optional

PIP = "diffusers transformers accelerate torch"
DTYPES = ("auto", "float32", "bfloat16", "float16")
OFFLOADS = (None, "model", "sequential")

_HUB_NAME = re.compile(r"[\w.-]+/[\w.-]+")


class Given:
    """A pipeline object. It is used as it is: device, dtype, offload and LoRA are the caller's.

    Attributes:
        key: equal for two sources whose pipeline may be shared.
        class_names: the pipeline's class and those that it inherits from.
        slug: a name for it.
    """

    def __init__(self, pipeline: Any) -> None:
        self.pipeline = pipeline
        self.key = ("object", id(pipeline))
        self.class_names = tuple(c.__name__ for c in type(pipeline).__mro__)
        self.slug = _slug(self.class_names[0])

    def load(self) -> Any:
        """Return the pipeline."""
        self.pipeline.set_progress_bar_config(disable=True)
        return self.pipeline

    def digest(self) -> str:
        """Digest its weights."""
        return f"{object_digest(self.pipeline)} {self.pipeline.device} {self.pipeline.dtype}"


@dataclass(frozen=True)
class Stored:
    """A pipeline in a folder or on a hub, loaded from safetensors only and without remote code.

    Attributes:
        where: a folder with ``model_index.json``, or a hub name such as ``"owner/name"``.
        device: ``"auto"`` or any torch device.
        dtype: one of ``DTYPES``.
        offload: one of ``OFFLOADS``.
        lora: folders or files with LoRA weights.
        lora_scale: how strongly they count.
    """

    where: str
    device: str = "auto"
    dtype: str = "auto"
    offload: str | None = None
    lora: tuple[str, ...] = ()
    lora_scale: float = 1.0

    @property
    def key(self) -> Any:
        """All settings, with local folders in one spelling."""
        place = str(Path(self.where).resolve()) if self.is_local else self.where
        return (place, self.device, self.dtype, self.offload, self.lora, self.lora_scale)

    @property
    def slug(self) -> str:
        """The last part of the name."""
        return _slug(Path(self.where).name)

    @property
    def is_local(self) -> bool:
        """Whether it is a folder."""
        return Path(self.where).is_dir()

    @cached_property
    def class_names(self) -> tuple[str, ...]:
        """The class that ``model_index.json`` names.

        Raises:
            ValueError: there is no such pipeline, or it wants code of its own.
        """
        if not self.is_local and not _HUB_NAME.fullmatch(self.where):
            raise ValueError(
                f"where={self.where!r} is neither a folder nor a hub name such as 'owner/name'"
            )
        base = _diffusers().DiffusionPipeline
        try:
            config: Any = base.load_config(self.where, local_files_only=self.is_local)
        except OSError as error:
            raise ValueError(
                f"where={self.where!r} holds no diffusers pipeline: {error}"
            ) from error
        if not isinstance(name := config.get("_class_name"), str):
            raise ValueError(f"where={self.where!r} wants code of its own, {name}: refused")
        return (name,)

    @cached_property
    def folder(self) -> Path:
        """The local folder; a hub's files are downloaded first, and kept in the hub's own cache."""
        if self.is_local:
            return Path(self.where)
        return Path(_diffusers().DiffusionPipeline.download(self.where, use_safetensors=True))

    @property
    def place(self) -> tuple[str, str]:
        """Device and number format, with ``"auto"`` decided."""
        import torch

        device, dtype = self.device, self.dtype
        if device == "auto":
            device = "cuda" if torch.cuda.is_available() else "cpu"
        if dtype == "auto":
            dtype = "float32" if device.startswith("cpu") else "bfloat16"
        return device, dtype

    def digest(self) -> str:
        """Digest files and settings."""
        adapters = [folder_digest(Path(place)) for place in self.lora]
        return f"{folder_digest(self.folder)} {' '.join(self.place)} {adapters} {self.lora_scale}"

    def load(self) -> Any:
        """Load the pipeline onto its device, with its LoRA weights.

        Raises:
            ValueError: ``offload`` without an accelerator.
            OSError: files are missing, for example because the weights are no safetensors.
            gymnasium.error.DependencyNotInstalled: a package is missing.
        """
        import torch

        device, dtype = self.place[0], getattr(torch, self.place[1])
        if self.offload and device.startswith("cpu"):
            raise ValueError(f"offload={self.offload!r} needs an accelerator, device is 'cpu'")
        if self.lora:
            import_optional("peft", "peft", "lora=")
        with _quiet():
            pipeline = _diffusers().DiffusionPipeline.from_pretrained(
                str(self.folder),
                local_files_only=True,
                use_safetensors=True,
                trust_remote_code=False,
                dtype=dtype,
                **self._own_parts(),
            )
            if pipeline.dtype != dtype:  # an older diffusers knows the argument by another name
                pipeline.to(dtype=dtype)
            self._add_lora(pipeline)
        pipeline.set_progress_bar_config(disable=True)
        logging.getLogger("diffusers.models.modeling_utils").addFilter(_says_something)
        place = {
            None: pipeline.to,
            "model": pipeline.enable_model_cpu_offload,
            "sequential": pipeline.enable_sequential_cpu_offload,
        }[self.offload]
        place(device=device)
        return pipeline

    def _own_parts(self) -> dict[str, Any]:
        if not self.class_names[0].startswith("QwenImageEdit"):
            return {}
        from editenv.models.diffusion.qwen_processor import PicturesOnly

        return {"processor": PicturesOnly.from_folder(self.folder / "processor")}

    def _add_lora(self, pipeline: Any) -> None:
        if not self.lora:
            return
        names = [f"lora_{number}" for number in range(len(self.lora))]
        for name, place in zip(names, self.lora, strict=True):
            path = Path(place)
            where = {"weight_name": path.name} if path.is_file() else {}
            pipeline.load_lora_weights(
                str(path.parent if where else path),
                adapter_name=name,
                local_files_only=True,
                use_safetensors=True,
                **where,
            )
        pipeline.set_adapters(names, [self.lora_scale] * len(names))


Source = Given | Stored
"""Where a pipeline comes from. Both have the same attributes, ``load`` and ``digest``."""


def source_of(
    where: Any,
    device: str,
    dtype: str,
    offload: str | None,
    lora: str | Path | Sequence[str | Path],
    lora_scale: float,
) -> Source:
    """Return where the pipeline comes from.

    Raises:
        ValueError: an argument is not as ``Stored`` says, or does not go with an object.
    """
    one_of("dtype", dtype, DTYPES)
    one_of("offload", offload, OFFLOADS)
    adapters = tuple(map(str, (lora,) if isinstance(lora, str | Path) else lora))
    if isinstance(where, str | Path):
        for place in adapters:
            if not Path(place).exists():
                raise ValueError(f"lora={place!r} is neither a folder nor a file")
        return Stored(str(where), device, dtype, offload, adapters, lora_scale)
    if not hasattr(where, "components"):
        raise ValueError(f"where={where!r} must be a folder, a hub name or a diffusers pipeline")
    if (device, dtype, offload, adapters) != ("auto", "auto", None, ()):
        raise ValueError(
            "device, dtype, offload and lora are for pipelines by name: set them on the pipeline"
        )
    return Given(where)


def _diffusers() -> Any:
    return import_optional("diffusers", PIP, "a diffusion tool")


def _says_something(record: logging.LogRecord) -> bool:
    """Drop a warning about no modules at all, which SDXL's VAE gives three times an edit."""
    return "kept in float32: []" not in record.getMessage()


def _slug(name: str) -> str:
    words = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    words = words.removesuffix("_Pipeline")
    return re.sub(r"\W+", "_", words).strip("_").lower()


@contextmanager
def _quiet() -> Iterator[None]:
    """No progress bars of diffusers and transformers while a pipeline loads."""
    from diffusers.utils import logging as ours
    from transformers.utils import logging as theirs

    shown = [log for log in (ours, theirs) if log.is_progress_bar_enabled()]
    for log in shown:
        log.disable_progress_bar()
    try:
        yield
    finally:
        for log in shown:
            log.enable_progress_bar()
