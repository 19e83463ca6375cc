"""Parts of another package: each is what a user would write, and knows only the protocols."""

import numpy as np

from editenv.judges import Score
from editenv.tasks import make_tasks
from editenv.tools import Edited, Keywords, Operation
from editenv.types import Region, ToolCall
from editenv.workspace import SUBMIT


class Posterize:
    """A tool."""

    action = "posterize"
    target = "any"
    options = ("few colours", "very few colours")

    def __init__(self, name="posterize"):
        self.name = name

    def apply(self, images, masks, options):
        return [self._edit(*each) for each in zip(images, masks, options, strict=True)]

    def _edit(self, image, mask, option):
        step = (64, 128)[option]
        return Edited(np.where(mask[..., None] > 127, image // step * step, image), mask)

    def relabel(self, label, option):
        return label

    def adds(self, option):
        return None


POSTERIZE = Operation(
    "posterize",
    tolerance=(0.5, 0.5),
    keywords=Keywords(5, ("poster",), {"very few colours": ("very",)}),
)


class OneTask:
    """A source that always has the same task."""

    def __init__(self, split, height, width):
        self._task = make_tasks("direct", split=split, height=height, width=width)[0]

    def sample(self, rng):
        return self._task

    def __getitem__(self, index):
        return self._task


def changed(transition):
    """A reward term: the share of the pixels that the call changed."""
    difference = transition.before.canvas != transition.after.canvas
    return float(difference.any(axis=2).mean())


class Letters:
    """A text encoder: how often each of eight letters stands in a word."""

    dimension = 8

    def __init__(self, folder):
        self.folder = folder

    def tokens(self, text):
        words = text.lower().split() or [""]
        rows = np.array([[word.count(letter) for letter in "aeioulnr"] for word in words])
        return (rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1)).astype(
            np.float32
        )

    def pooled(self, text):
        mean = self.tokens(text).mean(0)
        return (mean / max(np.linalg.norm(mean), 1e-6)).astype(np.float32)


class Halves:
    """A grounder: the whole picture and its two halves."""

    def __init__(self, settings):
        self.settings = settings

    def propose(self, task, rng, slots):
        height, width = task.source.shape[:2]
        masks = [np.zeros((height, width), np.uint8) for _ in range(2)]
        masks[0][:, : width // 2] = masks[1][:, width // 2 :] = 255
        halves = [Region.from_mask("half", mask) for mask in masks]
        return (Region.whole(height, width), *halves, *([None] * (slots - 3)))


class Constant:
    """A judge."""

    name = "constant"

    def __init__(self, where):
        self._value = float(where or 5)

    def judge(self, cases):
        return [Score(self._value) for _ in cases]


class Patient:
    """A critic that hands in in the first round."""

    def __init__(self, where, role):
        self.role = role

    def reset(self, workspace):
        pass

    def judge(self, view):
        return "submit"


class Impatient:
    """A baseline that hands in at once."""

    def reset(self, env):
        pass

    def act(self, observation, env):
        return env.unwrapped.encode(ToolCall(SUBMIT))


class Echo:
    """A chat model that finds nothing left to do."""

    def __init__(self, where):
        self.name = f"echo:{where}"

    def complete(self, chats, *, max_tokens=512, temperature=0.0, seed=0):
        return ["<action>[]</action><subject>[]</subject><goal>[]</goal>" for _ in chats]
