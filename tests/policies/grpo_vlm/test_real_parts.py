"""A GRPO step with a diffusion editor, a judge behind a faulty endpoint, and the edit cache."""

import json
import math

import pytest
from editenv_policies.grpo_vlm import (
    EditProblems,
    GroupSettings,
    GrpoLearner,
    OptimizerSettings,
    Run,
    SamplingSettings,
    load_policy,
)
from editenv_policies.small_vlm import SHORT_PROMPT, model_folder
from remote.faults import Faults
from remote.server import Server
from tools import tiny_pipelines

from editenv.envs.text import ImageEditTextEnv
from editenv.failure import KINDS, ComponentDown
from editenv.models.chat.endpoint import EndpointChatModel
from editenv.models.diffusion import DiffusionTool
from editenv.models.judges.vlm import VlmJudge
from editenv.models.remote.limits import Limits
from editenv.tools.cache import EditCache

GROUPS = GroupSettings(group_size=6, num_groups=4, groups_per_batch=4)
LIMITS = Limits(attempts=1, connect=1.0, silence=0.3, attempt=0.5, total=2.0, backoff=0.02)
VOTE = {"instruction": 6, "preserved": 8, "quality": 9}


def say_a_vote(body):
    return json.dumps(VOTE)


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory):
    return tiny_pipelines.save(
        "StableDiffusionInstructPix2PixPipeline", tmp_path_factory.mktemp("pix2pix")
    )


class Counted(DiffusionTool):
    """Remembers which edits it is asked for."""

    def apply_prompted(self, images, masks, options, prompts):
        for image, mask, option, prompt in zip(images, masks, options, prompts, strict=True):
            self.asked.append((image.tobytes(), mask.tobytes(), option, prompt))
        return super().apply_prompted(images, masks, options, prompts)


@pytest.fixture
def parts(pipeline):
    """Tool, cache and a maker of learners whose judge is behind a server."""
    tool = Counted(str(pipeline), action="edit", steps=1, name="pix2pix")
    tool.asked = []
    tool.action = "recolour"  # a word that the committed model knows
    cache = EditCache()

    def make(server, **arguments):
        judge = VlmJudge(EndpointChatModel(f"{server.url}#any", limits=LIMITS))
        env = ImageEditTextEnv(
            "ImageEdit-Direct-v0",
            image_size=64,
            tools=[tool, "remove_mean", "brightness"],
            judge=judge,
            edit_cache=cache,
            **arguments,
        )
        problems = EditProblems([env], system_prompt=SHORT_PROMPT)
        learner = GrpoLearner(
            load_policy(model_folder()),
            problems,
            groups=GROUPS,
            sampling=SamplingSettings(40, temperature=1.3),
            optimizer=OptimizerSettings(1e-5),
        )
        return env, learner

    yield tool, cache, make
    tool.close()


def test_a_step_with_faults_finishes_with_correct_counts(parts, tmp_path):
    tool, cache, make = parts
    faults = Faults(0.2, kinds=("rate_limit", "server_error", "reset", "hang", "truncated"))
    with Server(answer=say_a_vote, faults=faults) as server:
        env, learner = make(server, down_after=1_000)
        run = Run(learner, tmp_path)
        run.advance(2)
    lines = [json.loads(line) for line in (tmp_path / "rollouts.jsonl").read_text().splitlines()]
    curve = [json.loads(line) for line in (tmp_path / "curve.jsonl").read_text().splitlines()]
    assert len(lines) == 2 * GROUPS.group_size * GROUPS.num_groups
    failed = [line for line in lines if "failure" in line]
    assert 0 < len(failed) < len(lines)
    assert sum(figures["unscored"] for figures in curve) == len(failed)
    for line in failed:
        assert line["reward"] is None and line["advantage"] == 0.0
        assert line["failure"]["kind"] in KINDS
    score = 10 * math.sqrt(0.6 * 0.9)
    for line in lines:
        if "failure" not in line:
            well_formed = line["reward_terms"]["format"] > 0
            assert line["reward"] == pytest.approx(0.1 * well_formed + 0.09 * score)
    logged = env.setup.failures.summary()
    assert sum(sum(kinds.values()) for kinds in logged.values()) == len(failed)
    summary = cache.summary()
    assert summary["misses"] == len(tool.asked) > 0
    assert len(set(tool.asked)) == len(tool.asked)  # a group pays for an edit once


def test_a_judge_that_is_down_stops_the_run_and_the_run_goes_on_from_its_checkpoint(
    parts, tmp_path
):
    _, _, make = parts
    with Server(answer=say_a_vote, faults=Faults(1.0, kinds=("server_error",))) as server:
        _, learner = make(server, down_after=5)
        run = Run(learner, tmp_path)
        with pytest.raises(ComponentDown, match="judge:vlm:openai:"):
            run.advance(3)
    assert (tmp_path / "checkpoint.safetensors").exists() and run.step == 0
    with Server(answer=say_a_vote) as server:
        _, learner = make(server)
        run = Run(learner, tmp_path)
        run.advance(1)
    assert run.step == 1
