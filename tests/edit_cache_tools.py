"""Tools, pictures and processes for the tests of the edit cache."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np

from editenv.tools import Edited, make_tool
from editenv.tools.cache.edits import CachedEdit

SIZE = 96


class CountingTool:
    """Darkens or inverts the masked part, and counts batches and edits."""

    name = "counting"
    action = "brightness"
    target = "any"
    options = ("invert", "halve")
    expensive = True

    def __init__(self, **attributes):
        self.batches = []
        for name, value in attributes.items():
            setattr(self, name, value)

    @property
    def edits(self):
        return sum(self.batches)

    def edit(self, image, option):
        return image // 2 if option else 255 - image

    def apply(self, images, masks, options):
        self.batches.append(len(images))
        return [
            Edited(np.where(mask[..., None] > 0, self.edit(image, option), image), mask)
            for image, mask, option in zip(images, masks, options, strict=True)
        ]

    def relabel(self, label, option):
        return f"{label} {option}"

    def adds(self, option):
        return None


class Expensive:
    """A tool of the package, said to be expensive."""

    expensive = True

    def __init__(self, name):
        self.tool = make_tool(name)
        self.edits = 0

    def apply(self, images, masks, options):
        self.edits += len(images)
        return self.tool.apply(images, masks, options)

    def __getattr__(self, name):
        return getattr(self.__dict__["tool"], name)


def picture(number, size=SIZE):
    return np.random.default_rng(number).integers(0, 256, (size, size, 3), dtype=np.uint8)


def half_mask(size=SIZE):
    mask = np.zeros((size, size), np.uint8)
    mask[: size // 2] = 255
    return mask


class Wanderer(CountingTool):
    """Takes its mask along, so that the mask has to be stored as well."""

    name = "wanderer"

    def apply(self, images, masks, options):
        edits = super().apply(images, masks, options)
        return [Edited(edit.image, np.flipud(edit.mask).copy()) for edit in edits]


EDIT = CachedEdit(picture(0), half_mask())
KEY = b"k" * 32


def assert_same(found, expected):
    np.testing.assert_array_equal(found.image, expected.image)
    np.testing.assert_array_equal(found.mask, expected.mask)


def run_python(code, *arguments):
    """Run code in another process, which may import what these tests import."""
    path = os.pathsep.join([str(Path(__file__).parent), *sys.path])
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": path},
        text=True,
    )
