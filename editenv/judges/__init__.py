"""Judges: scores for pictures that have no ground truth, and for those that have.

A new kind is a file and a line here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from editenv import entry_points
from editenv.entry_points import EntryPoint
from editenv.judges.base import BEST, Case, Judge, Score
from editenv.protocols import implements
from editenv.types import EditTask

JUDGE_KINDS: dict[str, EntryPoint] = {
    "l1": "editenv.judges.reference:make_l1",
    "ssim": "editenv.judges.reference:make_ssim",
    "psnr": "editenv.judges.reference:make_psnr",
    "vlm": "editenv.models.judges.vlm:make_vlm_judge",
    "editscore": "editenv.models.judges.editscore:make_editscore_judge",
    "clip": "editenv.models.judges.clip:make_clip_judge",
}
"""By name or prefix: what builds a judge from what comes after the colon."""

_FORMS = (
    *("l1", "ssim", "psnr", "vlm:MODEL", "vlm:votes=3:MODEL", "editscore:MODEL"),
    *("editscore:passes=4:MODEL", "clip:FOLDER"),
)


def register_judge(kind: str, entry_point: EntryPoint) -> None:
    """Add a kind of judge that ``judge="KIND"`` or ``judge="KIND:WHERE"`` then builds.

    Args:
        kind: what stands before the colon.
        entry_point: ``"module:function"`` or a function, from WHERE (``""`` without a colon) to a
            ``Judge``.

    Raises:
        ValueError: see ``editenv.entry_points.register``.
    """
    entry_points.register(JUDGE_KINDS, kind, entry_point)


def make_judge(judge: str | Judge | Mapping[str, float]) -> Judge:
    """Find or build a judge.

    Args:
        judge: ``"l1"``, ``"ssim"``, ``"psnr"``, ``"vlm:MODEL"`` (a model as
            ``editenv.models.chat.make_chat_model`` takes it), ``"editscore:MODEL"`` (likewise),
            ``"clip:FOLDER"``, weights by name (a mix), or an object, which is returned as it is.

    Raises:
        ValueError: none of these.
        gymnasium.error.DependencyNotInstalled: the kind's packages are missing.
    """
    if isinstance(judge, str):
        kind, _, where = judge.partition(":")
        if kind in JUDGE_KINDS:
            return entry_points.load(JUDGE_KINDS[kind])(where)
    elif isinstance(judge, Mapping):
        if not judge:
            raise ValueError("judge={} is empty: give at least one judge with its weight")
        from editenv.judges.mix import MixJudge

        return MixJudge([make_judge(name) for name in judge], list(judge.values()))
    elif implements(judge, Judge):
        return judge
    accepted = [*_FORMS, *(kind for kind in JUDGE_KINDS if kind not in " ".join(_FORMS))]
    raise ValueError(
        f"judge={judge!r} is not accepted: give one of {accepted}, weights by name, or a Judge"
    )


def check_fit(judge: Judge, task: EditTask) -> None:
    """Refuse a task that a judge can never score, before anything is spent on it.

    Judges that ask something of a task (a target, captions) have a method ``why_unfit(task)``.

    Raises:
        ValueError: says what the task lacks.
    """
    why_unfit: Callable[[EditTask], str | None] | None = getattr(judge, "why_unfit", None)
    reason = why_unfit and why_unfit(task)
    if reason is not None:
        raise ValueError(f"judge={judge.name!r} cannot score this task: {reason}")


__all__ = [
    "BEST",
    "JUDGE_KINDS",
    "Case",
    "Judge",
    "Score",
    "check_fit",
    "make_judge",
    "register_judge",
]
