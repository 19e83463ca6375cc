"""Where the trained model is."""

from __future__ import annotations

import hashlib
import os
from functools import cache
from pathlib import Path

from editenv_policies.small_vlm.saving import LAYERS, STEM, unpack

PACKED = Path(__file__).parent / "model"
"""The model as it comes with the package, with eight bits a weight."""


@cache
def model_folder() -> Path:
    """Return the folder of the trained model that comes with the package.

    It comes with eight bits a weight. The first call writes it in half precision into a folder of
    the user's cache, which ``AutoModelForImageTextToText`` and ``AutoProcessor`` load; pass
    ``dtype=torch.float32`` to train it. ``docs/small_vlm.md`` says what it can do.

    Raises:
        FileNotFoundError: it does not come with this copy; the message has the command that makes
            it.
    """
    parts = [PACKED / f"{stem}.safetensors" for stem in (STEM, LAYERS)]
    if not all(part.exists() for part in parts):
        raise FileNotFoundError(
            f"{PACKED} has no model: make one with python scripts/make_small_vlm.py"
        )
    digest = hashlib.sha256(b"".join(part.read_bytes() for part in parts)).hexdigest()[:16]
    folder = _cache() / f"small_vlm-{digest}"
    if not folder.exists():
        unpack(PACKED, folder)
    return folder


def _cache() -> Path:
    """The user's cache, as the XDG base directory specification has it."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "editenv"
