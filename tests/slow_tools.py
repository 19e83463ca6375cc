"""Tools that take their time, or bring down their process, for tests of sharing one."""

from __future__ import annotations

import os
import time

import gymnasium
import numpy as np

from editenv.failure import Failure
from editenv.tools import Edited


class SlowTool:
    """Inverts a region, each batch after ``seconds``.

    A picture whose first pixel is ``DEADLY`` kills the process, ``BAD`` raises, ``FAILING`` fails.
    """

    name, action, target, options = "slow", "invert", "any", ("once", "twice")
    expensive = True
    DEADLY, BAD, FAILING = 13, 14, 15

    def __init__(self, seconds=0.0):
        self.seconds = seconds
        self.sizes = []

    def apply(self, images, masks, options):
        self.sizes.append(len(images))
        time.sleep(self.seconds)
        return [self._edit(*each) for each in zip(images, masks, options, strict=True)]

    def _edit(self, image, mask, option):
        first = int(image[0, 0, 0])
        if first == self.DEADLY:
            os._exit(1)
        if first == self.BAD:
            raise ArithmeticError("a bad picture")
        if first == self.FAILING:
            return Failure("refusal", "tool:slow")
        inverted = np.where(mask[..., None] > 127, 255 - image, image)
        return Edited(inverted if option == 0 else image.copy(), mask)

    def relabel(self, label, option):
        return label

    def adds(self, option):
        return None


class SlowPainter(SlowTool):
    """The same with words, whose number is how bright the region becomes."""

    name, action = "slow_painter", "paint"

    def compose(self, wording, option):
        return wording.words

    def apply_prompted(self, images, masks, options, prompts):
        time.sleep(self.seconds)
        return [
            Edited(np.where(mask[..., None] > 127, np.uint8(len(prompt.text)), image), mask)
            for image, mask, prompt in zip(images, masks, prompts, strict=True)
        ]


def make_slow_tool(where):
    """Build the tool of ``"slow:SECONDS"``."""
    return SlowTool(float(where))


def play(names, seeds, steps=4):
    """Rewards of random but valid calls, (steps, N) float64, with none that failed."""
    envs = gymnasium.make_vec(
        "editenv:ImageEdit-v0",
        num_envs=len(seeds),
        tools=names,
        image_size=64,
        edit_cache="off",
        region_embeddings=False,
    )
    envs.reset(seed=[int(seed) for seed in seeds])
    ends = np.cumsum(envs.single_action_space.nvec)[:-1]
    rng, found = np.random.default_rng(0), []
    for _ in range(steps):
        masks = [np.split(row, ends) for row in envs.action_masks()]
        actions = [[rng.choice(np.flatnonzero(part)) for part in parts] for parts in masks]
        _, rewards, *_, infos = envs.step(np.array(actions))
        assert "failure" not in infos
        found.append(rewards)
    envs.close()
    return np.array(found)
