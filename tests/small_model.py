"""Tasks in the words that the committed small model learned from: see ``docs/small_vlm.md``.

The wording of generated tasks has changed since, and so have the names of what ``add`` and
``replace`` bring in. What the model can do is held to these tasks, whatever becomes of the others.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import count, islice

from editenv.tasks import make_tasks
from editenv.types import WHOLE_IMAGE

SIDE = 96
"""Of the pictures that it looks at, in pixels."""

WORDS = {
    ("blur", "soft"): "Blur {s} slightly.",
    ("blur", "strong"): "Blur {s} strongly.",
    ("brightness", "much darker"): "Make {s} much darker.",
    ("brightness", "darker"): "Make {s} a little darker.",
    ("brightness", "brighter"): "Make {s} a little brighter.",
    ("brightness", "much brighter"): "Make {s} much brighter.",
    ("flip", "horizontal"): "Flip {s} horizontally.",
    ("flip", "vertical"): "Flip {s} vertically.",
    ("move", "left"): "Move {s} to the left.",
    ("move", "right"): "Move {s} to the right.",
    ("move", "left edge"): "Move {s} all the way to the left.",
    ("move", "right edge"): "Move {s} all the way to the right.",
    ("pixelate", "fine"): "Pixelate {s} with fine blocks.",
    ("pixelate", "coarse"): "Pixelate {s} with coarse blocks.",
    ("saturation", "black and white"): "Make {s} black and white.",
    ("saturation", "muted"): "Make {s} less colourful.",
    ("saturation", "vivid"): "Make {s} more colourful.",
    ("scale", "half size"): "Make {s} half as big.",
    ("scale", "smaller"): "Make {s} a little smaller.",
    ("scale", "larger"): "Make {s} a little larger.",
    ("scale", "double size"): "Make {s} twice as big.",
}
OTHER_WORDS = {
    "background": "Change the background to a {g}.",
    "recolour": "Paint {s} {g}.",
    "remove": "Remove {s}.",
}
"""By action, where the goal needs no words of its own."""


class PlainTasks:
    """Those direct tasks of a split that the model can know, in its own material and words."""

    def __init__(self, split):
        source = make_tasks("direct", split=split, height=SIDE, width=SIDE, material="emoji")
        self._rest = filter(None, (in_plain_words(source[number]) for number in count()))
        self._found = []

    def sample(self, rng):
        return self[int(rng.integers(100))]

    def __getitem__(self, index):
        self._found += islice(self._rest, max(index + 1 - len(self._found), 0))
        return self._found[index]


class Remembered:
    """The tasks of a source, each made once."""

    def __init__(self, source):
        self.sample, self._tasks = source.sample, cache(source.__getitem__)

    def __getitem__(self, index):
        return self._tasks(index)


def in_plain_words(task):
    """Return the task with another instruction; None where the model has no words for it."""
    (edit,) = task.sub_edits
    words = WORDS.get((edit.action, edit.goal), OTHER_WORDS.get(edit.action))
    if words is None:
        return None
    subject = "photo" if edit.subject == WHOLE_IMAGE else edit.subject
    return replace(task, instruction=words.format(s=f"the {subject}", g=edit.goal))
