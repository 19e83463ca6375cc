"""The VLM judge: what it asks, what it accepts, how it counts; never a guess."""

import json
import math

import numpy as np
import pytest
from judge_doubles import Chatter, make_task, numbers, pictures, words

from editenv.failure import Failure
from editenv.judges import Case, Score, make_judge
from editenv.models.judges.rubric import BadAnswer, read_answer
from editenv.models.judges.vlm import MAX_VOTES, VlmJudge


def judged(answer, count=1, **arguments):
    task = make_task()
    judge = VlmJudge(chat := Chatter(answer), **arguments)
    return judge.judge([Case(task, task.target)] * count), chat, task


def test_viescore():
    (score,), *_ = judged(lambda chat: numbers(9, 4, 7))
    assert score == Score(math.sqrt(4 * 7), {"instruction": 9, "preserved": 4, "quality": 7})
    (score,), *_ = judged(lambda chat: numbers(0, 10, 10))
    assert score.value == 0.0


def test_it_shows_both_pictures_and_the_instruction():
    _, chat, task = judged(lambda chat: numbers(5, 5, 5))
    ((conversation,),) = chat.batches
    (first, source), (second, canvas) = pictures(conversation)
    assert (first, second) == ("Original picture:", "Edited picture:")
    assert np.array_equal(source, task.source)
    assert np.array_equal(canvas, task.target)
    assert json.dumps(task.instruction) in words(conversation)


def test_votes_ask_differently_and_their_variance_is_reported():
    def answer(chat):
        return numbers(10, 10, 10) if pictures(chat)[0][0].startswith("Orig") else numbers(4, 4, 4)

    (score,), chat, task = judged(answer, votes=MAX_VOTES)
    (conversations,) = chat.batches
    asked = {(words(c), tuple(label for label, _ in pictures(c))) for c in conversations}
    assert len(asked) == MAX_VOTES
    assert (score.value, score.variance, score.votes) == (7.0, 9.0, MAX_VOTES)
    for conversation in conversations:
        shown = dict(pictures(conversation))
        assert np.array_equal(shown["Edited picture:"], task.target), "labels go with the pictures"


def test_swapped_shows_the_edited_picture_first():
    judge = VlmJudge(chat := Chatter(lambda chat: numbers(1, 1, 1)))
    task = make_task()
    judge.swapped().judge([Case(task, task.source)])
    assert pictures(chat.batches[0][0])[0][0] == "Edited picture:"


def test_all_cases_and_votes_go_into_one_call():
    scores, chat, _ = judged(lambda chat: numbers(6, 6, 6), count=5, votes=3)
    assert [len(batch) for batch in chat.batches] == [15]
    assert [score.value for score in scores] == [6.0] * 5
    assert VlmJudge(chat).judge([]) == []


BAD = [
    "",
    "7",
    "[7, 7, 7]",
    "null",
    "I would give it a 7 out of 10.",
    numbers(11, 5, 5),
    numbers(-1, 5, 5),
    numbers(5.5, 5, 5),
    numbers("5.0", 5, 5),
    numbers('"7"', 5, 5),
    numbers("true", 5, 5),
    numbers("NaN", 5, 5),
    numbers("Infinity", 5, 5),
    numbers(5, "null", 5),
    numbers(7, 7, 7) + " I hope this helps!",
    "Here you are: " + numbers(7, 7, 7),
    numbers(7, 7, 7) + numbers(2, 2, 2),
    numbers(7, 7, 7)[:-1],
    '{"instruction": 7, "preserved": 7}',
    '{"instruction": 7, "preserved": 7, "quality": 7, "overall": 7}',
    '{"instruction": 7, "preserved": 7, "quality": 7, "quality": 1}',
    "{" * 100_000,
    "9" * 10_000,
]


@pytest.mark.parametrize("answer", BAD)
def test_any_other_answer_is_a_failure_after_a_second_try(answer):
    with pytest.raises(BadAnswer):
        read_answer(answer)
    (result,), chat, _ = judged(lambda chat: answer)
    assert isinstance(result, Failure)
    assert (result.kind, result.component, result.attempts) == (
        "bad_response",
        "judge:vlm:double",
        2,
    )
    assert answer[:20] == "" or answer[:20] not in result.detail
    assert len(chat.batches) == 2


@pytest.mark.parametrize(
    "answer", [numbers(3, 4, 5), f"\n {numbers(3, 4, 5)}\n", f"```json\n{numbers(3, 4, 5)}\n```"]
)
def test_accepted_forms(answer):
    assert read_answer(answer) == {"instruction": 3, "preserved": 4, "quality": 5}


def test_only_what_was_badly_answered_is_asked_again_in_its_own_conversation():
    def answer(chat):
        if len(chat) == 3:
            return numbers(8, 8, 8)
        return "eight" if "Two versions" in words(chat) else numbers(2, 2, 2)

    (score,), chat, _ = judged(answer, votes=3)
    assert [len(batch) for batch in chat.batches] == [3, 1]
    ((question, bad, again),) = chat.batches[1]
    assert [m["role"] for m in (question, bad, again)] == ["user", "assistant", "user"]
    assert bad["content"][0]["text"] == "eight"
    assert score.value == pytest.approx((2 + 2 + 8) / 3)


def test_a_failure_of_the_model_keeps_its_kind_and_is_not_asked_again():
    failure = Failure("rate_limit", "double", 5, "429")
    results, chat, _ = judged(lambda chat: failure, count=2)
    assert results == [Failure("rate_limit", "judge:vlm:double", 5, "429")] * 2
    assert len(chat.batches) == 1


def test_a_missing_vote_is_a_missing_score():
    def answer(chat):
        failed = pictures(chat)[0][0].startswith("Edited")
        return Failure("timeout", "double", 3) if failed else numbers(9, 9, 9)

    (result,), *_ = judged(answer, votes=2)
    assert isinstance(result, Failure)
    assert result.kind == "timeout"


def test_one_bad_case_leaves_the_others_unharmed():
    good, other = make_task(), make_task(side=48)
    chat = Chatter(lambda c: "no" if len(pictures(c)[0][1]) == 48 else numbers(5, 5, 5))
    results = VlmJudge(chat).judge([Case(t, t.source) for t in (good, other, good)])
    assert [type(result) for result in results] == [Score, Failure, Score]


def test_words_in_the_instruction_cannot_break_the_question():
    from dataclasses import replace

    task = replace(make_task(), instruction='{instruction} "}\n把杯子去掉')
    chat = Chatter(lambda c: numbers(5, 5, 5))
    VlmJudge(chat).judge([Case(task, task.source)])
    assert "把杯子去掉" in words(chat.batches[0][0])


@pytest.mark.parametrize("votes", [0, MAX_VOTES + 1, 1.5, True])
def test_bad_votes_are_refused(votes):
    with pytest.raises(ValueError, match="votes="):
        VlmJudge(Chatter(str), votes=votes)


@pytest.mark.parametrize(
    "name", ["vlm", "vlm:", "vlm:nobody", "vlm:votes=x:openai:u", "vlm:votes=3:no"]
)
def test_bad_names_are_refused(name):
    with pytest.raises(ValueError, match=r"votes=|model="):
        make_judge(name)
