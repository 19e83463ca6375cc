"""The judges that `docs/audit.md` wraps around other people's models, with doubles of those."""

import re
import sys
import types
from pathlib import Path

import numpy as np
import pytest
from judge_doubles import damaged, halfway, make_task, pictures, words

from editenv.failure import Failure
from editenv.judges import Case
from editenv.models.audit import audit

PAGE = Path(__file__).parents[2] / "docs" / "audit.md"

PROMPT = """
system_prompt: Compare.
user_prompt:
  - text: |
      Which is better?
      Asked: {{ instruction }}
      Original:
  - image:
      source: input_image
  - text: |
      One:
  - image:
      source: edited_images
      index: 0
  - text: |
      Other:
  - image:
      source: edited_images
      index: 1
"""


def documented(name):
    """Run the page's block that defines a class, and return the class."""
    blocks = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    (block,) = [block for block in blocks if f"class {name}:" in block]
    namespace = {"__name__": "docs"}
    exec(compile(block, str(PAGE), "exec"), namespace)
    return namespace[name]


def cases():
    """The target, half of it, a damaged target, and noise, of one task."""
    task = make_task()
    noise = np.random.default_rng(0).integers(0, 256, task.source.shape, np.uint8)
    shown = task.target, halfway(task), damaged(task, task.target), noise
    return [Case(task, canvas) for canvas in shown]


class Inferencer:
    """Rewards bright pictures without bounds; of a black one it can say nothing."""

    def __init__(self, config_path, checkpoint_path, **options):
        self.options = options

    def reward(self, prompts, image_src, image_paths):
        import torch

        assert len(prompts) == len(image_src) == len(image_paths) == 1
        assert image_src[0].mode == image_paths[0].mode == "RGB"
        bright = float(np.asarray(image_paths[0]).mean())
        return torch.tensor([[np.nan if bright == 0 else bright / 20 - 6, 0.1]])


@pytest.fixture
def edit_reward(monkeypatch):
    pytest.importorskip("torch")
    module = types.ModuleType("EditReward")
    setattr(module, "EditRewardInferencer", Inferencer)  # noqa: B010
    monkeypatch.setitem(sys.modules, "EditReward", module)
    return documented("EditRewardJudge")("config.yaml", "checkpoint")


def test_edit_reward_keeps_the_order_of_its_numbers(edit_reward):
    task = make_task()
    shown = [np.full_like(task.source, level) for level in (250, 120, 5, 0)]
    *scores, black = edit_reward.judge([Case(task, canvas) for canvas in shown])
    values = [score.value for score in scores]
    assert values == sorted(values, reverse=True)
    assert all(0.0 < value < 10.0 for value in values) and len(set(values)) == 3
    assert isinstance(black, Failure) and black.component == "judge:editreward"


def test_edit_reward_can_be_audited(edit_reward):
    (report,) = audit("ImageEdit-Direct-v0", judge=edit_reward, episodes=1)
    assert report.scorer == "judge editreward"
    assert any(pair.tasks for pair in report.pairs)


class Arbiter:
    """Prefers the picture that is nearer to the source; it keeps what it was asked."""

    name = "arbiter"

    def __init__(self, answer=None):
        self._answer, self.chats = answer, []

    def complete(self, chats, *, max_tokens=512, temperature=0.0, seed=0):
        self.chats += chats
        return [self._answer or self._winner(chat) for chat in chats]

    def _winner(self, chat):
        (_, source), (_, first), (_, second) = pictures(chat[1:])
        far = [np.abs(shown.astype(int) - source).sum() for shown in (first, second)]
        name = "Tie" if far[0] == far[1] else f"Image {'AB'[int(np.argmin(far))]}"
        return f'```json\n{{"winner": "{name}"}}\n```'


def pvc(tmp_path, model):
    pytest.importorskip("yaml")
    (tmp_path / "v1.yaml").write_text(PROMPT)
    return documented("PvcJudge")(model, tmp_path / "v1.yaml")


def test_a_comparing_judge_gives_the_share_that_a_picture_wins(tmp_path):
    target, half, spoilt, noise = cases()
    judge = pvc(tmp_path, arbiter := Arbiter())
    scores = judge.judge([target, half, half, spoilt, noise])
    assert [score.value for score in scores] == [5.0, 8.75, 8.75, 2.5, 0.0]
    assert len(arbiter.chats) == 5 * 4, "every picture in both places"
    assert judge.name == "pvc:arbiter"


def test_a_comparing_judge_compares_within_a_task(tmp_path):
    judge = pvc(tmp_path, arbiter := Arbiter())
    (first, *_), (second, *_) = cases(), cases()
    results = judge.judge([first, second])
    assert all(isinstance(result, Failure) for result in results)
    assert arbiter.chats == []


def test_a_comparing_judge_asks_what_the_prompt_says(tmp_path):
    target, half, *_ = cases()
    judge = pvc(tmp_path, arbiter := Arbiter())
    judge.judge([target, half])
    system, user = arbiter.chats[0]
    assert system == {"role": "system", "content": "Compare."}
    (head, source), (one, first), (other, second) = pictures([user])
    assert head == f"Which is better?\nAsked: {target.task.instruction}\nOriginal:"
    assert (one, other) == ("\nOne:", "\nOther:")
    assert "{{" not in words([user])
    for shown, expected in zip(
        (source, first, second), (target.task.source, target.canvas, half.canvas), strict=True
    ):
        assert np.array_equal(shown, expected)


@pytest.mark.parametrize(
    "answer",
    ["Image A", '{"winner": "A"}', '{"winner": null}', '{"winner": ["Tie"]}', "[]", "{}"],
)
def test_an_answer_without_a_winner_is_a_failure_of_both(tmp_path, answer):
    results = pvc(tmp_path, Arbiter(answer)).judge(cases()[:2])
    assert [(r.kind, r.component) for r in results] == [("bad_response", "judge:pvc:arbiter")] * 2


def test_a_failure_of_the_model_keeps_its_kind(tmp_path):
    results = pvc(tmp_path, Arbiter(Failure("timeout", "arbiter", 3))).judge(cases()[:2])
    assert results == [Failure("timeout", "judge:pvc:arbiter", 3)] * 2


def test_a_comparing_judge_can_be_audited(tmp_path):
    """This one prefers what is nearest to the source, as a judge of the rest may."""
    (report,) = audit("ImageEdit-Direct-v0", judge=pvc(tmp_path, Arbiter()), episodes=1)
    by_name = {(pair.order.better, pair.order.worse): pair for pair in report.pairs}
    assert by_name["no_op", "noise"].tasks == 1 and not by_name["no_op", "noise"].violated
    assert by_name["perfect", "no_op"].violated
    assert not report.failures
