"""Tools, judges, grounders and agents that fail now and then, by rule and not by chance."""

from __future__ import annotations

import zlib

import numpy as np

from editenv.agents.scripted import ScriptedInterpreter
from editenv.failure import Failure, FailureError
from editenv.grounders import SceneGrounder
from editenv.judges import Score
from editenv.tools import Cost, Edited

TIMEOUT = Failure("timeout", "tool:flaky", 3, "no answer within 5 s")


def digest(*arrays):
    return zlib.crc32(b"".join(np.ascontiguousarray(array).tobytes() for array in arrays))


class FlakyTool:
    """Inverts a region; cannot do it with every ``every``-th picture and mask."""

    name, action, target, options = "flaky", "invert", "any", ("once", "twice")
    expensive = False

    def __init__(self, every=3):
        self.every = every
        self.closed = 0

    def apply(self, images, masks, options):
        return [self._edit(*case) for case in zip(images, masks, options, strict=True)]

    def _edit(self, image, mask, option):
        if self.every and digest(image, mask) % self.every == 0:
            return TIMEOUT
        inverted = np.where(mask[..., None] > 127, 255 - image, image)
        return Edited(inverted if option == 0 else image.copy(), mask)

    def relabel(self, label, option):
        return label

    def adds(self, option):
        return None

    def cost(self, option):
        return Cost(seconds=1.0 + option, money=0.25, memory=100.0)

    def close(self):
        self.closed += 1


class FlakyPainter(FlakyTool):
    """The same with words: the prompt says how bright the region becomes."""

    name, action = "painter", "paint"

    def __init__(self, every=0):
        super().__init__(every)
        self.told = []

    def compose(self, wording, option):
        return wording.words or f"{wording.label}: {wording.instruction}"

    def apply_prompted(self, images, masks, options, prompts):
        self.told += prompts
        cases = zip(images, masks, options, prompts, strict=True)
        return [self._paint(*case) for case in cases]

    def _paint(self, image, mask, option, prompt):
        edited = self._edit(image, mask, option)
        if isinstance(edited, Failure):
            return edited
        level = zlib.crc32(f"{prompt.text} {prompt.seed}".encode()) % 256
        return Edited(np.where(mask[..., None] > 127, np.uint8(level), image), mask)


class FlakyJudge:
    """Scores by the picture's bytes; cannot score every ``every``-th picture."""

    name = "flaky"

    def __init__(self, every=3):
        self.every = every
        self.cases = []

    def judge(self, cases):
        self.cases += cases
        return [self._score(case) for case in cases]

    def _score(self, case):
        number = digest(case.canvas)
        if self.every and number % self.every == 0:
            return Failure("bad_response", "judge:flaky", 2)
        return Score(number % 11, {"quality": number % 11}, variance=0.5, votes=3)


class FlakyGrounder:
    """Finds what the scene holds; cannot where the instruction's length is a multiple."""

    def __init__(self, every=3):
        self.every = every
        self.scene = SceneGrounder()

    def propose(self, task, rng, slots):
        if len(task.instruction) % self.every == 0:
            raise FailureError(Failure("connection", "grounder:flaky", 4))
        return self.scene.propose(task, rng, slots)


class FlakyInterpreter(ScriptedInterpreter):
    """Reads as the scripted one; cannot read in round number ``at``."""

    def __init__(self, at=0):
        super().__init__()
        self.at = at

    def interpret(self, view):
        if view.cycle == self.at:
            raise FailureError(Failure("refusal", "agent:interpreter", 1))
        return super().interpret(view)
