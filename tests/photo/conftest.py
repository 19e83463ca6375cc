"""The example as a module, a small photo, and a way to run the one on the other."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import data

PATH = Path(__file__).parents[2] / "examples" / "edit_photo.py"


@pytest.fixture(scope="session")
def example():
    """The example as a module."""
    spec = importlib.util.spec_from_file_location("edit_photo", PATH)
    module = importlib.util.module_from_spec(spec)
    sys.modules["edit_photo"] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules["edit_photo"]


@pytest.fixture
def photo(tmp_path):
    """A small photo of a coffee cup, 150 x 100."""
    path = tmp_path / "coffee.png"
    Image.fromarray(data.coffee()).resize((150, 100)).save(path)
    return path


@pytest.fixture
def run(example, photo, capsys):
    """Run the example; return exit code, what it said, the calls and the picture."""

    def call(instruction, *more, path=photo):
        code = example.main([str(path), instruction, *more])
        said = capsys.readouterr()
        calls, found = path.parent / f"{path.stem}-calls.json", None
        edited = [*path.parent.glob(f"{path.stem}-edited.*")]
        if edited:
            with Image.open(edited[0]) as picture:
                found = np.asarray(picture)
        return code, said.out + said.err, calls.exists() and json.loads(calls.read_text()), found

    return call
