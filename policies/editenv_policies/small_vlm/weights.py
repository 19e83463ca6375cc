"""Where the trained model is."""

from __future__ import annotations

from pathlib import Path


def model_folder() -> Path:
    """Return the folder of the trained model that comes with the package.

    ``AutoModelForImageTextToText`` and ``AutoProcessor`` load it; ``docs/small_vlm.md`` says what
    it can do. Its weights are in half precision: pass ``dtype=torch.float32`` to train it.

    Raises:
        FileNotFoundError: it does not come with this copy; the message has the command that makes
            it.
    """
    folder = Path(__file__).parent / "model"
    if not (folder / "config.json").exists():
        raise FileNotFoundError(
            f"{folder} has no model: make one with python scripts/make_small_vlm.py"
        )
    return folder
