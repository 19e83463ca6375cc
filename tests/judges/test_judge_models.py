"""The VLM judge with real chat models: an endpoint that fails, and a model in this process."""

import base64
import io
import math
from collections import Counter

import numpy as np
import pytest
from judge_doubles import make_task, numbers
from PIL import Image

from editenv.failure import KINDS, Failure
from editenv.judges import Case, Score, make_judge
from editenv.models.judges.vlm import VlmJudge

pytest.importorskip("httpx")

from remote.calls import FAST, nothing_is_left, open_files, threads
from remote.faults import Faults
from remote.server import Server

from editenv.models.chat.endpoint import EndpointChatModel

COUNT = 200


def cases():
    """Cases whose canvases carry their own number."""
    task, found = make_task(), []
    for number in range(COUNT):
        canvas = task.target.copy()
        canvas[0, 0] = (number // 256, number % 256, 77)
        found.append(Case(task, canvas))
    return found


def truth(number):
    return number % 11, number * 7 % 11, number * 3 % 11


def expected(number):
    instruction, preserved, quality = truth(number)
    return math.sqrt(min(instruction, preserved) * quality)


def answer(body):
    """Read the edited picture's number and give its numbers; sometimes in a form that is wrong."""
    parts = body["messages"][0]["content"]
    labels = [part.get("text", "") for part in parts]
    url = parts[labels.index("Edited picture:") + 1]["image_url"]["url"]
    picture = np.asarray(Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))))
    number = int(picture[0, 0, 0]) * 256 + int(picture[0, 0, 1])
    assert picture[0, 0, 2] == 77, "the labels go with the pictures"
    if number % 17 == 0:
        return "I would say about 9 out of 10!"
    if number % 13 == 0 and len(body["messages"]) == 1:
        return "Sure! " + numbers(10, 10, 10)
    return numbers(*truth(number))


@pytest.mark.parametrize("votes", [1, 3])
def test_right_scores_or_named_failures_at_20_percent_faults(votes):
    before = threads(), open_files()
    with Server(answer=answer, faults=Faults(0.2, seed=3)) as server:
        model = EndpointChatModel(f"{server.url}#m", limits=FAST)
        judge = VlmJudge(model, votes=votes)
        results = judge.judge(cases())
        model.close()
    kinds = Counter()
    for number, result in enumerate(results):
        if isinstance(result, Failure):
            kinds[result.kind] += 1
            assert result.kind in KINDS
            assert result.component == f"judge:{judge.name}"
            continue
        assert number % 17, "a bad answer is no score"
        assert result.value == pytest.approx(expected(number))
        assert (result.votes, result.variance) == (votes, pytest.approx(0.0))
    assert sum(server.faults.made.values()) > 30
    # All but the hopeless numbers and refusals, which no second request mends, come through.
    assert kinds.total() >= COUNT // 17
    assert kinds["bad_response"] > 5
    assert COUNT - kinds.total() > COUNT * (0.8 if votes == 1 else 0.6)
    assert nothing_is_left(before)


def test_by_name_and_closed():
    before = threads(), open_files()
    with Server(answer=lambda body: numbers(9, 4, 5)) as server:
        judge = make_judge({f"vlm:votes=2:openai:{server.url}#m": 0.5, "l1": 0.5})
        task = make_task()
        (score,) = judge.judge([Case(task, task.target)])
        judge.close()
    assert isinstance(score, Score)
    assert score.value == pytest.approx((math.sqrt(4 * 5) + 10) / 2)
    assert server.count() == 2
    assert nothing_is_left(before)


def test_the_key_is_in_no_name_and_no_failure(monkeypatch):
    secret = "sk-very-secret-4711"
    monkeypatch.setenv("OPENAI_API_KEY", secret)
    with Server(answer=answer, key="another") as server:
        judge = make_judge(f"vlm:openai:{server.url}#m")
        (failure,) = judge.judge(cases()[:1])
        judge.close()
    assert isinstance(failure, Failure)
    assert failure.kind == "rejected"
    assert secret not in repr((judge.name, judge, failure, str(failure), failure.info()))


def test_a_model_in_this_process_that_babbles_is_a_failure(tmp_path):
    pytest.importorskip("transformers")
    from members.tiny_chat import save_idefics3

    judge = make_judge(f"vlm:transformers:{save_idefics3(tmp_path)}")
    task = make_task()
    results = judge.judge([Case(task, task.target), Case(task, task.source)])
    judge.close()
    for result in results:
        assert isinstance(result, Failure)
        assert (result.kind, result.attempts) == ("bad_response", 2)
