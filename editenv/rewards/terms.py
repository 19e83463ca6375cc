"""The terms of the reward: each a function of one transition.

`distance`, `sub_edits` and `collateral` are differences P(s') - P(s) of a function P of the picture
and its task. Undiscounted, their sum over an episode is P(end) - P(start), whatever came between: a
detour earns nothing, and going back costs what going forth gave.

This is not the shaping that leaves the best policy as it is (Ng, Harada and Russell, 1999, *Policy
invariance under reward transformations*), in two respects. P is not 0 at the end, so the terms pay
for the picture that is handed in, solved or not. And there is no discount in them: with a trainer's
discount g below 1, the theorem's g P(s') - P(s) would need its g here. As they are, what is gained
early is worth more, and gaining something to lose it by the next call is worth (1 - g) of it,
before `step` is paid.
"""

from __future__ import annotations

from collections.abc import Callable

from editenv.judges import BEST
from editenv.transition import Transition
from editenv.workspace import SUBMIT

Term = Callable[[Transition], float]

WORST_DISTANCE = 1.0
"""The distance counts in full up to this many times the source's. Beyond it a wrong edit costs next
to nothing here (``collateral`` has a small price for it): otherwise a beginner learns to keep to
the tools that do least harm, long before it has learnt to read."""

TAIL = 0.02
"""What all that lies beyond can cost together: enough to tell a damaged picture from a ruined one,
less than a step at the preset's weight."""

TERMS: dict[str, Term] = {}


def register_term(name: str) -> Callable[[Term], Term]:
    """Add a term to the registry under ``name``.

    Raises:
        ValueError: the name is taken.
    """
    if name in TERMS:
        raise ValueError(f"name={name!r} is already a reward term")

    def add(term: Term) -> Term:
        TERMS[name] = term
        return term

    return add


@register_term("distance")
def distance(transition: Transition) -> float:
    """Decrease of the distance to the target, as a share of the source's distance."""
    scale = max(transition.start.verdict.distance, 1e-6)
    old, new = transition.before.verdict.distance, transition.after.verdict.distance
    return _badness(old / scale) - _badness(new / scale)


def _badness(distance: float) -> float:
    """0 at the target, 1 at the source's distance, at most ``1 + TAIL``; it never falls."""
    if distance <= WORST_DISTANCE:
        return distance
    return WORST_DISTANCE + TAIL * (1.0 - WORST_DISTANCE / distance)


@register_term("sub_edits")
def sub_edits(transition: Transition) -> float:
    """Change in the share of sub-edits that are done, -1 to 1."""
    old, new = transition.before.verdict.done, transition.after.verdict.done
    return (sum(new) - sum(old)) / len(new) if new else 0.0


@register_term("plan")
def plan(transition: Transition) -> float:
    """How much nearer the call came to the reference plan than any call before, 0 to 1.

    A third each for the action, the region and the option of a sub-edit. Only a new best counts,
    so that an episode can collect at most 1.
    """
    return transition.agreement_gain


@register_term("collateral")
def collateral(transition: Transition) -> float:
    """Increase of the share of pixels that changed though they should not; -1 to 1, negated."""
    return transition.before.verdict.collateral - transition.after.verdict.collateral


@register_term("step")
def step(transition: Transition) -> float:
    """-1 for every call, so that shorter is better."""
    return -1.0


@register_term("invalid")
def invalid(transition: Transition) -> float:
    """-1 for a call that could not be carried out."""
    return -1.0 if transition.invalid else 0.0


@register_term("submit")
def submit(transition: Transition) -> float:
    """1 for handing in solved work, -0.1 for anything else handed in."""
    if not transition.submitted or transition.call.tool != SUBMIT:
        return 0.0
    if not transition.after.verdict.known:
        return 0.0
    return 1.0 if transition.after.verdict.success else -0.1


@register_term("judge")
def judge(transition: Transition) -> float:
    """What the judge says of the picture that was handed in, 0 to 1; 0 before."""
    return 0.0 if transition.score is None else transition.score.value / BEST


@register_term("seconds")
def seconds(transition: Transition) -> float:
    """The call's cost in seconds, negated."""
    return -transition.cost.seconds


@register_term("money")
def money(transition: Transition) -> float:
    """The call's cost in money, negated."""
    return -transition.cost.money
