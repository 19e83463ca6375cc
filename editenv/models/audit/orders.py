"""Which probe is better than which: only what is certain."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Order:
    """One pair.

    Attributes:
        better: name of the better probe.
        worse: name of the worse one.
        strict: whether a tie is a violation too.
        why: the reason, in a few words.
    """

    better: str
    worse: str
    strict: bool
    why: str

    def violated(self, better: float, worse: float, margin: float = 0.0) -> bool:
        """Whether two scores contradict the order; differences of 1e-9 are ties.

        Args:
            better: score of the better probe.
            worse: score of the worse one.
            margin: how far the worse one may be ahead where the order is not strict.
        """
        gap = better - worse
        return gap <= 1e-9 if self.strict else gap < -margin - 1e-9

    def __str__(self) -> str:
        return f"{self.better} {'>' if self.strict else '≥'} {self.worse}"


ORDERS: tuple[Order, ...] = (
    Order("perfect", "detour", True, "the same picture, by fewer calls"),
    Order("perfect", "half", True, "all that was asked, not some of it"),
    Order("perfect", "partial", True, "the whole edit, not half of it"),
    Order("perfect", "collateral", True, "the same, without damage"),
    Order("perfect", "over_edited", True, "what was asked, and no more"),
    Order("perfect", "wrong_goal", True, "what was asked, not something else"),
    Order("perfect", "wrong_object", True, "done where it was asked"),
    Order("perfect", "no_op", True, "something was asked for"),
    Order("perfect", "noise", True, "a picture"),
    Order("half", "no_op", True, "some edits done and nothing spoilt"),
    Order("partial", "no_op", True, "on the right way and nothing spoilt"),
    Order("half", "noise", True, "some edits done, against nothing left"),
    Order("partial", "noise", True, "on the right way, against nothing left"),
    Order("collateral", "noise", True, "edits done and most of the picture left"),
    Order("no_op", "noise", False, "neither does the edit, and noise spoils the rest"),
)
"""The pairs that count. Where both do nothing of the edit, a judge may give both its worst score,
so only the reverse is a violation. Not among them, since people differ: damage against doing
nothing, and a wrong goal against doing nothing."""

OUTCOME_ORDERS: tuple[Order, ...] = (
    Order("half", "wrong_object", True, "some edits done, against none done and damage"),
    Order("no_op", "wrong_object", False, "neither does the edit, and one spoils something"),
)
"""Certain for the picture that is handed in, not for the return of a whole episode: a reward may
pay for a step towards the right call (the term ``plan`` does) as long as the right call pays more.
They count where pictures are scored, and are reported where calls are."""
