"""A vision-language model as judge, with VIEScore's aggregation."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean, pvariance

from editenv.failure import Failure
from editenv.judges.base import Case, Score
from editenv.models.chat import ChatModel, Message, make_chat_model
from editenv.models.judges.rubric import QUESTIONS, WORDINGS, BadAnswer, ask, ask_again, read_answer

MAX_VOTES = 2 * len(WORDINGS)
"""Every vote asks otherwise: two orders of the pictures times the wordings of the rubric."""

MAX_TOKENS = 64
"""The answer has about 25 tokens."""


@dataclass(frozen=True)
class _Vote:
    case: int
    chat: list[Message]


class VlmJudge:
    """Asks a model three questions about the source and the edited picture.

    *Instruction followed*, *rest preserved* and *quality*, each an integer from 0 to 10. They are
    put together as in VIEScore (Ku, Jiang, Wei, Yue and Chen, ACL 2024, *VIEScore: Towards
    Explainable Metrics for Conditional Image Synthesis Evaluation*, section 3)::

        SC = min(instruction, preserved)    semantic consistency
        PQ = min(quality)                   perceptual quality
        O  = sqrt(SC * PQ)                  the vote's value

    The temperature is 0, so a request that is repeated says nothing new. Vote number v shows the
    edited picture first where v is odd and takes wording ``v // 2`` of the rubric. ``Score.value``
    is the mean of the votes and ``Score.variance`` their (population) variance.

    An answer of any other form than the one asked for is asked again once, in the same
    conversation; then the case is a failure (``"bad_response"``). A case is scored only when all
    its votes are there. All cases and votes go into one call of the model.

    Args:
        model: what ``editenv.models.chat.make_chat_model`` accepts; a model built here is closed by
            ``close``.
        votes: 1 to 6.
        first_vote: where counting begins; 1 shows the edited picture first (for audits).

    Raises:
        ValueError: no such model, or a bad number of votes.
        gymnasium.error.DependencyNotInstalled: the model's packages are missing.
    """

    def __init__(self, model: str | ChatModel, *, votes: int = 1, first_vote: int = 0) -> None:
        if isinstance(votes, bool) or not isinstance(votes, int) or not 1 <= votes <= MAX_VOTES:
            raise ValueError(f"votes={votes!r} must be an integer from 1 to {MAX_VOTES}")
        if first_vote not in range(MAX_VOTES):
            raise ValueError(f"first_vote={first_vote!r} must be from 0 to {MAX_VOTES - 1}")
        self.chat = make_chat_model(model)
        self._owned = isinstance(model, str)
        self.votes, self._first_vote = votes, first_vote

    @property
    def name(self) -> str:
        """``"vlm:"`` and the model's name."""
        return f"vlm:{self.chat.name}"

    def swapped(self) -> VlmJudge:
        """Return a judge that asks the same once, with the pictures in the other order."""
        return VlmJudge(self.chat, first_vote=self._first_vote ^ 1)

    def judge(self, cases: Sequence[Case]) -> list[Score | Failure]:
        """Score N pictures; see ``Judge.judge``."""
        votes = [
            _Vote(number, self._question(case, vote))
            for number, case in enumerate(cases)
            for vote in range(self.votes)
        ]
        ballots: list[list[dict[str, int] | Failure]] = [[] for _ in cases]
        for vote, answer in zip(votes, self._answers([v.chat for v in votes]), strict=True):
            ballots[vote.case].append(answer)
        return [count_votes(ballot) for ballot in ballots]

    def close(self) -> None:
        """Free the model, where this judge built it."""
        close = getattr(self.chat, "close", None)
        if self._owned and close is not None:
            close()

    def _question(self, case: Case, vote: int) -> list[Message]:
        number = (vote + self._first_vote) % MAX_VOTES
        return ask(case, number // 2, edited_first=number % 2 == 1)

    def _answers(self, chats: list[list[Message]]) -> list[dict[str, int] | Failure]:
        """The numbers for each conversation; what was badly answered is asked once more."""
        if not chats:
            return []
        first = self._complete(chats)
        found = [self._read(answer, 1) for answer in first]
        again = {
            number: ask_again(chats[number], answer, reading.detail)
            for number, (answer, reading) in enumerate(zip(first, found, strict=True))
            if isinstance(answer, str) and isinstance(reading, Failure)
        }
        if again:
            second = self._complete(list(again.values()))
            for number, answer in zip(again, second, strict=True):
                found[number] = self._read(answer, 2)
        return found

    def _complete(self, chats: list[list[Message]]) -> list[str | Failure]:
        return self.chat.complete(chats, max_tokens=MAX_TOKENS, temperature=0.0)

    def _read(self, answer: str | Failure, attempts: int) -> dict[str, int] | Failure:
        component = f"judge:{self.name}"
        if isinstance(answer, Failure):
            return replace(answer, component=component)
        try:
            return read_answer(answer)
        except BadAnswer as error:
            return Failure("bad_response", component, attempts, str(error))


def viescore(semantic: Sequence[float], perceptual: Sequence[float]) -> float:
    """Aggregate sub-scores of 0 to 10: ``sqrt(min(semantic) * min(perceptual))``."""
    return math.sqrt(min(semantic) * min(perceptual))


def count_votes(ballot: Sequence[Mapping[str, float] | Failure]) -> Score | Failure:
    """Put the votes on one case together; a missing vote is a missing score.

    Args:
        ballot: the sub-scores of each vote, 0 to 10 by the names of ``QUESTIONS``.
    """
    votes: list[Mapping[str, float]] = []
    for vote in ballot:
        if isinstance(vote, Failure):
            return vote
        votes.append(vote)
    values = [viescore([v["instruction"], v["preserved"]], [v["quality"]]) for v in votes]
    parts = {name: fmean(vote[name] for vote in votes) for name in QUESTIONS}
    return Score(fmean(values), parts, pvariance(values), len(votes))


def make_vlm_judge(where: str) -> VlmJudge:
    """Build ``"vlm:MODEL"`` or ``"vlm:votes=3:MODEL"``.

    Raises:
        ValueError: no such model, or a bad number of votes.
    """
    head, _, rest = where.partition(":")
    if not head.startswith("votes="):
        return VlmJudge(where)
    number = head.removeprefix("votes=")
    if not number.isdecimal():
        raise ValueError(f"judge='vlm:{where}': votes={number!r} must be from 1 to {MAX_VOTES}")
    return VlmJudge(rest, votes=int(number))
