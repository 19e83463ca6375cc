"""EditScore as a judge: what it asks, what it accepts, how it counts; never a guess."""

import math

import numpy as np
import pytest
from gymnasium.error import DependencyNotInstalled
from judge_doubles import make_task, pictures, words

from editenv.cli import main
from editenv.failure import KINDS, Failure
from editenv.judges import Case, Score, make_judge
from editenv.models.judges import editscore
from editenv.models.judges.editscore import EditScoreJudge, Prompts, read_prompts, read_scores
from editenv.models.judges.rubric import BadAnswer

PROMPTS = Prompts("Both, after <instruction>?", "The edited one?")

PACKAGE = """
_context_no_delimit_reasoning_first = "Head, as 10 is.\\n"
_prompts_0shot_two_image_edit_rule = "Two pictures.\\n"
_prompts_0shot_tie_rule_SC = "0 to 10: <instruction>\\n"
_prompts_0shot_rule_PQ = "From 0 to 10."
"""


def scores(first, second, reasoning="short"):
    return f'{{"reasoning": "{reasoning}", "score": [{first}, {second}]}}'


class Chatter:
    """Answers by a function of the conversation and the seed; it keeps what it was asked."""

    name = "double"

    def __init__(self, answer):
        self._answer, self.batches, self.seeds = answer, [], []

    def complete(self, chats, *, max_tokens=512, temperature=0.0, seed=0):
        assert (max_tokens, temperature) == (512, 0.7), "as the authors ask"
        self.batches.append([list(chat) for chat in chats])
        self.seeds.append(seed)
        return [self._answer(chat, seed) for chat in chats]


def about_both(chat):
    return "Both" in words(chat)


def judged(answer, count=1, **arguments):
    task = make_task()
    judge = EditScoreJudge(chat := Chatter(answer), prompts=PROMPTS, **arguments)
    return judge.judge([Case(task, task.target)] * count), chat, task


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package of the right form, which may be read but not imported."""
    folder = tmp_path / "editscore"
    folder.mkdir()
    (folder / "__init__.py").write_text("raise ImportError('it needs torch')")
    (folder / "vie_prompts.py").write_text(PACKAGE)
    monkeypatch.syspath_prepend(tmp_path)
    return folder


def test_the_lower_score_of_each_kind_counts():
    def answer(chat, seed):
        return scores(20, 15) if about_both(chat) else scores(25, 10.0)

    (score,), *_ = judged(answer)
    assert isinstance(score, Score)
    assert score.value == pytest.approx(math.sqrt(6 * 4))
    assert score.parts == pytest.approx({"instruction": 8, "preserved": 6, "quality": 4})
    assert (score.variance, score.votes) == (0.0, 1)


def test_it_shows_both_pictures_and_then_the_edited_one_alone():
    _, chat, task = judged(lambda chat, seed: scores(5, 5), count=2)
    ((both, alone, _, _),) = chat.batches
    (user,) = both
    assert [part["type"] for part in user["content"]] == ["image", "image", "text"]
    assert np.array_equal(user["content"][0]["image"], task.source)
    assert np.array_equal(user["content"][1]["image"], task.target)
    assert words(both) == f"Both, after {task.instruction}?"
    assert [part["type"] for part in alone[0]["content"]] == ["image", "text"]
    assert np.array_equal(alone[0]["content"][0]["image"], task.target)


def test_pictures_are_announced_to_models_of_the_older_base():
    _, chat, task = judged(lambda chat, seed: scores(5, 5), base="qwen2.5")
    (first, source), (second, canvas) = pictures(chat.batches[0][0])
    assert (first, second) == ("<img1>: ", "<img2>: ")
    assert np.array_equal(source, task.source) and np.array_equal(canvas, task.target)
    assert [label for label, _ in pictures(chat.batches[0][1])] == ["<img1>: "]


def test_passes_have_their_own_seeds_and_their_variance_is_reported():
    (score, _), chat, _ = judged(
        lambda chat, seed: scores(25, 25) if seed == 42 else scores(10, 10), count=2, passes=2
    )
    assert chat.seeds == [42, 43]
    assert [len(batch) for batch in chat.batches] == [4, 4]
    assert (score.value, score.variance, score.votes) == (7.0, 9.0, 2)


BAD = [
    "",
    "25",
    "[20, 20]",
    "I would give it 20 of 25.",
    scores(26, 5),
    scores(-1, 5),
    scores("true", 5),
    scores('"20"', 5),
    scores("NaN", 5),
    scores("Infinity", 5),
    scores(20, 20) + " I hope this helps!",
    scores(20, 20, reasoning='the "cup" is gone'),
    '{"score": [20, 20]}',
    '{"reasoning": "short"}',
    '{"reasoning": null, "score": [20, 20]}',
    '{"reasoning": "short", "score": 20}',
    '{"reasoning": "short", "score": [20]}',
    '{"reasoning": "short", "score": [20, 20, 20]}',
    '{"reasoning": "short", "score": [20, 20], "overall": 20}',
    '{"reasoning": "short", "score": [20, 20], "score": [1, 1]}',
]


@pytest.mark.parametrize("bad", BAD)
@pytest.mark.parametrize("of_both", [True, False])
def test_any_other_answer_is_a_failure_after_a_second_try(bad, of_both):
    with pytest.raises(BadAnswer):
        read_scores(bad)
    (result,), chat, _ = judged(
        lambda chat, seed: bad if about_both(chat) == of_both else scores(20, 20)
    )
    assert isinstance(result, Failure)
    expected = ("bad_response", "judge:editscore:double", 2)
    assert (result.kind, result.component, result.attempts) == expected
    assert [len(batch) for batch in chat.batches] == [2, 1]
    assert chat.seeds[0] != chat.seeds[1], "the same question with the same seed says the same"


@pytest.mark.parametrize(
    "good", [scores(3, 4), f"\n {scores(3, 4)}\n", f"```json\n{scores(3, 4.0)}\n```"]
)
def test_accepted_forms(good):
    assert read_scores(good) == (3.0, 4.0)


def test_a_failure_of_the_model_keeps_its_kind_and_is_not_asked_again():
    failure = Failure("rate_limit", "double", 5, "429")
    results, chat, _ = judged(lambda chat, seed: failure, count=2)
    assert results == [Failure("rate_limit", "judge:editscore:double", 5, "429")] * 2
    assert len(chat.batches) == 1


def test_no_cases_ask_nothing():
    results, chat, _ = judged(lambda chat, seed: scores(1, 1), count=0)
    assert (results, chat.batches) == ([], [])


def test_the_prompts_are_those_of_the_package_with_the_models_scale(package):
    prompts = read_prompts()
    assert prompts.semantic == "Head, as 10 is.\n\nTwo pictures.\n\n0 to 25: <instruction>\n"
    assert prompts.perceptual == "Head, as 10 is.\n\nFrom 0 to 25."


def test_prompts_of_another_form_are_refused(package):
    (package / "vie_prompts.py").write_text("_prompts_0shot_rule_PQ = ''")
    with pytest.raises(DependencyNotInstalled, match=r"editscore 0\.2"):
        read_prompts()


def test_without_the_package_the_command_says_what_to_install(monkeypatch, capsys):
    monkeypatch.setattr(editscore, "find_spec", lambda name: None)
    judge = "editscore:openai:http://127.0.0.1:9/v1#m"
    assert main(["audit", "--env", "ImageEdit-Direct-v0", "--judge", judge]) == 2
    assert "pip install --no-deps editscore" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("", "model="),
        ("nobody", "model="),
        ("passes=0:openai:u", "passes=0"),
        ("passes=x:openai:u", "passes=x"),
        ("base=qwen4:openai:u", "base='qwen4'"),
        ("votes=3:openai:u", "votes=3"),
    ],
)
def test_bad_names_are_refused(package, where, said):
    with pytest.raises(ValueError, match=said):
        make_judge(f"editscore:{where}")


def served_answer(body):
    """By the request's words alone, so that a seed changes nothing."""
    asked = "".join(part.get("text", "") for part in body["messages"][0]["content"])
    return scores(20, 15) if "Two pictures" in asked else scores(25, 10)


def test_an_endpoint_with_faults_gives_right_scores_or_named_failures(package):
    pytest.importorskip("httpx")
    from remote.calls import nothing_is_left, open_files, threads
    from remote.faults import Faults
    from remote.server import Server

    from editenv.models.chat.endpoint import EndpointChatModel
    from editenv.models.remote import Limits

    before, task = (threads(), open_files()), make_task()
    faults = Faults(0.2, ("rate_limit", "server_error", "reset", "wrong_type", "refusal"), seed=3)
    with Server(answer=served_answer, faults=faults) as server:
        model = EndpointChatModel(f"{server.url}#m", limits=Limits(backoff=0.02, longest_wait=0.2))
        results = EditScoreJudge(model, passes=2).judge([Case(task, task.target)] * 50)
        model.close()
    scored = [result for result in results if isinstance(result, Score)]
    assert sum(faults.made.values()) > 20
    assert 30 < len(scored) < 50, "refusals, which are not asked for again, are no scores"
    assert all(score.value == pytest.approx(math.sqrt(6 * 4)) for score in scored)
    assert all(r.kind in KINDS for r in results if isinstance(r, Failure))
    assert nothing_is_left(before)


def test_the_audit_counts_what_an_endpoint_answers_badly(package, tmp_path, capsys):
    pytest.importorskip("httpx")
    from remote.server import Server

    command = ["audit", "--env", "ImageEdit-Direct-v0", "--episodes", "2", "--json"]
    with Server(answer=served_answer) as server:
        where = f"base=qwen2.5:openai:{server.url}#m?field.top_p=0.9&field.top_k=20"
        assert main([*command, "--judge", f"editscore:{where}"]) == 1, "it likes all the same"
    assert '"failures": {}' in capsys.readouterr().out
    sent = server.bodies[0]
    assert (sent["top_p"], sent["top_k"], sent["temperature"], sent["seed"]) == (0.9, 20, 0.7, 42)
    with Server(answer=lambda body: "It looks good: 25 of 25!") as server:
        assert main([*command, "--judge", f"editscore:openai:{server.url}#m"]) == 1
    said = capsys.readouterr().out
    assert '"bad_response"' in said and '"probes": {}' in said
