"""Models of transformers in this process: loaded when first used, once, and shared by everyone.

Only safetensors are read, nothing is downloaded, and no code of a model's folder is run.
"""

from __future__ import annotations

import gc
import weakref
from collections.abc import Mapping
from pathlib import Path
from threading import RLock
from typing import Any

from editenv.optional import import_optional

DTYPES = ("float32", "bfloat16", "float16")
"""What weights can be computed in."""

_PIP = "transformers torch"
_SAFE: Mapping[str, Any] = {"local_files_only": True, "trust_remote_code": False}


class Pretrained:
    """A model and its processor, by folder.

    The weights are loaded with the first ``model``. All objects of the same model, device and dtype
    share them, and they are freed when the last one is closed or forgotten. A copy is the object
    itself; a pickled one arrives without weights and finds or loads those of its process.

    Args:
        kind: of the automatic classes of transformers, such as ``"ImageTextToText"``; ``""`` takes
            the model without a head.
        folder: a folder written by ``save_pretrained``, or the id of a model in the local hub
            cache.
        device: ``"cpu"``, ``"cuda"``, ``"cuda:1"``, ...; None takes CUDA where there is one.
        dtype: one of ``DTYPES``; None is float32 on the CPU, elsewhere what was saved.
        argument: what the folder is called in errors.

    Attributes:
        folder: as given.
        lock: held by whoever runs the model, one at a time.

    Raises:
        ValueError: there is no such model, or it is of another kind, or an unknown device or dtype.
        gymnasium.error.DependencyNotInstalled: transformers or torch is missing.
    """

    def __init__(
        self,
        kind: str,
        folder: str | Path,
        *,
        device: str | None = None,
        dtype: str | None = None,
        argument: str = "folder",
    ) -> None:
        self.folder = str(folder)
        self._arguments = (kind, self.folder, device, dtype, argument)
        self._automatic = f"AutoModelFor{kind}" if kind else "AutoModel"
        self._argument = argument
        torch = import_optional("torch", _PIP, f"{argument}={self.folder!r}")
        transformers = import_optional("transformers", _PIP, f"{argument}={self.folder!r}")
        if dtype is not None and dtype not in DTYPES:
            raise ValueError(f"dtype={dtype!r} is unknown: choose from {DTYPES}")
        self.device = _device(torch, device)
        self.dtype = dtype or ("float32" if self.device.type == "cpu" else "auto")
        self.config = self._config(transformers)
        key = (kind, self._place(), str(self.device), self.dtype)
        self._entry = _ENTRIES.setdefault(key, _Entry())
        self.lock = self._entry.lock
        weakref.finalize(self, _free_if_unused, self._entry).atexit = False

    @property
    def name(self) -> str:
        """The last part of the folder's name, or the id."""
        return Path(self.folder).name if Path(self.folder).exists() else self.folder

    def _place(self) -> str:
        path = Path(self.folder)
        return str(path.resolve()) if path.exists() else self.folder

    def _config(self, transformers: Any) -> Any:
        try:
            config = transformers.AutoConfig.from_pretrained(self.folder, **_SAFE)
        except (OSError, ValueError) as error:
            raise self._refused(error) from error
        # CamelCase to SNAKE_CASE, as in MODEL_FOR_MASK_GENERATION_MAPPING.
        words = "".join(f"_{c}" if c.isupper() else c for c in self._automatic[4:]).upper()
        if type(config) not in getattr(transformers, f"{words[1:]}_MAPPING"):
            raise self._refused(f"it is of type {config.model_type!r}")
        return config

    @property
    def processor(self) -> Any:
        """The processor, shared.

        Raises:
            ValueError: the folder holds none.
            gymnasium.error.DependencyNotInstalled: it needs a package that is missing.
        """
        with self.lock:
            if self._entry.processor is None:
                self._entry.processor = self._load("AutoProcessor")
            self._entry.users.add(self)
            return self._entry.processor

    @property
    def model(self) -> Any:
        """The model in evaluation mode, shared.

        Raises:
            ValueError: the folder holds no weights in safetensors, or not all of them.
            RuntimeError: the device has no room for it.
        """
        with self.lock:
            if self._entry.model is None:
                self._entry.model = self._load_model()
            self._entry.users.add(self)
            return self._entry.model

    def _load_model(self) -> Any:
        how = {"dtype": self.dtype, "use_safetensors": True, "output_loading_info": True}
        model, report = self._load(self._automatic, **how)
        if report["missing_keys"]:
            missing = sorted(report["missing_keys"])
            raise self._refused(f"{len(missing)} weights are missing, such as {missing[0]!r}")
        return model.to(self.device).eval().requires_grad_(False)

    def _load(self, automatic: str, **how: Any) -> Any:
        transformers = import_optional("transformers", _PIP, f"{self._argument}={self.folder!r}")
        try:
            return getattr(transformers, automatic).from_pretrained(self.folder, **_SAFE, **how)
        except ImportError as error:
            # Imported here: the layers below the environments work without Gymnasium.
            from gymnasium.error import DependencyNotInstalled

            needs = "torchvision" if "torchvision" in str(error).lower() else _PIP
            raise DependencyNotInstalled(
                f"{self._argument}={self.folder!r} needs a package that is missing "
                f"({_first_line(error)}); run `pip install {needs}`"
            ) from error
        except (OSError, ValueError) as error:
            raise self._refused(error) from error

    def _refused(self, reason: object) -> ValueError:
        return ValueError(
            f"{self._argument}={self.folder!r}: no {self._automatic} can be read "
            f"({_first_line(reason)}); accepted: a folder written by save_pretrained (model in "
            "safetensors, and processor), or the id of a model in the local hub cache"
        )

    def to_device(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """Move tensors to the model's device, and those of floats to its dtype."""
        dtype = self.model.dtype
        return {
            name: value.to(self.device, dtype if value.is_floating_point() else None)
            if hasattr(value, "is_floating_point")
            else value
            for name, value in inputs.items()
        }

    def close(self) -> None:
        """Give the model up. The last one to do so frees it; whoever uses it again loads it."""
        with self.lock:
            self._entry.users.discard(self)
        _free_if_unused(self._entry)

    def __deepcopy__(self, memo: dict[int, Any]) -> Pretrained:
        """Weights are never written to, so copies share them."""
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the arguments, not the weights."""
        return _again, self._arguments


class _Entry:
    """A model that the process has, and who uses it."""

    def __init__(self) -> None:
        self.lock = RLock()
        self.processor: Any = None
        self.model: Any = None
        self.users: weakref.WeakSet[Pretrained] = weakref.WeakSet()


_ENTRIES: dict[tuple[str, str, str, str], _Entry] = {}


def _free_if_unused(entry: _Entry) -> None:
    # The garbage collector calls this too, so it never waits: whoever has the lock is a user, or
    # is just doing the same.
    if not entry.lock.acquire(blocking=False):
        return
    try:
        if entry.users:
            return
        device = None if entry.model is None else entry.model.device.type
        entry.model = entry.processor = None
    finally:
        entry.lock.release()
    if device is not None:
        gc.collect()
    if device == "cuda":
        import torch

        torch.cuda.empty_cache()


def _again(
    kind: str, folder: str, device: str | None, dtype: str | None, argument: str
) -> Pretrained:
    return Pretrained(kind, folder, device=device, dtype=dtype, argument=argument)


def _device(torch: Any, device: str | None) -> Any:
    try:
        return torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
    except RuntimeError as error:
        raise ValueError(f"device={device!r} is unknown: {_first_line(error)}") from error


def _first_line(reason: object) -> str:
    return next(iter(str(reason).strip().splitlines()), type(reason).__name__)
