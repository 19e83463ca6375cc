"""The tasks of editenv as problems, and the example from end to end."""

from __future__ import annotations

import json
import runpy
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from editenv_policies.grpo_vlm import EditProblems, evaluate, evaluation
from editenv_policies.grpo_vlm.evaluation import TERMS, AnswerScores
from editenv_policies.grpo_vlm.prompts import encode_prompts
from editenv_policies.grpo_vlm.report import relative_lift, score_table
from tiny_models import make_policy

from editenv.envs.text import ImageEditTextEnv
from editenv.recordings import read_recordings
from editenv.recordings.folder import begin

ROOT = Path(__file__).parents[3]
IDS = ("ImageEdit-Direct-v0", "ImageEdit-Indirect-v0")


@pytest.fixture(scope="module")
def envs():
    terms = dict.fromkeys(TERMS, 1.0)
    return [ImageEditTextEnv(i, split="test", image_size=64, reward=terms) for i in IDS]


def test_environments_are_asked_in_turn(envs):
    problems = EditProblems(envs)
    for index in range(6):
        task = envs[index % 2].tasks[index // 2]
        problem = problems[index]
        assert problem.messages[-1]["content"][1]["text"] == task.instruction
        assert np.array_equal(problem.image, task.source)
        result = problems.score(problem, [problem.answer, "nonsense"])
        assert result[0]["reward_terms"]["action"] == 1.0
        assert result[1]["reward"] == 0.0


def test_the_same_generator_draws_the_same_problem(envs):
    problems = EditProblems(envs)
    first, second = (problems.draw(np.random.default_rng(3)) for _ in range(2))
    assert first.index == second.index


def test_system_prompts(envs):
    full, short, none = (EditProblems(envs, system_prompt=p)[0].messages for p in (None, "Go.", ""))
    assert [m["role"] for m in full] == [m["role"] for m in short] == ["system", "user"]
    assert short[0]["content"][0]["text"] == "Go."
    assert len(full[0]["content"][0]["text"]) > 500
    assert none == full[1:]


def test_pictures_are_before_after_and_wanted(envs):
    problems = EditProblems(envs)
    problem = problems[0]
    before, after, wanted = problems.pictures(problem, problem.answer)
    assert np.array_equal(before, problem.image)
    assert not np.array_equal(after, before)
    assert wanted.shape == before.shape
    untouched = problems.pictures(problem, "nonsense")[1]
    assert np.array_equal(untouched, before)


def test_an_answer_is_recorded_call_by_call(envs, tmp_path):
    problems = EditProblems(envs)
    writer = begin(tmp_path, IDS[0], "reference", "test")
    for text in (problems[0].answer, "nonsense"):
        problems.record(0, text, writer)
    (recording,) = read_recordings(tmp_path)
    right, wrong = recording.episodes
    last = recording.picture(f"{right['folder']}/{right['steps'][-1]['picture']}.png")
    assert np.array_equal(last, problems.pictures(problems[0], problems[0].answer)[1])
    assert right["solved"] and right["task"] == wrong["task"]
    assert [step["tool"] for step in wrong["steps"]] == ["submit"]


def test_no_environment_is_refused():
    with pytest.raises(ValueError, match=r"envs=\[\]"):
        EditProblems([])


def test_evaluation_does_not_depend_on_its_batches(envs):
    problems = EditProblems(envs, system_prompt="Go.")
    found = [
        evaluate(make_policy(), problems, range(5), max_new_tokens=5, batch_size=size)
        for size in (1, 5)
    ]
    assert found[0].texts == found[1].texts
    assert set(found[0].terms) == set(TERMS)


@pytest.mark.parametrize("blank", [False, True])
def test_a_blanked_picture_is_grey_for_the_model_only(envs, blank, monkeypatch):
    problems, seen = EditProblems(envs), []

    def spy(processor, shown, device):
        seen.extend(shown)
        return encode_prompts(processor, shown, device)

    monkeypatch.setattr(evaluation, "encode_prompts", spy)
    evaluate(make_policy(), problems, range(2), max_new_tokens=2, blank=blank)
    assert len(seen) == 2
    assert all((problem.image == 128).all() == blank for problem in seen)
    assert not (problems[0].image == 128).all()


class Unscored(EditProblems):
    """Answers to every second task cannot be scored."""

    def score(self, problem, texts):
        results = super().score(problem, texts)
        return [{**r, "reward": float("nan")} if problem.index % 2 else r for r in results]


def test_what_could_not_be_scored_is_left_out_and_counted(envs):
    found = evaluate(make_policy(), Unscored(envs), range(4), max_new_tokens=2)
    assert found.unscored == 2
    assert len(found.solved) == len(found.terms["image"]) == 2
    assert len(found.texts) == 4
    with pytest.raises(ValueError, match="none of 1 answers"):
        evaluate(make_policy(), Unscored(envs), [1], max_new_tokens=2)
    with pytest.raises(ValueError, match="none of 0 answers"):
        evaluate(make_policy(), Unscored(envs), [])


def test_scores_have_intervals():
    solved = np.array([True, False, True, True])
    scores = AnswerScores(solved, {"image": np.array([1.0, 0.2, 1.0, 1.0])}, [""] * 4)
    share, low, high = scores.success
    assert low < share == 0.75 < high
    mean, low, high = scores.mean("image")
    assert mean == pytest.approx(0.8)
    assert low < mean < high
    worse = AnswerScores(solved, {"image": np.array([0.4, 0.2, 0.6, 0.4])}, [""] * 4)
    by_id = {"id": {"a": worse, "b": scores}}
    assert relative_lift(by_id, "a", "b") == pytest.approx(1.0)
    table = score_table(by_id, {"id": {"one-call": 1}}, 4)
    assert "| id | b | 0.800 [" in table
    assert "| id | one-call | | 25.0 [" in table


def test_the_example_leaves_all_its_outputs_and_resumes(tmp_path, monkeypatch, capsys):
    script = ROOT / "examples" / "train_grpo_vlm.py"
    arguments = ["--smoke", "--sft-steps", "2", "--threads", "1", "--out", str(tmp_path)]
    arguments += ["--env", "ImageEdit-Direct-v0", "--lora", "2", "--kl-coef", "0.1"]
    outputs = []
    for extra in ([], ["--resume"]):
        command = [sys.executable, str(script), *arguments, *extra]
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
        assert done.returncode == 0, done.stderr[-2000:]
        outputs.append(done.stdout[done.stdout.index("held-out tasks") :])
    assert "| ImageEdit-Direct-v0 | after GRPO |" in outputs[0]
    assert outputs[0] == outputs[1]
    pictures = ("curve.png", "answers_ImageEdit-Direct-v0.png")
    for name in (*pictures, "report.html", "model/model.safetensors"):
        assert (tmp_path / name).stat().st_size > 1000
    results = json.loads((tmp_path / "results.json").read_text())
    assert set(results["baselines"]["ImageEdit-Direct-v0"]) == {"one-call", "pipeline"}
    monkeypatch.setattr(sys, "argv", [str(script), *arguments])
    with pytest.raises(SystemExit):
        runpy.run_path(str(script))["parse_arguments"]()
    assert "--resume" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("given", "found"),
    [
        (["--env", "ImageEdit-v0,ImageEdit-Direct-v0"], ["ImageEdit-v0", "ImageEdit-Direct-v0"]),
        (
            ["--tasks", "ImageEdit-v0", "--env", "ImageEdit-Direct-v0"],
            ["ImageEdit-v0", "ImageEdit-Direct-v0"],
        ),
        (["--env", "nothing"], None),
    ],
)
def test_ids_may_be_given_in_any_way(given, found, monkeypatch, tmp_path, capsys):
    script = str(ROOT / "examples" / "train_grpo_vlm.py")
    monkeypatch.setattr(sys, "argv", [script, "--smoke", "--out", str(tmp_path), *given])
    parse = runpy.run_path(script)["parse_arguments"]
    if found is None:
        with pytest.raises(SystemExit):
            parse()
        assert "ImageEdit-Direct-v0" in capsys.readouterr().err
    else:
        assert parse().env == found
