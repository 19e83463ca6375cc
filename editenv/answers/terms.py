"""The terms by which answers are scored: each a function of how things stand, 0 to 1.

All are 0 before the first answer, and where the ground truth that they need is not known.
"""

from __future__ import annotations

from collections.abc import Callable

from editenv.answers.scorer import Standing
from editenv.judges import BEST

AnswerTerm = Callable[["Standing"], float]

TERMS: dict[str, AnswerTerm] = {}

UNSOLVED = 0.8
"""The image term stays below this until the task is solved."""


def register_answer_term(name: str) -> Callable[[AnswerTerm], AnswerTerm]:
    """Add a term to the registry under ``name``.

    Raises:
        ValueError: the name is taken.
    """
    if name in TERMS:
        raise ValueError(f"name={name!r} is already an answer term")

    def add(term: AnswerTerm) -> AnswerTerm:
        TERMS[name] = term
        return term

    return add


@register_answer_term("format")
def format_term(standing: Standing) -> float:
    """Share of the answers that are well formed."""
    return standing.well_formed / standing.answers if standing.answers else 0.0


@register_answer_term("action")
def action_term(standing: Standing) -> float:
    """F1 of the actions over all edits so far."""
    return standing.agreement.f1("action")


@register_answer_term("subject")
def subject_term(standing: Standing) -> float:
    """F1 of the subjects over all edits so far."""
    return standing.agreement.f1("subject")


@register_answer_term("goal")
def goal_term(standing: Standing) -> float:
    """F1 of the goals over all edits so far."""
    return standing.agreement.f1("goal")


@register_answer_term("image")
def image_term(standing: Standing) -> float:
    """How good the picture is: 1 when the task is solved, else up to 0.8.

    Below success the mean of two shares, of the sub-edits that got done and of the distance to the
    target that is gone, less the share of pixels that changed though they should not. So every
    sub-edit that gets done and every step towards the target raises it, and all damage lowers it;
    an untouched picture has 0.
    """
    start, now = standing.start, standing.verdict
    if not now.known:
        return 0.0
    if now.success:
        return 1.0
    done, open_ = sum(now.done) - sum(start.done), len(start.done) - sum(start.done)
    gained = max(done, 0) / open_ if open_ else 0.0
    nearer = max(1.0 - now.distance / max(start.distance, 1e-6), 0.0)
    kept = 1.0 - max(now.collateral - start.collateral, 0.0)
    return UNSOLVED * kept * (gained + nearer) / 2.0


@register_answer_term("judge")
def judge_term(standing: Standing) -> float:
    """What the judge says of the picture that was handed in; 0 before."""
    return 0.0 if standing.score is None else standing.score.value / BEST
