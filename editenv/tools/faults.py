"""What people say of a photo that did not come out well: faults, and how much of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from editenv.tools.phrases import Forms

TOO_MUCH = ("far too", "much too", "way too", "a great deal too", "altogether too")
TOO_MUCH_A_BIT = ("a little too", "a bit too", "slightly too", "a touch too", "a shade too")
VERY = ("terribly", "awfully", "very", "extremely", "dreadfully", "seriously")
SOMEWHAT = ("a little", "a bit", "slightly", "somewhat", "a touch", "rather")
OUTRIGHT = ("simply", "just", "plainly", "clearly", "really")
QUITE = ("quite", "fairly", "pretty", "noticeably", "distinctly", "visibly")
"""How much of a fault there is. What must not be "too" so, like noise, takes no "too"."""

SHARE_OF_TEST = 5
"""Of so many (degree, quality) pairs one goes to `test`, one to `validation`, the rest to
`train`."""


class Fault(NamedTuple):
    """What an option of an operation would mend.

    Attributes:
        degrees: that say how much of the fault there is, such as ``"far too"``.
        qualities: that they go with, such as ``"dark"``.
        seen: what is said of the fault when its amount must be seen.
    """

    degrees: tuple[str, ...]
    qualities: tuple[str, ...]
    seen: tuple[str, ...]

    @property
    def forms(self) -> Forms:
        """Put every degree before every quality, and share the pairs out in a Latin square.

        So `test` says what `train` never says, but every degree that it uses is known from another
        quality: what carries over is the meaning of the parts.
        """
        splits: tuple[list[str], ...] = ([], [], [])
        for row, quality in enumerate(self.qualities):
            for column, degree in enumerate(self.degrees):
                # A name's own letters shift its row: or the same degrees would always be held out.
                place = (column + 2 * row + sum(map(ord, quality))) % SHARE_OF_TEST
                splits[{0: 2, 1: 1}.get(place, 0)].append(f"{degree} {quality}")
        return Forms(*map(tuple, splits))


@dataclass(frozen=True, eq=False)
class Faults:
    """What an operation mends.

    Attributes:
        by_goal: the fault that each option would mend.
        nouns: what is wrong, where even the direction must be seen: "exposure"; or what is to go,
            where its amount must be seen: "noise".
        defect: whether it is to go altogether.
        opposites: by option: the one that brings about the fault that it mends; empty where no
            option of the operation does.
    """

    by_goal: Mapping[str, Fault]
    nouns: tuple[str, ...]
    defect: bool = False
    opposites: Mapping[str, str] = field(default_factory=dict[str, str])

    @cached_property
    def forms(self) -> dict[str, Forms]:
        """By goal: how the fault is called, with its degree."""
        return {goal: fault.forms for goal, fault in self.by_goal.items()}
