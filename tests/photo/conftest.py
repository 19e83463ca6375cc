"""A small photo, a drawn one whose things are known, and ways to run ``editenv edit`` on them."""

from __future__ import annotations

import json

import drawn_photo
import numpy as np
import pytest
from PIL import Image
from skimage import data

from editenv.cli import main


@pytest.fixture
def photo(tmp_path):
    """A small photo of a coffee cup, 150 x 100."""
    path = tmp_path / "coffee.png"
    Image.fromarray(data.coffee()).resize((150, 100)).save(path)
    return path


@pytest.fixture
def run(photo, capsys):
    """Run ``editenv edit --json``; return exit code, the report (or what was said) and the picture.

    The picture is the last one that was written, None without one.
    """

    def call(instruction, *more, path=photo):
        code = main(["edit", str(path), instruction, "--json", *more])
        said = capsys.readouterr()
        report = json.loads(said.out) if said.out else said.err
        written = report["written"] if said.out else []
        if not written:
            return code, report, None
        with Image.open(written[0]) as picture:
            return code, report, np.asarray(picture)

    return call


@pytest.fixture
def say(photo, capsys):
    """Run ``editenv edit``; return exit code and all that is said."""

    def call(*words, path=photo):
        code = main(["edit", str(path), *words])
        said = capsys.readouterr()
        return code, said.out + said.err

    return call


@pytest.fixture
def scene(tmp_path):
    """The drawn photo."""
    path = tmp_path / "scene.png"
    Image.fromarray(drawn_photo.draw()).save(path)
    return path


@pytest.fixture
def detector(monkeypatch):
    """Let ``--grounder detector:X`` find the things of the drawn photo."""
    found = drawn_photo.Detector()
    monkeypatch.setattr("editenv_policies.photo.session.make_grounder", lambda name: found)
    return found
