"""Taking several answers at once: a judge is asked about all pictures together."""

from __future__ import annotations

from collections.abc import Sequence

from editenv.answers.conversation import Conversation
from editenv.failure import Failure, FailureLog
from editenv.judges import Case, Judge, Score


def reply_all(
    conversations: Sequence[Conversation],
    texts: Sequence[str],
    judge: Judge | None,
    log: FailureLog,
) -> None:
    """Take an answer in each of several conversations.

    Args:
        conversations: N of them.
        texts: N answers.
        judge: is asked once about each different picture that is handed in; None for no judge.
        log: counts what failed.

    Raises:
        ComponentDown: a tool or the judge failed too often in a row; all answers are taken.
    """
    alive = [conversation.failure is None for conversation in conversations]
    for conversation, text in zip(conversations, texts, strict=True):
        conversation.apply_answer(text)
    verdicts = _ask(judge, [conversation.case for conversation in conversations])
    for conversation, verdict in zip(conversations, verdicts, strict=True):
        conversation.settle(verdict)
    for conversation, new in zip(conversations, alive, strict=True):
        if new:
            _note(conversation, judge, log)


def _ask(judge: Judge | None, cases: Sequence[Case | None]) -> list[Score | Failure | None]:
    """What the judge says of each case; answers with the same edits have one picture."""
    if judge is None:
        return [None] * len(cases)
    different = {id(case.canvas): case for case in cases if case is not None}
    said = judge.judge(list(different.values())) if different else []
    verdicts = dict(zip(different, said, strict=True))
    return [None if case is None else verdicts[id(case.canvas)] for case in cases]


def _note(conversation: Conversation, judge: Judge | None, log: FailureLog) -> None:
    if log.troubled and conversation.failure is None:
        for call in conversation.workspace.history:
            log.succeeded(f"tool:{call.tool}")
        if judge is not None and conversation.standing.score is not None:
            log.succeeded(f"judge:{judge.name}")
    if conversation.failure is not None:
        log.failed(conversation.failure)
